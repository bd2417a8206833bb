package client

import (
	"context"
	"net/http"
	"time"
)

// Targets are where copies of the account's checkpoints go.
type Targets struct {
	Webhook  *Target    `json:"webhook"` // nil for none
	Email    *Target    `json:"email"`   // nil for none
	Schedule string     `json:"schedule"`
	NextAt   *time.Time `json:"next_at"` // when the next copies leave
}

// Target is a webhook or an email with its last deliveries.
type Target struct {
	Address  string     `json:"address"`
	SentAt   *time.Time `json:"sent_at"`
	Size     int64      `json:"size"` // events in the checkpoint that was sent
	FailedAt *time.Time `json:"failed_at"`
	Error    string     `json:"error"` // why the newest copy did not arrive
}

// TargetsUpdate replaces the targets.
type TargetsUpdate struct {
	Webhook  string `json:"webhook,omitempty"`
	Email    string `json:"email,omitempty"`
	Schedule string `json:"schedule,omitempty"` // hourly, daily or weekly; daily when ""
}

// LedgerTargets returns where copies of the checkpoints go. It needs audit.manage, as the two below do.
func (c *Client) LedgerTargets(ctx context.Context) (Targets, error) {
	var t Targets
	err := c.get(ctx, nil, &t, "ledger", "targets")
	return t, err
}

// SetLedgerTargets changes where copies of the checkpoints go.
func (c *Client) SetLedgerTargets(ctx context.Context, u TargetsUpdate) (Targets, error) {
	var t Targets
	err := c.call(ctx, request{method: http.MethodPut, path: []string{"ledger", "targets"}, body: u}, &t)
	return t, err
}

// SendCheckpoint sends copies now; LedgerTargets tells later what came of them. no_targets, asked_already.
func (c *Client) SendCheckpoint(ctx context.Context) (Targets, error) {
	var t Targets
	err := c.call(ctx, request{method: http.MethodPost, path: []string{"ledger", "targets", "send"}}, &t)
	return t, err
}
