package api

import (
	"context"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
)

// Alert is a filter of the log that is watched, and who is told.
type Alert struct {
	ID         alerts.ID        `json:"id"`
	Name       string           `json:"name"`
	Query      string           `json:"query" doc:"The filter: the parameters of GET /audit/events without days" example:"action=deleted"`
	Count      int              `json:"count" doc:"How many entries make it fire; 1 is every entry"`
	Minutes    int              `json:"minutes" doc:"Within how many minutes; 0 with every entry"`
	Per        alerts.Per       `json:"per" enum:"all,person,address,person_or_address" doc:"Whose entries are counted together"`
	When       string           `json:"when" doc:"The same in words" example:"10 entries within 5 minutes"`
	Digest     *string          `json:"digest" doc:"When the firings of a day are told together, by the clock of the account; null tells each at once" example:"08:00"`
	Recipients []AlertRecipient `json:"recipients"`
	Webhook    *string          `json:"webhook" doc:"An address that takes a POST; without audit.manage its path is left out"`
	Secret     string           `json:"webhook_secret,omitempty" doc:"Of the webhook's signature (Standard Webhooks): in the answer to the call that made it, and never again"`
	Enabled    bool             `json:"enabled"`
	Paused     *string          `json:"paused" doc:"Why Backtrail switched it off, or leaves out its webhook while it is on; null when it does neither"`
	ReadyMade  bool             `json:"ready_made" doc:"Whether it comes with every account; it cannot be deleted"`
	Owner      string           `json:"owner" doc:"Who saved it last, as they were called then; empty for a ready-made one that nobody touched"`
	CreatedAt  *string          `json:"created_at" format:"date-time" doc:"null for a ready-made one that nobody touched"`
	UpdatedAt  *string          `json:"updated_at" format:"date-time"`
	FiredAt    *string          `json:"fired_at" format:"date-time" doc:"When it last fired"`
	Fired      *string          `json:"fired" doc:"The event audit.alert_fired of then"`
	SentAt     *string          `json:"sent_at" format:"date-time" doc:"When a message of it last arrived"`
	FailedAt   *string          `json:"failed_at" format:"date-time"`
	Problem    *string          `json:"problem" doc:"Why the last message that failed did; null when one arrived since"`
}

// AlertRecipient is a staff member whom an alert names.
type AlertRecipient struct {
	Email  string  `json:"email" doc:"Empty when they were removed"`
	Name   string  `json:"name"`
	Reason *string `json:"left_out" doc:"Why they get nothing; null when they do"`
}

func (a *API) alertOf(ctx context.Context, one alerts.Alert, secret string) (Alert, error) {
	list, err := a.Alerts.Recipients(ctx, one)
	if err != nil {
		return Alert{}, err
	}
	webhook := one.ShownWebhook()
	if callerOf(ctx).May(audit.AuditManage) {
		webhook = one.Webhook
	}
	out := Alert{ID: one.ID, Name: one.Name, Query: one.Query, Count: one.Condition.Count, Minutes: one.Condition.Minutes, Per: one.Condition.Per, When: one.Condition.Words(),
		Digest: nullable(one.Digest), Recipients: []AlertRecipient{}, Webhook: nullable(webhook), Secret: secret, Enabled: one.Enabled, Paused: nullable(one.Paused),
		ReadyMade: one.Ready(), Owner: one.Owner.Name, CreatedAt: nullableTime(one.CreatedAt), UpdatedAt: nullableTime(one.UpdatedAt), FiredAt: nullableTime(one.FiredAt),
		Fired: nullable(string(one.Fired)), SentAt: nullableTime(one.SentAt), FailedAt: nullableTime(one.FailedAt), Problem: nullable(one.Problem)}
	for _, r := range list {
		out.Recipients = append(out.Recipients, AlertRecipient{r.Email, r.Name, nullable(r.Why)})
	}
	return out, nil
}

type alertsAnswer struct {
	Body struct {
		Alerts []Alert `json:"alerts"`
	}
}

type alertAnswer struct{ Body Alert }

func (a *API) answerAlert(ctx context.Context, one alerts.Alert, secret string, err error) (*alertAnswer, error) {
	if err != nil {
		return nil, err
	}
	body, err := a.alertOf(ctx, one, secret)
	return &alertAnswer{body}, err
}

