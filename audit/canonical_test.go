package audit

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func texts() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", `"quoted"`, "back\\slash", "tab\tnew\nline\r", "\x00\x01\x1f",
		"עברית", "e\u0301\u0302", "😀\U0010FFFF", "\u2028", "<script>&'", "=1+1"}))
}

func events() *rapid.Generator[*Event] {
	return rapid.Custom(func(t *rapid.T) *Event {
		text := func(name string) string { return texts().Draw(t, name) }
		instant := func(name string) time.Time {
			return time.UnixMicro(rapid.Int64Range(0, 253402300799999999).Draw(t, name)).UTC()
		}
		ref := func() Ref {
			r := Ref{Object: text("object"), ID: RecordID(text("record")), Name: text("name"), Version: rapid.Int64Range(0, 1<<40).Draw(t, "version")}
			if rapid.Bool().Draw(t, "with creation") {
				r.CreatedAt = instant("created")
			}
			return r
		}
		e := &Event{ID: EventID(text("id")), Account: AccountID(text("account")), OccurredAt: instant("occurred"), RecordedAt: instant("recorded"),
			Actor:   Actor{Type: User, ID: ActorID(text("actor")), Name: text("name"), Email: text("email")},
			Channel: Web, Module: text("module"), Type: Type(text("type")), Action: Updated, Outcome: Success,
			Description: text("description"), Operation: OperationID(text("operation")), Cause: EventID(text("cause")),
			UndoOf: EventID(text("undo")), Size: rapid.IntRange(0, 50000).Draw(t, "size"),
			Context: Context{IP: text("ip"), UserAgent: text("agent"), Session: text("session"), Request: text("request")}}
		if rapid.Bool().Draw(t, "on behalf") {
			e.Actor.OnBehalfOf = &OnBehalfOf{ID: ActorID(text("behalf")), Name: text("behalf name")}
		}
		if rapid.Bool().Draw(t, "with record") {
			r := ref()
			e.Record = &r
		}
		for range rapid.IntRange(0, 3).Draw(t, "related") {
			e.Related = append(e.Related, ref())
		}
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			c := Change{Field: text("field"), Label: text("label"), Before: String(text("before")), BeforeText: text("before text"), AfterText: text("after text")}
			c.After = rapid.SampledFrom([]Value{None, "true", List([]string{"a", `b"`}), String("x")}).Draw(t, "after")
			if rapid.Bool().Draw(t, "of another") {
				r := ref()
				c.Record = &r
			}
			e.Changes = append(e.Changes, c)
		}
		for range rapid.IntRange(0, 3).Draw(t, "counts") {
			if e.Counts == nil {
				e.Counts = map[string]int{}
			}
			e.Counts[text("counted")] = rapid.IntRange(0, 1000).Draw(t, "count")
		}
		return e
	})
}

func TestCanonicalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := events().Draw(t, "event")
		body := e.AppendCanonical(nil)
		if !json.Valid(body) {
			t.Fatalf("not JSON: %s", body)
		}
		got, err := ParseEvent(body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Fatalf("parsing gave another event (-want +got):\n%s", diff)
		}
		if again := got.AppendCanonical(nil); string(again) != string(body) {
			t.Fatalf("the bytes changed:\n%s\n%s", body, again)
		}
	})
}

func TestScanFindsWhatParsingFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := events().Draw(t, "event").AppendCanonical(nil)
		var want map[string]json.RawMessage
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatal(err)
		}
		got := map[string]json.RawMessage{}
		if err := Scan(body, func(k, v []byte) { got[string(k)] = append(json.RawMessage(nil), v...) }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		var description string
		if err := json.Unmarshal(want["description"], &description); err != nil {
			t.Fatal(err)
		}
		if s := string(ScanString(got["description"])); s != description {
			t.Fatalf("ScanString gave %q, want %q", s, description)
		}
	})
}

// The golden bytes hold the form in place: whoever changes it must raise its version.
func TestCanonicalGolden(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 30, 0, 123456000, time.UTC)
	e := &Event{ID: "01", Account: "02", OccurredAt: at, RecordedAt: at, Actor: Actor{Type: User, ID: "03", Name: "Ana \"A\" Silva", Email: "ana@example.com"},
		Channel: Web, Module: "opportunities", Type: "opportunity.stage_changed", Action: Updated, Outcome: Success,
		Record: &Ref{Object: "opportunity", ID: "04", Name: "Acme", Version: 3}, Related: []Ref{{Object: "pipeline", ID: "05", Name: "Sales"}},
		Description: "Moved\n\"Acme\"", Changes: []Change{{Field: "stage", Label: "Stage", Before: String("06"), After: String("07"), BeforeText: "Qualified", AfterText: "Won"}},
		Operation: "01", Size: 2, Counts: map[string]int{"stage": 5, "pipeline": 1}, Context: Context{IP: "192.0.2.1"}}
	const want = `{"v":1,"id":"01","account":"02","occurred_at":"2026-03-01T09:30:00.123456Z","recorded_at":"2026-03-01T09:30:00.123456Z",` +
		`"actor":{"type":"user","id":"03","name":"Ana \"A\" Silva","email":"ana@example.com","on_behalf_of":null},"channel":"web","module":"opportunities",` +
		`"type":"opportunity.stage_changed","action":"updated","outcome":"success","record":{"object":"opportunity","id":"04","name":"Acme","version":3},` +
		`"related":[{"object":"pipeline","id":"05","name":"Sales"}],"description":"Moved\n\"Acme\"","changes":[{"field":"stage","label":"Stage","before":"06","after":"07",` +
		`"before_text":"Qualified","after_text":"Won"}],"operation":"01","cause":null,"undo_of":null,"size":2,"counts":{"pipeline":1,"stage":5},` +
		`"context":{"ip":"192.0.2.1","user_agent":null,"session":null,"request":null}}`
	if got := string(e.AppendCanonical(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(`{"v":1,"id":"x"}`))
	f.Add([]byte(`{"v":2}`))
	f.Add([]byte(`{`))
	f.Add((&Event{Actor: Actor{Type: User}, Changes: []Change{{Field: "a", Before: "true"}}}).AppendCanonical(nil))
	f.Fuzz(func(t *testing.T, body []byte) {
		_ = Scan(body, func(_, v []byte) { ScanString(v) })
		e, err := ParseEvent(body)
		if err != nil {
			return
		}
		again, err := ParseEvent(e.AppendCanonical(nil))
		if err != nil {
			if strings.Contains(err.Error(), "cannot parse") { // years that RFC 3339 cannot say
				return
			}
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if string(again.AppendCanonical(nil)) != string(e.AppendCanonical(nil)) {
			t.Fatal("the form is not stable")
		}
	})
}
