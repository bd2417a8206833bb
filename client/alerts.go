package client

import (
	"context"
	"net/http"
	"time"
)

// Alert is a filter of the log that is watched, and who is told.
type Alert struct {
	ID         string           `json:"id"`
	Name       string           `json:"name"`
	Query      string           `json:"query"`
	Count      int              `json:"count"`
	Minutes    int              `json:"minutes"`
	Per        string           `json:"per"`
	When       string           `json:"when"`   // in words
	Digest     *string          `json:"digest"` // nil tells each firing at once
	Recipients []AlertRecipient `json:"recipients"`
	Webhook    *string          `json:"webhook"`
	Secret     string           `json:"webhook_secret"` // in the answer to the call that made it, and never again
	Enabled    bool             `json:"enabled"`
	Paused     *string          `json:"paused"`
	ReadyMade  bool             `json:"ready_made"`
	Owner      string           `json:"owner"`
	CreatedAt  *time.Time       `json:"created_at"`
	UpdatedAt  *time.Time       `json:"updated_at"`
	FiredAt    *time.Time       `json:"fired_at"`
	Fired      *string          `json:"fired"` // id of an event
	SentAt     *time.Time       `json:"sent_at"`
	FailedAt   *time.Time       `json:"failed_at"`
	Problem    *string          `json:"problem"`
}

// AlertRecipient is a staff member whom an alert names.
type AlertRecipient struct {
	Email   string  `json:"email"`
	Name    string  `json:"name"`
	LeftOut *string `json:"left_out"` // why they get nothing; nil when they do
}

// NewAlert is an alert to be made.
type NewAlert struct {
	Name       string   `json:"name,omitempty"`
	Query      string   `json:"query"`
	Count      int      `json:"count,omitempty"`
	Minutes    int      `json:"minutes,omitempty"`
	Per        string   `json:"per,omitempty"`
	Digest     string   `json:"digest,omitempty"`
	Recipients []string `json:"recipients,omitempty"` // emails
	Webhook    string   `json:"webhook,omitempty"`
	Enabled    *bool    `json:"enabled,omitempty"` // on when nil
}

// AlertUpdate is what shall be different; nil leaves it.
type AlertUpdate struct {
	Name       *string   `json:"name,omitempty"`
	Query      *string   `json:"query,omitempty"`
	Count      *int      `json:"count,omitempty"`
	Minutes    *int      `json:"minutes,omitempty"`
	Per        *string   `json:"per,omitempty"`
	Digest     *string   `json:"digest,omitempty"`
	Recipients *[]string `json:"recipients,omitempty"`
	Webhook    *string   `json:"webhook,omitempty"`
	Enabled    *bool     `json:"enabled,omitempty"`
	NewSecret  bool      `json:"new_webhook_secret,omitempty"`
}

// AlertTried is what came of a test message to one address.
type AlertTried struct {
	To      string  `json:"to"`
	Problem *string `json:"problem"`
}

// AlertPreview is what an alert would have done.
type AlertPreview struct {
	Fired   int       `json:"fired"`
	Matches int       `json:"matches"`
	Since   time.Time `json:"since"`
	Whole   bool      `json:"whole"`
}

// Alerts lists the alerts on the log. It needs audit.read; the others but Alert and PreviewAlert need audit.manage too.
func (c *Client) Alerts(ctx context.Context) ([]Alert, error) {
	var out struct {
		Alerts []Alert `json:"alerts"`
	}
	err := c.get(ctx, nil, &out, "audit", "alerts")
	return out.Alerts, err
}

// Alert returns one. unknown_alert.
func (c *Client) Alert(ctx context.Context, id string) (Alert, error) {
	var out Alert
	err := c.get(ctx, nil, &out, "audit", "alerts", id)
	return out, err
}

// CreateAlert makes an alert. name_taken, too_many_alerts.
func (c *Client) CreateAlert(ctx context.Context, a NewAlert) (Alert, error) {
	var out Alert
	err := c.post(ctx, a, &out, "audit", "alerts")
	return out, err
}

// UpdateAlert changes an alert. unknown_alert, name_taken.
func (c *Client) UpdateAlert(ctx context.Context, id string, u AlertUpdate) (Alert, error) {
	var out Alert
	err := c.call(ctx, request{method: http.MethodPatch, path: []string{"audit", "alerts", id}, body: u}, &out)
	return out, err
}

// DeleteAlert deletes an alert. unknown_alert, ready_made.
func (c *Client) DeleteAlert(ctx context.Context, id string) error {
	return c.call(ctx, request{method: http.MethodDelete, path: []string{"audit", "alerts", id}}, nil)
}

// TestAlert sends a test message to everybody whom an alert tells. unknown_alert, tested_already.
func (c *Client) TestAlert(ctx context.Context, id string) ([]AlertTried, error) {
	var out struct {
		Sent []AlertTried `json:"sent"`
	}
	err := c.post(ctx, nil, &out, "audit", "alerts", id, "test")
	return out.Sent, err
}

// PreviewAlert counts how often an alert would have fired in the last 30 days; of a NewAlert it takes filter and condition.
func (c *Client) PreviewAlert(ctx context.Context, a NewAlert) (AlertPreview, error) {
	var out AlertPreview
	err := c.post(ctx, NewAlert{Query: a.Query, Count: a.Count, Minutes: a.Minutes, Per: a.Per}, &out, "audit", "alerts", "preview")
	return out, err
}
