package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/workspace"
)

// batch makes records in one operation.
func (w *world) batch(object string, n int, field string) []*crm.Record {
	w.t.Helper()
	var b crm.Batch
	for i := range n {
		b.Create = append(b.Create, w.input(object, field, fmt.Sprintf("%s %03d", object, i)))
	}
	res, err := w.ws.Engine.Batch(w.t.Context(), w.caller(), object, b)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.Created
}

// deal makes a pipeline with two stages and opportunities in the first of them.
func (w *world) deal(n int) (pipeline *crm.Record, stages, opportunities []*crm.Record) {
	w.t.Helper()
	pipeline = w.create("pipeline", "name", "Sales")
	stages = append(stages, w.create("stage", "pipeline", string(pipeline.ID), "name", "Open", "position", "1"))
	stages = append(stages, w.create("stage", "pipeline", string(pipeline.ID), "name", "Late", "position", "2"))
	for i := range n {
		opportunities = append(opportunities, w.create("opportunity", "name", fmt.Sprintf("Deal %03d", i), "pipeline", string(pipeline.ID),
			"stage", string(stages[0].ID), "value", "100", "currency", "EUR"))
	}
	return pipeline, stages, opportunities
}

// newest is the newest event of a type.
func (w *world) newest(kind audit.Type) *audit.Event {
	w.t.Helper()
	page, err := w.ws.Log.Events(w.t.Context(), w.account.ID, audit.Query{Limit: 1, Filter: audit.Filter{
		Where: audit.Is{Property: audit.ByType, Values: []string{string(kind)}}}})
	if err != nil || len(page.Events) == 0 {
		w.t.Fatalf("no event %s: %v", kind, err)
	}
	e, err := page.Events[0].Event()
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// hx asks as htmx does for an element of the page.
func (b *browser) hx(path, target string) answer {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Target", target)
	return b.do(r)
}

var rowLinks = regexp.MustCompile(`data-row-link[^>]*><bdi>([^<]*)</bdi>`)

// descriptions are those of the page's entries, in their order.
func (a answer) descriptions() []string {
	var out []string
	for _, m := range rowLinks.FindAllStringSubmatch(a.body, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestAuditLogShowsTheColumns(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana", "last_name", "Silva")
	page := w.owner.get(auditPath).want(t, 200, "Timestamp", "User", "Event type", "Description", "Record",
		`Created contact "Ana Silva"`, "Contact created", "Olga Owner", "badge-created", "Today,", "Europe/Lisbon", "Audit Logs")
	if got := page.descriptions()[0]; got != "Viewed the audit log" {
		t.Errorf("the newest entry is %q, want that the log is viewed", got)
	}
	w.owner.get(auditPath)
	if n := strings.Count(w.owner.get(auditPath).body, ">Viewed the audit log<"); n != 1 {
		t.Errorf("three looks in one visit are %d entries, want 1", n)
	}
}

func TestAuditLogIsNotForMembers(t *testing.T) {
	w := newWorld(t)
	w.member.get("/contacts").want(t, 200).wantNot(t, auditPath)
	e := w.newest("staff.added")
	for _, path := range []string{auditPath, auditPath + "/deleted", auditPath + "/exports", eventAddress(e.ID), eventAddress(e.ID) + "/restore",
		eventAddress(e.ID) + "/newer", operationAddress(e.Operation) + "/parts", auditPath + "/people"} {
		w.member.get(path).want(t, 403, "not allowed", "audit.read").wantNot(t, "Olga Owner")
		if got := w.newest("access.denied"); got.Outcome != audit.Denied || !strings.Contains(got.Description, path) {
			t.Errorf("%s: the refusal is logged as %q (%s)", path, got.Description, got.Outcome)
		}
	}
	w.member.post(exportsPath, "format", "csv").want(t, 403)
}

func TestAuditFilters(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	ana = w.update(ana, "city", "Porto")
	w.create("company", "name", "Acme")
	w.update(ana, "tags", "vip")
	for query, want := range map[string][]string{
		"?object=contact":                                          {`Added the tag "vip" to contact "Ana"`, `Updated City of contact "Ana"`, `Created contact "Ana"`},
		"?object=contact&action=created":                           {`Created contact "Ana"`},
		"?type=contact.tag_added":                                  {`Added the tag "vip" to contact "Ana"`},
		"?type=company.created&type=contact.*":                     {`Added the tag "vip" to contact "Ana"`, `Created company "Acme"`, `Updated City of contact "Ana"`, `Created contact "Ana"`},
		"?q=porto":                                                 {`Updated City of contact "Ana"`},
		"?record=" + string(ana.ID) + "&q=vip":                     {`Added the tag "vip" to contact "Ana"`},
		"?module=contacts&range=today&q=acme":                      {`Created company "Acme"`},
		"?module=contacts&range=yesterday":                         nil,
		"?q=nothing-of-the-kind":                                   nil,
		"?action=created&object=company&user=" + string(w.ownerID): {`Created company "Acme"`},
		"?object=company&user=" + string(w.memberID):               nil,
		"?object=company&channel=api":                              {`Created company "Acme"`},
		"?object=company&channel=web":                              nil,
		"?object=company&outcome=failed":                           nil,
		"?object=company&to=2001-01-01":                            nil,
	} {
		got := w.owner.get(auditPath+query).want(t, 200).descriptions()
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], "&#34;", `"`)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s shows %q, want %q", query, got, want)
		}
	}
	w.owner.get(auditPath+"?q=nothing-of-the-kind&module=contacts").want(t, 200, "Nothing matches", "Clear all filters",
		"Search: <bdi>nothing-of-the-kind</bdi>", "Module: <bdi>Contacts</bdi>", `href="/settings/audit-logs?module=contacts"`, `href="/settings/audit-logs?q=nothing-of-the-kind"`)
	w.owner.get(auditPath+"?user="+string(w.memberID)).want(t, 200, "User: <bdi>member</bdi>")
	w.owner.get(auditPath+"?record="+string(ana.ID)).want(t, 200, "Record: <bdi>Ana</bdi>")
}

