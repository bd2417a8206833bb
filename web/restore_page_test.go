package web

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/restore"
)

// fields are what the form of a page would send: hidden fields, texts, and what is checked.
func (a answer) fields() url.Values {
	form := a.body[strings.Index(a.body, `<form class="form form-wide"`):]
	out := url.Values{}
	attribute := func(tag, name string) string {
		m := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(tag)
		if m == nil {
			return ""
		}
		return html.UnescapeString(m[1])
	}
	for _, tag := range regexp.MustCompile(`<input[^>]*>`).FindAllString(form, -1) {
		kind := attribute(tag, "type")
		if (kind == "radio" || kind == "checkbox") && !strings.Contains(tag, " checked") {
			continue
		}
		out.Add(attribute(tag, "name"), attribute(tag, "value"))
	}
	return out
}

// submit sends the form of a page with some of its fields changed.
func (b *browser) submit(path string, page answer, changed ...string) answer {
	form := page.fields()
	for i := 0; i < len(changed); i += 2 {
		form.Set(changed[i], changed[i+1])
	}
	var fields []string
	for name, values := range form {
		for _, v := range values {
			fields = append(fields, name, v)
		}
	}
	return b.post(path, fields...)
}

// group is the number of the conflict on the page whose words hold text.
func (a answer) group(t *testing.T, text string) string {
	t.Helper()
	for _, m := range regexp.MustCompile(`name="words\.(\d+)" value="([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
		if strings.Contains(html.UnescapeString(m[2]), text) {
			return m[1]
		}
	}
	t.Fatalf("no conflict speaks of %q: %s", text, a.text())
	return ""
}

func (w *world) delete(rec *crm.Record) *audit.Event {
	w.t.Helper()
	if _, err := w.ws.Engine.Delete(w.t.Context(), w.caller(), rec.Object, rec.ID); err != nil {
		w.t.Fatal(err)
	}
	return w.newest(audit.Type(rec.Object + ".deleted"))
}

func TestRestoreFromTheEntry(t *testing.T) {
	w := newWorld(t)
	pipeline, _, deals := w.deal(3)
	e := w.delete(pipeline)
	w.owner.get(eventAddress(e.ID)).want(t, 200, "Can be restored until", "in 60 days", "Restore…")
	path := eventAddress(e.ID) + "/restore"
	preview := w.owner.get(path).want(t, 200, "1 pipeline", "2 stages", "3 opportunities", "What comes back")
	w.owner.submit(path, preview, "do", "apply").to(t, eventAddress(w.newest("audit.restore_applied").ID))
	if got := w.record("opportunity", deals[0].ID).Name; got != "Deal 000" {
		t.Errorf("the opportunity came back as %q", got)
	}
	w.owner.get("/pipelines").want(t, 200, "Restored 1 pipeline, 2 stages and 3 opportunities.", "Open Sales", "/pipelines/"+string(pipeline.ID))
	w.owner.get(eventAddress(e.ID)).want(t, 200, "This was restored.", "Restored pipeline").wantNot(t, "Restore…")
	// Once more, as a double click would.
	w.owner.submit(path, preview, "do", "apply").want(t, 409, "already")
	if types := w.events(1); types[0] == "audit.restore_applied" {
		t.Error("it was restored twice")
	}
}

// Who may restore but not change records is offered no way to set a workflow going.
func TestWorkflowsAreTakenBackByWhoMayWrite(t *testing.T) {
	w := newWorld(t)
	flow := w.create("workflow", "name", "Welcome", "trigger", "contact.created", "steps", `[{"action":"add_tag","settings":"{\"tag\":\"new\"}"}]`, "enabled", "true")
	w.update(flow, "enabled", "false")
	disabled := w.newest("workflow.disabled")
	gone := w.delete(w.create("workflow", "name", "Gone", "trigger", "contact.created"))
	w.owner.get(eventAddress(disabled.ID)).want(t, 200, "Undo…")
	w.owner.get(eventAddress(gone.ID)).want(t, 200, "Restore…")
	_, err := w.ws.Auth.UpdateRoles(t.Context(), w.caller(), auth.RoleUpdate{Version: auth.AnyVersion, Admin: auth.RolePermissions(auth.Admin),
		Member: []audit.Permission{audit.RecordsRead, audit.AuditRead, audit.AuditRestore}})
	if err != nil {
		t.Fatal(err)
	}
	w.member.get(eventAddress(disabled.ID)).want(t, 200, "This change can be undone", "they change records by themselves").wantNot(t, "Undo…")
	w.member.get(eventAddress(gone.ID)).want(t, 200, "Can be restored until", "they change records by themselves").wantNot(t, "Restore…")
	w.member.get(auditPath+"?object=workflow").want(t, 200, "Gone").wantNot(t, "Restore…")
	w.member.get(deletedPath).want(t, 200, "Gone").wantNot(t, "Restore…")
}

// A list marks what was taken back, and leads to what did it; an entry that cannot be says why.
func TestEntriesSayWhatTookThemBack(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	w.update(ana, "city", "Faro")
	changed := w.newest("contact.updated")
	undo := eventAddress(changed.ID) + "/undo"
	w.owner.get(auditPath+"?object=contact").want(t, 200).wantNot(t, ">Undone<", ">Restored<span")
	w.owner.submit(undo, w.owner.get(undo), "do", "apply")
	by := `href="` + eventAddress(w.newest("audit.undo_applied").ID)
	w.owner.get(auditPath+"?object=contact").want(t, 200, by, ">Undone<span")
	w.owner.get("/contacts/"+string(ana.ID)).want(t, 200, by, ">Undone<span")
	gone := w.delete(ana)
	back := eventAddress(gone.ID) + "/restore"
	w.owner.submit(back, w.owner.get(back), "do", "apply")
	w.owner.get(auditPath+"?object=contact").want(t, 200, `href="`+eventAddress(w.newest("audit.restore_applied").ID), ">Restored<span")
	w.owner.get(eventAddress(w.newest("contact.created").ID)).want(t, 200, "This cannot be undone.", "delete the record instead")
	w.owner.get(eventAddress(w.newest("session.login").ID)).want(t, 200, "This cannot be undone.", "nothing to undo")
}

// The log holds no secret, so the page says what has to be entered again.
func TestRestoreSaysWhichSecretsAreLost(t *testing.T) {
	w := newWorld(t)
	door, yes, secret := "Door", true, crm.Secret
	name, pin := "Name", "PIN"
	if _, err := w.ws.Engine.CreateObject(t.Context(), w.caller(), crm.ObjectInput{Label: &door, Fields: []crm.FieldInput{{Label: &name}, {Label: &pin, Type: &secret, Required: &yes}}}); err != nil {
		t.Fatal(err)
	}
	rec, err := w.ws.Engine.Create(t.Context(), w.caller(), "door", crm.Input{"name": []byte(`"Front"`), "pin": []byte(`"1234"`)})
	if err != nil {
		t.Fatal(err)
	}
	path := eventAddress(w.delete(rec).ID) + "/restore"
	preview := w.owner.get(path).want(t, 200, "1 door", "PIN of 1 door", "comes back empty: the log holds no secrets. Enter it again")
	w.owner.submit(path, preview, "do", "apply").to(t, eventAddress(w.newest("audit.restore_applied").ID))
}

func TestRestoreWithConflicts(t *testing.T) {
	w := newWorld(t)
	company := w.create("company", "name", "Acme")
	var ids []audit.RecordID
	for _, name := range []string{"ana", "bea", "cleo"} {
		ids = append(ids, w.create("contact", "first_name", name, "email", name+"@x.example", "company", string(company.ID)).ID)
	}
	if _, err := w.ws.Engine.Batch(t.Context(), w.caller(), "contact", crm.Batch{Delete: ids}); err != nil {
		t.Fatal(err)
	}
	lead := w.newestLead(t)
	w.delete(company)
	w.create("contact", "first_name", "Usurper", "email", "bea@x.example")

	w.owner.get(auditPath+"?action=deleted").want(t, 200, "and 2 other contacts")
	path := operationAddress(lead.Operation) + "/restore"
	first := w.owner.get(path).want(t, 200, "3 contacts", `"Acme", its Company, is no longer there.`, "4 open", "Restore the missing company too",
		`Another contact has the Email "bea@x.example" by now.`, "Use another Email", "Leave these contacts out").wantNot(t, `value="apply"`)
	missing := first.group(t, "Acme")
	w.owner.submit(path, first, "do", "apply", "seen", first.fields().Get("seen")).want(t, 409, "must be decided first")

	second := w.owner.submit(path, first, "do", "preview", "choose."+missing, "restore_reference").want(t, 200, "1 company", "It is restored too.", "1 open")
	taken := second.group(t, "bea@x.example")
	w.owner.submit(path, second, "do", "preview", "choose."+taken, "rename", "text."+taken, "ana@x.example").want(t, 400, "1 open", "too")
	w.owner.submit(path, second, "do", "preview", "choose."+taken, "rename", "text."+taken, "no email").want(t, 400, "1 open", "no email")
	third := w.owner.submit(path, second, "do", "preview", "choose."+taken, "rename", "text."+taken, "bea2@x.example").
		want(t, 200, "all decided", "It is restored too.", `value="apply"`)
	// What was not previewed is not applied.
	w.owner.submit(path, third, "do", "apply", "text."+taken, "other@x.example").want(t, 409, "Your choices changed the plan")
	// Nor is what was previewed before somebody changed something.
	w.update(w.record("contact", w.newest("contact.created").Record.ID), "city", "Faro")
	w.create("contact", "first_name", "Late", "email", "cleo@x.example")
	stale := w.owner.submit(path, third, "do", "apply").want(t, 409, "Something changed since the preview was made", "1 open")
	late := stale.group(t, "cleo@x.example")
	fourth := w.owner.submit(path, stale, "do", "preview", "choose."+late, "skip").want(t, 200, "2 contacts")
	w.owner.submit(path, fourth, "do", "apply").to(t, eventAddress(w.newest("audit.restore_applied").ID))
	if got := w.record("contact", ids[1]).Fields["email"].Text(); got != "bea2@x.example" {
		t.Errorf("the renamed contact has the email %q", got)
	}
	w.record("company", company.ID)
	w.owner.get(auditPath+"/deleted").want(t, 200, "1 contact left").wantNot(t, "Acme&#34;")
}

// newestLead is the newest event that leads several.
func (w *world) newestLead(t *testing.T) *audit.Event {
	t.Helper()
	page, err := w.ws.Log.Events(t.Context(), w.account.ID, audit.Query{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, stored := range page.Events {
		e, err := stored.Event()
		if err != nil {
			t.Fatal(err)
		}
		if e.Size > 1 {
			return e
		}
	}
	t.Fatal("no operation of several events")
	return nil
}

func TestRestoreNeedsThePermission(t *testing.T) {
	w := newWorld(t)
	reader := w.staff("reader@example.com", "member", "active")
	w.update(reader, "permissions", "audit.read")
	b := w.login("reader@example.com")
	e := w.delete(w.create("contact", "first_name", "Ana"))
	b.get(eventAddress(e.ID)).want(t, 200, "Can be restored until", "audit.restore").wantNot(t, "Restore…")
	b.get(auditPath).want(t, 200).wantNot(t, "Restore…", ">Export<", exportsPath)
	b.get(auditPath+"/deleted").want(t, 200, "Ana").wantNot(t, "Restore…")
	b.get(eventAddress(e.ID)+"/restore").want(t, 403, "audit.restore")
	b.post(eventAddress(e.ID)+"/restore", "do", "apply", "token", "x").want(t, 403)
	b.get(exportsPath).want(t, 403, "audit.export")
	b.post(exportsPath, "format", "csv").want(t, 403, "audit.export")
}

func TestRestoreTooLate(t *testing.T) {
	w := newWorld(t)
	days := 1
	if _, err := w.ws.Auth.UpdateAccount(t.Context(), w.caller(), auth.AccountUpdate{RestoreWindowDays: &days}); err != nil {
		t.Fatal(err)
	}
	e := w.delete(w.create("contact", "first_name", "Ana"))
	w.owner.get(auditPath+"/deleted").want(t, 200, "for 1 day", "Ana")
	st := w.pagesSite()
	m := &entryMaker{s: st, ctx: t.Context(), caller: w.caller(), schema: w.ws.Schema, clock: clock{st.now(), time.UTC}, exists: map[audit.RecordID]bool{}} // a window of no time
	note, err := st.restoreNote(m, &auditDetail{Event: e}, "")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(note.Text, "Can no longer be restored") || !strings.Contains(note.Detail, "support@example.com") || note.Address != "" {
		t.Errorf("the note is %+v", note)
	}
}

func TestUndoOfAnUpdate(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana", "city", "Porto", "website", "https://a.example")
	w.update(ana, "city", "Faro", "website", "https://b.example")
	e := w.newest("contact.updated")
	path := eventAddress(e.ID) + "/undo"
	first := w.owner.get(path).want(t, 200, "Porto", "Faro", "https://a.example", "City", "Website")
	// Without the city: the page shows it, unchecked.
	form := first.fields()
	if got := form["field"]; !slices.Equal(slices.Sorted(slices.Values(got)), []string{"city", "website"}) {
		t.Fatalf("the page offers %q", got)
	}
	none := w.owner.post(path, "choosing", "1", "do", "preview").want(t, 200, "City", "Website")
	w.owner.submit(path, none, "do", "apply").want(t, 400, "Choose at least one field")
	done := w.owner.post(path, "token", form.Get("token"), "seen", form.Get("seen"), "choosing", "1", "field", "city", "do", "apply")
	done.to(t, eventAddress(w.newest("audit.undo_applied").ID))
	got := w.record("contact", ana.ID)
	if got.Fields["city"].Text() != "Porto" || got.Fields["website"].Text() != "https://b.example" {
		t.Errorf("after the undo the fields are %v", got.Fields)
	}

	w.update(got, "website", "https://c.example")
	third := w.owner.post(path, "choosing", "1", "field", "website", "do", "preview").want(t, 200, "1 open", "was changed again", "Put the old value back")
	n := third.group(t, "changed again")
	fourth := w.owner.submit(path, third, "do", "preview", "choose."+n, "overwrite").want(t, 200, "all decided")
	w.owner.submit(path, fourth, "do", "apply")
	if got := w.record("contact", ana.ID).Fields["website"].Text(); got != "https://a.example" {
		t.Errorf("the website is %q", got)
	}
	w.owner.get(eventAddress(w.newest("contact.created").ID)+"/undo").want(t, 422, "delete the record instead")
}

// pagesSite is the site itself, for what no page shows in a test's time.
func (w *world) pagesSite() *site { return &site{ws: w.ws, Options: testOptions} }

// What is restored in the background already is not taken for the same with other choices.
func TestRestoreOfOtherChoicesLeadsToTheJob(t *testing.T) {
	w := newWorld(t)
	e := w.delete(w.create("contact", "first_name", "Ana"))
	path := eventAddress(e.ID) + "/restore"
	preview := w.owner.get(path)
	clear := restore.Request{Resolutions: []restore.Resolution{{Object: "contact", Kind: restore.MissingReference, Choose: restore.Clear}}}
	j, err := w.ws.TakeBack.Enqueue(t.Context(), w.caller(), restore.Scope{Event: e.ID}, clear)
	if err != nil {
		t.Fatal(err)
	}
	w.owner.submit(path, preview, "do", "apply", "large", "1").to(t, restoreJobAddress(j.ID))
	w.owner.get(restoreJobAddress(j.ID)).want(t, 200, "with other choices", "cancel it", "Restoring")
}

func TestRestoreAddressesAreChecked(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{deletedPath + "/restore?id=%00", deletedPath + "/restore?id=x", restoresPath + "/%00", restoresPath + "/x"} {
		w.owner.get(path).want(t, 404)
	}
	w.owner.post(restoresPath+"/%00/cancel").want(t, 404)
}
