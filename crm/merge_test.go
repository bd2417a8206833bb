package crm_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// doubles are two contacts who are one person, with something of every object that points at a contact.
func doubles(b *bench) (winner, loser *crm.Record, links map[string]*crm.Record) {
	winner = b.make("contact", map[string]string{"first_name": "Ana", "last_name": "Silva", "phone": "+351 210 000 000", "tags": "vip"})
	loser = b.make("contact", map[string]string{"first_name": "A.", "last_name": "Silva", "email": "ana@example.com", "tags": "b2b", "city": "Porto"})
	of := string(loser.ID)
	pipeline := b.make("pipeline", map[string]string{"name": "Sales"})
	stage := b.make("stage", map[string]string{"name": "New", "pipeline": string(pipeline.ID), "position": "1"})
	calendar := b.make("calendar", map[string]string{"name": "Visits"})
	links = map[string]*crm.Record{
		"note":         b.make("note", map[string]string{"contact": of, "body": "Likes tea"}),
		"task":         b.make("task", map[string]string{"contact": of, "title": "Call"}),
		"opportunity":  b.make("opportunity", map[string]string{"contact": of, "name": "Renewal", "pipeline": string(pipeline.ID), "stage": string(stage.ID)}),
		"conversation": b.make("conversation", map[string]string{"contact": of, "channel": "email"}),
		"appointment":  b.make("appointment", map[string]string{"contact": of, "calendar": string(calendar.ID), "title": "Visit", "start": "2026-03-02T10:00:00Z", "end": "2026-03-02T11:00:00Z"}),
		"invoice":      b.make("invoice", map[string]string{"contact": of, "currency": "EUR", "status": "sent", "items": `[{"name":"a","quantity":"1","price":"10"}]`}),
	}
	links["payment"] = b.make("payment", map[string]string{"invoice": string(links["invoice"].ID), "amount": "10", "method": "card"})
	return winner, loser, links
}

func TestMergeMovesEverything(t *testing.T) {
	b := newBench(t)
	winner, loser, links := doubles(b)
	m := crm.Merge{Winner: winner.ID, Loser: loser.ID, Fields: map[string]crm.Side{"first_name": crm.LoserSide}}
	plan, err := b.engine.PreviewMerge(t.Context(), b.caller, "contact", m)
	if err != nil {
		t.Fatal(err)
	}
	sides := map[string]crm.Side{}
	for _, f := range plan.Fields {
		sides[f.Field.Key] = f.Side
	}
	if len(sides) != 5 || sides["first_name"] != crm.LoserSide || sides["email"] != crm.LoserSide || sides["phone"] != crm.WinnerSide || sides["tags"] != crm.BothSides || sides["city"] != crm.LoserSide {
		t.Errorf("the fields that differ: %v", sides)
	}
	moved := map[string]int{}
	for _, v := range plan.Moves {
		moved[v.Object.Key] += v.Count
	}
	for object := range links {
		if moved[object] != 1 {
			t.Errorf("the preview moves %d of %s", moved[object], object)
		}
	}
	m.Token = plan.Token
	done, err := b.engine.Merge(t.Context(), b.caller, "contact", m)
	if err != nil {
		t.Fatal(err)
	}
	if got := done.Winner.Fields; got["email"].Text() != "ana@example.com" || got["phone"].Text() != "+351 210 000 000" || strings.Join(got["tags"].Strings(), " ") != "b2b vip" || done.Winner.Name != "A. Silva" {
		t.Errorf("the winner has %v", got)
	}
	for object, rec := range links {
		now, err := b.engine.Record(t.Context(), b.caller, object, rec.ID)
		if err != nil || now.Fields["contact"].Text() != string(winner.ID) {
			t.Errorf("the %s has the contact %v, %v", object, now, err)
		}
	}
	lead := eventOf(t, b, done.Operation)
	if lead.Type != "contact.merged" || !lead.Leads() || lead.Record.ID != winner.ID || lead.Related[0].ID != loser.ID ||
		lead.Description != `Merged contact "A. Silva", with 1 note, 1 task, 1 opportunity, 1 appointment, 1 conversation, 1 invoice and 1 payment into "Ana Silva"` {
		t.Errorf("the leading event: %s %q", lead.Type, lead.Description)
	}
	for _, e := range b.log() {
		if e.Operation == done.Operation && !e.Leads() && e.Cause != lead.ID {
			t.Errorf("%s %q is not caused by the merge", e.Type, e.Description)
		}
	}
	_, err = b.engine.Record(t.Context(), b.caller, "contact", loser.ID)
	if !errs.Is(err, errs.Gone) || !strings.Contains(err.Error(), `was merged into "Ana Silva"`) {
		t.Errorf("a link to the loser: %v", err)
	}
	b.checkLog(t.Fatalf)
}

func eventOf(t *testing.T, b *bench, op audit.OperationID) *audit.Event {
	t.Helper()
	for _, e := range b.log() {
		if e.ID == audit.EventID(op) {
			return e
		}
	}
	t.Fatalf("there is no event %s", op)
	return nil
}

