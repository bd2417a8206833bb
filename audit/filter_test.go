package audit

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/errs"
)

const someID = "01890000-0000-7000-8000-000000000001"

func TestParseFilter(t *testing.T) {
	lisbon, err := time.LoadLocation("Europe/Lisbon")
	if err != nil {
		t.Fatal(err)
	}
	e := &Event{OccurredAt: time.Date(2026, 7, 1, 22, 59, 0, 0, time.UTC), Actor: Actor{ID: "u1", Name: "Ana Silva"}, Type: "opportunity.deleted",
		Action: Deleted, Module: "opportunities", Outcome: Success, Channel: Web, Operation: someID, Record: &Ref{Object: "opportunity", ID: someID, Name: "Acme Renewal"},
		Description: `Deleted opportunity "Acme Renewal"`, Changes: []Change{{Before: String("1200.00"), After: None}}}
	for _, tt := range []struct {
		query string
		match bool
	}{
		{"", true},
		{"action=deleted&module=opportunities", true},
		{"action=created&action=deleted", true},
		{"action=created", false},
		{"type=opportunity.*", true},
		{"type=*.deleted", true},
		{"type=opportunity.deleted&user=u1", true},
		{"type=contact.*", false},
		{"user=u2", false},
		{"object=opportunity&record=" + someID, true},
		{"operation=" + someID + "&outcome=success&channel=web", true},
		{"q=acme+ana", true},
		{"q=%22acme+renewal%22", true},
		{"q=1200", true},
		{"q=acme+bob", false},
		{"from=2026-07-01&to=2026-07-02", true}, // 23:59 on the first in Lisbon
		{"from=2026-07-02", false},
		{"to=2026-07-01T22:59:00Z", false}, // exclusive
		{"from=2026-07-01T22:59:00Z", true},
	} {
		params, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		f, err := ParseFilter(params, testCatalog, lisbon)
		if err != nil {
			t.Errorf("%s: %v", tt.query, err)
		} else if f.Match(e) != tt.match {
			t.Errorf("%s: match is %v", tt.query, !tt.match)
		}
	}
}

func TestParseFilterNamesWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ query, field string }{
		{"from=yesterday", "from"}, {"to=2026-02-30", "to"}, {"from=2026-01-01&from=2026-01-02", "from"}, {"from=2026-03-02&to=2026-03-01", "to"},
		{"action=destroyed", "action"}, {"module=nothing", "module"}, {"type=opportunity", "type"}, {"type=a.b.c", "type"}, {"object=Deal!", "object"},
		{"record=1", "record"}, {"operation=x", "operation"}, {"outcome=maybe", "outcome"}, {"channel=fax", "channel"}, {"q=%00", "q"}, {"user=%FF", "user"},
		{"q=" + strings.Repeat("x", maxQuery+1), "q"}, {"user=a" + strings.Repeat("&user=a", maxFilterValues), "user"}, {"from=99999-01-01", "from"},
	} {
		params, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ParseFilter(params, testCatalog, time.UTC)
		if !errs.Is(err, errs.Invalid) || errs.Of(err).Fields[0].Field != tt.field {
			t.Errorf("%.60s: got %v, want an error about %s", tt.query, err, tt.field)
		}
	}
}

func TestCursorBelongsToItsList(t *testing.T) {
	f := Filter{Where: All{Is{ByAction, []string{"deleted"}}}}
	p := Position{time.Date(2026, 3, 1, 9, 30, 0, 5000, time.UTC), someID}
	c := Cursor("account", f, p)
	if got, err := ParseCursor("account", f, c); err != nil || got != p {
		t.Errorf("got %v, %v", got, err)
	}
	if Cursor("account", f, Position{}) != "" {
		t.Error("the end has a cursor")
	}
	for name, err := range map[string]error{
		"another account": second(ParseCursor("other", f, c)),
		"another filter":  second(ParseCursor("account", Filter{}, c)),
		"nonsense":        second(ParseCursor("account", f, "%%%")),
		"no JSON":         second(ParseCursor("account", f, "AAAA")),
	} {
		if errs.Code(err) != "invalid_cursor" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestFilterTree(t *testing.T) {
	e := &Event{Action: Deleted, Module: "contacts", Cause: "c"}
	deleted, updated := Is{ByAction, []string{"deleted"}}, Is{ByAction, []string{"updated"}}
	for _, tt := range []struct {
		expr Expr
		want bool
	}{
		{All{}, true}, {Any{}, false}, {Any{updated, deleted}, true}, {All{updated, deleted}, false}, {Not{updated}, true},
		{Not{Any{updated, deleted}}, false}, {Is{ByCause, []string{"c"}}, true},
	} {
		if got := (Filter{Where: tt.expr}).Match(e); got != tt.want {
			t.Errorf("%#v: %v", tt.expr, got)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	f.Add("from=2026-01-01&to=2026-02-01T00:00:00Z&q=a+%22b+c%22")
	f.Add("type=*.deleted&user=%FF&cursor=x")
	f.Fuzz(func(t *testing.T, query string) {
		params, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		filter, err := ParseFilter(params, testCatalog, time.UTC)
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Fatal(err)
			}
			return
		}
		p := Position{time.UnixMicro(7).UTC(), someID}
		if got, err := ParseCursor("a", filter, Cursor("a", filter, p)); err != nil || got != p {
			t.Fatalf("cursor: %v %v", got, err)
		}
	})
}
