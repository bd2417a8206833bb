package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
)

func TestMergePages(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana", "last_name", "Silva", "phone", "+351 210 000 000")
	anna := w.create("contact", "first_name", "ana", "last_name", "silva", "email", "ana@example.com", "phone", "+351 210 000 000")
	namesake := w.create("contact", "first_name", "Ana", "last_name", "Silva", "city", "Faro")
	note := w.create("note", "contact", string(anna.ID), "body", "Likes tea")
	page := "/contacts/" + string(ana.ID)
	if a := w.owner.get(page); !strings.Contains(a.body, page+"/merge") {
		t.Error("the contact's page does not offer to merge it")
	}
	doubles := w.owner.get(page + "/merge").body
	for id, why := range map[audit.RecordID]string{anna.ID: "the same phone number", namesake.ID: "the same name"} {
		if !strings.Contains(doubles, "merge?with="+string(id)) || !strings.Contains(doubles, why) {
			t.Errorf("no possible duplicate by %s", why)
		}
	}
	if a := w.owner.get(page + "/merge?q=ana%40example"); !strings.Contains(a.body, "Found") || !strings.Contains(a.body, "with="+string(anna.ID)) {
		t.Errorf("the search finds %s", a.body)
	}
	preview := w.owner.get(page + "/merge?with=" + string(anna.ID))
	token := field(t, preview, "token")
	for _, want := range []string{"1 note", `name="side.email" value="loser" checked`, `name="side.first_name" value="winner" checked`} {
		if !strings.Contains(preview.body, want) {
			t.Errorf("the preview does not say %q", want)
		}
	}
	w.update(ana, "city", "Porto")
	late := w.owner.post(page+"/merge", "with", string(anna.ID), "token", token, "side.email", "loser")
	if late.status != http.StatusUnprocessableEntity || !strings.Contains(late.body, "Something changed since the preview") || field(t, late, "token") == token {
		t.Errorf("an old preview: %d", late.status)
	}
	done := w.owner.post(page+"/merge", "with", string(anna.ID), "token", field(t, late, "token"), "side.email", "loser", "side.first_name", "loser")
	if done.status != http.StatusSeeOther || done.location != page {
		t.Fatalf("merged: %d %s", done.status, done.body)
	}
	if got := w.record("contact", ana.ID).Name; got != "ana Silva" {
		t.Errorf("it is called %q", got)
	}
	if got := w.record("note", note.ID).Fields["contact"].Text(); got != string(ana.ID) {
		t.Errorf("the note has %s", got)
	}
	gone := w.owner.get("/contacts/" + string(anna.ID))
	if gone.status != http.StatusGone || !strings.Contains(gone.body, "was merged into") || !strings.Contains(gone.body, `href="`+page+`"`) {
		t.Errorf("the loser's page: %d %s", gone.status, gone.body)
	}
	if a := w.owner.get("/settings/audit-logs/deleted"); !strings.Contains(a.body, "/restore") {
		t.Error("the merge is not among what can be restored")
	}
	entry := w.newest("contact.merged")
	if a := w.owner.get(eventAddress(entry.ID)); !strings.Contains(a.body, "Un-merge…") {
		t.Error("the entry does not offer to take it back")
	}
	back := w.owner.get(eventAddress(entry.ID) + "/restore")
	for _, want := range []string{"Un-merge: ", "1 contact", "1 link from other records", "gives back"} {
		if !strings.Contains(back.body, want) {
			t.Errorf("the preview of taking it back does not say %q:\n%s", want, back.body)
		}
	}
	a := w.owner.post(eventAddress(entry.ID)+"/restore", "token", field(t, back, "token"), "seen", field(t, back, "seen"), "do", "apply")
	if a.status != http.StatusSeeOther || w.record("contact", anna.ID).Fields["email"].Text() != "ana@example.com" || w.record("note", note.ID).Fields["contact"].Text() != string(anna.ID) {
		t.Errorf("taken back: %d %s", a.status, a.body)
	}
	if a := w.owner.post(eventAddress(entry.ID)+"/restore", "token", field(t, back, "token"), "seen", field(t, back, "seen"), "do", "apply"); a.status != http.StatusConflict {
		t.Errorf("a second time: %d", a.status)
	}
}

// field is the value of a hidden field of the page's form.
func field(t *testing.T, a answer, name string) string {
	t.Helper()
	v := a.fields().Get(name)
	if v == "" {
		t.Fatalf("the page has no field %s: %s", name, a.text())
	}
	return v
}
