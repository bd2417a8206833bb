package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// query makes an address from keys and values in turn.
func query(path string, pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return path + "?" + values.Encode()
}

// confirm sends what a page that asks for confirmation holds.
func (b *browser) confirm(page answer) answer {
	form := page.body[strings.Index(page.body, `<form method="post" action="/contacts/bulk"`):]
	form = strings.Replace(form, "<form", `<form class="form form-wide"`, 1)
	form = form[:strings.Index(form, "</form>")]
	hidden := answer{body: form}.fields()
	var fields []string
	for name, values := range hidden {
		for _, v := range values {
			fields = append(fields, name, v)
		}
	}
	return b.post("/contacts/bulk", fields...)
}

func TestBulkPages(t *testing.T) {
	w := newWorld(t)
	var some []*crm.Record
	for i := range 4 {
		some = append(some, w.create("contact", "first_name", fmt.Sprintf("Guest %d", i), "city", "Porto", "type", "lead"))
	}
	customer := w.create("contact", "first_name", "Cy", "type", "customer")
	w.create("note", "contact", string(some[1].ID), "body", "x")
	list := w.owner.get("/contacts?type=lead").want(t, 200, "All 4 contacts that match")
	if !strings.Contains(list.body, `name="id" value="`+string(some[0].ID)+`"`) || !strings.Contains(list.body, `<input type="hidden" name="type" value="lead">`) {
		t.Error("the list has no boxes, or its form forgets the filter")
	}
	if a := w.owner.get("/settings/business-profile"); strings.Contains(a.body, "selection-bar") {
		t.Error("the profile is a list")
	}

	// Tags of two that were ticked.
	ask := query("/contacts/bulk", "do", "tags", "id", string(some[0].ID), "id", string(some[1].ID), "type", "lead")
	w.owner.get(ask).want(t, 200, "Tags of 2 contacts", "Guest 0, Guest 1", "Add tags")
	w.owner.post("/contacts/bulk", "do", "tags", "id", string(some[0].ID), "type", "lead").want(t, 422, "There is nothing to change")
	page := w.owner.post("/contacts/bulk", "do", "tags", "id", string(some[0].ID), "id", string(some[1].ID), "type", "lead", "add", "vip, b2b")
	page.want(t, 200, "Change 2 contacts?", `the tag "vip" is added`)
	w.owner.confirm(page).to(t, "/contacts?type=lead")
	if got := w.record("contact", some[1].ID).Fields["tags"].Strings(); strings.Join(got, " ") != "b2b vip" {
		t.Errorf("the second has the tags %v", got)
	}
	lead := w.newest("contact.bulk_updated")
	w.owner.get(operationList(lead.Operation)).want(t, 200, "Added the tags", "2 contacts", "Undo the whole operation")
	w.owner.get(eventAddress(lead.ID)).want(t, 200, "Undo…")

	// A field of all that the filter finds.
	w.owner.get(query("/contacts/bulk", "do", "edit", "all", "1", "type", "lead")).want(t, 200, "Edit 4 contacts", "A field that you leave empty stays as it is")
	bad := w.owner.post("/contacts/bulk", "do", "edit", "all", "1", "type", "lead", "set.date_of_birth", "yesterday")
	bad.want(t, 422, "Date of birth")
	page = w.owner.post("/contacts/bulk", "do", "edit", "all", "1", "type", "lead", "set.type", "customer", "set.owner", "", "clear", "city")
	page.want(t, 200, "Change 4 contacts?", "Type becomes Customer", "City is emptied")
	w.create("contact", "first_name", "New", "type", "lead")
	w.owner.confirm(page).want(t, 422, "The selection is another by now: it has 5 contacts", "Change 5 contacts?")
	page = w.owner.post("/contacts/bulk", "do", "edit", "all", "1", "type", "lead", "set.type", "customer", "clear", "city")
	w.owner.confirm(page).to(t, "/contacts?type=lead")
	if got := w.record("contact", some[3].ID).Fields; got["type"].Text() != "customer" || got["city"] != audit.None {
		t.Errorf("the fourth is %v", got)
	}

	// Deletion, with what goes along; one of them is gone by then.
	page = w.owner.get(query("/contacts/bulk", "do", "delete", "id", string(some[0].ID), "id", string(some[1].ID)))
	page.want(t, 200, "Delete 2 contacts?", "1 note", "can be restored as a whole")
	w.update(some[0], "city", "Faro")
	w.owner.confirm(page).want(t, 422, "The selection is another by now")
	page = w.owner.get(query("/contacts/bulk", "do", "delete", "id", string(some[0].ID), "id", string(some[1].ID)))
	w.delete(some[0])
	gone := w.owner.confirm(page)
	gone.to(t, "/contacts")
	w.owner.get("/contacts").want(t, 200, "Nothing was changed", "Guest 0")
	page = w.owner.get(query("/contacts/bulk", "do", "delete", "id", string(some[1].ID), "id", string(some[2].ID)))
	w.owner.confirm(page).to(t, "/contacts")
	deletion := w.newest("contact.bulk_deleted")
	w.owner.get(deletedPath).want(t, 200, "Deleted 2 contacts with 1 note", operationAddress(deletion.Operation)+"/restore")
	back := w.owner.get(operationAddress(deletion.Operation)+"/restore").want(t, 200, "2 contacts", "1 note")
	w.owner.submit(operationAddress(deletion.Operation)+"/restore", back, "do", "apply")
	w.record("contact", some[2].ID)
	w.owner.get(deletedPath).wantNot(t, "Deleted 2 contacts with 1 note")

	// An invoice holds one of them.
	w.create("invoice", "contact", string(customer.ID), "currency", "EUR")
	w.owner.get(query("/contacts/bulk", "do", "delete", "id", string(customer.ID), "id", string(some[2].ID))).want(t, 200, "cannot be deleted now", "Cy").wantNot(t, "btn-danger")

	w.owner.get(query("/contacts/bulk", "do", "delete")).to(t, "/contacts")
	w.owner.get(query("/contacts/bulk", "do", "explode", "all", "1")).want(t, 400)
	w.owner.get(query("/contacts/bulk", "do", "delete", "id", "x")).want(t, 400)
}

// Many are changed in the background.
func TestBulkInBackground(t *testing.T) {
	w := newWorld(t)
	w.runJobs()
	var b crm.Batch
	for i := range bulkAtOnce + 1 {
		b.Create = append(b.Create, w.input("contact", "first_name", fmt.Sprintf("Guest %d", i)))
	}
	if _, err := w.ws.Engine.Batch(t.Context(), w.caller(), "contact", b); err != nil {
		t.Fatal(err)
	}
	page := w.owner.post("/contacts/bulk", "do", "tags", "all", "1", "add", "vip")
	started := w.owner.confirm(page)
	if started.status != http.StatusSeeOther || !strings.HasPrefix(started.location, "/bulk/") {
		t.Fatalf("started: %d %s %s", started.status, started.location, started.body)
	}
	w.member.get(started.location).want(t, 404)
	w.owner.finished(started.location).want(t, 200, "Changed 201 contacts", "Show it in the audit log")
	if got := w.newest("contact.bulk_updated").Description; got != "Added the tag \"vip\" to 201 contacts" {
		t.Errorf("the log says %q", got)
	}
	w.owner.post(started.location+"/cancel").to(t, started.location)
	w.owner.get(started.location).want(t, 200, "too late to cancel")
}
