package api

import (
	"context"

	"github.com/backtrail/backtrail/publish"
)

// Targets are where copies of the account's checkpoints go, with what came of the last ones.
type Targets struct {
	Webhook  targetOrNull     `json:"webhook"`
	Email    targetOrNull     `json:"email"`
	Schedule publish.Schedule `json:"schedule" enum:"hourly,daily,weekly" doc:"By the hours, days and weeks of UTC"`
	NextAt   *string          `json:"next_at" format:"date-time" doc:"When the next copies leave; null without targets"`
}

// Target is a webhook or an email with its last deliveries.
type Target struct {
	Address  string  `json:"address"`
	SentAt   *string `json:"sent_at" format:"date-time" doc:"Of the last copy that arrived"`
	Size     *int64  `json:"size" doc:"Events in the checkpoint of that copy"`
	FailedAt *string `json:"failed_at" format:"date-time" doc:"Of the last copy that did not"`
	Error    *string `json:"error" doc:"Why the newest copy did not arrive; null when it did"`
}

type targetsAnswer struct{ Body Targets }

func targetsOf(s publish.State) *targetsAnswer {
	return &targetsAnswer{Targets{targetOf(s.Webhook), targetOf(s.Email), s.Schedule, nullableTime(s.DueAt)}}
}

func targetOf(t publish.Target) targetOrNull {
	if t.Address == "" {
		return targetOrNull{}
	}
	out := &Target{Address: t.Address, SentAt: nullableTime(t.SentAt), FailedAt: nullableTime(t.FailedAt), Error: nullable(t.Error)}
	if out.SentAt != nil {
		out.Size = &t.Size
	}
	return targetOrNull{out}
}

func (a *API) ledgerTargets(ctx context.Context, _ *none) (*targetsAnswer, error) {
	s, err := a.Publish.Targets(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	return targetsOf(s), nil
}

type targetsBody struct {
	Webhook  string           `json:"webhook,omitempty" doc:"An https address that takes a POST with the checkpoint as text/plain; none when it is left out or empty"`
	Email    string           `json:"email,omitempty" doc:"None when it is left out or empty"`
	Schedule publish.Schedule `json:"schedule,omitempty" doc:"hourly, daily (when it is left out) or weekly"`
}

func (a *API) setLedgerTargets(ctx context.Context, in *struct{ Body targetsBody }) (*targetsAnswer, error) {
	s, err := a.Publish.SetTargets(ctx, callerOf(ctx), publish.Targets(in.Body))
	if err != nil {
		return nil, err
	}
	return targetsOf(s), nil
}

func (a *API) sendCheckpoints(ctx context.Context, _ *none) (*targetsAnswer, error) {
	s, err := a.Publish.SendNow(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	return targetsOf(s), nil
}
