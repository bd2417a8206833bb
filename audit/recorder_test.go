package audit

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/errs"
)

var testCatalog = func() *Catalog {
	c, err := NewCatalog([]Module{{"contacts", "Contacts"}, {"opportunities", "Opportunities"}}, []EventType{
		{Type: "contact.created", Module: "contacts", Action: Created, Label: "Contact created", Template: "Created {object} {record}"},
		{Type: "contact.updated", Module: "contacts", Action: Updated, Label: "Contact updated", Template: "Updated {fields} of {record}"},
		{Type: "pipeline.deleted", Module: "opportunities", Action: Deleted, Label: "Pipeline deleted", Template: "Deleted {object} {record}{taken}"},
		{Type: "stage.deleted", Module: "opportunities", Action: Deleted, Label: "Stage deleted", Template: "Deleted {object} {record}{taken}"},
		{Type: "opportunity.stage_changed", Module: "opportunities", Action: Updated, Label: "Stage changed", Template: "Moved {record} from {stage.before} to {stage.after}"},
	})
	if err != nil {
		panic(err)
	}
	return c
}()

// memory is an Appender that keeps what it gets.
type memory struct{ events []*Event }

func (m *memory) AppendEvents(_ context.Context, events []Encoded) error {
	for _, e := range events {
		parsed, err := ParseEvent(e.Body)
		if err != nil {
			return err
		}
		m.events = append(m.events, parsed)
	}
	return nil
}

func newTestRecorder() *Recorder {
	clock := func() time.Time { return time.Date(2026, 3, 1, 9, 30, 0, 1999, time.UTC) }
	return NewRecorder(clock, NewIDSource(clock), testCatalog)
}

func TestOperationLeadsWithWhatWasDone(t *testing.T) {
	var m memory
	r := newTestRecorder()
	ctx := context.Background()
	op := r.Begin(&m, Origin{Account: "a", Actor: Actor{Type: User, Name: "Ana"}, Channel: Web})
	lead, err := op.Record(ctx, Draft{Type: "pipeline.deleted", Record: &Ref{Object: "pipeline", ID: "p", Name: "Sales"}, Word: Word{"pipeline", "pipelines"}})
	if err != nil {
		t.Fatal(err)
	}
	const stages = 1200 // more than are held in memory
	for range stages {
		if _, err := op.Record(ctx, Draft{Type: "stage.deleted", Record: &Ref{Object: "stage", ID: "s", Name: "New"}, Word: Word{"stage", "stages"}, Cause: lead}); err != nil {
			t.Fatal(err)
		}
	}
	if err := op.Close(ctx); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(m.events, func(a, b *Event) int { return strings.Compare(string(a.ID), string(b.ID)) })
	first := m.events[0]
	if string(first.ID) != string(op.ID()) || !first.Leads() {
		t.Errorf("the leading event %s does not have the operation's id %s", first.ID, op.ID())
	}
	if want := `Deleted pipeline "Sales" with 1,200 stages`; first.Description != want {
		t.Errorf("description %q, want %q", first.Description, want)
	}
	if first.Size != stages+1 {
		t.Errorf("size %d, want %d", first.Size, stages+1)
	}
	if diff := cmp.Diff(map[string]int{"pipeline": 1, "stage": stages}, first.Counts); diff != "" {
		t.Error(diff)
	}
	for i, e := range m.events {
		if e.Operation != op.ID() || e.OccurredAt != first.OccurredAt || i > 0 && (e.Size != 0 || e.Cause != lead || e.ID == m.events[i-1].ID) {
			t.Fatalf("event %d does not belong: %+v", i, e)
		}
	}
}

