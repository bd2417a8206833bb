package e2e

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
)

// addField gives the object whose page is open a field, of a type that the form is asked for by its label.
func (b *tab) addField(label, kind string, more func()) {
	b.t.Helper()
	b.at("link", "Add a field").follow()
	b.css("#f-label").fill(label)
	b.css("#f-type").choose(kind)
	for part, of := range map[string]string{"select": "Choice", "ref": "Reference", "rows": "List of rows"} {
		if shown := read[bool](b.css(`[data-type="`+part+`"]`), `function() { return this.checkVisibility(); }`); shown != (of == kind) {
			b.t.Errorf("the part for the type %s shows for the type %s: %v", of, kind, shown)
		}
	}
	if more != nil {
		more()
	}
	b.at("button", "Add the field").follow()
	b.at("status", "").says("Added the field")
	b.row(label).says(kind)
}

// Somebody makes an object of their own and a record of it, reads its history and its audit log, takes a field away, and
// deletes the whole and brings it back.
func TestObjectOfYourOwn(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		w.create("contact", map[string]string{"first_name": "Ida", "last_name": "Quill"})
		b := w.tabOf(owner, width)
		b.open("/settings/objects")
		b.css("#f-label").fill("Vehicle")
		b.at("button", "Create the object").follow()
		b.waitForPath("/settings/objects/vehicle")
		b.at("status", "").says("Created the object")
		b.addField("Kind", "Choice", func() {
			b.css("[name='options.0.label']").fill("Van")
			b.css("[name='options.1.label']").fill("Car")
		})
		b.addField("Price", "Money", nil)
		b.addField("Bought", "Date", nil)
		b.addField("Equipment", "List of rows", func() {
			b.css("[name='columns.0.label']").fill("Part")
			b.css("[name='columns.1.label']").fill("Pieces")
			b.css("[name='columns.1.type']").choose("Number")
		})
		b.addField("Driver", "Reference", func() {
			b.css("#f-object").choose("Contact")
			b.css("#f-on_delete").choose("Empty this field")
		})
		b.fits("the object's page")

		b.at("link", "Records").follow()
		b.waitForPath("/objects/vehicle")
		b.at("link", "New vehicle").follow()
		b.css("#f-name").fill("Van 7")
		b.css("#f-kind").choose("Van")
		b.css("#f-price").fill("12500")
		b.css("#f-bought").fill("2026-03-01")
		b.css("[name='equipment.0.part']").fill("Ladder")
		b.css("[name='equipment.0.pieces']").fill("2")
		b.css("#f-driver").fill("Ida Quill")
		b.at("button", "Create").follow()
		b.at("status", "").says("vehicle")
		made := audit.RecordID(b.path()[strings.LastIndex(b.path(), "/")+1:])
		for _, said := range []string{"Van 7", "12,500.00", "Ladder", "Ida Quill"} {
			b.says(said)
		}
		b.fits("the record's page")
		b.at("link", "Edit").follow()
		b.css("#f-price").fill("11000")
		b.at("button", "Save").follow()
		history := b.css("#history")
		history.says(`Created vehicle "Van 7"`)
		history.css("ol > li:first-child").says("Price: 12,500.00 → 11,000.00")

		b.open("/settings/objects/vehicle")
		b.at("link", "Audit log").follow()
		b.css("#audit-results").says(`Updated Price of vehicle "Van 7"`)
		b.css("#audit-results").says(`Created vehicle "Van 7"`)
		if js[bool](b, `[...document.querySelectorAll("#audit-list tr[id]")].some(e => e.textContent.includes("contact"))`) {
			t.Error("the log of the object tells of others")
		}
		b.fits("the object's log")

		// A field goes; what it held stays readable, and so does what is said of it.
		b.open("/settings/objects/vehicle")
		b.row("Price").at("link", "Remove…").follow()
		b.says("The values of Price leave 1 vehicle.")
		b.at("button", "Remove the field").follow()
		b.at("status", "").says("Removed the field")
		b.row("Price").gone()
		b.open("/objects/vehicle/" + string(made))
		b.at("link", `~Updated Price of vehicle "Van 7"`).see()
		b.css("#history").at("link", `~Created vehicle "Van 7"`).follow()
		b.row("Price").says("12,500.00")
		b.open("/settings/objects/vehicle/audit-log?of=definition")
		b.css("#audit-results").says(`Removed the field "Price" from "Vehicle"`)

		// All of it goes, and comes back: but for the field, which went before.
		before := w.record("vehicle", made)
		b.open("/settings/objects/vehicle")
		b.at("link", "Delete…").follow()
		b.says("1 vehicle")
		b.at("button", "Delete the object").follow()
		b.waitForPath("/settings/objects")
		b.at("status", "").says("Deleted the object")
		if w.record("vehicle", made) != nil {
			t.Fatal("the record is still there")
		}
		b.at("link", "Deleted objects and fields").follow()
		b.row(`Deleted the object "Vehicle"`).at("link", "~Restore…").follow()
		b.css(".restores").says("1 vehicle")
		b.at("button", "Restore").follow()
		b.at("status", "").says("Restored ")
		after := w.record("vehicle", made)
		if after == nil || after.Name != before.Name || len(after.Fields) != len(before.Fields) {
			t.Fatalf("it came back as %+v, and was %+v", after, before)
		}
		for key, v := range before.Fields {
			if after.Fields[key] != v {
				t.Errorf("its %s came back as %s and was %s", key, after.Fields[key], v)
			}
		}
		b.open("/objects/vehicle/" + string(made))
		b.says("Ladder")
		b.at("link", "Ida Quill").see()
		b.css("#history").says(`Restored vehicle "Van 7"`)
	})
}