func TestAuditFilterMistakesAreNamed(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana")
	for query, says := range map[string]string{
		"from=soon":                      `from is "soon"`,
		"last=2026-13-01":                `The last day is "2026-13-01"`,
		"from=2026-03-02&to=2026-03-01":  "must come after its start",
		"range=fortnight":                `no range "fortnight"`,
		"action=exploded":                `action is "exploded"`,
		"type=a+b":                       `type is "a b"`,
		"module=nowhere":                 `module is "nowhere"`,
		"record=7":                       `record is "7"`,
		"operation=x":                    `operation is "x"`,
		"outcome=maybe":                  `outcome is "maybe"`,
		"channel=pigeon":                 `channel is "pigeon"`,
		"user=%00":                       "user is",
		"q=" + strings.Repeat("x", 4001): "the limit is 4000",
		"q=ana+usr:ana":                  "Did you mean user?",
		"cursor=nonsense":                "belongs to another list",
		"event=01a1fd8b-c467-7001-9744-a4f629e63426": "not in this log",
		"action=exploded&outcome=maybe":              `outcome is "maybe"`,
	} {
		w.owner.get(auditPath+"?"+query).want(t, 200, says, "error-summary", `Created contact "Ana"`)
	}
	// The question stays in the box, and the spot is marked.
	for _, path := range []string{auditPath, deletedPath} {
		w.owner.get(path+"?q="+url.QueryEscape(`ana usr:"b c" <b>`)).want(t, 200, `value="ana usr:&#34;b c&#34; &lt;b&gt;" aria-`, `aria-invalid="true"`,
			`<code>ana <mark>usr</mark>:&#34;b c&#34; &lt;b&gt;</code>`, `<span class="sr-only">At usr: </span>There is no key usr.`)
		w.owner.get(path+"?q=user:").want(t, 200, `<code>user:<mark class="gap"></mark></code>`, "A value is missing here")
	}
	w.owner.hx(auditPath+"?q=user:", "audit-results").want(t, 200, `<div id="audit-q-note" hx-swap-oob="true"><p class="query-spot"`)
	w.owner.hx(auditPath+"?q=ana", "audit-results").want(t, 200, `<div id="audit-q-note" hx-swap-oob="true"></div>`)
	w.owner.get(auditPath+"?action=exploded&object=contact&q=ana").want(t, 200, "Object: <bdi>Contact</bdi>").wantNot(t, "Logged in</span>", "exploded</bdi>")
}

