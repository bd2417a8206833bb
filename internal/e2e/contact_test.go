package e2e

import "testing"

func TestEditContact(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		w.create("contact", map[string]string{"first_name": "Tom", "last_name": "Bexley", "email": "tom@bexley.test"})
		id := w.create("contact", map[string]string{"first_name": "Ida", "last_name": "Quill", "email": "ida@quill.test", "city": "Leeds"}).ID
		b := w.tabOf(owner, width)
		b.open("/contacts")
		b.at("searchbox", "Search contacts").fill("Quill")
		b.at("link", "Ida Quill").see()
		b.css("#list").says("1 contact found")
		b.at("link", "Ida Quill").follow()
		b.waitForPath("/contacts/" + string(id))
		b.at("link", "Edit").follow()

		b.expect("status of 422")
		b.at("textbox", "Email").fill("tom@bexley.test")
		b.at("textbox", "City").fill("York")
		b.at("button", "Save").follow()
		b.at("alert", "").says("Email")
		if city := read[string](b.at("textbox", "City"), `function() { return this.value; }`); city != "York" {
			t.Errorf("after the refused form the city is %q: what was typed is lost", city)
		}
		if invalid := read[string](b.at("textbox", "Email"), `function() { return this.getAttribute("aria-invalid"); }`); invalid != "true" {
			t.Error("the refused email is not marked as invalid")
		}
		b.at("textbox", "Email").fill("ida.quill@quill.test")
		b.at("button", "Save").follow()
		b.waitForPath("/contacts/" + string(id))
		b.at("status", "").says("Saved the contact")

		history := b.css("#history ol > li:first-child")
		history.says("Updated Email and City of contact")
		history.says("Eleanor Hart")
		history.says("Email: ida@quill.test → ida.quill@quill.test")
		history.says("City: Leeds → York")
		history.at("link", "~Updated Email and City").follow()
		before := b.row("City")
		before.says("Leeds")
		before.says("York")
	})
}
