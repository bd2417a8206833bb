package client

import (
	"context"
	"iter"
)

// AgencyEvent is an event of one of several logs.
type AgencyEvent struct {
	Event
	Account EventAccount `json:"account"`
}

// EventAccount is the account whose log an event stands in.
type EventAccount struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AgencyFilter narrows the logs of several accounts; no Account is all of them.
type AgencyFilter struct {
	Filter
	Account []string // ids
}

// AgencyAccounts lists the accounts whose logs the caller sees as one. agency_needed when there are none, session_needed for
// an API key.
func (c *Client) AgencyAccounts(ctx context.Context) ([]Membership, error) {
	var out struct{ Accounts []Membership }
	err := c.get(ctx, nil, &out, "agency", "accounts")
	return out.Accounts, err
}

// AgencyEventPage returns a page of the logs of several accounts as one, newest first.
func (c *Client) AgencyEventPage(ctx context.Context, f AgencyFilter, p Paging) (Page[AgencyEvent], error) {
	query := f.values()
	if len(f.Account) > 0 {
		query["account"] = f.Account
	}
	return pageOf[AgencyEvent](ctx, c, "events", p.into(query), "agency", "events")
}

// AgencyEvents walks over them.
func (c *Client) AgencyEvents(ctx context.Context, f AgencyFilter) iter.Seq2[AgencyEvent, error] {
	return each(ctx, func(ctx context.Context, p Paging) (Page[AgencyEvent], error) { return c.AgencyEventPage(ctx, f, p) })
}