func TestAuditLogGoesOn(t *testing.T) {
	w := newWorld(t)
	for i := range auditPage + 7 {
		w.create("contact", "first_name", fmt.Sprintf("Person %03d", i))
	}
	first := w.owner.get(auditPath+"?object=contact").want(t, 200, "Load more")
	more := regexp.MustCompile(`hx-get="([^"]*cursor=[^"]*)"`).FindStringSubmatch(first.body)
	if more == nil {
		t.Fatal("there is no address for the next entries")
	}
	path := strings.ReplaceAll(more[1], "&amp;", "&")
	rows := w.owner.hx(path, "audit-more").want(t, 200, "where the log begins").wantNot(t, "<html", "<form", "day-row")
	whole := w.owner.get(path).want(t, 200, "<html")
	all := append(first.descriptions(), rows.descriptions()...)
	if len(all) != auditPage+7 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != auditPage+7 {
		t.Errorf("%d entries on two pages, want %d different ones", len(all), auditPage+7)
	}
	if !slices.Equal(whole.descriptions(), rows.descriptions()) {
		t.Error("without a script the next page holds other entries than with one")
	}
	w.owner.get(strings.Replace(path, "object=contact", "object=company", 1)).want(t, 200, "belongs to another list")
}

func TestAuditLogCollapsesOperations(t *testing.T) {
	w := newWorld(t)
	pipeline, _, _ := w.deal(partsPage + 3)
	if _, err := w.ws.Engine.Delete(t.Context(), w.caller(), "pipeline", pipeline.ID); err != nil {
		t.Fatal(err)
	}
	lead := w.newest("pipeline.deleted")
	page := w.owner.get(auditPath+"?action=deleted").want(t, 200, "with 2 stages and 103 opportunities", "105 further entries", "Restore…")
	if got := page.descriptions(); len(got) != 1 {
		t.Errorf("the deletion is %d entries: %q", len(got), got)
	}
	parts := w.owner.hx(operationAddress(lead.Operation)+"/parts", "").want(t, 200, "Show 100 more", "Deleted stage", "part-row")
	if n := len(parts.descriptions()); n != partsPage {
		t.Errorf("%d parts, want %d", n, partsPage)
	}
	more := regexp.MustCompile(`hx-get="([^"]*after=[^"]*)"`).FindStringSubmatch(parts.body)
	rest := w.owner.hx(strings.ReplaceAll(more[1], "&amp;", "&"), "").want(t, 200).wantNot(t, "Show 100 more")
	if n := len(rest.descriptions()); n != 5 {
		t.Errorf("%d parts on the second page, want 5", n)
	}
	w.owner.get(operationAddress(lead.Operation)+"/parts").to(t, operationList(lead.Operation))
	w.owner.get(operationList(lead.Operation)).want(t, 200, "One operation with 106 entries", "1 pipeline, 2 stages and 103 opportunities", "Load more")
	// A filter that the leading event does not pass shows the parts.
	if n := len(w.owner.get(auditPath + "?type=stage.deleted").descriptions()); n != 2 {
		t.Errorf("%d deleted stages, want 2", n)
	}
}

