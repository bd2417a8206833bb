package crm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// history is a random life of an account.
type history struct {
	*bench
	ids map[string][]audit.RecordID
}

// value draws the JSON of a field's value: mostly right, sometimes wrong.
func (h *history) value(t *rapid.T, f *crm.Field) json.RawMessage {
	text := func(values ...string) json.RawMessage {
		return json.RawMessage(audit.String(rapid.SampledFrom(values).Draw(t, f.Key)))
	}
	if !f.Required && rapid.IntRange(0, 4).Draw(t, "empty") == 0 {
		return json.RawMessage("null")
	}
	switch f.Type {
	case crm.Email:
		return text("ana@example.com", "BO@example.com", "cy@example.org", "not an email", fmt.Sprintf("p%d@example.com", rapid.IntRange(0, 50).Draw(t, "n")))
	case crm.Phone:
		return text("+1 209-172-7124", "(915)112-1727 ext. 12", "nonsense")
	case crm.URL:
		return text("example.com", "https://example.org/a?b=c", "javascript:alert(1)")
	case crm.Number, crm.Money:
		return text("0", "12", "-3.5", "1200.00", "007", "1e9", "99999999999.99")
	case crm.Date:
		return text("2026-03-01", "2025-12-31", "1999-02-30")
	case crm.DateTime:
		return text("2026-03-01T09:30:00Z", "2026-03-02T17:00:00Z", "2026-03-01T09:30:00.123456+02:00", "never")
	case crm.Boolean:
		return json.RawMessage(rapid.SampledFrom([]string{"true", "false", `"yes"`}).Draw(t, f.Key))
	case crm.Select:
		return text(append([]string{"no such option"}, optionKeys(f)...)...)
	case crm.Tags:
		items := rapid.SliceOfN(rapid.SampledFrom([]string{"vip", "new", "b2b", "Łódź"}), 0, 4).Draw(t, f.Key)
		if f.Key == "permissions" {
			items = rapid.SliceOfN(rapid.SampledFrom([]string{"audit.read", "records.read"}), 0, 2).Draw(t, f.Key)
		}
		raw, err := json.Marshal(items)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	case crm.RefType:
		if ids := h.ids[f.Object]; len(ids) > 0 {
			return json.RawMessage(audit.String(string(rapid.SampledFrom(ids).Draw(t, f.Key))))
		}
		return text("01890000-0000-7000-8000-00000000dead")
	}
	return text("A", "b", "Ana Silva", "שלום", "e\u0301", `"q" \ <b>`, "line\nbreak", "  spaced  ", rapid.StringN(0, 20, -1).Draw(t, "text"))
}

func optionKeys(f *crm.Field) []string {
	var keys []string
	for _, o := range f.Options {
		keys = append(keys, o.Key)
	}
	return keys
}

func (h *history) input(t *rapid.T, o *crm.Object, all bool) crm.Input {
	in := crm.Input{}
	for i := range o.Fields {
		f := &o.Fields[i]
		if f.Computed && rapid.IntRange(0, 50).Draw(t, "give a computed one") > 0 {
			continue
		}
		if all && f.Required || rapid.IntRange(0, 3).Draw(t, "give "+f.Key) == 0 {
			in[f.Key] = h.value(t, f)
		}
	}
	return in
}

// step does one random thing; that it is refused is fine, that it fails inside is not.
func (h *history) step(t *rapid.T) {
	h.now = h.now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "seconds")) * time.Second)
	o := rapid.SampledFrom(h.schema.Objects()).Draw(t, "object")
	ids := h.ids[o.Key]
	var err error
	switch act := rapid.IntRange(0, 9).Draw(t, "act"); {
	case len(ids) == 0 || act < 4:
		var rec *crm.Record
		if rec, err = h.engine.Create(h.t.Context(), h.caller, o.Key, h.input(t, o, true)); err == nil {
			h.ids[o.Key] = append(ids, rec.ID)
		}
	case act < 7:
		_, err = h.engine.Update(h.t.Context(), h.caller, o.Key, rapid.SampledFrom(ids).Draw(t, "id"), h.input(t, o, false), 0)
	case act < 8:
		b := crm.Batch{Create: []crm.Input{h.input(t, o, true)}}
		for range rapid.IntRange(0, 3).Draw(t, "updates") {
			b.Update = append(b.Update, crm.BatchUpdate{ID: rapid.SampledFrom(ids).Draw(t, "id"), Fields: h.input(t, o, false)})
		}
		if rapid.Bool().Draw(t, "delete") {
			b.Delete = []audit.RecordID{rapid.SampledFrom(ids).Draw(t, "id")}
		}
		_, err = h.engine.Batch(h.t.Context(), h.caller, o.Key, b)
	default:
		_, err = h.engine.Delete(h.t.Context(), h.caller, o.Key, rapid.SampledFrom(ids).Draw(t, "id"))
	}
	if e, ok := errors.AsType[*errs.Error](err); err != nil && (!ok || e.Kind == errs.Internal) {
		t.Fatalf("%s: %v", o.Key, err)
	}
}

// Promises 1 and 3: whatever is done and refused, folding the log gives exactly the records.
func TestLogTellsTheRecords(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{bench: newBench(t), ids: map[string][]audit.RecordID{}}
		steps := rapid.IntRange(20, 80).Draw(rt, "steps")
		for i := range steps {
			h.step(rt)
			if i%20 == 0 {
				if err := h.db.Seal(t.Context()); err != nil {
					rt.Fatal(err)
				}
			}
		}
		h.checkLog(rt.Fatalf)
		h.checkEvents(rt)
		if err := h.db.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

// checkEvents holds what must be true of every log.
func (h *history) checkEvents(t *rapid.T) {
	sizes := map[audit.OperationID]int{}
	leads := map[audit.OperationID]*audit.Event{}
	seen := map[audit.EventID]bool{}
	for _, e := range h.log() {
		sizes[e.Operation]++
		if e.Leads() {
			leads[e.Operation] = e
		}
		if seen[e.ID] {
			t.Fatalf("event %s twice", e.ID)
		}
		seen[e.ID] = true
		if e.Description == "" || e.Action == audit.Updated && len(e.Changes) == 0 {
			t.Fatalf("an event says nothing: %+v", e)
		}
		if e.Cause != "" && !seen[e.Cause] {
			t.Fatalf("event %s is caused by what comes later", e.ID)
		}
	}
	for op, n := range sizes {
		lead := leads[op]
		if lead == nil {
			t.Fatalf("operation %s has no leading event", op)
		}
		if want := max(lead.Size, 1); want != n {
			t.Fatalf("operation %s has %d events, its leading event says %d", op, n, want)
		}
	}
}
