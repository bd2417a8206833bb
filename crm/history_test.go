package crm_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// history is a random life of an account.
type history struct {
	*bench
	ids     map[string][]audit.RecordID
	objects []*crm.Object // that the steps are about
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
	case crm.Rows:
		return h.rows(t, f)
	case crm.RefType:
		if ids := h.ids[f.Object]; len(ids) > 0 {
			return json.RawMessage(audit.String(string(rapid.SampledFrom(ids).Draw(t, f.Key))))
		}
		return text("01890000-0000-7000-8000-00000000dead")
	}
	switch f.Key {
	case "currency":
		return text("EUR", "gbp", "euro")
	case "trigger":
		return text("contact.created", "*.deleted", "anything")
	case "timezone":
		return text("Europe/Lisbon", "UTC", "Mars/Base")
	}
	return text("A", "b", "Ana Silva", "שלום", "e\u0301", `"q" \ <b>`, "line\nbreak", "  spaced  ", rapid.StringN(0, 20, -1).Draw(t, "text"))
}

// rows draws a list of rows: mostly such as add up.
func (h *history) rows(t *rapid.T, f *crm.Field) json.RawMessage {
	rows := []map[string]json.RawMessage{}
	for range rapid.IntRange(0, 3).Draw(t, f.Key) {
		row := map[string]json.RawMessage{}
		for i := range f.Columns {
			if v := h.value(t, &f.Columns[i]); len(v) > 0 {
				row[f.Columns[i].Key] = v
			}
			if c := f.Columns[i].Type; c == crm.Number || c == crm.Money {
				row[f.Columns[i].Key] = json.RawMessage(rapid.SampledFrom([]string{`"1"`, `"2.5"`, `"0.015"`, `"19.99"`, `"-1"`}).Draw(t, "cell"))
			}
		}
		rows = append(rows, row)
	}
	raw, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	return raw
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
	o := rapid.SampledFrom(h.objects).Draw(t, "object")
	ids := h.ids[o.Key]
	var err error
	switch act := rapid.IntRange(0, 9).Draw(t, "act"); {
	case act == 9 && o.Merges && len(ids) > 1:
		_, err = h.engine.Merge(h.t.Context(), h.caller, o.Key, crm.Merge{Winner: rapid.SampledFrom(ids).Draw(t, "winner"), Loser: rapid.SampledFrom(ids).Draw(t, "loser"),
			Fields: map[string]crm.Side{"email": rapid.SampledFrom([]crm.Side{crm.WinnerSide, crm.LoserSide}).Draw(t, "side")}})
	case len(ids) == 0 || act < 4:
		var rec *crm.Record
		if rec, err = h.engine.Create(h.t.Context(), h.caller, o.Key, h.input(t, o, true)); err == nil {
			h.ids[o.Key] = append(ids, rec.ID)
		}
	case act < 7:
		_, err = h.engine.Update(h.t.Context(), h.caller, o.Key, rapid.SampledFrom(ids).Draw(t, "id"), h.input(t, o, false), 0)
	case act == 7 && rapid.Bool().Draw(t, "bulk"):
		sel := crm.Selection{Object: o.Key, IDs: rapid.SliceOfN(rapid.SampledFrom(ids), 1, 4).Draw(t, "selected")}
		ch := crm.BulkChange{Set: h.input(t, o, false)}
		if rapid.IntRange(0, 3).Draw(t, "bulk delete") == 0 {
			ch = crm.BulkChange{Delete: true}
		}
		_, err = h.engine.Bulk(h.t.Context(), h.caller, sel, ch)
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
		h.objects = h.schema.Objects()
		h.live(rt)
	})
}

// The same where writes have consequences, and records must fit each other: an account that has what they point at.
func TestLogTellsWhatFollows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{bench: newBench(t), ids: map[string][]audit.RecordID{}}
		keep := func(rec *crm.Record) string {
			h.ids[rec.Object] = append(h.ids[rec.Object], rec.ID)
			return string(rec.ID)
		}
		bo := keep(h.make("contact", map[string]string{"first_name": "Bo"}))
		keep(h.make("conversation", map[string]string{"contact": bo, "channel": "sms"}))
		keep(h.make("calendar", map[string]string{"name": "C"}))
		for range 2 {
			keep(h.make("invoice", map[string]string{"contact": bo, "currency": "EUR", "status": "sent", "items": `[{"name":"a","quantity":"20","price":"600"}]`}))
		}
		for _, key := range []string{"contact", "conversation", "message", "calendar", "appointment", "invoice", "payment", "payment"} {
			h.objects = append(h.objects, h.object(key))
		}
		h.live(rt)
	})
}

// live does random steps and checks the log at the end.
func (h *history) live(t *rapid.T) {
	for i := range rapid.IntRange(20, 80).Draw(t, "steps") {
		h.step(t)
		if i%20 == 0 {
			if err := h.db.Seal(h.t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.checkLog(t.Fatalf)
	h.checkEvents(t)
	h.checkRewind(t)
	h.checkMoney(t)
	if err := h.db.Close(); err != nil {
		t.Fatal(err)
	}
}

// checkRewind holds that every record is told backwards as it is told forwards, now and half way.
func (h *history) checkRewind(t *rapid.T) {
	log := h.log()
	schema := h.engine.Schema(account)
	for _, events := range [][]*audit.Event{log, log[:len(log)/2]} {
		forwards, ever := crm.State{}, map[crm.RecordKey]bool{}
		for _, e := range events {
			forwards.Apply(schema, e)
			if e.Record != nil {
				ever[crm.RecordKey{Object: e.Record.Object, ID: e.Record.ID}] = true
			}
		}
		for key := range ever {
			o, err := schema.Object(key.Object)
			if err != nil {
				continue // a session, an export
			}
			w := crm.NewRewind(o, key.ID)
			for _, e := range slices.Backward(events) {
				if w.Take(e) {
					break
				}
			}
			var got *crm.Record
			if w.Made && w.Deleted == nil {
				got = w.Record
			}
			if diff := cmp.Diff(forwards[key], got); diff != "" {
				t.Fatalf("%s %s is not what it was (-forwards +backwards):\n%s", key.Object, key.ID, diff)
			}
		}
	}
}

// checkMoney holds that an invoice has what its payments say, to the cent.
func (h *history) checkMoney(t *rapid.T) {
	paid := map[audit.RecordID]*big.Rat{}
	records := h.state()
	for key, rec := range records {
		if of := audit.RecordID(rec.Fields["invoice"].Text()); key.Object == "payment" && rec.Fields["status"].Text() == "succeeded" {
			amount, _ := new(big.Rat).SetString(rec.Fields["amount"].Text())
			if paid[of] == nil {
				paid[of] = new(big.Rat)
			}
			paid[of].Add(paid[of], amount)
			if back, ok := new(big.Rat).SetString(rec.Fields["refunded"].Text()); ok {
				paid[of].Sub(paid[of], back)
			}
		}
	}
	for key, rec := range records {
		want := new(big.Rat)
		if paid[key.ID] != nil {
			want = paid[key.ID]
		}
		if got := rec.Fields["paid"].Text(); key.Object == "invoice" && got != want.FloatString(2) {
			t.Fatalf("invoice %s has %s paid, its payments come to %s", rec.Name, got, want.FloatString(2))
		}
	}
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
