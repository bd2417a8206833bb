package web

import (
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// newestOf is the id of the last event of a type.
func (w *world) newestOf(t *testing.T, kind string) string {
	t.Helper()
	page, err := w.ws.Log.Events(t.Context(), w.caller().Account, audit.Query{Limit: 1,
		Filter: audit.Filter{Where: audit.Is{Property: audit.ByType, Values: []string{kind}}}})
	if err != nil || len(page.Events) == 0 {
		t.Fatalf("%s: %v", kind, err)
	}
	e, err := page.Events[0].Event()
	if err != nil {
		t.Fatal(err)
	}
	return string(e.ID)
}

// Every list, the form of a new one, and a record's page are there for who may, and the navigation leads to them.
func TestModulePages(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	cal := w.create("calendar", "name", "Showroom")
	talk := w.create("conversation", "contact", string(ana.ID), "channel", "sms")
	for _, rec := range []*crm.Record{
		cal, talk,
		w.create("appointment", "title", "Visit", "calendar", string(cal.ID), "start", "2026-03-02T10:00:00Z", "end", "2026-03-02T11:00:00Z"),
		w.create("message", "conversation", string(talk.ID), "body", "Hello", "to", "+44 20 7946 0001"),
		w.create("template", "name", "Thanks", "body", "Dear"),
		w.create("workflow", "name", "Welcome", "trigger", "contact.created", "steps", `[{"action":"wait","settings":"{\"amount\":1,\"unit\":\"days\"}"}]`),
		w.create("phone_number", "number", "+44 20 7946 0001"),
		w.create("integration", "provider", "Stripe", "api_key", "hush"),
	} {
		view := views(w.ws.Schema)[rec.Object]
		w.owner.get(view.listPath()).want(t, 200, rec.Name, `aria-current="page"`)
		w.owner.get(view.address(rec.ID)).want(t, 200, rec.Name, "History").wantNot(t, "hush")
		w.owner.get(view.path+"/new").want(t, 200, "New "+view.object.Word().One)
		w.owner.get(view.address(rec.ID)+"/edit").want(t, 200, "Save").wantNot(t, "hush")
	}
	w.member.get("/settings/integrations/new").want(t, 403)
	w.owner.get("/contacts").want(t, 200, "Calendars", "Conversations", "Payments", "Automation", "Business profile", "Phone numbers", "Integrations")
	w.owner.get("/contacts/"+string(ana.ID)).want(t, 200, "SMS with Ana", "New invoice", "New appointment")
}

// The account's one profile: the entry of the navigation leads to it, whether it is there or not yet.
func TestBusinessProfilePage(t *testing.T) {
	w := newWorld(t)
	found, _, err := w.ws.Engine.Find(t.Context(), w.caller(), crm.Query{Object: views(w.ws.Schema)["business_profile"].object, Sort: "name", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	const path = "/settings/business-profile"
	if len(found) == 0 {
		w.owner.get(path).want(t, 200, "New business profile")
		w.owner.post(path, "name", "Acme", "timezone", "UTC")
	}
	a := w.owner.get(path)
	w.owner.get(a.location).want(t, 200, "Business profile", "Edit").wantNot(t, ">Delete<")
	form := formFields(t, w.owner.get(a.location+"/edit"), a.location)
	w.owner.post(a.location, with(form, "smtp_password", "hush", "currency", "eur")...).to(t, a.location)
	w.owner.get(a.location).want(t, 200, "Set", "EUR").wantNot(t, "hush")
	w.owner.post(path, "name", "Other", "timezone", "UTC").want(t, 422, "The account has its business profile already")

	// The stored password goes to no other server, by no form.
	form = formFields(t, w.owner.get(a.location+"/edit").want(t, 200, "Enter it again when the host, the port or the user changes."), a.location)
	w.owner.post(a.location, with(form, "smtp_host", "mail.example.com", "smtp_user", "studio", "smtp_password", "hush")...).to(t, a.location)
	form = formFields(t, w.owner.get(a.location+"/edit"), a.location)
	w.owner.post(a.location, with(form, "smtp_host", "mail.evil.example")...).
		want(t, 422, "SMTP password must be entered again when SMTP host, SMTP port or SMTP user changes").wantNot(t, "hush")
}

// An appointment in the hour that the clocks leave out is refused by name.
func TestHourThatDoesNotExist(t *testing.T) {
	w := newWorld(t)
	cal := w.create("calendar", "name", "Showroom")
	w.owner.post("/appointments", "title", "T", "calendar", string(cal.ID), "start", "2026-03-29T01:30", "end", "2026-03-29T03:00").
		want(t, 422, "Start: 01:30 does not exist on 29 March 2026 in Europe/Lisbon", "The next time that exists is 02:00.")
	w.owner.post("/appointments", "title", "T", "calendar", string(cal.ID), "start", "2026-03-29T00:30", "end", "2026-03-29T02:30")
	found, _, err := w.ws.Engine.Find(t.Context(), w.caller(), crm.Query{Object: views(w.ws.Schema)["appointment"].object, Sort: "name", Limit: 1})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	rec := found[0]
	if start, end := rec.Fields["start"].Text(), rec.Fields["end"].Text(); start != "2026-03-29T00:30:00.000000Z" || end != "2026-03-29T01:30:00.000000Z" {
		t.Errorf("it lasts from %s to %s", start, end)
	}
}
