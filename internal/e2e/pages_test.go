package e2e

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
)

// shown is a page as it is looked at: where it is, and what is done there before.
type shown struct {
	name, path string
	then       func(b *tab)
}

// mainPages are the pages that are looked at in every width.
func (w *world) mainPages() []shown {
	w.t.Helper()
	event := w.newestEvent("pipeline.deleted")
	pipeline := w.newest("pipeline")
	drawer := func(b *tab) {
		b.css("#audit-results tr[id] a[data-row-link]").click()
		b.css("#drawer h2").see()
	}
	filter := func(b *tab) {
		b.at("summary", "~Event type").click()
		b.at("group", "Action").see()
	}
	dialog := func(b *tab) {
		b.css("#board a[hx-get]").click()
		b.at("dialog", "").see()
	}
	ticked := func(b *tab) {
		b.css("tbody input[name='id']").click()
		b.css(".selection-bar").see()
		// At its own place: while it sticks to the lower edge it lies over whatever is scrolled below it.
		js[bool](b, `(window.scrollTo(0, document.body.scrollHeight), true)`)
	}
	merge := "/contacts/" + w.newest("contact") + "/merge"
	return []shown{
		{"contacts", "/contacts", nil},
		{"contacts-selected", "/contacts", ticked},
		{"bulk-tags", "/contacts/bulk?do=tags&all=1", nil},
		{"bulk-edit", "/contacts/bulk?do=edit&all=1", nil},
		{"bulk-delete", "/companies/bulk?do=delete&all=1", nil},
		{"merge-choose", merge + "?q=a", nil},
		{"merge", merge + "?with=" + w.other("contact"), nil},
		{"contact", "/contacts/" + w.newest("contact"), nil},
		{"contact-edit", "/contacts/" + w.newest("contact") + "/edit", nil},
		{"companies", "/companies", nil},
		{"board", "/opportunities?pipeline=" + pipeline, nil},
		{"board-move", "/opportunities?pipeline=" + pipeline, dialog},
		{"opportunities", "/opportunities/list", nil},
		{"opportunity", "/opportunities/" + w.newest("opportunity"), nil},
		{"pipelines", "/pipelines", nil},
		{"pipeline", "/pipelines/" + pipeline, nil},
		{"pipeline-delete", "/pipelines/" + pipeline + "/delete", nil},
		{"calendar-day", "/calendar/day", nil},
		{"calendar-week", "/calendar/week", nil},
		{"calendar-month", "/calendar/month", nil},
		{"calendar-short-day", "/calendar/week?date=2027-03-28", nil},
		{"appointments", "/appointments", nil},
		{"appointment", "/appointments/" + w.newest("appointment"), nil},
		{"appointment-new", "/appointments/new", nil},
		{"conversations", "/conversations", nil},
		{"conversation", "/conversations/" + w.newest("conversation"), nil},
		{"invoices", "/invoices", nil},
		{"invoice", "/invoices/" + w.newest("invoice"), nil},
		{"invoice-new", "/invoices/new", nil},
		{"invoice-print", "/invoices/" + w.newest("invoice") + "/print", nil},
		{"payments", "/payments", nil},
		{"workflows", "/workflows", nil},
		{"workflow-new", "/workflows/new", nil},
		{"workflow", "/workflows/" + w.newest("workflow"), nil},
		{"workflow-edit", "/workflows/" + w.newest("workflow") + "/edit", nil},
		{"workflow-run", "/workflows/" + w.newest("workflow"), func(b *tab) {
			b.css("#runs td a").follow()
			b.at("heading", "Steps").see()
		}},
		{"business-profile", "/settings/business-profile", nil},
		{"integration", "/settings/integrations/" + w.newest("integration"), nil},
		{"objects", "/settings/objects", nil},
		{"object", "/settings/objects/property", nil},
		{"object-field", "/settings/objects/property/fields/new", nil},
		{"object-field-choice", "/settings/objects/property/fields/status", nil},
		{"object-field-remove", "/settings/objects/property/fields/budget/remove", nil},
		{"object-audit-log", "/settings/objects/property/audit-log", nil},
		{"object-delete", "/settings/objects/property/delete", nil},
		{"own-records", "/objects/property", nil},
		{"own-record", "/objects/property/" + w.newest("property"), nil},
		{"own-record-edit", "/objects/property/" + w.newest("property") + "/edit", nil},
		{"tasks", "/tasks", nil},
		{"import", "/import", nil},
		{"account", "/settings/account", nil},
		{"staff", "/settings/staff", nil},
		{"roles", "/settings/roles", nil},
		{"api-keys", "/settings/api-keys", nil},
		{"audit-log", "/settings/audit-logs", nil},
		{"audit-log-filter", "/settings/audit-logs?action=deleted&range=90d", filter},
		{"audit-log-drawer", "/settings/audit-logs?action=updated", drawer},
		{"audit-log-nothing", "/settings/audit-logs?q=zzzz", nil},
		{"audit-entry", "/settings/audit-logs/events/" + string(event), nil},
		{"audit-log-views", "/settings/audit-logs?action=restored", func(b *tab) {
			b.at("summary", "Views").click()
			b.at("link", "Deletions this week").see()
			b.at("summary", "Save this filter").click()
			b.at("button", "Save").see()
		}},
		{"audit-views", "/settings/audit-logs/views", func(b *tab) {
			b.css(".view-change summary").click()
			b.css(".view-change[open] input").see()
		}},
		{"audit-deleted", "/settings/audit-logs/deleted", nil},
		{"audit-alerts", "/settings/audit-logs/alerts", nil},
		{"audit-exports", "/settings/audit-logs/exports", func(b *tab) {
			b.css(".export-check summary").click()
			b.css(".export-check details[open]").says("sha256sum")
		}},
		{"audit-integrity", "/settings/audit-logs/integrity", nil},
		{"restore", "/settings/audit-logs/events/" + string(event) + "/restore", nil},
		{"not-found", "/nowhere", nil},
	}
}

