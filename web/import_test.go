package web

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/crm"
)

const people = "First Name;Last Name;E-mail;Company;Birthday;Kind\r\n" +
	"Mário;Gomes;mario@example.com;Acme;03/04/1980;lead\r\n" +
	"Ana;Lopes;nonsense;Acme;05/06/1981;customer\r\n" +
	"Rui;Costa;rui@example.com;Unknown & Co;01/02/1982;lead\r\n"

// runJobs runs the background work until the test's end.
func (w *world) runJobs() {
	ctx, stop := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { w.ws.Jobs.Run(ctx); close(done) }()
	w.t.Cleanup(func() { stop(); <-done })
}

// finished asks for a job's page until it is done.
func (b *browser) finished(address string) answer {
	b.w.t.Helper()
	for range 2000 {
		a := b.htmx(address).want(b.w.t, 200)
		if !strings.Contains(a.body, "hx-trigger") {
			return a
		}
		runtime.Gosched()
	}
	b.w.t.Fatal("the job did not end")
	return answer{}
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	w.runJobs()
	w.create("company", "name", "Acme")
	w.member.get("/import?object=contact").want(t, 200, `value="contact" selected`).wantNot(t, `value="staff"`)
	columns := w.member.upload("/import", `C:\files\people.csv`, people, "object", "contact").location
	page := w.member.get(columns).want(t, 200, "people.csv", "3 rows", "Mário", "Sure", "can be read both ways", `value="company" checked`, `name="leave_empty" value="true" checked`).wantNot(t, `C:\files`)
	form := formFields(t, page, columns)
	w.member.post(columns, form...).want(t, 422, "The dates can be read in more than one way")
	form = without(with(form, "date_format", "dmy", "field.5", "type"), "create_missing", "leave_empty")
	check := w.member.post(columns, form...).want(t, 303).location
	w.member.get(check).want(t, 200, "Import contacts")
	w.member.finished(check).want(t, 200, "Nothing has changed yet", "Import 1 row", `There is no company called "Unknown & Co"`, "Email must be an email address").wantNot(t, "<html")
	if n := w.count("contact"); n != 0 {
		t.Fatalf("the check left %d contacts", n)
	}
	list := w.member.get(check+"/failed").want(t, 200)
	if !strings.HasPrefix(list.body, "Row,Field,Problem\r\n3,email,") || !strings.Contains(list.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("list of problems: %q", list.body)
	}
	again := w.member.get(columns+"?job="+check[strings.LastIndex(check, "/")+1:]).want(t, 200, `<option value="dmy" selected>`)
	form = append(formFields(t, again, columns), "create_missing", "company", "leave_empty", "true")
	check = w.member.post(columns, form...).want(t, 303).location
	w.member.finished(check).want(t, 200, "Import 3 rows", "Made along with them: 1 company", "Values that are left out")
	done := w.member.post(check).want(t, 303).location
	w.member.finished(done).want(t, 200, "The import is done.").wantNot(t, "audit-logs")
	if n := w.count("contact"); n != 3 {
		t.Errorf("%d contacts", n)
	}
	if !strings.Contains(fmt.Sprint(w.events(10)), "contacts.imported") {
		t.Errorf("events: %v", w.events(10))
	}
	w.owner.get(done).want(t, 404) // it is somebody else's
	w.owner.get(columns).want(t, 404)
	w.member.post(done).want(t, 409) // it is no check
}

// A required reference that no column gives is asked for.
func TestImportAsksForMissing(t *testing.T) {
	w := newWorld(t)
	w.runJobs()
	for _, name := range []string{"Sales", "Renewals"} {
		p := w.create("pipeline", "name", name)
		w.create("stage", "pipeline", string(p.ID), "name", "New", "position", "1")
	}
	columns := w.owner.upload("/import", "deals.csv", "Opportunity name,Stage,Value\nDeal A,New,\"1,200.50\"\n", "object", "opportunity").location
	page := w.owner.get(columns).want(t, 200, "Needed for every opportunity", `name="default.pipeline"`, `<option value="Renewals">`)
	form := formFields(t, page, columns)
	w.owner.post(columns, form...).want(t, 422, "Pipeline")
	check := w.owner.post(columns, with(form, "default.pipeline", "Renewals")...).location
	w.owner.finished(check).want(t, 200, "Import 1 row")
	done := w.owner.finished(w.owner.post(check).location).want(t, 200, "The import is done.", "/settings/audit-logs?operation=")
	if n := w.count("opportunity"); n != 1 {
		t.Errorf("%d opportunities; %s", n, done.text())
	}
}

func TestImportErrors(t *testing.T) {
	w := newWorld(t)
	w.member.upload("/import", "a.csv", "Name\nA\n", "object", "staff").want(t, 403)
	w.member.upload("/import", "a.csv", "Name\nA\n", "object", "audit").want(t, 422, "Choose what the file holds.")
	w.member.upload("/import", "a.csv", "", "object", "contact").want(t, 422, "Choose a file that is not empty.")
	w.member.post("/import", "object", "contact").want(t, 400)
	w.member.get("/import/00000000-0000-7000-8000-000000000000").want(t, 404)
	for name, content := range map[string]string{"picture": "\x89PNG\r\n\x1a\n\x00\x00", "nothing but a header": "First name,Email\n", "zip": "PK\x03\x04aaaa"} {
		columns := w.member.upload("/import", "a.csv", content, "object", "contact").location
		a := w.member.get(columns).want(t, 422, "Choose another file")
		if !strings.Contains(a.body, "error-summary") {
			t.Errorf("%s: no reason is given: %s", name, a.text())
		}
	}
	columns := w.member.upload("/import", "latin1.csv", "First name,City\nJos\xe9,Bras\xedlia\n", "object", "contact").location
	w.member.get(columns).want(t, 200, "José", "flash-warning")
	w.update(w.record("staff", w.memberID), "permissions", "records.only_assigned")
	w.member.get(columns).want(t, 200)
}

// without leaves the fields of these names out of a form.
func without(form []string, names ...string) []string {
	var out []string
	for pair := range slices.Chunk(form, 2) {
		if !slices.Contains(names, pair[0]) {
			out = append(out, pair...)
		}
	}
	return out
}

// count is how many records of an object there are.
func (w *world) count(object string) int {
	w.t.Helper()
	o, err := w.ws.Schema.Object(object)
	if err != nil {
		w.t.Fatal(err)
	}
	groups, err := w.ws.Engine.Tally(w.t.Context(), w.caller(), crm.Query{Object: o}, "", "")
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, g := range groups {
		n += g.Count
	}
	return n
}
