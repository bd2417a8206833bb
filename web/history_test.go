package web

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/crm"
)

// eachOf is a record of every built-in object, by the object's key.
func (w *world) eachOf() map[string]*crm.Record {
	all := map[string]*crm.Record{}
	add := func(object string, fields ...string) string {
		all[object] = w.create(object, fields...)
		return string(all[object].ID)
	}
	contact := add("contact", "first_name", "Ana")
	add("company", "name", "Elm & Sons")
	add("note", "contact", contact, "body", "Called")
	add("task", "contact", contact, "title", "Call back")
	pipeline := add("pipeline", "name", "Sales")
	stage := add("stage", "pipeline", pipeline, "name", "New", "position", "1")
	add("opportunity", "name", "Renewal", "pipeline", pipeline, "stage", stage)
	calendar := add("calendar", "name", "Visits")
	add("appointment", "calendar", calendar, "title", "Visit", "start", "2026-03-02T10:00:00Z", "end", "2026-03-02T11:00:00Z")
	talk := add("conversation", "contact", contact, "channel", "email")
	add("message", "conversation", talk, "direction", "out", "body", "Dear Ana")
	add("template", "name", "Hello", "channel", "email", "subject", "Hello", "body", "Hello")
	invoice := add("invoice", "contact", contact, "currency", "EUR", "status", "sent", "items", `[{"name":"a","quantity":"1","price":"600"}]`)
	add("payment", "invoice", invoice, "amount", "10", "method", "cash", "status", "succeeded")
	add("workflow", "name", "Greet", "trigger", "contact.created")
	o, err := w.ws.Schema.Object("business_profile")
	if err != nil {
		w.t.Fatal(err)
	}
	profiles, _, err := w.ws.Engine.Find(w.t.Context(), w.caller(), crm.Query{Object: o, Sort: "name", Limit: 1})
	if err != nil || len(profiles) != 1 {
		w.t.Fatal(len(profiles), err)
	}
	all["business_profile"] = profiles[0]
	add("phone_number", "number", "+351 21 123 4567", "label", "Office")
	add("integration", "provider", "Ledger")
	all["staff"] = w.record("staff", w.memberID)
	return all
}

// Every record has its history: on its page, or on that of the record it is a part of, and by itself.
func TestHistoryOfEveryRecord(t *testing.T) {
	w := newWorld(t)
	all := w.eachOf()
	for _, o := range w.ws.Schema.Objects() {
		rec := all[o.Key]
		if rec == nil {
			t.Errorf("the test makes no %s", o.Key)
			continue
		}
		w.owner.get(historyAddress(o.Key, rec.ID)).want(t, 200, "History of", `class="history"`)
		page := recordAddress(o.Key, rec.ID)
		if o.Key == "note" || page == "" {
			continue // it stands on another record's page
		}
		w.owner.get(page).want(t, 200, `id="history"`, `id="history-body"`, "Show it in the audit log")
		w.owner.get(page+"/past").want(t, 200)
		w.member.get(page).wantNot(t, `id="history-body"`)
	}
	w.owner.get(recordAddress("contact", all["contact"].ID)).want(t, 200, historyAddress("note", all["note"].ID))
}

// A contact's history has what belongs to it, also what is gone; it is narrowed by links and by a field, page by page, with
// and without a script.
func TestHistoryOfContact(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	note := w.create("note", "contact", string(ana.ID), "body", "Likes tea")
	talk := w.create("conversation", "contact", string(ana.ID), "channel", "email")
	w.create("message", "conversation", string(talk.ID), "direction", "out", "body", "Dear Ana", "subject", "Offer")
	for _, rec := range []*crm.Record{note, talk} {
		if _, err := w.ws.Engine.Delete(t.Context(), w.caller(), rec.Object, rec.ID); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 12 {
		w.change(ana, "city", fmt.Sprintf("City %d", i))
	}
	w.change(ana, "source", "Fair")
	page, part := recordAddress("contact", ana.ID), historyAddress("contact", ana.ID)

	w.owner.get(page).want(t, 200, "Fair", "City 10", "Older entries", `aria-current="true">With what belongs to it`)
	own := w.owner.get(page+"?history=own&field=source").want(t, 200, "Fair", `aria-current="true">Only this record`, `value="source" selected`).wantNot(t, "City 10", "Older entries")
	if !strings.Contains(own.body, "/settings/audit-logs?field=source&amp;record="+string(ana.ID)) {
		t.Error("the log is not linked with the same filter")
	}
	w.owner.get("/settings/audit-logs?field=source&record="+string(ana.ID)).want(t, 200, "Updated Source", "Field: <bdi>Source</bdi>").wantNot(t, "Updated City")
	w.owner.get("/settings/audit-logs?about="+string(ana.ID)).want(t, 200, "Likes tea", "With what belongs to it: <bdi>Ana</bdi>")
	w.owner.get(page+"?field=body").want(t, 200, "Likes tea").wantNot(t, "City 10")
	w.owner.get(page+"?field=country").want(t, 200, "No entry changes the field <bdi>Country</bdi>", "Every field")
	w.owner.get(page+"?before=nonsense").want(t, 200, "Fair")

	// Page by page: each entry once, down to the first.
	first := w.owner.get(page)
	older := regexp.MustCompile(`class="history-more"><a href="([^"]+)" hx-get="([^"]+)"`)
	var seen []string
	what := regexp.MustCompile(`history-what" href="([^"]+)"`)
	body := first.body
	for {
		for _, m := range what.FindAllStringSubmatch(body, -1) {
			seen = append(seen, m[1])
		}
		m := older.FindStringSubmatch(body)
		if m == nil {
			break
		}
		w.owner.get(strings.ReplaceAll(strings.TrimSuffix(m[1], "#history"), "&amp;", "&")).want(t, 200, "Back to the newest", "<html")
		body = w.owner.hx(strings.ReplaceAll(m[2], "&amp;", "&"), "").want(t, 200).wantNot(t, "<html", "history-bar").body
	}
	if once := map[string]bool{}; len(seen) < 17 {
		t.Errorf("page by page there are %d entries", len(seen))
	} else {
		for _, s := range seen {
			if once[s] {
				t.Errorf("%s is there twice", s)
			}
			once[s] = true
		}
	}
	swapped := w.owner.hx(part+"?history=own", "history-body").want(t, 200, "history-bar", "Fair").wantNot(t, "<html")
	if to := swapped.header.Get("HX-Push-Url"); to != part+"?history=own" {
		t.Errorf("the address becomes %s", to)
	}

	// Of what is gone, and for whom it is.
	w.owner.get(historyAddress("conversation", talk.ID)).want(t, 200, "This conversation was deleted.", "Offer")
	w.member.get(part).want(t, 403)
	w.owner.get(historyAddress("contact", "nobody")).want(t, 404)
	w.owner.get(historyAddress("shoe", ana.ID)).want(t, 404)
}
