package restore_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

// merged is two contacts that were made one.
type merged struct {
	*bench
	winner, loser  *crm.Record
	note, deal     *crm.Record
	invoice, money *crm.Record
	before         map[audit.RecordID]*crm.Record
	event          audit.EventID
}

func newMerged(t *testing.T) *merged {
	b := newBench(t)
	m := &merged{bench: b}
	m.winner = b.make("contact", map[string]string{"first_name": "Ana", "email": "old@example.com", "tags": "vip"})
	m.loser = b.make("contact", map[string]string{"first_name": "Anna", "email": "ana@example.com", "tags": "b2b", "city": "Porto"})
	of := string(m.loser.ID)
	m.note = b.make("note", map[string]string{"contact": of, "body": "Likes tea"})
	pipeline := b.make("pipeline", map[string]string{"name": "Sales"})
	stage := b.make("stage", map[string]string{"name": "New", "pipeline": string(pipeline.ID), "position": "1"})
	m.deal = b.make("opportunity", map[string]string{"contact": of, "name": "Renewal", "pipeline": string(pipeline.ID), "stage": string(stage.ID)})
	m.invoice = b.make("invoice", map[string]string{"contact": of, "currency": "EUR", "status": "sent", "items": `[{"name":"a","quantity":"1","price":"10"}]`})
	m.money = b.make("payment", map[string]string{"invoice": string(m.invoice.ID), "amount": "10", "method": "card"})
	b.make("conversation", map[string]string{"contact": of, "channel": "email"})
	m.before = b.records()
	b.now = b.now.Add(time.Second)
	done, err := b.engine.Merge(t.Context(), b.caller, "contact", crm.Merge{Winner: m.winner.ID, Loser: m.loser.ID, Fields: map[string]crm.Side{"email": crm.LoserSide}})
	if err != nil {
		t.Fatal(err)
	}
	m.event = audit.EventID(done.Operation)
	b.now = b.now.Add(time.Minute)
	return m
}

// Every way to take a merge back gives exactly what was there.
func TestUnmerge(t *testing.T) {
	for _, tt := range []struct {
		name  string
		apply func(*merged) (*restore.Plan, error)
	}{
		{"undo of the event", func(m *merged) (*restore.Plan, error) {
			return m.service.Undo(m.t.Context(), m.caller, m.event, restore.Request{})
		}},
		{"restore of the event", func(m *merged) (*restore.Plan, error) {
			return m.service.Apply(m.t.Context(), m.caller, m.event, restore.Request{})
		}},
		{"undo of the operation", func(m *merged) (*restore.Plan, error) {
			return m.service.UndoOperation(m.t.Context(), m.caller, audit.OperationID(m.event), restore.Request{})
		}},
		{"restore of the operation", func(m *merged) (*restore.Plan, error) {
			return m.service.ApplyOperation(m.t.Context(), m.caller, audit.OperationID(m.event), restore.Request{})
		}},
		{"restore of the loser's deletion", func(m *merged) (*restore.Plan, error) {
			return m.service.Apply(m.t.Context(), m.caller, m.last("contact.deleted").ID, restore.Request{})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMerged(t)
			preview, err := m.service.PreviewUndo(t.Context(), m.caller, m.event, restore.Request{})
			if err != nil || preview.State != restore.Available || preview.Relinks != 5 || preview.Merge.ID != m.winner.ID || preview.Record.ID != m.loser.ID || len(preview.Fields) == 0 {
				t.Fatalf("the preview: %+v, %v", preview, err)
			}
			if _, err := tt.apply(m); err != nil {
				t.Fatal(err)
			}
			same(t, m.before, m.records())
			if got := m.last("audit.restore_applied").Description; got != `Restored contact "Anna", which had been merged into "Ana"` {
				t.Errorf("the log says %q", got)
			}
			for name, again := range map[string]audit.EventID{"the merge": m.event, "the deletion": m.last("contact.deleted").ID} {
				if _, err := m.service.Undo(t.Context(), m.caller, again, restore.Request{}); name == "the merge" && errs.Code(err) != "already_restored" {
					t.Errorf("a second time, of %s: %v", name, err)
				}
				if _, err := m.service.Apply(t.Context(), m.caller, again, restore.Request{}); errs.Code(err) != "already_restored" {
					t.Errorf("a second restore, of %s: %v", name, err)
				}
			}
		})
	}
}

