package web

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
)

// formFields reads the fields of the form that posts to action, as a browser would send them unchanged.
func formFields(t *testing.T, a answer, action string) []string {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, `method="post" action="`+action+`"`)
	if !ok {
		t.Fatalf("no form posts to %s: %s", action, a.body)
	}
	form, _, _ := strings.Cut(rest, "</form>")
	var fields []string
	add := func(name, value string) {
		fields = append(fields, html.UnescapeString(name), html.UnescapeString(value))
	}
	attribute := func(tag, name string) string {
		m := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(tag)
		if m == nil {
			return ""
		}
		return m[1]
	}
	for _, m := range regexp.MustCompile(`(?s)<input[^>]*>|<select[^>]*>.*?</select>|<textarea[^>]*>\n?(.*?)</textarea>`).FindAllStringSubmatch(form, -1) {
		tag, kind, name := m[0], attribute(m[0], "type"), attribute(m[0], "name")
		switch {
		case strings.HasPrefix(tag, "<textarea"):
			add(name, m[1])
		case strings.HasPrefix(tag, "<select"):
			chosen := regexp.MustCompile(`<option value="([^"]*)" selected`).FindStringSubmatch(tag)
			first := regexp.MustCompile(`<option value="([^"]*)"`).FindStringSubmatch(tag)
			if chosen == nil {
				chosen = first
			}
			add(name, chosen[1])
		case kind == "checkbox" || kind == "radio":
			if strings.Contains(tag, " checked") {
				add(name, attribute(tag, "value"))
			}
		case name != "":
			add(name, attribute(tag, "value"))
		}
	}
	return fields
}

// with sets fields of a form.
func with(fields []string, changes ...string) []string {
	out := slices.Clone(fields)
	for i := 0; i < len(changes); i += 2 {
		found := false
		for j := 0; j < len(out); j += 2 {
			if out[j] == changes[i] {
				out[j+1], found = changes[i+1], true
			}
		}
		if !found {
			out = append(out, changes[i], changes[i+1])
		}
	}
	return out
}