func TestAuditEntrySaysAll(t *testing.T) {
	w := newWorld(t)
	company := w.create("company", "name", "Acme")
	ana := w.create("contact", "first_name", "Ana", "company", string(company.ID), "date_of_birth", "1990-02-03", "tags", "old, keep")
	w.owner.post("/contacts/"+string(ana.ID), "_version", "1", "first_name", "Anna", "_was.first_name", "Ana", "tags", "keep, new", "_was.tags", "keep, old").
		to(t, "/contacts/"+string(ana.ID))
	e := w.newest("contact.updated")
	page := w.owner.get(eventAddress(e.ID)).want(t, 200, "owner@example.com", "192.0.2.7", "UTC", "Web pages", "Ana", "Anna",
		"First name", "Same operation", "Undo…", string(e.ID), "&#34;v&#34;: 1", "test-request", "Permanent link")
	if !strings.Contains(page.body, "<del>Ana</del>") || !strings.Contains(page.body, "<ins>Anna</ins>") {
		t.Error("the change is not shown before and after")
	}
	drawer := w.owner.hx(eventAddress(e.ID)+"?object=contact", "drawer").want(t, 200, "First name", "data-drawer-close").wantNot(t, "<html")
	if got := drawer.header.Get("HX-Push-Url"); got != auditPath+"?event="+string(e.ID)+"&object=contact" {
		t.Errorf("the drawer's address is %q", got)
	}
	w.owner.get(auditPath+"?object=contact&event="+string(e.ID)).want(t, 200, "data-drawer-close", "Permanent link")
	w.owner.get(auditPath+"/"+string(e.ID)).to(t, eventAddress(e.ID))
	removed := w.newest("contact.tag_removed")
	w.owner.get(eventAddress(removed.ID)).want(t, 200, `Removed: </span>old</del>`, `<span class="item">keep</span>`)
	made := w.newest("contact.created")
	w.owner.get(eventAddress(made.ID)).want(t, 200, "3 Feb 1990", "Acme", "Company").wantNot(t, ">Before<", "Undo…")
}

