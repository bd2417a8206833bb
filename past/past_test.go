package past_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/past"
)

const (
	account = audit.AccountID("01890000-0000-7000-8000-00000000000a")
	deal    = audit.RecordID("01890000-0000-7000-8000-0000000000d1")
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// kept is a log of events in the order in which they happened; it answers a page at a time, as a log does.
type kept struct {
	audit.Log
	events []*audit.Event
	perAsk int
}

func (k *kept) Events(_ context.Context, of audit.AccountID, q audit.Query) (audit.Page, error) {
	var page audit.Page
	for _, e := range slices.Backward(k.events) {
		if of != account || !q.Filter.To.IsZero() && !e.OccurredAt.Before(q.Filter.To) || q.Filter.Where != nil && !q.Filter.Where.Match(e) ||
			!q.After.IsZero() && !e.OccurredAt.Before(q.After.OccurredAt) {
			continue
		}
		if len(page.Events) == k.perAsk {
			last, err := page.Events[len(page.Events)-1].Position()
			page.Next = last
			return page, err
		}
		page.Events = append(page.Events, audit.Stored{Body: e.AppendCanonical(nil)})
	}
	return page, nil
}

// happens adds an event of the deal, each a minute behind the one before.
func (k *kept) happens(verb string, action audit.Action, changes ...audit.Change) time.Time {
	at := noon.Add(time.Duration(len(k.events)) * time.Minute)
	id := audit.EventID("01890000-0000-7000-8000-00000000000" + string(rune('1'+len(k.events))))
	k.events = append(k.events, &audit.Event{ID: id, Account: account, OccurredAt: at, RecordedAt: at, Operation: audit.OperationID(id), Actor: audit.SystemActor("Test"),
		Channel: audit.API, Module: "sales", Type: audit.Type("deal." + verb), Action: action, Outcome: audit.Success, Description: verb,
		Record: &audit.Ref{Object: "deal", ID: deal, Name: "Deal", Version: int64(len(k.events) + 1), CreatedAt: noon}, Changes: changes})
	return at
}

// A record is told as it was at every moment, with the words that the log has for what it pointed at.
func TestRecord(t *testing.T) {
	o := &crm.Object{Key: "deal", Label: "Deal", LabelPlural: "Deals", Module: "sales", Title: [][]string{{"name"}},
		Fields: []crm.Field{{Key: "name", Label: "Name", Type: crm.Text}, {Key: "size", Label: "Size", Type: crm.Number}}}
	k := &kept{perAsk: 2}
	made := k.happens("created", audit.Created, audit.Change{Field: "name", After: audit.String("Deal")}, audit.Change{Field: "size", After: audit.String("id-1"), AfterText: "Small"})
	grown := k.happens("updated", audit.Updated, audit.Change{Field: "size", Before: audit.String("id-1"), After: audit.String("id-2"), AfterText: "Large"})
	gone := k.happens("deleted", audit.Deleted, audit.Change{Field: "name", Before: audit.String("Deal")})
	back := k.happens("restored", audit.Restored, audit.Change{Field: "name", After: audit.String("Deal")}, audit.Change{Field: "size", After: audit.String("id-2"), AfterText: "Large"})
	r := past.Reader{Log: k, Account: account}
	for _, tt := range []struct {
		name string
		at   time.Time
		size string
		kind errs.Kind
	}{
		{"before it was made", made.Add(-time.Microsecond), "", errs.NotFound},
		{"when it was made", made, "Small", ""},
		{"just before the change", grown.Add(-time.Microsecond), "Small", ""},
		{"with the change", grown, "Large", ""},
		{"while it was deleted", gone.Add(time.Second), "", errs.Gone},
		{"since it came back", back.Add(time.Hour), "Large", ""},
	} {
		rec, err := r.Record(t.Context(), o, deal, tt.at)
		if tt.kind != "" {
			if !errs.Is(err, tt.kind) {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.kind)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.size, rec.Texts["size"]); diff != "" || rec.Name != "Deal" {
			t.Errorf("%s it is %q: %s", tt.name, rec.Name, diff)
		}
	}
	if _, err := r.Record(t.Context(), o, "not an id", back); !errs.Is(err, errs.NotFound) {
		t.Errorf("of no id: %v", err)
	}
	r.Account = "01890000-0000-7000-8000-00000000000b"
	if _, err := r.Record(t.Context(), o, deal, back); !errs.Is(err, errs.NotFound) {
		t.Errorf("in another account: %v", err)
	}
}
