package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

// counts asks for the counts of a menu as the script does.
func (b *browser) counts(path string) (out auditCounts) {
	b.w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "application/json")
	a := b.do(r).want(b.w.t, 200)
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		b.w.t.Fatalf("%s: %v, %s", path, err, a.body)
	}
	return out
}

func TestMenusCountWhatEachChoiceWouldShow(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	w.update(ana, "city", "Porto")
	w.create("company", "name", "Acme")
	w.create("company", "name", "Globex")
	for _, tt := range []struct {
		query, name string
		want        map[string]string
		rest        string
	}{
		// A menu counts as if nothing were chosen in it, and the others hold.
		{"counts=type&module=contacts", "action", map[string]string{"created": "3", "updated": "1"}, "0"},
		{"counts=type&module=contacts&action=updated", "action", map[string]string{"created": "3", "updated": "1"}, "0"},
		{"counts=type&module=contacts&action=updated", "type", map[string]string{"contact.updated": "1"}, "0"},
		{"counts=type&object=contact&type=contact.*", "type", map[string]string{"contact.created": "1", "contact.updated": "1", "contact.*": "2"}, "0"},
		{"counts=module&object=company&module=payments", "module", map[string]string{"contacts": "2"}, "0"},
		{"counts=user&object=contact&user=" + string(w.memberID), "user", map[string]string{string(w.ownerID): "2"}, "0"},
		{"counts=more&object=contact&channel=web", "channel", map[string]string{"api": "2"}, "0"},
		{"counts=more&object=contact&channel=web", "outcome", map[string]string{}, "0"},
		{"counts=user&q=porto", "user", map[string]string{string(w.ownerID): "1"}, "0"},
		{"counts=date&object=contact&range=yesterday", "range", map[string]string{"": "2", "today": "2", "yesterday": "0", "7d": "2", "30d": "2",
			"90d": "2", "month": "2", "custom": ""}, "0"},
	} {
		got := w.owner.counts(auditPath + "?" + tt.query)
		if !reflect.DeepEqual(got.Counts[tt.name], tt.want) || got.Rest != tt.rest || got.Note != "" {
			t.Errorf("%s: %+v, want %s %v", tt.query, got, tt.name, tt.want)
		}
	}
	// Without a script they stand in the page, and what has none stays there, dimmed.
	page := w.owner.get(auditPath+"?counts=type&object=contact").want(t, 200, `data-counts="type" open>`, `<bdi>Created</bdi></span><span class="entries">1</span>`,
		`<label class="check none"><input type="checkbox" name="action" value="deleted">`, `href="/settings/audit-logs?counts=user&amp;object=contact#audit-filters"`)
	if strings.Contains(page.body, "counts=type") || strings.Contains(page.body, `name="counts"`) {
		t.Error("the menu that is counted leads to its counts, or the form carries them along")
	}
	w.owner.get(auditPath+"?counts=date&object=contact").want(t, 200, `data-counts="date" open>`, `<bdi>Today</bdi></span><span class="entries">2</span>`)
	w.owner.get(auditPath+"?counts=nonsense").want(t, 200).wantNot(t, `class="entries"`)
	w.owner.get("/settings/objects/contact/audit-log?counts=type").want(t, 200, `<bdi>Contact created</bdi></span><span class="entries">1</span>`).
		wantNot(t, `<bdi>Company created</bdi></span><span class="entries">2</span>`)
	w.member.get(auditPath+"?counts=type").want(t, 403)
	// All event types come when their menu is opened, or with its counts; those that are chosen are always there.
	w.owner.get(auditPath+"?type=contact.created").want(t, 200, `value="contact.created" checked`, "Show all event types").wantNot(t, `value="contact.updated"`)
	w.owner.hx(auditPath+"?type=contact.created", "audit-types").want(t, 200, `value="contact.created" checked`, `value="contact.updated"`).wantNot(t, "<html", "menu-note", `value="deleted"`)
	w.owner.get(auditPath+"?type=contact.created&counts=type").want(t, 200, `value="contact.updated"`).wantNot(t, "Show all event types")
}

func TestMenusSayWhenTheyCountedTheNewestAlone(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.create("contact", "first_name", "Ana")
	}
	menuCounts = 2
	t.Cleanup(func() { menuCounts = 100_000 })
	got := w.owner.counts(auditPath + "?counts=type&object=contact")
	want := auditCounts{Counts: map[string]map[string]string{"action": {"created": "2+"}, "type": {"contact.created": "2+"}}, Note: "Of the newest 2 entries."}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("of three entries two are counted: %+v, want %+v", got, want)
	}
	if got := w.owner.counts(auditPath + "?counts=date&object=contact"); got.Counts["range"]["today"] != "2+" || got.Counts["range"]["yesterday"] != "0" {
		t.Errorf("of three entries two are counted by date: %+v", got)
	}
	w.owner.get(auditPath+"?counts=type&object=contact").want(t, 200, "Of the newest 2 entries.").wantNot(t, `class="check none"`)
}
