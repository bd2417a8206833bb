package crm_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// sales makes a pipeline with three stages.
func (b *bench) sales() (pipeline *crm.Record, stages []*crm.Record) {
	pipeline = b.make("pipeline", map[string]string{"name": "Sales"})
	for i, name := range []string{"New", "Qualified", "Won"} {
		stages = append(stages, b.make("stage", map[string]string{"name": name, "pipeline": string(pipeline.ID), "position": string(rune('1' + i))}))
	}
	return pipeline, stages
}

// Each rule of the modules: what is written, and how it reads.
func TestEventsOfUpdates(t *testing.T) {
	b := newBench(t)
	pipeline, stages := b.sales()
	other := b.make("pipeline", map[string]string{"name": "Partners"})
	first := b.make("stage", map[string]string{"name": "First", "pipeline": string(other.ID), "position": "1"})
	ana := b.make("staff", map[string]string{"name": "Ana Silva", "email": "ana@example.com", "status": "active"})
	company := b.make("company", map[string]string{"name": "Acme"})
	contact := b.make("contact", map[string]string{"first_name": "Bo", "tags": "old,vip"})
	deal := b.make("opportunity", map[string]string{"name": "Acme renewal", "pipeline": string(pipeline.ID), "stage": string(stages[0].ID), "value": "1200", "currency": "EUR"})
	task := b.make("task", map[string]string{"title": "Call"})
	cal := b.make("calendar", map[string]string{"name": "Showroom"})
	talk := b.make("conversation", map[string]string{"contact": string(contact.ID), "channel": "sms"})
	cy := b.make("contact", map[string]string{"first_name": "Cy", "email": "cy@example.com"})
	post := b.make("conversation", map[string]string{"contact": string(cy.ID)})
	letter := b.make("message", map[string]string{"conversation": string(post.ID), "subject": "Your quote", "body": "The text", "to": "bo@example.com"})
	failing := b.make("message", map[string]string{"conversation": string(talk.ID), "body": "The text", "to": "+44 20 7946 0001"})
	profile := b.make("business_profile", map[string]string{"name": "Acme", "currency": "eur"})
	line := b.make("phone_number", map[string]string{"number": "+44 20 7946 0001"})
	shop := b.make("integration", map[string]string{"provider": "Stripe", "api_key": "first"})
	bill := b.make("invoice", map[string]string{"contact": string(contact.ID), "currency": "gbp", "items": `[{"name":"Design","quantity":"2","price":"100","tax":"20"}]`})
	wrong := b.make("invoice", map[string]string{"contact": string(contact.ID), "currency": "GBP"})
	flow := b.make("workflow", map[string]string{"name": "Welcome", "trigger": "contact.created"})
	visit := b.make("appointment", map[string]string{"title": "Visit", "calendar": string(cal.ID), "start": "2026-03-01T09:00:00Z", "end": "2026-03-01T10:00:00Z"})

	for _, tt := range []struct {
		rec   *crm.Record
		texts map[string]string
		want  []string // "type: description"
	}{
		{contact, map[string]string{"tags": "new, vip"}, []string{`contact.tag_added: Added the tag "new" to contact "Bo"`, `contact.tag_removed: Removed the tag "old" from contact "Bo"`}},
		{contact, map[string]string{"owner": string(ana.ID)}, []string{`contact.owner_changed: Changed the owner of contact "Bo" from nothing to Ana Silva`}},
		{contact, map[string]string{"type": "customer"}, []string{`contact.type_changed: Changed contact "Bo" from Lead to Customer`}},
		{contact, map[string]string{"dnd": "true", "dnd_channels": "sms"}, []string{`contact.dnd_changed: Changed do not disturb of contact "Bo" from nothing to yes`}},
		{contact, map[string]string{"company": string(company.ID)}, []string{`contact.company_changed: Moved contact "Bo" from company nothing to Acme`}},
		{contact, map[string]string{"city": "Porto", "type": "lead", "last_name": "Ek"}, []string{`contact.type_changed: Changed contact "Bo Ek" from Customer to Lead`, `contact.updated: Updated Last name and City of contact "Bo Ek"`}},
		{contact, map[string]string{"city": "Porto"}, nil}, // the same again
		{deal, map[string]string{"stage": string(stages[2].ID)}, []string{`opportunity.stage_changed: Moved "Acme renewal" from New to Won`}},
		{deal, map[string]string{"value": "1500.5"}, []string{`opportunity.value_changed: Changed the value of "Acme renewal" from 1,200.00 EUR to 1,500.50 EUR`}},
		{deal, map[string]string{"status": "lost", "lost_reason": "price"}, []string{`opportunity.status_changed: Changed the status of "Acme renewal" from Open to Lost`}},
		{deal, map[string]string{"owner": string(ana.ID)}, []string{`opportunity.owner_changed: Changed the owner of "Acme renewal" from nothing to Ana Silva`}},
		{deal, map[string]string{"pipeline": string(other.ID), "stage": string(first.ID)}, []string{`opportunity.pipeline_changed: Moved "Acme renewal" from pipeline Sales to Partners`}},
		{pipeline, map[string]string{"name": "Direct"}, []string{`pipeline.renamed: Renamed pipeline "Sales" to "Direct"`}},
		{stages[1], map[string]string{"name": "Proposal"}, []string{`stage.renamed: Renamed stage "Qualified" to "Proposal"`}},
		{stages[1], map[string]string{"position": "9"}, []string{`stage.reordered: Reordered the stages of pipeline "Direct"`}},
		{task, map[string]string{"completed": "true"}, []string{`task.completed: Completed task "Call"`}},
		{task, map[string]string{"completed": "false"}, []string{`task.reopened: Reopened task "Call"`}},
		{talk, map[string]string{"assignee": string(ana.ID)}, []string{`conversation.assigned: Assigned conversation "SMS with Bo Ek" from nothing to Ana Silva`}},
		{talk, map[string]string{"status": "closed"}, []string{`conversation.closed: Closed conversation "SMS with Bo Ek"`}},
		{talk, map[string]string{"status": "open"}, []string{`conversation.reopened: Reopened conversation "SMS with Bo Ek"`}},
		{talk, map[string]string{"starred": "true"}, []string{`conversation.starred: Starred conversation "SMS with Bo Ek"`}},
		{letter, map[string]string{"status": "queued"}, []string{`message.queued: Queued message "Your quote" to bo@example.com`}},
		{letter, map[string]string{"status": "sent"}, []string{`message.sent: Sent message "Your quote" to bo@example.com`}},
		{failing, map[string]string{"status": "failed", "error": "No such number."}, []string{`message.failed: Could not send message "Message to +44 20 7946 0001": No such number.`}},
		{profile, map[string]string{"smtp_password": "hush", "city": "Porto"}, []string{`settings.business_profile_updated: Updated City and SMTP password of business profile "Acme"`}},
		{line, map[string]string{"label": "Desk"}, []string{`phone_number.updated: Updated Label of phone number "+44 20 7946 0001"`}},
		{shop, map[string]string{"api_key": "second"}, []string{`integration.key_rotated: Changed the API key of integration "Stripe"`}},
		{shop, map[string]string{"status": "disconnected"}, []string{`integration.disconnected: Disconnected integration "Stripe"`}},
		{shop, map[string]string{"status": "connected"}, []string{`integration.connected: Connected integration "Stripe"`}},
		{bill, map[string]string{"discount": "10"}, []string{`invoice.updated: Updated Discount and Total of invoice "INV-000001"`}},
		{bill, map[string]string{"status": "sent"}, []string{`invoice.sent: Sent invoice "INV-000001" over 230.00 GBP`}},
		{wrong, map[string]string{"status": "void"}, []string{`invoice.voided: Voided invoice "INV-000002"`}},
		{flow, map[string]string{"steps": `[{"action":"add_tag","settings":"{\"tag\":\"new\"}"}]`}, []string{`workflow.steps_changed: Changed the steps of workflow "Welcome"`}},
		{flow, map[string]string{"enabled": "true"}, []string{`workflow.enabled: Enabled workflow "Welcome"`}},
		{flow, map[string]string{"enabled": "false"}, []string{`workflow.disabled: Disabled workflow "Welcome"`}},
		{flow, map[string]string{"name": "Hello"}, []string{`workflow.renamed: Renamed workflow "Welcome" to "Hello"`}},
		{visit, map[string]string{"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T09:30:00Z"}, []string{`appointment.rescheduled: Rescheduled appointment "Visit" to 2026-03-02 09:00 – 09:30 UTC`}},
		{visit, map[string]string{"end": "2026-03-03T09:30:00Z", "location": "Here"}, []string{`appointment.rescheduled: Rescheduled appointment "Visit" to 2026-03-02 09:00 – 2026-03-03 09:30 UTC`, `appointment.updated: Updated Location of appointment "Visit"`}},
		{visit, map[string]string{"status": "confirmed"}, []string{`appointment.status_changed: Changed the status of appointment "Visit" from New to Confirmed`}},
		{visit, map[string]string{"status": "cancelled"}, []string{`appointment.cancelled: Cancelled appointment "Visit"`}},
		{visit, map[string]string{"assignee": string(ana.ID)}, []string{`appointment.reassigned: Reassigned appointment "Visit" from nothing to Ana Silva`}},
		{cal, map[string]string{"active": "false"}, []string{`calendar.deactivated: Deactivated calendar "Showroom"`}},
		{cal, map[string]string{"active": "true"}, []string{`calendar.activated: Activated calendar "Showroom"`}},
		{ana, map[string]string{"role": "admin"}, []string{`staff.role_changed: Changed the role of "Ana Silva" from Member to Admin`}},
		{ana, map[string]string{"permissions": "audit.read"}, []string{`staff.permissions_changed: Changed the permissions of "Ana Silva": added "See the audit log"`}},
		{ana, map[string]string{"status": "deactivated"}, []string{`staff.deactivated: Deactivated "Ana Silva"`}},
		{ana, map[string]string{"status": "active"}, []string{`staff.reactivated: Reactivated "Ana Silva"`}},
	} {
		n := len(b.log())
		b.mustEdit(tt.rec, tt.texts)
		var got []string
		for _, e := range b.log()[n:] {
			got = append(got, string(e.Type)+": "+e.Description)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %v:\n%s", tt.rec.Object, tt.texts, diff)
		}
	}
	b.checkLog(t.Fatalf)
}