func TestCreateContact(t *testing.T) {
	w := newWorld(t)
	company := w.create("company", "name", "Acme")
	a := w.member.post("/contacts", with(formFields(t, w.member.get("/contacts/new"), "/contacts"),
		"first_name", "Ana", "last_name", "Silva", "email", "Ana@Example.com", "company", string(company.ID), "tags", "vip, porto", "date_of_birth", "1980-04-03", "dnd", "true")...)
	id := audit.RecordID(strings.TrimPrefix(a.location, "/contacts/"))
	a.to(t, "/contacts/"+string(id))
	rec := w.record("contact", id)
	got := fmt.Sprint(rec.Name, rec.Fields["email"], rec.Fields["company"].Text() == string(company.ID), rec.Fields["tags"], rec.Fields["type"], rec.Fields["dnd"], rec.Fields["date_of_birth"])
	if want := `Ana Silva"ana@example.com"true["porto","vip"]"lead"true"1980-04-03"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.member.get(a.location).want(t, 200, `Created the contact "Ana Silva".`, "Acme", "3 Apr 1980")
}

// A mistake comes back beside its field, with everything that was typed.
func TestFormErrors(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Old", "email", "taken@example.com")
	for _, c := range []struct {
		path   string
		fields []string
		field  string
		says   string
	}{
		{"/contacts", []string{"city", "Faro"}, "first_name", "A contact needs a name, an email or a phone number."},
		{"/contacts", []string{"email", "nonsense"}, "email", "Email must be an email address"},
		{"/contacts", []string{"email", "Taken@example.com"}, "email", "Another contact has the Email"},
		{"/contacts", []string{"first_name", "A", "phone", "12"}, "phone", "Phone must be a phone number"},
		{"/contacts", []string{"first_name", "A", "date_of_birth", "31.12.1999"}, "date_of_birth", "must be a date"},
		{"/contacts", []string{"first_name", "A", "website", "ftp://x"}, "website", "must be a web address"},
		{"/contacts", []string{"first_name", strings.Repeat("a", 1001)}, "first_name", "the limit is 1,000"},
		{"/contacts", []string{"first_name", "A\x00B"}, "first_name", "First name"},
		{"/contacts", []string{"first_name", "A", "type", "enemy"}, "type", "Type must be one of"},
		{"/contacts", []string{"first_name", "A", "owner", "00000000-0000-7000-8000-000000000000"}, "owner", "does not exist"},
		{"/companies", []string{"name", ""}, "name", "Name must be given."},
		{"/companies", []string{"name", "A", "employees", "many"}, "employees", "Employees must be a number"},
		{"/tasks", []string{"title", "A", "due", "tomorrow"}, "due", "Due must be a day and a time"},
		{"/opportunities", []string{"name", "A"}, "stage", "Stage must be given."},
		{"/settings/staff", []string{"name", "A", "email", "a@b.co", "permissions", "fly"}, "permissions", "There is no permission"},
	} {
		a := w.owner.post(c.path, append(c.fields, "source", "Fair & <co>")...)
		a.want(t, 422, c.says, `href="#f-`+c.field+`"`, `id="f-`+c.field+`"`)
		if c.path == "/contacts" {
			a.want(t, 422, `value="Fair &amp; &lt;co&gt;"`)
		}
	}
}

func TestEditSendsWhatChanged(t *testing.T) {
	w := newWorld(t)
	rec := w.create("contact", "first_name", "Ana", "city", "Porto", "source", "  a  b  ")
	here := "/contacts/" + string(rec.ID)
	form := formFields(t, w.owner.get(here+"/edit"), here)
	before := len(w.events(100))
	w.owner.post(here, form...).to(t, here)
	if n := len(w.events(100)); n != before {
		t.Errorf("saving without a change wrote %d events", n-before)
	}
	w.owner.post(here, with(form, "city", "Faro")...).to(t, here)
	if rec := w.record("contact", rec.ID); rec.Fields["city"].Text() != "Faro" || rec.Version != 2 {
		t.Errorf("city %s, version %d", rec.Fields["city"], rec.Version)
	}
	w.owner.post(here, "city", "Faro", "_was.city", "Porto").want(t, 400, "which version")
}

// Two people edit one record: the second sees both versions, chooses, and nothing is lost in silence.
func TestStaleEdit(t *testing.T) {
	w := newWorld(t)
	rec := w.create("contact", "first_name", "Ana", "city", "Porto", "phone", "+351 912 345 678", "tags", "a")
	here := "/contacts/" + string(rec.ID)
	form := formFields(t, w.member.get(here+"/edit"), here)
	w.update(rec, "city", "Lisbon", "country", "Portugal")
	conflict := w.member.post(here, with(form, "city", "Faro", "phone", "+351 911 111 111")...).
		want(t, 412, "Changed in the meantime", "Lisbon", "Faro", "Changed by both", "+351 912 345 678", "+351 911 111 111")
	if got := w.record("contact", rec.ID); got.Fields["city"].Text() != "Lisbon" {
		t.Fatalf("the stale form was saved: %s", got.Fields["city"])
	}
	choice := formFields(t, conflict, here)
	w.update(rec, "source", "Elsewhere") // and again somebody was faster
	conflict = w.member.post(here, with(choice, "_pick.city", "present")...).want(t, 412, "+351 911 111 111").wantNot(t, "Faro")
	w.member.post(here, formFields(t, conflict, here)...).to(t, here)
	got := w.record("contact", rec.ID).Fields
	if got["city"].Text() != "Lisbon" || got["phone"].Text() != "+351 911 111 111" || got["country"].Text() != "Portugal" || got["source"].Text() != "Elsewhere" {
		t.Errorf("after the choice: %v", got)
	}
	w.update(rec, "city", "Braga")
	w.member.post(here, with(formFields(t, conflict, here), "city", "Braga", "_was.city", "Lisbon", "phone", "+351 911 111 111", "_was.phone", "x")...).to(t, here)
}

func TestDelete(t *testing.T) {
	w := newWorld(t)
	rec := w.create("contact", "first_name", "Ana")
	w.create("note", "body", "A", "contact", string(rec.ID))
	w.create("note", "body", "B", "contact", string(rec.ID))
	p := w.create("pipeline", "name", "Sales")
	st := w.create("stage", "pipeline", string(p.ID), "name", "New", "position", "1")
	deal := w.create("opportunity", "name", "Deal", "pipeline", string(p.ID), "stage", string(st.ID), "contact", string(rec.ID))
	here := "/contacts/" + string(rec.ID)
	w.member.get(here+"/delete").want(t, 200, "2 notes", "1 opportunity loses its contact", "for 60 days")
	w.member.post(here+"/delete").to(t, "/contacts")
	w.member.get("/contacts").want(t, 200, `Deleted the contact "Ana" with 2 notes. It can be restored until`).wantNot(t, "Show it in the audit log")
	w.owner.get(here).want(t, 410, `The contact "Ana" was deleted on`)
	if w.record("opportunity", deal.ID).Fields["contact"] != audit.None {
		t.Error("the opportunity still points at the contact")
	}
	other := w.create("contact", "first_name", "Bea")
	w.owner.post("/contacts/"+string(other.ID)+"/delete").to(t, "/contacts")
	w.owner.get("/contacts").want(t, 200, "/settings/audit-logs?operation=")
}

// The last owner stays, and a deletion that is refused says why.
func TestLastOwner(t *testing.T) {
	w := newWorld(t)
	here := "/settings/staff/" + string(w.ownerID)
	w.owner.post(here+"/delete").want(t, 422, "is the last active owner", "Make somebody else an owner first.")
	w.owner.post(here+"/status", "status", "deactivated").to(t, here)
	w.owner.get(here).want(t, 200, "is the last active owner")
	form := formFields(t, w.owner.get(here+"/edit"), here)
	w.owner.post(here, with(form, "role", "admin")...).want(t, 422, "is the last active owner")
	w.admin.post(here, with(form, "role", "admin")...).want(t, 403, "Only an owner may")
}

func TestStaff(t *testing.T) {
	w := newWorld(t)
	here := "/settings/staff/" + string(w.memberID)
	form := formFields(t, w.admin.get(here+"/edit"), here)
	w.admin.post(here, append(form, "permissions", "audit.read", "permissions", "audit.export")...).to(t, here)
	if got := w.record("staff", w.memberID).Fields["permissions"]; got != `["audit.export","audit.read"]` {
		t.Errorf("permissions: %s", got)
	}
	w.member.get("/contacts").want(t, 200, "Audit Logs")
	w.admin.post(here+"/status", "status", "deactivated").to(t, here)
	w.member.get("/contacts").to(t, "/login?next=%2Fcontacts")
	w.admin.get(here).want(t, 200, "Reactivate").wantNot(t, ">Deactivate<")
	w.admin.post(here+"/status", "status", "active").to(t, here)
	w.login("member@example.com").get("/contacts").want(t, 200)
	w.admin.post(here+"/status", "status", "owner").want(t, 400)
	if got := w.events(1)[0]; got == "staff.deactivated" {
		t.Errorf("the newest event is %s", got)
	}
}

func TestTags(t *testing.T) {
	w := newWorld(t)
	rec := w.create("contact", "first_name", "Ana", "tags", "old, stays")
	here := "/contacts/" + string(rec.ID)
	w.member.post(here+"/tags", "add", "new, vip").to(t, here)
	w.member.post(here+"/tags", "remove", "old").to(t, here)
	if got := w.record("contact", rec.ID).Fields["tags"]; got != `["new","stays","vip"]` {
		t.Errorf("tags: %s", got)
	}
	w.member.post(here+"/tags", "add", strings.Repeat("x", 101)).to(t, here)
	w.member.get(here).want(t, 200, "each word has 1 to 100 characters")
	r := httpRequest("POST", "http://app"+here+"/tags", "remove=stays")
	r.Header.Set("HX-Request", "true")
	w.member.do(r).want(t, 200, `<div id="tags">`, "vip").wantNot(t, "<html", "stays")
}

func TestNotesAndTasks(t *testing.T) {
	w := newWorld(t)
	rec := w.create("contact", "first_name", "Ana")
	here := "/contacts/" + string(rec.ID)
	w.member.post("/notes", "contact", string(rec.ID), "body", "Line one\r\nLine two", "_back", here).to(t, here)
	w.member.get(here).want(t, 200, "Line one\nLine two")
	w.member.post("/notes", "contact", string(rec.ID), "body", "", "_back", here).want(t, 422, "Text must be given.", `name="_back" value="`+here+`"`)
	w.member.post("/notes", "contact", string(rec.ID), "body", "x", "_back", "//evil.example").to(t, "/")
	w.member.post("/tasks", "contact", string(rec.ID), "title", "Call", "due", "2026-07-01T09:30", "_back", here).to(t, here)
	task := regexp.MustCompile(`/tasks/([0-9a-f-]{36})/completed`).FindStringSubmatch(w.member.get(here).body)
	if task == nil {
		t.Fatal("the task cannot be completed")
	}
	id := audit.RecordID(task[1])
	if got := w.record("task", id).Fields["due"].Text(); got != "2026-07-01T08:30:00.000000Z" { // Lisbon, in summer
		t.Errorf("due %s", got)
	}
	edit := "/tasks/" + task[1]
	form := formFields(t, w.member.get(edit+"/edit").want(t, 200, `value="2026-07-01T09:30"`), edit)
	w.member.post(edit, with(form, "title", "Call her")...).to(t, edit)
	w.member.post(edit+"/completed", "completed", "true", "_back", here).to(t, here)
	w.member.get(here).want(t, 200, `Completed the task "Call her".`)
	w.member.post(edit+"/completed", "completed", "false", "_back", here).to(t, here)
	w.member.post(edit+"/completed", "completed", "maybe").want(t, 400)
	if got := w.events(2); !slices.Equal(got, []audit.Type{"task.reopened", "task.completed"}) {
		t.Errorf("events: %v", got)
	}
}

// The pipeline follows from the stage.
func TestOpportunityForm(t *testing.T) {
	w := newWorld(t)
	var stages []audit.RecordID
	var pipelines []string
	for _, name := range []string{"Sales", "Renewals"} {
		p := w.create("pipeline", "name", name)
		pipelines = append(pipelines, string(p.ID))
		stages = append(stages, w.create("stage", "pipeline", string(p.ID), "name", "New", "position", "1").ID)
	}
	a := w.member.get("/opportunities/new?stage="+string(stages[1])).want(t, 200, `<optgroup label="Sales">`, `<optgroup label="Renewals">`, `value="`+string(stages[1])+`" selected`)
	a = w.member.post("/opportunities", with(formFields(t, a, "/opportunities"), "name", "Deal", "value", "12.5")...)
	id := audit.RecordID(strings.TrimPrefix(a.location, "/opportunities/"))
	if got := w.record("opportunity", id).Fields["pipeline"].Text(); got != pipelines[1] {
		t.Errorf("pipeline %s", got)
	}
	here := "/opportunities/" + string(id)
	w.member.post(here, with(formFields(t, w.member.get(here+"/edit"), here), "stage", string(stages[0]))...).to(t, here)
	if got := w.record("opportunity", id).Fields["pipeline"].Text(); got != pipelines[0] {
		t.Errorf("after the move: pipeline %s", got)
	}
}

// With many companies the name is typed; a name that several have is asked back.
func TestTypedReference(t *testing.T) {
	w := newWorld(t)
	for i := range maxChoices {
		w.create("company", "name", fmt.Sprintf("Company %03d", i), "city", "Porto")
	}
	acme := w.create("company", "name", "Acme & Sons")
	form := formFields(t, w.member.get("/contacts/new"), "/contacts")
	a := w.member.post("/contacts", with(form, "first_name", "Ana", "company", "acme  & sons")...)
	rec := w.record("contact", audit.RecordID(strings.TrimPrefix(a.location, "/contacts/")))
	if rec.Fields["company"].Text() != string(acme.ID) {
		t.Errorf("company %s", rec.Fields["company"])
	}
	w.member.post("/contacts", with(form, "first_name", "Ana", "company", "Nobody Ltd")...).want(t, 422, `There is no company called "Nobody Ltd".`, `value="Nobody Ltd"`)
	similar := w.member.post("/contacts", with(form, "first_name", "Bea", "company", "Company 01")...).want(t, 422, "Company 012 (Porto)")
	chosen := regexp.MustCompile(`<option value="([^"]*)">Company 012 `).FindStringSubmatch(similar.body)
	a = w.member.post("/contacts", with(formFields(t, similar, "/contacts"), "company.id", chosen[1])...)
	if got := w.record("contact", audit.RecordID(strings.TrimPrefix(a.location, "/contacts/"))); got.Fields["company"].Text() != chosen[1] {
		t.Errorf("company %s, want %s", got.Fields["company"], chosen[1])
	}
	here := "/contacts/" + string(rec.ID)
	edit := formFields(t, w.member.get(here+"/edit").want(t, 200, `value="Acme &amp; Sons"`), here)
	before := len(w.events(500))
	w.member.post(here, edit...).to(t, here)
	if len(w.events(500)) != before {
		t.Error("an unchanged reference wrote an event")
	}
	w.member.post(here, with(edit, "company", "")...).to(t, here)
	if w.record("contact", rec.ID).Fields["company"] != audit.None {
		t.Error("the company was not emptied")
	}
	w.member.htmx("/suggest?object=company&field=company&company=acme").want(t, 200, `<option value="Acme &amp; Sons">`)
}

