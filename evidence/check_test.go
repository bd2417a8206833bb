package evidence_test

import (
	"net/url"
	"testing"

	"github.com/backtrail/backtrail/evidence"
)

func TestRoundTrip(t *testing.T) {
	for _, tt := range []struct {
		name                                    string
		events                                  int
		filter                                  url.Values
		complete                                bool
		withhold                                []string
		rows, headers, undecided, undecidedRows int64
		first                                   int64
	}{
		{name: "everything", events: 300, rows: 300},
		{name: "everything, complete", events: 300, complete: true, rows: 300, first: 1},
		{name: "one event", events: 1, complete: true, rows: 1, first: 1},
		{name: "some", events: 700, filter: url.Values{"action": {"deleted"}}, rows: 140},
		{name: "some, complete", events: 700, filter: url.Values{"action": {"deleted"}}, complete: true, rows: 140, headers: 560, first: 1},
		{name: "nothing", events: 20, filter: url.Values{"action": {"created"}}, rows: 0},
		{name: "nothing, complete", events: 20, filter: url.Values{"action": {"created"}}, complete: true, headers: 20, first: 1},
		{name: "from a time", events: 100, filter: url.Values{"from": {"2026-03-01T10:00:00Z"}, "type": {"*.deleted"}}, complete: true, rows: 15, headers: 57, first: 30},
		{name: "up to a time", events: 100, filter: url.Values{"from": {"2026-03-01T10:00:00Z"}, "to": {"2026-03-01T10:30:00Z"}}, complete: true, rows: 30, headers: 42, first: 30},
		{name: "from the future", events: 10, filter: url.Values{"from": {"2027-03-01T10:00:00Z"}}, complete: true, headers: 1, first: 11},
		{name: "words", events: 50, filter: url.Values{"q": {"9th"}}, complete: true, rows: 1, headers: 49, undecided: 49, first: 1},
		{name: "words and a type", events: 50, filter: url.Values{"q": {"9th"}, "action": {"deleted"}}, complete: true, headers: 50, undecided: 10, first: 1},
		{name: "withheld", events: 300, withhold: []string{"email", "ip"}, rows: 300},
		{name: "everything withheld", events: 300, withhold: []string{"email", "ip", "user_agent", "session", "user", "record", "changes", "description"},
			filter: url.Values{"q": {"9th"}}, complete: true, rows: 1, headers: 299, undecided: 299, undecidedRows: 1, first: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := samples(t, tt.events).where(t, tt.filter)
			b.most = 7
			pack := b.pack(t, func(p *evidence.Plan) { p.Complete, p.Withhold = tt.complete, tt.withhold })
			r := good(t, pack, evidence.Options{Verifier: b.verifier(t), Complete: tt.complete})
			if r.Rows != tt.rows || r.Headers != tt.headers || r.UndecidedHeaders != tt.undecided || r.UndecidedRows != tt.undecidedRows {
				t.Errorf("%d rows, %d headers, %d and %d undecided", r.Rows, r.Headers, r.UndecidedHeaders, r.UndecidedRows)
			}
			if r.Complete != tt.complete || r.Checkpoint.Size != int64(tt.events) {
				t.Errorf("%+v", r)
			}
			if tt.complete && r.Manifest.Stretch.First != tt.first {
				t.Errorf("the stretch begins at %d", r.Manifest.Stretch.First)
			}
			for _, w := range r.Words() {
				t.Log(w)
			}
		})
	}
}