func TestAuditEntryOfAnotherAccount(t *testing.T) {
	w := newWorld(t)
	other, err := w.ws.Found(t.Context(), foundingOf("Other"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := w.ws.Log.Events(t.Context(), other.Account.ID, audit.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	e, err := page.Events[0].Event()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "/newer", "/older", "/restore", "/undo"} {
		w.owner.get(eventAddress(e.ID)+path).want(t, 404)
	}
	w.owner.hx(operationAddress(e.Operation)+"/parts", "").want(t, 404)
	w.owner.get(operationAddress(e.Operation)+"/restore").want(t, 404)
	w.owner.get(eventAddress("nonsense")).want(t, 404)
	if got := w.owner.get(operationList(e.Operation)).want(t, 200).descriptions(); got != nil {
		t.Errorf("the operation of another account shows %q", got)
	}
}

func TestAuditNeighbours(t *testing.T) {
	w := newWorld(t)
	var ids []audit.EventID
	for _, name := range []string{"Ana", "Bea", "Cleo"} {
		w.create("contact", "first_name", name)
		ids = append(ids, w.newest("contact.created").ID)
		w.create("company", "name", name+" Ltd")
	}
	at := func(i int, way string) string { return eventAddress(ids[i]) + "/" + way + "?object=contact" }
	w.owner.get(at(1, newer)).to(t, eventAddress(ids[2])+"?object=contact")
	w.owner.get(at(1, older)).to(t, eventAddress(ids[0])+"?object=contact")
	w.owner.get(at(2, newer)).to(t, eventAddress(ids[2])+"?end=newer&object=contact")
	w.owner.get(at(0, older)).to(t, eventAddress(ids[0])+"?end=older&object=contact")
	w.owner.get(eventAddress(ids[2])+"?end=newer&object=contact").want(t, 200, "newest entry of the list")
}

func TestAuditHostileNames(t *testing.T) {
	w := newWorld(t)
	name := `"><script>alert(1)</script>` + "\u202Egnp.exe"
	ana := w.create("contact", "first_name", name, "city", "<b>Porto</b>", "tags", "<i>vip</i>")
	w.update(ana, "city", "'--><img src=x onerror=alert(1)>")
	e := w.newest("contact.updated")
	for _, path := range []string{auditPath, auditPath + "?q=" + url.QueryEscape(name), eventAddress(e.ID), eventAddress(e.ID) + "/undo", "/contacts/" + string(ana.ID)} {
		w.owner.get(path).want(t, 200).wantNot(t, "<script>alert", "<b>Porto", "<img src=x", "<i>vip")
	}
}

func TestExportHoldsWhatTheScreenShows(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana", "city", "Porto")
	w.create("contact", "first_name", "=cmd()", "city", "Porto")
	w.create("contact", "first_name", "Bea", "city", "Faro")
	page := w.owner.get(auditPath+"?object=contact&q=porto").want(t, 200, "Export")
	var fields []string
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`).FindAllStringSubmatch(page.body[strings.Index(page.body, "export-panel"):], -1) {
		fields = append(fields, m[1], m[2])
	}
	file := w.owner.post(exportsPath, append(fields, "format", "csv")...)
	if file.status != 200 || !strings.Contains(file.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("status %d, %s", file.status, file.header.Get("Content-Disposition"))
	}
	rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[3])
	}
	var want []string
	for _, d := range page.descriptions() {
		want = append(want, strings.NewReplacer("&#34;", `"`, "&#39;", "'").Replace(d))
	}
	if len(want) != 2 || !slices.Equal(got, want) {
		t.Errorf("the export has %q, the screen %q", got, want)
	}
	if types := w.events(3); !slices.Contains(types, "audit.export_downloaded") || !slices.Contains(types, "audit.export_completed") {
		t.Errorf("the log ends with %v", types)
	}
	w.owner.post(exportsPath, "format", "xml").want(t, 400)
	w.owner.post(exportsPath, "format", "csv", "module", "nowhere").want(t, 400, "module")
	w.owner.get(exportsPath).want(t, 200, "No exports yet")
}

func foundingOf(name string) workspace.Founding {
	return workspace.Founding{Name: name, OwnerEmail: "someone@" + strings.ToLower(name) + ".example", OwnerPassword: password}
}

func TestDatesOfTheFilter(t *testing.T) {
	w := newWorld(t)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 9, 3, 0, 0, 0, time.UTC) // still the 8th there, the day that has 23 hours
	for query, want := range map[string][2]string{
		"range=today":                     {"2026-03-08T05:00:00Z", ""},
		"range=yesterday":                 {"2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z"},
		"range=7d":                        {"2026-03-02T05:00:00Z", ""},
		"range=month":                     {"2026-03-01T05:00:00Z", ""},
		"from=2026-03-08&last=2026-03-08": {"2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
		"from=2026-03-01&to=2026-03-08":   {"2026-03-01T05:00:00Z", "2026-03-08T05:00:00Z"},
		"range=7d&from=2020-01-01":        {"2026-03-02T05:00:00Z", ""},
		"range=custom&from=2026-03-01":    {"2026-03-01T05:00:00Z", ""},
	} {
		params, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f := readAuditFilter(params, w.ws.Catalog, now, zone)
		show := func(t time.Time) string {
			if t.IsZero() {
				return ""
			}
			return t.UTC().Format(time.RFC3339)
		}
		if got := [2]string{show(f.filter.From), show(f.filter.To)}; got != want || len(f.Errors) > 0 {
			t.Errorf("%s is %v (%v), want %v", query, got, f.Errors, want)
		}
	}
}

// The menu of event types has the account's own objects, each once.
func TestOwnObjectsAmongTheTypes(t *testing.T) {
	w := newWorld(t)
	label := "Viewing"
	if _, err := w.ws.Engine.CreateObject(t.Context(), w.caller(), crm.ObjectInput{Label: &label}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ws.Engine.Create(t.Context(), w.caller(), "viewing", crm.Input{"name": []byte(`"First"`)}); err != nil {
		t.Fatal(err)
	}
	w.create("contact", "first_name", "Ana")
	page := w.owner.get(auditPath+"?type=viewing.*").want(t, 200, "Custom objects", `Created viewing "First"`).wantNot(t, `Created contact`, "From the address")
	if n := strings.Count(page.body, `value="viewing.*" checked`); n != 1 {
		t.Errorf("it is ticked %d times", n)
	}
}

// TestAuditSearchLanguage asks questions in the box: each term is a chip of its own, and an entry's parts lead to the
// list with or without them.
func TestAuditSearchLanguage(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	w.create("company", "name", "Acme (UK)")
	for q, want := range map[string][]string{
		"action:created object:contact":                   {`Created contact "Ana"`},
		`record:"Acme UK"`:                                {`Created company "Acme (UK)"`},
		"record:ana OR record:acme":                       {`Created company "Acme (UK)"`, `Created contact "Ana"`},
		"object:contact,company -record:ana":              {`Created company "Acme (UK)"`},
		"field:first after:ana user:" + string(w.ownerID): {`Created contact "Ana"`},
		"record:ana at:2001":                              nil,
	} {
		got := w.owner.get(auditPath+"?q="+url.QueryEscape(q)).want(t, 200).descriptions()
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], "&#34;", `"`)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s shows %q, want %q", q, got, want)
		}
	}
	id := string(ana.ID)
	w.owner.get(auditPath+"?module=contacts&q="+url.QueryEscape("ana -action:deleted record:"+id)).want(t, 200,
		"Search: <bdi>ana</bdi>", `href="/settings/audit-logs?module=contacts&amp;q=-action%3Adeleted&#43;record%3A`+id,
		"Search: <bdi>-action:deleted</bdi>", `href="/settings/audit-logs?module=contacts&amp;q=ana&#43;record%3A`+id,
		"Record: <bdi>Ana</bdi>", `href="/settings/audit-logs?module=contacts&amp;q=ana&#43;-action%3Adeleted"`)
	w.owner.get(auditPath+"?q="+url.QueryEscape("ana OR bob")).want(t, 200, "Search: <bdi>ana OR bob</bdi>")
	w.owner.get(auditPath+"?q=-record:"+id).want(t, 200, "Not record: <bdi>")

	e := w.newest("contact.created")
	page := w.owner.get(eventAddress(e.ID)+"?q="+url.QueryEscape("ana OR bob")+"&module=contacts").want(t, 200,
		`aria-label="Only Event type Contact created"`, `aria-label="Not Record Ana"`, `aria-label="Only Field First name"`)
	for _, q := range []string{"(ana OR bob) type:contact.created", "(ana OR bob) -type:contact.created", "(ana OR bob) -record:" + id,
		`(ana OR bob) field:"First name"`, "(ana OR bob) user:" + string(e.Actor.ID), "(ana OR bob) channel:" + string(e.Channel)} {
		page.want(t, 200, `href="/settings/audit-logs?module=contacts&amp;q=`+strings.ReplaceAll(url.QueryEscape(q), "+", "&#43;")+`"`)
	}
	w.owner.get(auditPath).want(t, 200, "How to search", "<code>ip:</code>", "contacts, opportunities")
}