// What somebody changed since stays: links without asking, values of the winner by a decision.
func TestUnmergeAfterChanges(t *testing.T) {
	m := newMerged(t)
	third := m.make("contact", map[string]string{"first_name": "Third"})
	m.edit(m.deal, map[string]string{"contact": string(third.ID)})
	m.edit(m.winner, map[string]string{"city": "Faro", "tags": "b2b, vip, new"})
	m.remove(m.note)
	plan, err := m.service.PreviewUndo(t.Context(), m.caller, m.event, restore.Request{})
	if err != nil || plan.Relinks != 3 || plan.Kept != 2 || plan.Unresolved != 1 || plan.Conflicts[0].Field != "city" || plan.Conflicts[0].Kind != restore.ChangedSince {
		t.Fatalf("the plan: %+v, %v", plan, err)
	}
	if _, err := m.service.Undo(t.Context(), m.caller, m.event, restore.Request{}); errs.Code(err) != "conflicts" {
		t.Errorf("undecided: %v", err)
	}
	decided := restore.Request{Token: plan.Token, Resolutions: []restore.Resolution{{Object: "contact", ID: m.winner.ID, Field: "city", Kind: restore.ChangedSince, Choose: restore.Skip}}}
	if _, err := m.service.Undo(t.Context(), m.caller, m.event, decided); err != nil {
		t.Fatal(err)
	}
	now := m.records()
	if got := now[m.winner.ID].Fields; got["city"].Text() != "Faro" || strings.Join(got["tags"].Strings(), " ") != "new vip" || got["email"].Text() != "old@example.com" {
		t.Errorf("the winner has %v", got)
	}
	if got := now[m.deal.ID].Fields["contact"].Text(); got != string(third.ID) {
		t.Errorf("the opportunity that went to a third contact has %s", got)
	}
	if got := now[m.loser.ID].Fields["email"].Text(); got != "ana@example.com" {
		t.Errorf("the loser has the email %q", got)
	}
}

// The winner keeps the email: then the loser cannot have it as well.
func TestUnmergeWithUniqueValueKept(t *testing.T) {
	m := newMerged(t)
	other := m.make("contact", map[string]string{"first_name": "Other", "email": "old@example.com"})
	plan, err := m.service.PreviewUndo(t.Context(), m.caller, m.event, restore.Request{})
	if err != nil || plan.Unresolved != 2 {
		t.Fatalf("the plan: %+v, %v", plan, err)
	}
	_, err = m.service.Undo(t.Context(), m.caller, m.event, restore.Request{Resolutions: []restore.Resolution{
		{Object: "contact", ID: m.winner.ID, Field: "email", Kind: restore.UniqueTaken, Choose: restore.Skip},
		{Object: "contact", ID: m.loser.ID, Field: "email", Kind: restore.UniqueTaken, Choose: restore.Clear}}})
	if err != nil {
		t.Fatal(err)
	}
	now := m.records()
	for id, want := range map[audit.RecordID]string{m.winner.ID: "ana@example.com", m.loser.ID: "", other.ID: "old@example.com"} {
		if got := now[id].Fields["email"].Text(); got != want {
			t.Errorf("%s has the email %q, not %q", now[id].Name, got, want)
		}
	}
}

// The winner is gone, with what belonged to it: the loser comes back with what is left.
func TestUnmergeAfterTheWinnerWasDeleted(t *testing.T) {
	b := newBench(t)
	winner := b.make("contact", map[string]string{"first_name": "Ana"})
	loser := b.make("contact", map[string]string{"first_name": "Anna"})
	note := b.make("note", map[string]string{"contact": string(loser.ID), "body": "Likes tea"})
	calendar := b.make("calendar", map[string]string{"name": "Visits"})
	visit := b.make("appointment", map[string]string{"contact": string(loser.ID), "calendar": string(calendar.ID), "title": "Visit", "start": "2026-03-02T10:00:00Z", "end": "2026-03-02T11:00:00Z"})
	done, err := b.engine.Merge(t.Context(), b.caller, "contact", crm.Merge{Winner: winner.ID, Loser: loser.ID})
	if err != nil {
		t.Fatal(err)
	}
	deletion := b.remove(winner)
	plan, err := b.service.Undo(t.Context(), b.caller, audit.EventID(done.Operation), restore.Request{})
	if err != nil || plan.Relinks != 1 || plan.Kept != 1 {
		t.Fatalf("the plan: %+v, %v", plan, err)
	}
	now := b.records()
	if now[loser.ID] == nil || now[visit.ID].Fields["contact"].Text() != string(loser.ID) || now[note.ID] != nil {
		t.Errorf("the loser is %v, the appointment has %v", now[loser.ID], now[visit.ID].Fields)
	}
	if _, err := b.service.Apply(t.Context(), b.caller, deletion, restore.Request{Resolutions: []restore.Resolution{{Object: "appointment", Kind: restore.ChangedSince, Choose: restore.Skip}}}); err != nil {
		t.Errorf("the winner comes back as well: %v", err)
	}
}