func TestSecretsAndLongValues(t *testing.T) {
	var m memory
	long := strings.Repeat("é", MaxValue)
	_, err := newTestRecorder().One(context.Background(), &m, Origin{Context: Context{UserAgent: strings.Repeat("x", 5000)}}, Draft{Type: "contact.updated", Changes: []Change{
		{Field: "key", Label: "Key", Before: String("hunter2"), After: String("hunter3"), BeforeText: "hunter2", Secret: true},
		{Field: "notes", Label: "Notes", After: String(long)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	body := string(m.events[0].AppendCanonical(nil))
	if strings.Contains(body, "hunter") {
		t.Error("a secret is in the log")
	}
	if !m.events[0].Changes[0].Secret {
		t.Error("the log does not say that the secret changed")
	}
	after := string(m.events[0].Changes[1].After)
	if len(after) > 2*KeptOfValue || !strings.Contains(after, `"bytes":131072`) || !strings.Contains(after, `"sha256":"`) {
		t.Errorf("the long value is kept as %.200s", after)
	}
	if n := len(m.events[0].Context.UserAgent); n != maxUserAgent {
		t.Errorf("the user agent has %d bytes", n)
	}
}

func TestTooLargeEventIsRefused(t *testing.T) {
	var m memory
	var changes []Change
	for range 20 {
		changes = append(changes, Change{Field: "f", Before: String(strings.Repeat("x", MaxValue-100)), After: None})
	}
	_, err := newTestRecorder().One(context.Background(), &m, Origin{}, Draft{Type: "contact.updated", Changes: changes})
	if errs.Code(err) != "event_too_large" || len(m.events) != 0 {
		t.Errorf("got %v and %d events", err, len(m.events))
	}
}

func TestDescriptions(t *testing.T) {
	for _, tt := range []struct {
		draft Draft
		want  string
	}{
		{Draft{Type: "contact.created", Record: &Ref{Name: "Ana"}, Word: Word{"contact", "contacts"}}, `Created contact "Ana"`},
		{Draft{Type: "contact.updated", Record: &Ref{Name: "Ana"}, Changes: []Change{{Label: "City"}}}, `Updated City of "Ana"`},
		{Draft{Type: "contact.updated", Record: &Ref{Name: "Ana"}, Changes: []Change{{Label: "City"}, {Label: "Phone"}, {Label: "State"}, {Label: "Tags"}, {Label: "Email"}}}, `Updated City, Phone, State and 2 more of "Ana"`},
		{Draft{Type: "opportunity.stage_changed", Record: &Ref{Name: "Acme renewal"}, Changes: []Change{{Field: "stage", Before: String("1"), After: String("2"), BeforeText: "Qualified", AfterText: "Won"}}}, `Moved "Acme renewal" from Qualified to Won`},
		{Draft{Type: "opportunity.stage_changed", Record: &Ref{Name: "{record}"}, Changes: []Change{{Field: "stage", After: String("{x}")}}}, `Moved "{record}" from nothing to {x}`},
	} {
		var m memory
		if _, err := newTestRecorder().One(context.Background(), &m, Origin{}, tt.draft); err != nil {
			t.Fatal(err)
		}
		if got := m.events[0].Description; got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestCatalogRefusesMistakes(t *testing.T) {
	modules := []Module{{"m", "M"}}
	for name, rows := range map[string][]EventType{
		"twice":          {{Type: "a.b", Module: "m", Action: Created}, {Type: "a.b", Module: "m", Action: Created}},
		"unknown module": {{Type: "a.b", Module: "x", Action: Created}},
		"unknown action": {{Type: "a.b", Module: "m", Action: "made"}},
		"unknown place":  {{Type: "a.b", Module: "m", Action: Created, Template: "{nobody}"}},
		"open brace":     {{Type: "a.b", Module: "m", Action: Created, Template: "{record"}},
	} {
		if _, err := NewCatalog(modules, rows); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestIDsNeverGoDown(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	back := false
	s := NewIDSource(func() time.Time {
		if back {
			return now.Add(-time.Hour)
		}
		return now
	})
	last := ""
	for i := range 20_000 {
		back = i > 10_000
		id := s.Next()
		if !ValidID(id) || id[14] != '7' || id <= last {
			t.Fatalf("id %d: %s after %s", i, id, last)
		}
		last = id
	}
}

func TestIDsAreUniqueAmongGoroutines(t *testing.T) {
	s := NewIDSource(time.Now)
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				id := s.Next()
				mu.Lock()
				if seen[id] {
					t.Errorf("%s twice", id)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// A value that no leaf can be made of must not enter: its event could never be sealed.
func TestValuesThatCannotBeSealed(t *testing.T) {
	for _, v := range []Value{"{", `"a` + "\n" + `b"`, `["a", "b"]`, `"\ud800"`, "\"\xff\""} {
		for _, c := range []Change{{Field: "name", Before: v}, {Field: "name", After: v}} {
			var m memory
			_, err := newTestRecorder().One(t.Context(), &m, Origin{Account: "a"}, Draft{Type: "contact.updated", Changes: []Change{c}})
			if errs.Code(err) != "invalid_value" || len(m.events) != 0 {
				t.Errorf("%q: %v, %d events", v, err, len(m.events))
			}
		}
	}
}
