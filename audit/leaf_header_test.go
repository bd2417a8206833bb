package audit

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// bare is what a header may say of e.
func bare(e *Event) *Event {
	public := func(id string) string {
		if ValidID(id) {
			return id
		}
		return ""
	}
	b := &Event{ID: e.ID, Account: e.Account, OccurredAt: e.OccurredAt, RecordedAt: e.RecordedAt, Channel: e.Channel, Module: e.Module, Type: e.Type,
		Action: e.Action, Outcome: e.Outcome, Operation: e.Operation, Cause: e.Cause, UndoOf: e.UndoOf, Size: e.Size, Counts: e.Counts}
	b.Actor = Actor{Type: e.Actor.Type, ID: ActorID(public(string(e.Actor.ID)))}
	if o := e.Actor.OnBehalfOf; o != nil && ValidID(o.ID) {
		b.Actor.OnBehalfOf = &OnBehalfOf{ID: o.ID}
	}
	if r := e.Record; r != nil {
		b.Record = &Ref{Object: r.Object, ID: RecordID(public(string(r.ID))), Version: r.Version, CreatedAt: r.CreatedAt}
	}
	return b
}

func headerOf(t interface{ Fatal(...any) }, e *Event) Header {
	leaf, err := AppendLeaf(nil, e.AppendCanonical(nil), Salt{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := ParseHeader(leafHeader(leaf))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHeaderSaysWhatIsPublic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := leafEvents().Draw(t, "event")
		if diff := cmp.Diff(bare(e), headerOf(t, e).Event()); diff != "" {
			t.Fatalf("the header says another event (-want +got):\n%s", diff)
		}
	})
}

func TestParseHeaderRefuses(t *testing.T) {
	raw, err := os.ReadFile("testdata/leaf/cascade_lead.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if _, err := ParseHeader([]byte(v.Header)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new string }{
		{"another version", `{"v":1`, `{"v":2`},
		{"white space", `,"channel":`, `, "channel":`},
		{"an unknown key", `,"channel":`, `,"x":1,"channel":`},
		{"a key of the event", `,"version":7`, `,"name":"Sales","version":7`},
		{"a missing key", `,"cause":null`, ``},
		{"a key twice", `,"cause":null`, `,"cause":null,"cause":null`},
		{"an escape that is not needed", `"web"`, `"\u0077eb"`},
		{"an actor's id that is not ours", `"user","id":"`, `"user","id":"x`},
		{"an id on behalf of that is not ours", `"on_behalf_of":null`, `"on_behalf_of":"ana@example.com"`},
		{"a record's id that is not ours", `"pipeline","id":"`, `"pipeline","id":"x`},
		{"an empty id", `"on_behalf_of":null`, `"on_behalf_of":""`},
		{"another order of counts", `"opportunity":412,"pipeline":1`, `"pipeline":1,"opportunity":412`},
		{"more behind it", `"stage":5}}`, `"stage":5}}` + "\n"},
	} {
		header := strings.Replace(v.Header, tt.old, tt.new, 1)
		if header == v.Header {
			t.Errorf("%s: nothing was replaced", tt.name)
		}
		if _, err := ParseHeader([]byte(header)); err == nil {
			t.Errorf("%s: taken", tt.name)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	for _, v := range leafVectors() {
		header, _, _ := describedLeaf(string(v.event.AppendCanonical(nil)), Salt{})
		f.Add([]byte(header))
	}
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ParseHeader(b)
		if err != nil {
			return
		}
		if string(h.append(nil)) != string(b) {
			t.Fatalf("taken, but written as %q", h.append(nil))
		}
		// A header alone says as much of an event as the event that it makes, which is one that can be sealed.
		e := h.Event()
		if again := headerOf(t, e); !cmp.Equal(bare(e), again.Event()) {
			t.Fatalf("another header: %s", again.append(nil))
		}
	})
}