func TestList(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Zoe", "type", "customer", "owner", string(w.memberID), "tags", "vip")
	w.create("contact", "first_name", "Ana", "email", "ana@example.com")
	for i := range pageSize {
		w.create("contact", "first_name", fmt.Sprintf("Filler %02d", i))
	}
	first := w.owner.get("/contacts").want(t, 200, "Ana", "52 contacts", "Next page").wantNot(t, "Zoe", "First page")
	next := regexp.MustCompile(`href="(/contacts\?after=[^"]*)"`).FindStringSubmatch(first.body)
	w.owner.get(html.UnescapeString(next[1])).want(t, 200, "Zoe", "First page").wantNot(t, ">Ana<", "Next page")
	w.owner.get("/contacts?q=ANA+example").want(t, 200, "1 contact found", "Ana").wantNot(t, "Filler")
	w.owner.get("/contacts?type=customer").want(t, 200, "1 contact found", "Zoe", "Type: Customer")
	w.owner.get("/contacts?owner="+string(w.memberID)).want(t, 200, "1 contact found", "Owner: member")
	w.owner.get("/contacts?owner=none").want(t, 200, "51 contacts found", "Owner: None")
	w.owner.get("/contacts?tags=vip").want(t, 200, "1 contact found", "Tags: vip")
	w.owner.get("/contacts?q=nothing-at-all").want(t, 200, "Nothing found")
	sorted := w.owner.get("/contacts?sort=-name").want(t, 200, `aria-sort="descending"`, "Zoe")
	after := regexp.MustCompile(`href="(/contacts\?after=[^"]*)"`).FindStringSubmatch(sorted.body)
	w.owner.get(strings.Replace(html.UnescapeString(after[1]), "sort=-name", "sort=name", 1)).want(t, 400) // a cursor of another order
	w.owner.htmx("/contacts?q=zoe").want(t, 200, "Zoe").wantNot(t, "<html", "<nav class=\"nav\"")
	w.owner.get("/companies").want(t, 200, "No companies yet", "/import?object=company")
	w.owner.get("/tasks?completed=false").want(t, 200, "Nothing found")
}