// A record that was deleted before its contact was merged away comes back to the contact that there is.
func TestRestoreFollowsMerge(t *testing.T) {
	b := newBench(t)
	winner := b.make("contact", map[string]string{"first_name": "Ana"})
	loser := b.make("contact", map[string]string{"first_name": "Anna"})
	note := b.make("note", map[string]string{"contact": string(loser.ID), "body": "Likes tea"})
	deletion := b.remove(note)
	if _, err := b.engine.Merge(t.Context(), b.caller, "contact", crm.Merge{Winner: winner.ID, Loser: loser.ID}); err != nil {
		t.Fatal(err)
	}
	plan, err := b.service.Preview(t.Context(), b.caller, deletion, restore.Request{})
	if err != nil || plan.Unresolved != 1 || !cmp.Equal(plan.Conflicts[0].Resolutions, []restore.Choice{restore.FollowMerge}) || !strings.Contains(plan.Conflicts[0].Detail, `was merged into "Ana"`) {
		t.Fatalf("the plan: %+v, %v", plan, err)
	}
	if _, err := b.service.Apply(t.Context(), b.caller, deletion, restore.Request{Resolutions: []restore.Resolution{{Object: "note", Kind: restore.MissingReference, Choose: restore.FollowMerge}}}); err != nil {
		t.Fatal(err)
	}
	if got := b.records()[note.ID].Fields["contact"].Text(); got != string(winner.ID) {
		t.Errorf("the note has the contact %s", got)
	}
}

// The window of a deletion is that of a merge.
func TestUnmergeTooLate(t *testing.T) {
	m := newMerged(t)
	m.now = m.now.Add(window)
	if _, err := m.service.Undo(t.Context(), m.caller, m.event, restore.Request{}); errs.Code(err) != "restore_expired" {
		t.Errorf("after the window: %v", err)
	}
}

// Somebody undid parts of a merge by themselves before: the rest of it comes back all the same.
func TestUnmergeAfterParts(t *testing.T) {
	m := newMerged(t)
	var parts []*audit.Event
	op, err := m.db.Operation(t.Context(), account, audit.OperationID(m.event), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, stored := range op {
		e, err := stored.Event()
		if err != nil {
			t.Fatal(err)
		}
		if !e.Leads() && e.Action == audit.Updated {
			parts = append(parts, e)
		}
	}
	undone := 0
	for _, e := range parts {
		var given []restore.Resolution
		for _, c := range []restore.Choice{restore.Clear, restore.Skip} {
			given = append(given[:0], restore.Resolution{Object: e.Record.Object, Kind: restore.MissingReference, Choose: c})
			if _, err = m.service.Undo(t.Context(), m.caller, e.ID, restore.Request{Resolutions: given}); err == nil {
				undone++
				break
			}
		}
		if e.Record.ID == m.deal.ID && err != nil {
			t.Fatalf("%s: %v", e.Description, err)
		}
	}
	if undone < 3 {
		t.Fatalf("%d of %d parts were undone", undone, len(parts))
	}
	m.edit(m.deal, map[string]string{"contact": string(m.winner.ID)}) // and back as the merge had it
	if _, err := m.service.Undo(t.Context(), m.caller, m.event, restore.Request{}); err != nil {
		t.Fatal(err)
	}
	same(t, m.before, m.records())
}

// What contacts pointed at comes back with a merge that is taken back, the loser among it.
func TestUnmergeOfContactsThatPointAtEachOther(t *testing.T) {
	for name, tt := range map[string]struct{ winner, loser string }{
		"the winner at the loser":                           {"loser", ""},
		"the loser at the winner":                           {"", "winner"},
		"each at the other":                                 {"loser", "winner"},
		"each at itself":                                    {"winner", "loser"},
		"the winner at the loser, which points at a third":  {"loser", "third"},
		"the loser at the winner, which points at a third":  {"third", "winner"},
		"the loser at a third, the winner at nobody so far": {"", "third"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.redefine("contact", crm.ObjectInput{Fields: []crm.FieldInput{pointing("Partner", "contact", crm.Clear)}})
			people := map[string]*crm.Record{}
			for _, name := range []string{"winner", "loser", "third"} {
				people[name] = b.make("contact", map[string]string{"first_name": name, "email": name + "@example.com"})
			}
			for from, to := range map[string]string{"winner": tt.winner, "loser": tt.loser, "third": "loser"} {
				if to != "" {
					b.edit(people[from], map[string]string{"partner": string(people[to].ID)})
				}
			}
			before := b.records()
			done, err := b.engine.Merge(t.Context(), b.caller, "contact", crm.Merge{Winner: people["winner"].ID, Loser: people["loser"].ID, Fields: map[string]crm.Side{"email": crm.LoserSide}})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := b.service.PreviewUndo(t.Context(), b.caller, audit.EventID(done.Operation), restore.Request{})
			if err != nil || plan.ConflictsTotal > 0 {
				t.Fatalf("the plan: %+v, %v", plan, err)
			}
			if i := slices.IndexFunc(plan.Fields, func(f restore.FieldPlan) bool { return f.Back == "loser" }); (i >= 0) != (tt.winner == "loser") {
				t.Errorf("the plan says that these come back: %+v", plan.Fields)
			}
			if _, err := b.service.Undo(t.Context(), b.caller, audit.EventID(done.Operation), restore.Request{Token: plan.Token}); err != nil {
				t.Fatal(err)
			}
			same(t, before, b.records())
		})
	}
}