func TestAuditComplete(t *testing.T) {
	w := newWorld(t)
	w.create("company", "name", `Acme & "Sons"`)
	const path = auditPath + "/complete?"
	w.owner.get(path+"q=acme+ty&at=7").want(t, 200, `role="option" id="audit-q-option-0" aria-selected="false" data-text="type:" data-start="5" data-end="7"`, "the event type")
	w.owner.get(path+"q=record%3Aac&at=9").want(t, 200, `data-text="&#34;Acme &amp;  Sons &#34;"`, "Company")
	w.owner.get(path+"q=user%3Aolg&at=8").want(t, 200, `data-text="&#34;Olga Owner&#34;" data-start="5" data-end="8"`)
	w.owner.get(path+"q=object%3Acomp&at=11").want(t, 200, `data-text="company"`)
	w.owner.get(path+"q=zzz&at=3").want(t, 200).wantNot(t, "<li")
	w.owner.get(path+"q=zzz&at=x").want(t, 400)
	w.member.get(path+"q=user%3A&at=5").want(t, 403)
	// Who sees only what they did themselves is told of nobody else.
	w.update(w.record("staff", w.memberID), "permissions", "audit.read_own")
	w.member.get(path+"q=user%3Aolg&at=8").want(t, 200).wantNot(t, "Olga")
}