// Names with markup, from right to left, and without end are shown as they are.
func TestHostileNames(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='x`, "שלום עולם", "e\u0301\u0301\u0301", strings.Repeat("W", 1000), `{{.Title}}`, `</title><b>`, `</textarea><b>`} {
		rec := w.create("contact", "first_name", name, "tags", "<i>tag</i>", "website", "https://example.com/?q=<b>")
		w.create("note", "contact", string(rec.ID), "body", name)
		here := "/contacts/" + string(rec.ID)
		for _, p := range []string{"/contacts", here, here + "/edit", here + "/delete", "/contacts?q=" + "%3Cscript%3E"} {
			w.owner.get(p).want(t, 200).wantNot(t, "<script>alert", "<img", "<b>", "<i>tag", "onmouseover='x")
		}
		w.owner.get(here).want(t, 200, html.EscapeString(rec.Name))
	}
}

// Another account's things are not there, and who sees just what is assigned to them sees nothing else.
func TestOthersRecords(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	rec := other.create("contact", "first_name", "Secret")
	for _, p := range []string{"", "/edit", "/delete"} {
		w.owner.get("/contacts/"+string(rec.ID)+p).want(t, 404).wantNot(t, "Secret")
	}
	w.owner.post("/contacts/"+string(rec.ID)+"/delete").want(t, 404)
	w.update(w.record("staff", w.memberID), "permissions", "records.only_assigned")
	mine := w.create("contact", "first_name", "Mine", "owner", string(w.memberID))
	theirs := w.create("contact", "first_name", "Theirs", "owner", string(w.ownerID))
	w.member.get("/contacts").want(t, 200, "Mine", "1 contact").wantNot(t, "Theirs")
	w.member.get("/contacts/"+string(mine.ID)).want(t, 200)
	w.member.get("/contacts/"+string(theirs.ID)).want(t, 404)
}

