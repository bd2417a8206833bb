package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/restore"
)

// TestObjectPages makes an object in the pages, uses it, changes it, deletes it and brings it back.
func TestObjectPages(t *testing.T) {
	w := newWorld(t)
	b := w.owner
	b.get("/settings/objects").want(t, http.StatusOK, "Custom objects", "Contacts")
	b.post("/settings/objects", "label", "", "key", "contact").want(t, http.StatusUnprocessableEntity, "The label must be given.", "There is an object with the key")
	b.post("/settings/objects", "label", "Property").to(t, "/settings/objects/property")
	b.get("/settings/objects/property").want(t, http.StatusOK, "Properties", "Created the object", "names the record")

	fields := "/settings/objects/property/fields"
	b.get(fields+"/new").want(t, http.StatusOK, "For a choice", "Points at")
	b.post(fields, "label", "Kind", "type", "select").want(t, http.StatusUnprocessableEntity, "A choice has 1 to 200 options.")
	b.post(fields, "label", "Kind", "type", "select", "options.0.label", "House", "options.1.label", "Flat").to(t, "/settings/objects/property")
	b.post(fields, "label", "Agent", "type", "ref", "object", "contact", "on_delete", "clear").to(t, "/settings/objects/property")
	b.post(fields, "label", "Size", "type", "text").to(t, "/settings/objects/property")
	b.post(fields, "label", "Lines", "type", "rows", "columns.0.label", "Room", "columns.1.label", "Area", "columns.1.type", "number").to(t, "/settings/objects/property")

	// The records: the same pages as of every object.
	b.get("/contacts").want(t, http.StatusOK, `href="/objects/property"`)
	b.get("/objects/property").want(t, http.StatusOK, "New property", "Kind: any")
	b.get("/objects/property/new").want(t, http.StatusOK, "Agent", "Lines")
	ana := w.create("contact", "first_name", "Ana")
	made := b.post("/objects/property", "name", "1 Elm St", "kind", "flat", "agent", string(ana.ID), "size", "40 m2", "lines", "", "lines.0.room", "Hall", "lines.0.area", "12")
	if made.status != http.StatusSeeOther || !strings.HasPrefix(made.location, "/objects/property/") {
		t.Fatalf("%d %s %s", made.status, made.location, made.text())
	}
	b.get(made.location).want(t, http.StatusOK, "1 Elm St", "Flat", "Ana", "40 m2", "Hall", "Created property")
	b.get("/objects/property?kind=flat").want(t, http.StatusOK, "1 Elm St")
	b.get("/objects/property?kind=house").wantNot(t, "1 Elm St")
	b.get("/contacts/"+string(ana.ID)).want(t, http.StatusOK, "Properties", "1 Elm St")
	b.get("/import?object=property").want(t, http.StatusOK, "Properties")

	// A change that needs a look at records asks; one that would lose something is not done.
	b.post(fields+"/size", "label", "Size", "type", "number").want(t, http.StatusConflict, "Size of 1 property would lose its value.", "40 m2").wantNot(t, "Do it")
	gone := []string{"label", "Kind", "type", "select", "options.0.label", "House", "options.0.key", "house"}
	b.post(fields+"/kind", gone...).want(t, http.StatusConflict, "Records with Flat get", "Look again")
	moved := append(gone, "_move.flat", "house")
	b.post(fields+"/kind", moved...).want(t, http.StatusOK, "Kind of 1 property gets its new form.", "_confirmed")
	b.post(fields+"/kind", append(moved, "_confirmed", "yes")...).to(t, "/settings/objects/property")
	b.get(made.location).want(t, http.StatusOK, "House")
	b.post(fields+"/size", "label", "Size", "type", "text", "_version", "1").want(t, http.StatusUnprocessableEntity, "Somebody changed the object")

	// A field leaves with its values, and comes back with them.
	b.get(fields+"/size/remove").want(t, http.StatusOK, "The values of Size leave 1 property.")
	b.post(fields+"/size/remove").to(t, "/settings/objects/property")
	b.get(made.location).want(t, http.StatusOK, "Updated Size of property").wantNot(t, "<dt>Size</dt>")
	removed := w.newest("field.removed")
	b.get("/settings/audit-logs/events/"+string(removed.ID)).want(t, http.StatusOK, `Removed the field "Size" from "Property"`, "Restore")
	b.get("/settings/audit-logs/events/"+string(removed.ID)+"/restore").want(t, http.StatusOK, "field")
	w.restore(removed)
	b.get(made.location).want(t, http.StatusOK, "<dt>Size</dt>", "40 m2")

	// Its own audit log: of its records, or of its definition.
	log := b.get("/settings/objects/property/audit-log").want(t, http.StatusOK, "Audit log of", "Created property", `hx-get="/settings/objects/property/audit-log"`)
	log.wantNot(t, "Created contact", "Added the field")
	b.get("/settings/objects/property/audit-log?of=definition").want(t, http.StatusOK, "Added the field", "Removed the field").wantNot(t, "Created property")
	b.get("/settings/objects/property/audit-log?action=created").want(t, http.StatusOK, "Created property").wantNot(t, "Updated Kind")
	b.get("/settings/objects/contact/audit-log").want(t, http.StatusOK, "Created contact")

	b.get("/settings/objects/property/delete").want(t, http.StatusOK, "1 property")
	b.post("/settings/objects/property/delete").to(t, "/settings/objects")
	b.get("/objects/property").want(t, http.StatusNotFound)
	b.get("/settings/audit-logs").want(t, http.StatusOK, "Created property", `Deleted the object "Property" with 1 property`)
	w.restore(w.newest("object.deleted"))
	b.get(made.location).want(t, http.StatusOK, "1 Elm St", "40 m2", "Ana")

	// Others.
	w.member.get("/settings/objects").want(t, http.StatusForbidden)
	w.member.post("/settings/objects", "label", "Mine").want(t, http.StatusForbidden)
	w.member.get("/objects/property").want(t, http.StatusOK, "1 Elm St")
}

// TestCustomFieldPages holds that a custom field of a built-in object stands in its form and on its page.
func TestCustomFieldPages(t *testing.T) {
	w := newWorld(t)
	b := w.owner
	b.post("/settings/objects/contact/fields", "label", "Score", "type", "number").to(t, "/settings/objects/contact")
	b.get("/settings/objects/contact").want(t, http.StatusOK, "Score", "Built-in fields")
	b.post("/settings/objects/contact/fields", "label", "First name", "type", "text").want(t, http.StatusUnprocessableEntity, "There is a built-in field with the key").wantNot(t, "Do it")
	b.get("/contacts/new").want(t, http.StatusOK, "More about this contact", "Score")
	made := b.post("/contacts", "first_name", "Ana", "score", "7")
	b.get(made.location).want(t, http.StatusOK, "Score", "7")
	b.get("/settings/objects/contact/delete").want(t, http.StatusUnprocessableEntity, "built-in")
	b.get("/settings/objects/contact/fields/email").want(t, http.StatusNotFound)
}

// restore takes a deletion back.
func (w *world) restore(e *audit.Event) {
	w.t.Helper()
	if _, err := w.ws.Restore.Apply(w.t.Context(), w.caller(), e.ID, restore.Request{}); err != nil {
		w.t.Fatal(err)
	}
}
