package api

import (
	"context"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/agency"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/workspace"
)

// AgencyAccounts is the accounts whose logs the caller sees as one.
type AgencyAccounts struct {
	Accounts []Membership `json:"accounts" doc:"By their names; the caller's own places in them"`
}

type agencyAccountsAnswer struct{ Body AgencyAccounts }

func (a *API) agencyAccounts(ctx context.Context, _ *none) (*agencyAccountsAnswer, error) {
	view, err := a.Agency.View(ctx, identityOf(ctx), nil)
	if err != nil {
		return nil, err
	}
	out := &agencyAccountsAnswer{AgencyAccounts{make([]Membership, len(view.All))}}
	for i, p := range view.All {
		out.Body.Accounts[i] = placeOf(p.Place)
	}
	return out, nil
}

// AgencyFilter is the filter of one log, and the accounts.
type AgencyFilter struct {
	AuditFilter
	Account []audit.AccountID `query:"account,explode" doc:"Ids of accounts; all that the caller sees this way without it"`
}

func (f *AgencyFilter) accounts() []audit.AccountID {
	var asked []audit.AccountID
	for _, id := range f.params["account"] {
		asked = append(asked, audit.AccountID(id))
	}
	return asked
}

type agencyPageAnswer struct{ Body agencyPage }

func (a *API) agencyEvents(ctx context.Context, in *struct {
	AgencyFilter
	Paging
}) (*agencyPageAnswer, error) {
	id := identityOf(ctx)
	view, err := a.Agency.View(ctx, id, in.accounts())
	if err != nil {
		return nil, err
	}
	f, err := audit.ParseFilter(in.params, a.Catalog, workspace.Zone(id.Account))
	if err != nil {
		return nil, err
	}
	found, err := view.Events(ctx, agency.Query{Filter: f, Limit: in.Limit}, in.Cursor)
	if err != nil {
		return nil, err
	}
	out := &agencyPageAnswer{agencyPage{make([]agencyEvent, len(found.Events)), nullable(found.Next)}}
	for i, e := range found.Events {
		account := view.Place(e.Account).Account
		shown, err := a.events(account, []audit.Stored{e.Stored})
		if err != nil {
			return nil, err
		}
		out.Body.Events[i] = agencyEvent{shown[0], account.ID, account.Name}
	}
	return out, nil
}

// agencyEvent is an event of one of several logs: it names its account.
type agencyEvent struct {
	event
	account audit.AccountID
	name    string
}

func (e agencyEvent) appendJSON(b []byte) []byte {
	b = e.appendHead(b)
	b = audit.AppendString(append(b, `"account":{"id":`...), string(e.account))
	b = append(audit.AppendString(append(b, `,"name":`...), e.name), '}')
	// It was read from the log: the form of its body has been looked at.
	_ = audit.Scan(e.Body, func(key, value []byte) {
		if string(key) != "account" {
			b = append(append(append(append(b, `,"`...), key...), `":`...), value...)
		}
	})
	return append(b, '}')
}

// Schema implements huma.SchemaProvider.
func (agencyEvent) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[AgencyEvent](), true, "AgencyEvent")
}

// agencyPage is a page of several logs.
type agencyPage struct {
	Events     []agencyEvent `json:"events"`
	NextCursor *string       `json:"next_cursor" doc:"For the next page; null at the end"`
}

func (p agencyPage) appendJSON(b []byte) []byte { return appendPage(b, p.Events, p.NextCursor) }