func TestCascadeIsOneOperation(t *testing.T) {
	b := newBench(t)
	pipeline, stages := b.sales()
	contact := b.make("contact", map[string]string{"first_name": "Bo"})
	for range 3 {
		b.make("opportunity", map[string]string{"name": "Deal", "pipeline": string(pipeline.ID), "stage": string(stages[0].ID), "contact": string(contact.ID)})
	}
	n := len(b.log())
	d, err := b.engine.Delete(t.Context(), b.caller, "pipeline", pipeline.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"pipeline": 1, "stage": 3, "opportunity": 3}, d.Counts); diff != "" {
		t.Error(diff)
	}
	events := b.log()[n:]
	lead := events[0]
	if want := `Deleted pipeline "Sales" with 3 stages and 3 opportunities`; lead.Description != want || lead.Size != 7 {
		t.Errorf("%q, size %d", lead.Description, lead.Size)
	}
	for _, e := range events[1:] {
		if e.Cause != lead.ID || e.Operation != d.Operation || e.Action != audit.Deleted || e.Record.Version == 0 || e.Record.CreatedAt.IsZero() {
			t.Errorf("%s does not belong: %+v", e.Type, e)
		}
	}
	i := slices.IndexFunc(events, func(e *audit.Event) bool { return e.Type == "opportunity.deleted" })
	if texts := changeTexts(events[i]); texts["stage"] != "New" || texts["pipeline"] != "Sales" || texts["contact"] != "Bo" {
		t.Errorf("the names are lost: %v", texts)
	}
	b.checkLog(t.Fatalf)
}

