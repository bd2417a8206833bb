package e2e

import (
	"testing"

	"github.com/backtrail/backtrail/audit"
)

// People tick records in a list, take all that match, tag them in one go, and take it back from the log.
func TestSelection(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		var ids []audit.RecordID
		for _, name := range []string{"Ida", "Joe", "Kim"} {
			ids = append(ids, w.create("contact", map[string]string{"first_name": name, "last_name": "Quill"}).ID)
		}
		b := w.tabOf(owner, width)
		b.open("/contacts?q=quill")
		everything := b.css("input[data-select-everything]")
		if everything.there() && read[bool](everything, `function() { return this.checkVisibility(); }`) {
			t.Error("the bar for the selection shows though nothing is selected")
		}
		b.at("checkbox", "Select Joe Quill").click()
		b.at("checkbox", "All 3 contacts that match").click()
		if !read[bool](b.at("checkbox", "Select Ida Quill"), `function() { return this.checked; }`) {
			t.Error("all match, and the boxes of the rows are not ticked")
		}
		b.at("checkbox", "Select Ida Quill").click()
		if read[bool](everything, `function() { return this.checked; }`) {
			t.Error("one is left out, and still all are meant")
		}
		b.at("checkbox", "All 3 contacts that match").click()
		b.at("button", "Tags…").follow()
		b.at("heading", "Tags of 3 contacts").see()
		b.css("#f-add").fill("vip") // a combobox, for the tags that there are
		b.at("button", "Go on").follow()
		b.at("heading", "Change 3 contacts?").see()
		b.says(`the tag "vip" is added`)
		b.at("button", "Change 3 contacts").follow()
		b.at("status", "").says("Changed 3 contacts")
		b.at("link", "Show it in the audit log").follow()
		b.says(`Added the tag "vip" to 3 contacts`)
		b.at("link", "Undo the whole operation…").follow()
		b.at("button", "Undo").follow()
		b.at("status", "").says("Undone")
		for _, id := range ids {
			if tags := w.record("contact", id).Fields["tags"]; tags != audit.None {
				t.Errorf("it still has the tags %s", tags)
			}
		}
		b.open("/settings/audit-logs?type=contact.bulk_updated")
		b.at("link", "~Undone").click()
		b.at("complementary", "Entry of the audit log").says("Undid changes of 3 contacts")
	})
}

// Two contacts who are one person are merged, and parted again from the log.
func TestMergeContacts(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		ida := w.create("contact", map[string]string{"first_name": "Ida", "last_name": "Quill", "email": "ida@quill.test"}).ID
		twice := w.create("contact", map[string]string{"first_name": "Ida", "last_name": "Quill", "email": "quill@home.test", "city": "Leeds"}).ID
		note := w.create("note", map[string]string{"contact": string(twice), "body": "Likes tea"}).ID
		b := w.tabOf(owner, width)
		b.open("/contacts/" + string(ida))
		b.at("link", "Merge…").follow()
		b.at("link", "Merge with Ida Quill").follow()
		b.says("1 note")
		b.css("input[name='side.email'][value='loser']").click()
		b.at("button", "Merge").follow()
		b.waitForPath("/contacts/" + string(ida))
		b.at("status", "").says("Merged the contact")
		b.expect("status of 410")
		b.open("/contacts/" + string(twice))
		b.at("link", "Open Ida Quill").follow()
		b.says("quill@home.test")
		b.open("/settings/audit-logs/deleted")
		b.at("link", "~Restore…").follow()
		b.at("button", "Un-merge").follow()
		b.at("status", "").says("Un-merged")
		if at := w.record("note", note).Fields["contact"].Text(); at != string(twice) {
			t.Errorf("the note belongs to %s", at)
		}
		if email := w.record("contact", ida).Fields["email"].Text(); email != "ida@quill.test" {
			t.Errorf("the email is %s", email)
		}
	})
}