// newest is the id of the object's last record.
func (w *world) newest(object string) string {
	w.t.Helper()
	o, err := w.Engine.Schema(w.account).Object(object)
	if err != nil {
		w.t.Fatal(err)
	}
	found, _, err := w.Engine.Find(w.t.Context(), auth.SystemCaller(w.account, "Test"), crm.Query{Object: o, Limit: 500})
	if err != nil || len(found) == 0 {
		w.t.Fatalf("find a %s: %d, %v", object, len(found), err)
	}
	slices.SortFunc(found, func(a, b *crm.Record) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return string(found[0].ID)
}

// other is the id of a record of the object that is not the newest.
func (w *world) other(object string) string {
	w.t.Helper()
	o, err := w.Schema.Object(object)
	if err != nil {
		w.t.Fatal(err)
	}
	found, _, err := w.Engine.Find(w.t.Context(), auth.SystemCaller(w.account, "Test"), crm.Query{Object: o, Limit: 2, Sort: "created_at"})
	if err != nil || len(found) < 2 {
		w.t.Fatalf("find another %s: %d, %v", object, len(found), err)
	}
	return string(found[0].ID)
}

// newestEvent is the last event of that type.
func (w *world) newestEvent(kind audit.Type) audit.EventID {
	w.t.Helper()
	page, err := w.Log.Events(w.t.Context(), w.account, audit.Query{Filter: audit.Filter{Where: audit.Is{Property: audit.ByType, Values: []string{string(kind)}}}, Limit: 1})
	if err != nil || len(page.Events) == 0 {
		w.t.Fatalf("find an event %s: %v", kind, err)
	}
	event, err := page.Events[0].Event()
	if err != nil {
		w.t.Fatal(err)
	}
	return event.ID
}

// views are how pages are looked at: at a desk in the light and on a phone in the dark, and brought to a narrower width there. All
// colours are variables of the scheme: what is wrong in it at one width is nearly always so at the other.
var views = map[int]struct {
	narrow int
	scheme string
}{desk: {768, "light"}, phone: {360, "dark"}}

// pictures is set when TestPages shall leave a picture of each page, at both widths, light and dark, in .artifacts/screenshots;
// of those in pictured it always does.
var (
	pictures = os.Getenv("BACKTRAIL_PICTURES") != ""
	pictured = []string{"contact", "board", "audit-log", "audit-log-drawer", "audit-deleted", "audit-alerts", "audit-exports", "restore"}
)

// TestPages looks at every main page: it has no more width than the screen, and nothing that WCAG A or AA forbids.
func TestPages(t *testing.T) {
	for _, width := range widths {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			w := newWorld(t)
			b := w.tabOf(owner, width)
			b.expect("status of 404") // the page that is not there
			for _, p := range w.mainPages() {
				b.open(p.path)
				if p.then != nil {
					p.then(b)
				}
				b.look(p.name, width)
			}
			login := w.tab(width)
			login.open("/login")
			login.look("login", width)
		})
	}
}

// look checks the page at that width: nothing is wider than the screen, nor than a narrower one, and axe finds nothing.
func (b *tab) look(name string, width int) {
	b.t.Helper()
	v := views[width]
	b.scheme(v.scheme)
	b.fits(name)
	b.loadAxe()
	b.accessible(name+", "+v.scheme, wcag)
	if pictures || slices.Contains(pictured, name) {
		b.keepPictures(name, width)
	}
	b.resize(v.narrow)
	b.fits(fmt.Sprintf("%s at %d", name, v.narrow))
	b.resize(width)
}

func (b *tab) keepPictures(name string, width int) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		picture, err := b.picture(true)
		if err != nil {
			b.t.Fatal(err)
		}
		artifact(b.t, "screenshots", fmt.Sprintf("%s-%d-%s.png", name, width, scheme), picture)
	}
}

// fits fails the test when the page is wider than the screen.
func (b *tab) fits(name string) {
	b.t.Helper()
	wide := js[[]string](b, `(() => {
		const width = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= width) return [];
		const sideways = e => { for (e = e.parentElement; e; e = e.parentElement) if (getComputedStyle(e).overflowX !== "visible") return true; };
		return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > width + 1 && !sideways(e)).slice(0, 3)
			.map(e => e.outerHTML.slice(0, 160)).concat("the page is " + document.documentElement.scrollWidth + " wide");
	})()`)
	if len(wide) > 0 {
		b.t.Errorf("%s is wider than the screen: %q", name, wide)
	}
}