func changeTexts(e *audit.Event) map[string]string {
	out := map[string]string{}
	for _, c := range e.Changes {
		out[c.Field] = c.BeforeText
	}
	return out
}

func TestDeletionClearsAndRefuses(t *testing.T) {
	b := newBench(t)
	pipeline, stages := b.sales()
	ana := b.make("staff", map[string]string{"name": "Ana", "email": "ana@example.com"})
	company := b.make("company", map[string]string{"name": "Acme", "owner": string(ana.ID)})
	contact := b.make("contact", map[string]string{"first_name": "Bo", "owner": string(ana.ID), "company": string(company.ID)})
	b.make("opportunity", map[string]string{"name": "Deal", "pipeline": string(pipeline.ID), "stage": string(stages[0].ID), "contact": string(contact.ID), "company": string(company.ID)})

	if _, err := b.engine.Delete(t.Context(), b.caller, "stage", stages[0].ID); errs.Code(err) != "still_referenced" {
		t.Errorf("a stage in use: %v", err)
	}
	if _, err := b.engine.Delete(t.Context(), b.caller, "stage", stages[1].ID); err != nil {
		t.Errorf("an empty stage: %v", err)
	}
	n := len(b.log())
	if _, err := b.engine.Batch(t.Context(), b.caller, "company", crm.Batch{Delete: []audit.RecordID{company.ID}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"company.deleted", "contact.company_changed", "opportunity.updated"}, b.types()[n:]); diff != "" {
		t.Error(diff)
	}
	if _, err := b.engine.Delete(t.Context(), b.caller, "staff", ana.ID); err != nil {
		t.Fatal(err)
	}
	last := b.last(2)
	if last[0].Type != "staff.removed" || last[1].Type != "contact.owner_changed" || last[1].Cause != last[0].ID || last[1].Changes[0].BeforeText != "Ana" {
		t.Errorf("got %s, %+v", last[0].Type, last[1])
	}
	if got, err := b.engine.Record(t.Context(), b.caller, "company", company.ID); !errs.Is(err, errs.Gone) || errs.Code(err) != "deleted" {
		t.Errorf("a deleted record: %v, %v", got, err)
	}
	b.checkLog(t.Fatalf)
}

