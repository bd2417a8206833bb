package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// change updates a record as the owner does.
func (w *world) change(rec *crm.Record, pairs ...string) *crm.Record {
	w.t.Helper()
	out, err := w.ws.Engine.Update(w.t.Context(), w.caller(), rec.Object, rec.ID, w.input(rec.Object, pairs...), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func pastAddress(rec *crm.Record, of *crm.Record) string {
	return recordAddress(rec.Object, rec.ID) + "/past?at=" + url.QueryEscape(of.UpdatedAt.UTC().Format(audit.TimeLayout))
}

// A record is shown as it was, what pointed at something that is gone included, and single fields come back from there.
func TestRecordPast(t *testing.T) {
	w := newWorld(t)
	firm := w.create("company", "name", "Elm & Sons")
	ana := w.create("contact", "first_name", "Ana", "city", "Porto", "company", string(firm.ID), "source", "Fair")
	moved := w.change(ana, "city", "Faro", "source", "Web")
	w.change(ana, "first_name", "Anna")
	if _, err := w.ws.Engine.Delete(t.Context(), w.caller(), "company", firm.ID); err != nil {
		t.Fatal(err)
	}
	w.owner.get(recordAddress("contact", ana.ID)).want(t, 200, "See it as it was")
	first := w.owner.get(pastAddress(ana, ana)).want(t, 200, "Ana as it was", "Porto", "Elm &amp; Sons", "Put back City", `Created contact "Ana"`, "Later change").wantNot(t, "Put back Tags", "Type")
	if !strings.Contains(first.body, `href="`+strings.ReplaceAll(pastAddress(ana, moved), "&", "&amp;")+`"`) {
		t.Error("the next change is not linked")
	}
	w.owner.get(pastAddress(ana, ana)+"&all=1").want(t, 200, "the same", "Type")
	w.owner.hx(pastAddress(ana, moved), "past").want(t, 200, "Ana as it was", "Elm &amp; Sons").wantNot(t, "<html")

	w.owner.get(recordAddress("contact", ana.ID)+"/past?at=2001-02-03").want(t, 200, "It was not there yet.").wantNot(t, "Put back")
	w.owner.get(recordAddress("contact", ana.ID)+"/past?at=noon").want(t, 200, "The time is not understood", "Nothing is different")

	past, then := recordAddress("contact", ana.ID)+"/past", ana.UpdatedAt.UTC().Format(audit.TimeLayout)
	w.owner.post(past, "at", then, "field", "city", "_version", "1").want(t, 422, "changed this contact in the meantime")
	w.owner.post(past, "at", then, "field", "city", "field", "first_name").want(t, 303)
	rec, err := w.ws.Engine.Record(t.Context(), w.caller(), "contact", ana.ID)
	if err != nil || rec.Fields["city"].Text() != "Porto" || rec.Fields["first_name"].Text() != "Ana" || rec.Fields["source"].Text() != "Web" {
		t.Errorf("it became %v, %v", rec.Fields, err)
	}
	w.owner.post(past, "at", then, "field", "company").want(t, 422, "Elm &amp; Sons")
	w.owner.post(past, "at", then).want(t, 422, "No field is chosen")
	w.owner.post(past, "at", then, "field", "shoe").want(t, 422, "cannot be put back")

	w.member.get(pastAddress(ana, ana)).want(t, 403)
	w.member.post(past, "at", then, "field", "city").want(t, 403)
}