// A reference to what the visitor may not see does not name it, on no page, and a form keeps it.
func TestHiddenReferences(t *testing.T) {
	w := newWorld(t)
	w.update(w.record("staff", w.memberID), "permissions", "records.only_assigned")
	hidden := w.create("company", "name", "Hidden GmbH", "owner", string(w.ownerID))
	mine := w.create("contact", "first_name", "Mine", "owner", string(w.memberID), "company", string(hidden.ID))
	w.create("task", "title", "Call", "contact", string(w.create("contact", "first_name", "Unseen").ID), "assignee", string(w.memberID))
	_, _, deals := w.deal(1)
	w.update(deals[0], "owner", string(w.memberID), "company", string(hidden.ID))
	here := "/contacts/" + string(mine.ID)
	check := func(city string) {
		t.Helper()
		for _, p := range []string{"/contacts", here, here + "/edit", here + "/delete", "/contacts?company=" + string(hidden.ID), "/contacts/new?company=" + string(hidden.ID),
			"/opportunities", "/opportunities/list", "/opportunities/" + string(deals[0].ID), "/opportunities/" + string(deals[0].ID) + "/move",
			"/opportunities/new?company=" + string(hidden.ID), "/tasks", "/companies/new?parent=" + string(hidden.ID)} {
			w.member.get(p).want(t, 200).wantNot(t, "Hidden GmbH", "Unseen")
		}
		w.member.get(here).want(t, 200, hiddenName)
		// Whether there is such a company cannot be told from the form.
		unknown := "01890000-0000-7000-8000-00000000dead"
		form := w.member.get("/contacts/new?company="+string(hidden.ID)).want(t, 200)
		other := w.member.get("/contacts/new?company="+unknown).want(t, 200)
		if strings.ReplaceAll(form.body, string(hidden.ID), unknown) != other.body {
			t.Error("the form of a new contact tells a hidden company from none")
		}
		edit := formFields(t, w.member.get(here+"/edit").want(t, 200, hiddenName), here)
		w.member.post(here, with(edit, "city", city)...).to(t, here)
		if got := w.record("contact", mine.ID).Fields["company"].Text(); got != string(hidden.ID) {
			t.Errorf("saving something else changed the company to %q", got)
		}
	}
	check("Porto")
	w.member.post("/contacts", with(formFields(t, w.member.get("/contacts/new?company="+string(hidden.ID)), "/contacts"), "first_name", "New")...).
		want(t, 422, "points at a company that does not exist").wantNot(t, "Hidden GmbH")
	for i := range maxChoices + 1 { // with many companies the name is typed
		w.create("company", "name", fmt.Sprintf("Company %03d", i), "owner", string(w.memberID))
	}
	check("Lisbon")
}

func TestSuggestTags(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana", "tags", "vip, Porto")
	w.create("contact", "first_name", "Bea", "tags", "vip, agent")
	if got := w.member.htmx("/suggest/tags?object=contact").want(t, 200).body; got != `<option value="agent"></option><option value="Porto"></option><option value="vip"></option>` {
		t.Errorf("suggested: %s", got)
	}
	w.member.htmx("/suggest/tags?object=company").want(t, 404)
}