func TestReorderIsOneEventOnThePipeline(t *testing.T) {
	b := newBench(t)
	pipeline, stages := b.sales()
	var batch crm.Batch
	for i, s := range []*crm.Record{stages[2], stages[0], stages[1]} {
		batch.Update = append(batch.Update, crm.BatchUpdate{ID: s.ID, Fields: crm.Input{"position": json.RawMessage(string(rune('1' + i)))}})
	}
	n := len(b.log())
	if _, err := b.engine.Batch(t.Context(), b.caller, "stage", batch); err != nil {
		t.Fatal(err)
	}
	events := b.log()[n:]
	if len(events) != 1 || events[0].Type != "stage.reordered" || events[0].Record.ID != pipeline.ID || len(events[0].Changes) != 3 {
		t.Fatalf("got %d events, the first %+v", len(events), events[0])
	}
	b.checkLog(t.Fatalf)
}

func TestBadInputIsNamed(t *testing.T) {
	b := newBench(t)
	pipeline, stages := b.sales()
	other := b.make("pipeline", map[string]string{"name": "Other"})
	b.make("contact", map[string]string{"email": "taken@example.com"})
	before := len(b.log())
	long := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		object, field, code string
		in                  string
	}{
		{"contact", "first_name", "required", `{}`},
		{"contact", "nickname", "unknown_field", `{"first_name":"A","nickname":"B"}`},
		{"contact", "first_name", "invalid_type", `{"first_name":7}`},
		{"contact", "first_name", "too_long", `{"first_name":"` + long + `"}`},
		{"contact", "first_name", "invalid_character", `{"first_name":"a\u0000b"}`},
		{"contact", "first_name", "invalid_character", `{"first_name":"a\nb"}`},
		{"contact", "email", "invalid_email", `{"email":"ana"}`},
		{"contact", "email", "invalid_email", `{"email":"ana@exa%mple.com"}`},
		{"contact", "email", "invalid_email", `{"email":"ana@example.com?cc=x"}`},
		{"contact", "email", "unique_taken", `{"email":"TAKEN@example.com"}`},
		{"contact", "phone", "invalid_phone", `{"phone":"-4567"}`},
		{"contact", "website", "invalid_url", `{"email":"a@b.cd","website":"javascript:alert(1)"}`},
		{"contact", "date_of_birth", "invalid_date", `{"email":"a@b.cd","date_of_birth":"2026-02-30"}`},
		{"contact", "dnd", "invalid_type", `{"email":"a@b.cd","dnd":"yes"}`},
		{"contact", "type", "invalid_option", `{"email":"a@b.cd","type":"friend"}`},
		{"contact", "tags", "invalid_type", `{"email":"a@b.cd","tags":"vip"}`},
		{"contact", "tags", "invalid_tag", `{"email":"a@b.cd","tags":[""]}`},
		{"contact", "company", "invalid_reference", `{"email":"a@b.cd","company":"Acme"}`},
		{"contact", "company", "missing_reference", `{"email":"a@b.cd","company":"01890000-0000-7000-8000-00000000dead"}`},
		{"note", "body", "too_long", `{"body":"` + long + `"}`},
		{"task", "due", "invalid_datetime", `{"title":"T","due":"tomorrow"}`},
		{"company", "revenue", "too_many_digits", `{"name":"A","revenue":"1.005"}`},
		{"company", "revenue", "invalid_number", `{"name":"A","revenue":"1e9"}`},
		{"company", "revenue", "out_of_range", `{"name":"A","revenue":"99999999999999999"}`},
		{"company", "employees", "invalid_type", `{"name":"A","employees":[1]}`},
		{"stage", "name", "unique_taken", `{"name":"new","position":4,"pipeline":"` + string(pipeline.ID) + `"}`},
		{"opportunity", "stage", "wrong_pipeline", `{"name":"D","pipeline":"` + string(other.ID) + `","stage":"` + string(stages[0].ID) + `"}`},
		{"opportunity", "closed", "before_start", `{"name":"D","pipeline":"` + string(pipeline.ID) + `","stage":"` + string(stages[0].ID) + `","opened":"2026-02-02","closed":"2026-02-01"}`},
		{"staff", "permissions", "invalid_option", `{"name":"A","email":"x@y.zz","permissions":["everything"]}`},
	} {
		var in crm.Input
		if err := json.Unmarshal([]byte(tt.in), &in); err != nil {
			t.Fatal(err)
		}
		_, err := b.engine.Create(t.Context(), b.caller, tt.object, in)
		if err == nil || !slices.ContainsFunc(errs.Of(err).Fields, func(f errs.Field) bool { return f.Field == tt.field && f.Code == tt.code }) {
			t.Errorf("%s %.80s: got %v, want %s at %s", tt.object, tt.in, err, tt.code, tt.field)
		}
	}
	if n := len(b.log()); n != before {
		t.Errorf("refused writes left %d events", n-before)
	}
}