func (a *API) listAlerts(ctx context.Context, _ *none) (*alertsAnswer, error) {
	list, err := a.Alerts.Alerts(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	out := &alertsAnswer{}
	out.Body.Alerts = make([]Alert, len(list))
	for i, one := range list {
		if out.Body.Alerts[i], err = a.alertOf(ctx, one, ""); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type alertID struct {
	ID alerts.ID `path:"id" doc:"Id of the alert"`
}

func (a *API) getAlert(ctx context.Context, in *alertID) (*alertAnswer, error) {
	one, err := a.Alerts.Alert(ctx, callerOf(ctx), in.ID)
	return a.answerAlert(ctx, one, "", err)
}

type alertBody struct {
	Name       string     `json:"name" doc:"At most 100 characters; no other alert may have it" example:"Contacts that went"`
	Query      string     `json:"query" doc:"The filter, at most 4,000 bytes, without days; see Alert" example:"action=deleted&object=contact"`
	Count      int        `json:"count,omitempty" doc:"1, every entry, when it is left out; at most 1,000"`
	Minutes    int        `json:"minutes,omitempty" doc:"1 to 1,440; needed with a count of more than 1"`
	Per        alerts.Per `json:"per,omitempty" doc:"all (when it is left out), person, address or person_or_address"`
	Digest     string     `json:"digest,omitempty" doc:"A time such as 08:00 by the clock of the account; each is told at once when it is left out" example:"08:00"`
	Recipients []string   `json:"recipients,omitempty" doc:"Emails of active staff members who may read the log, at most 10" example:"[\"ana@example.com\"]"`
	Webhook    string     `json:"webhook,omitempty" doc:"An https address; none when it is left out" example:"https://example.com/backtrail"`
	Enabled    *bool      `json:"enabled,omitempty" doc:"On when it is left out"`
}

func (a *API) createAlert(ctx context.Context, in *struct{ Body alertBody }) (*alertAnswer, error) {
	b := in.Body
	one, secret, err := a.Alerts.Create(ctx, callerOf(ctx), alerts.NewAlert{Name: b.Name, Query: b.Query, Condition: alerts.Condition{Count: b.Count, Minutes: b.Minutes, Per: b.Per},
		Digest: b.Digest, Recipients: b.Recipients, Webhook: b.Webhook, Enabled: b.Enabled == nil || *b.Enabled})
	return a.answerAlert(ctx, one, secret, err)
}

type alertChange struct {
	Name       *string     `json:"name,omitempty"`
	Query      *string     `json:"query,omitempty"`
	Count      *int        `json:"count,omitempty"`
	Minutes    *int        `json:"minutes,omitempty"`
	Per        *alerts.Per `json:"per,omitempty"`
	Digest     *string     `json:"digest,omitempty" doc:"Empty tells each firing at once"`
	Recipients *[]string   `json:"recipients,omitempty"`
	Webhook    *string     `json:"webhook,omitempty" doc:"Empty takes it away; another address gets another secret"`
	Enabled    *bool       `json:"enabled,omitempty"`
	NewSecret  bool        `json:"new_webhook_secret,omitempty" doc:"Replaces the secret of the webhook's signature"`
}

func (a *API) updateAlert(ctx context.Context, in *struct {
	ID   alerts.ID `path:"id" doc:"Id of the alert"`
	Body alertChange
}) (*alertAnswer, error) {
	b := in.Body
	change := alerts.Change{Name: b.Name, Query: b.Query, Digest: b.Digest, Recipients: b.Recipients, Webhook: b.Webhook, Enabled: b.Enabled, NewSecret: b.NewSecret}
	if b.Count != nil || b.Minutes != nil || b.Per != nil {
		was, err := a.Alerts.Alert(ctx, callerOf(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		c := was.Condition
		set(&c.Count, b.Count)
		set(&c.Minutes, b.Minutes)
		set(&c.Per, b.Per)
		change.Condition = &c
	}
	one, secret, err := a.Alerts.Update(ctx, callerOf(ctx), in.ID, change)
	return a.answerAlert(ctx, one, secret, err)
}

// set replaces a value by one that was given.
func set[T any](v, given *T) {
	if given != nil {
		*v = *given
	}
}

func (a *API) deleteAlert(ctx context.Context, in *alertID) (*none, error) {
	return nil, a.Alerts.Delete(ctx, callerOf(ctx), in.ID)
}

// AlertTried is what came of a test message.
type AlertTried struct {
	To      string  `json:"to" doc:"An email, or the webhook without its path"`
	Problem *string `json:"problem" doc:"Why it did not arrive; null when it did"`
}

type alertTest struct {
	Body struct {
		Sent []AlertTried `json:"sent"`
	}
}

func (a *API) testAlert(ctx context.Context, in *alertID) (*alertTest, error) {
	tried, err := a.Alerts.Test(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &alertTest{}
	out.Body.Sent = make([]AlertTried, len(tried))
	for i, t := range tried {
		out.Body.Sent[i] = AlertTried{t.To, nullable(t.Problem)}
	}
	return out, nil
}

type alertPreview struct {
	Body struct {
		Fired   int    `json:"fired" doc:"How often it would have fired"`
		Matches int    `json:"matches" doc:"Entries that pass the filter"`
		Since   string `json:"since" format:"date-time" doc:"How far back was looked: 30 days, or to the 5,000th entry"`
		Whole   bool   `json:"whole" doc:"Whether that was the whole 30 days"`
	}
}

func (a *API) previewAlert(ctx context.Context, in *struct {
	Body struct {
		Query   string     `json:"query"`
		Count   int        `json:"count,omitempty"`
		Minutes int        `json:"minutes,omitempty"`
		Per     alerts.Per `json:"per,omitempty"`
	}
}) (*alertPreview, error) {
	if err := a.readWholeLog(ctx); err != nil {
		return nil, err
	}
	p, err := a.Alerts.Preview(ctx, callerOf(ctx), in.Body.Query, alerts.Condition{Count: in.Body.Count, Minutes: in.Body.Minutes, Per: in.Body.Per})
	if err != nil {
		return nil, err
	}
	out := &alertPreview{}
	out.Body.Fired, out.Body.Matches, out.Body.Since, out.Body.Whole = p.Fired, p.Matches, timeText(p.Since), p.Whole
	return out, nil
}