func TestMergeRefuses(t *testing.T) {
	b := newBench(t)
	winner, loser, _ := doubles(b)
	gone := b.make("contact", map[string]string{"first_name": "Gone"})
	if _, err := b.engine.Delete(t.Context(), b.caller, "contact", gone.ID); err != nil {
		t.Fatal(err)
	}
	company := b.make("company", map[string]string{"name": "Acme"})
	reader := b.caller
	reader.Permissions = map[audit.Permission]bool{audit.RecordsRead: true}
	writer := b.caller
	writer.Permissions = map[audit.Permission]bool{audit.RecordsWrite: true}
	mine := auth.SystemCaller(account, "Mine")
	staff := b.make("staff", map[string]string{"name": "Mo", "email": "mo@example.com", "role": "member", "status": "active"})
	mine.Actor.ID = audit.ActorID(staff.ID)
	mine.Permissions = map[audit.Permission]bool{audit.RecordsRead: true, audit.RecordsWrite: true, audit.RecordsOnlyAssigned: true}
	own := b.make("contact", map[string]string{"first_name": "Own", "owner": string(staff.ID)})
	before := len(b.log())
	for _, tt := range []struct {
		name   string
		caller audit.Caller
		object string
		merge  crm.Merge
		kind   errs.Kind
		code   string
	}{
		{"itself", b.caller, "contact", crm.Merge{Winner: winner.ID, Loser: winner.ID}, errs.Invalid, "same_record"},
		{"one that is gone", b.caller, "contact", crm.Merge{Winner: winner.ID, Loser: gone.ID}, errs.Gone, "deleted"},
		{"into one that is gone", b.caller, "contact", crm.Merge{Winner: gone.ID, Loser: loser.ID}, errs.Gone, "deleted"},
		{"one that never was", b.caller, "contact", crm.Merge{Winner: winner.ID, Loser: "01890000-0000-7000-8000-00000000dead"}, errs.NotFound, "not_found"},
		{"a company", b.caller, "contact", crm.Merge{Winner: winner.ID, Loser: company.ID}, errs.NotFound, "not_found"},
		{"companies", b.caller, "company", crm.Merge{Winner: company.ID, Loser: winner.ID}, errs.NotPossible, "not_mergeable"},
		{"a field that is not there", b.caller, "contact", crm.Merge{Winner: winner.ID, Loser: loser.ID, Fields: map[string]crm.Side{"shoe_size": crm.LoserSide}}, errs.Invalid, "unknown_field"},
		{"both of a name", b.caller, "contact", crm.Merge{Winner: winner.ID, Loser: loser.ID, Fields: map[string]crm.Side{"first_name": crm.BothSides}}, errs.Invalid, "invalid_choice"},
		{"another plan", b.caller, "contact", crm.Merge{Winner: winner.ID, Loser: loser.ID, Token: "00"}, errs.Conflict, "plan_stale"},
		{"a reader", reader, "contact", crm.Merge{Winner: winner.ID, Loser: loser.ID}, errs.Forbidden, "forbidden"},
		{"one who does not see them", writer, "contact", crm.Merge{Winner: winner.ID, Loser: loser.ID}, errs.Forbidden, "forbidden"},
		{"what is not theirs", mine, "contact", crm.Merge{Winner: own.ID, Loser: loser.ID}, errs.NotFound, "not_found"},
	} {
		_, err := b.engine.Merge(t.Context(), tt.caller, tt.object, tt.merge)
		if !errs.Is(err, tt.kind) || errs.Code(err) != tt.code {
			t.Errorf("%s: %v", tt.name, err)
		}
		if _, err := b.engine.PreviewMerge(t.Context(), tt.caller, tt.object, tt.merge); tt.merge.Token == "" && !errs.Is(err, tt.kind) {
			t.Errorf("the plan for %s: %v", tt.name, err)
		}
	}
	if got := len(b.log()); got != before {
		t.Errorf("what was refused wrote %d events", got-before)
	}
}

// Two people merge the same contacts at once, in opposite directions: one of them wins, the other learns it.
func TestMergeInOppositeDirections(t *testing.T) {
	b := newBench(t)
	a, c, _ := doubles(b)
	var wg sync.WaitGroup
	failed := make([]error, 2)
	for i, m := range []crm.Merge{{Winner: a.ID, Loser: c.ID}, {Winner: c.ID, Loser: a.ID}} {
		wg.Go(func() { _, failed[i] = b.engine.Merge(t.Context(), b.caller, "contact", m) })
	}
	wg.Wait()
	if (failed[0] == nil) == (failed[1] == nil) {
		t.Fatalf("both ended alike: %v, %v", failed[0], failed[1])
	}
	for _, err := range failed {
		if err != nil && (!errs.Is(err, errs.Gone) || !strings.Contains(err.Error(), "was merged into")) {
			t.Errorf("the late one: %v", err)
		}
	}
	b.checkLog(t.Fatalf)
}