func TestUnusualTextSurvives(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"שלום עולם", "e\u0301\u0302\u0323", "a\u200fשלום\u200e", "\u202eabc", "𝔘𝔫𝔦😀\U0010FFFD", "O'Brien \"Bob\" <b>&amp;", "=1+1", `\u0000`, strings.Repeat("字", crm.MaxText)} {
		rec := b.make("company", map[string]string{"name": name})
		got, err := b.engine.Record(t.Context(), b.caller, "company", rec.ID)
		if err != nil || got.Fields["name"].Text() != name {
			t.Errorf("%q came back as %q, %v", name, got.Fields["name"].Text(), err)
		}
	}
	b.checkLog(t.Fatalf)
}

func TestEmailsOfAnyScript(t *testing.T) {
	b := newBench(t)
	for _, email := range []string{"ana@sub-domain.example.co.uk", "o'brien+x@1und1.de", "用户@例子.广告", "संपर्क@डाटामेल.भारत"} {
		if rec := b.make("contact", map[string]string{"email": email}); rec.Fields["email"].Text() != email {
			t.Errorf("%q came back as %q", email, rec.Fields["email"].Text())
		}
	}
}

func TestVersionConflict(t *testing.T) {
	b := newBench(t)
	rec := b.make("company", map[string]string{"name": "Acme"})
	b.mustEdit(rec, map[string]string{"city": "Porto"})
	_, err := b.engine.Update(t.Context(), b.caller, "company", rec.ID, crm.Input{"city": json.RawMessage(`"Lisbon"`)}, rec.Version)
	if errs.Code(err) != "version_conflict" || !errs.Is(err, errs.Stale) {
		t.Errorf("got %v", err)
	}
}

func TestLastOwnerStays(t *testing.T) {
	b := newBench(t)
	first := b.make("staff", map[string]string{"name": "A", "email": "a@example.com", "role": "owner", "status": "active"})
	second := b.make("staff", map[string]string{"name": "B", "email": "b@example.com", "role": "owner", "status": "active"})
	_, err := b.engine.Batch(t.Context(), b.caller, "staff", crm.Batch{Delete: []audit.RecordID{first.ID, second.ID}})
	if errs.Code(err) != "last_owner" {
		t.Errorf("both at once: %v", err)
	}
	if _, err := b.engine.Delete(t.Context(), b.caller, "staff", second.ID); err != nil {
		t.Fatal(err)
	}
	for _, texts := range []map[string]string{{"role": "admin"}, {"status": "deactivated"}} {
		if _, err := b.edit(first, texts); errs.Code(err) != "last_owner" {
			t.Errorf("%v: %v", texts, err)
		}
	}
	admin := b.caller
	admin.Role, admin.Actor.Type = "admin", audit.User
	if _, err := b.engine.Update(t.Context(), admin, "staff", first.ID, crm.Input{"title": json.RawMessage(`"x"`)}, 0); !errs.Is(err, errs.Forbidden) {
		t.Errorf("an admin changes an owner: %v", err)
	}
}

func TestOnlyAssigned(t *testing.T) {
	b := newBench(t)
	ana := b.make("staff", map[string]string{"name": "Ana", "email": "ana@example.com"})
	mine := b.make("contact", map[string]string{"first_name": "Mine", "owner": string(ana.ID)})
	theirs := b.make("contact", map[string]string{"first_name": "Theirs"})
	var notes []*crm.Record
	for _, c := range []*crm.Record{mine, theirs} {
		notes = append(notes, b.make("note", map[string]string{"contact": string(c.ID), "body": "x"}))
	}
	caller := b.caller
	caller.Actor = audit.Actor{Type: audit.User, ID: audit.ActorID(ana.ID), Name: "Ana"}
	caller.Permissions = map[audit.Permission]bool{audit.RecordsRead: true, audit.RecordsWrite: true, audit.RecordsOnlyAssigned: true}

	for _, recs := range [][]*crm.Record{{mine, theirs}, notes} {
		found, _, err := b.engine.Find(t.Context(), caller, crm.Query{Object: b.object(recs[0].Object), Sort: "name", Limit: 10})
		if err != nil || len(found) != 1 || found[0].ID != recs[0].ID {
			t.Errorf("list of %s: %v, %v", recs[0].Object, found, err)
		}
		if _, err := b.engine.Record(t.Context(), caller, recs[1].Object, recs[1].ID); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s of somebody else: %v", recs[1].Object, err)
		}
		if _, err := b.engine.Delete(t.Context(), caller, recs[1].Object, recs[1].ID); !errs.Is(err, errs.NotFound) {
			t.Errorf("delete %s of somebody else: %v", recs[1].Object, err)
		}
	}
	hidden := crm.Input{"contact": json.RawMessage(audit.String(string(theirs.ID))), "body": json.RawMessage(`"x"`)}
	if _, err := b.engine.Create(t.Context(), caller, "note", hidden); errs.Code(err) != "missing_reference" {
		t.Errorf("a note on a contact of somebody else: %v", err)
	}
	b.make("task", map[string]string{"title": "Of somebody else", "contact": string(mine.ID)})
	if _, err := b.engine.Delete(t.Context(), caller, "contact", mine.ID); !errs.Is(err, errs.Forbidden) {
		t.Errorf("a deletion that takes a task of somebody else along: %v", err)
	}
	pipeline, _ := b.sales()
	if _, err := b.engine.Delete(t.Context(), caller, "pipeline", pipeline.ID); !errs.Is(err, errs.Forbidden) {
		t.Errorf("a pipeline: %v", err)
	}
	names, err := b.engine.Names(t.Context(), caller, "contact", []audit.RecordID{mine.ID, theirs.ID})
	if err != nil || len(names) != 1 || names[mine.ID] == "" {
		t.Errorf("names: %v, %v", names, err)
	}
	made, err := b.engine.Create(t.Context(), caller, "contact", crm.Input{"first_name": json.RawMessage(`"New"`)})
	if err != nil || made.Fields["owner"].Text() != string(ana.ID) {
		t.Errorf("what one makes is one's own: %v, %v", made, err)
	}
}
