package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/client"
	"github.com/backtrail/backtrail/mail/mailtest"
	"github.com/backtrail/backtrail/workspace"
)

// lifetime is the life of an account by calls alone.
type lifetime struct {
	*house
	contact, pipeline, stage, calendar, conversation, invoice client.Record // that the others belong to
	owners                                                    *client.Client
}

// Every row of the catalog is written by calls to the API. Each entry says who did it, from where, and in words.
func TestEveryRowByAPI(t *testing.T) {
	d := &lifetime{house: newHouseWith(t, workspace.Options{AllowPrivateWebhooks: true})}
	d.owners = d.loggedIn("owner@acme.test")
	d.contact = d.create("contact", client.Fields{"first_name": "Bo", "email": "bo@example.com"})
	d.pipeline = d.create("pipeline", client.Fields{"name": "Sales"})
	d.stage = d.create("stage", client.Fields{"pipeline": d.pipeline.ID, "name": "New", "position": 1})
	d.calendar = d.create("calendar", client.Fields{"name": "Showroom"})
	d.conversation = d.create("conversation", client.Fields{"contact": d.contact.ID, "channel": "email"})
	d.invoice = d.create("invoice", client.Fields{"contact": d.contact.ID, "currency": "EUR", "status": "sent", "items": lines("1000")})

	for _, l := range d.lives() {
		d.live(l)
	}
	d.contacts()
	d.opportunities()
	d.calendars()
	d.communications()
	d.settings()
	d.definitions()
	d.automation()
	d.payments()
	d.people()
	d.acting()
	d.log()

	d.checkEveryRow()
}

// checkEveryRow reads the whole log and holds it against the catalog.
func (d *lifetime) checkEveryRow() {
	d.t.Helper()
	seen := map[string]int{}
	for e, err := range d.owner.Events(d.t.Context(), client.Filter{}) {
		must(d.t, err)
		seen[e.Type]++
		if e.Description == "" || e.Actor.Name == "" || e.Operation == "" {
			d.t.Errorf("%s says %q, by %q, in operation %q", e.Type, e.Description, e.Actor.Name, e.Operation)
		}
		by := e.Actor.Type
		if strings.Contains(e.Description, d.contact.ID) || strings.Contains(e.Description, d.pipeline.ID) {
			d.t.Errorf("%s speaks in ids: %q", e.Type, e.Description)
		}
		if e.Channel != "api" {
			if by == "user" && e.Channel != "import" {
				d.t.Errorf("%s by %s came by %s", e.Type, e.Actor.Name, e.Channel)
			}
			continue
		}
		if e.Context.IP != "127.0.0.1" || e.Context.UserAgent == "" || e.Context.Request == "" {
			d.t.Errorf("%s %q comes from nowhere: %+v", e.Type, e.Description, e.Context)
		}
		if by == "user" && e.Context.Session == "" && !slices.Contains(beforeSession, e.Type) {
			d.t.Errorf("%s by %s has no session", e.Type, e.Actor.Name)
		}
	}
	for _, row := range d.w.Catalog.Types() {
		if seen[string(row.Type)] == 0 {
			d.t.Errorf("%s was never written", row.Type)
		}
	}
}

// beforeSession are what somebody may do who has no session: a new password by a link ends those there were.
var beforeSession = []string{"session.login", "session.login_failed", "staff.joined", "password.reset_requested", "password.reset", "session.revoked"}

// span is the life of a record of one object: made, changed, deleted and restored, alone and together with others.
type span struct {
	object string
	fields func(n int) client.Fields // of the nth, where names must differ
	edit   client.Fields
}

func lines(price string) []map[string]any {
	return []map[string]any{{"name": "Oak", "quantity": "1", "price": price}}
}

func (d *lifetime) lives() []span {
	named := func(field, name string, more client.Fields) func(int) client.Fields {
		return func(n int) client.Fields {
			f := client.Fields{field: fmt.Sprint(name, " ", n)}
			for k, v := range more {
				f[k] = v
			}
			return f
		}
	}
	return []span{
		{"contact", named("first_name", "Cy", nil), client.Fields{"city": "Porto"}},
		{"company", named("name", "Acme", nil), client.Fields{"city": "Porto"}},
		{"note", named("body", "Called", client.Fields{"contact": d.contact.ID}), client.Fields{"body": "Likes tea"}},
		{"task", named("title", "Call", client.Fields{"contact": d.contact.ID}), client.Fields{"body": "Soon"}},
		{"pipeline", named("name", "Spare", nil), client.Fields{"description": "For later"}},
		{"stage", named("name", "Late", client.Fields{"pipeline": d.pipeline.ID, "position": 9}), client.Fields{"probability": 10}},
		{"opportunity", named("name", "Deal", client.Fields{"pipeline": d.pipeline.ID, "stage": d.stage.ID}), client.Fields{"source": "Web"}},
		{"calendar", named("name", "Room", nil), client.Fields{"colour": "teal"}},
		{"appointment", named("title", "Visit", client.Fields{"calendar": d.calendar.ID, "contact": d.contact.ID, "start": "2026-03-02T10:00:00Z", "end": "2026-03-02T11:00:00Z"}), client.Fields{"location": "Here"}},
		{"conversation", func(int) client.Fields { return client.Fields{"contact": d.contact.ID, "channel": "note"} }, client.Fields{"channel": "sms"}},
		{"message", named("subject", "Draft", client.Fields{"conversation": d.conversation.ID, "body": "B"}), client.Fields{"body": "C"}},
		{"template", named("name", "Thanks", client.Fields{"body": "Dear …"}), client.Fields{"subject": "Thank you"}},
		{"workflow", named("name", "Idle", client.Fields{"trigger": "contact.created"}), client.Fields{"folder": "Leads"}},
		{"invoice", func(int) client.Fields { return client.Fields{"contact": d.contact.ID, "currency": "EUR"} }, client.Fields{"items": lines("1")}},
		{"payment", func(int) client.Fields {
			return client.Fields{"invoice": d.invoice.ID, "amount": "1", "method": "card", "status": "pending"}
		}, client.Fields{"reference": "R1"}},
		{"phone_number", func(n int) client.Fields { return client.Fields{"number": fmt.Sprintf("+44 20 7946 %04d", n)} }, client.Fields{"label": "Desk"}},
		{"integration", named("provider", "Stripe", nil), client.Fields{"scopes": []string{"refunds"}}},
		{"staff", func(n int) client.Fields {
			return client.Fields{"name": fmt.Sprint("Sam ", n), "email": fmt.Sprintf("sam%d@acme.test", n), "role": "member", "status": "invited"}
		}, client.Fields{"phone": "+351 21 123 4567"}},
	}
}

// live leads three records through a life.
func (d *lifetime) live(l span) {
	d.t.Helper()
	ctx := d.t.Context()
	var ids []string
	for n := range 3 {
		ids = append(ids, d.create(l.object, l.fields(n)).ID)
	}
	_, err := d.owner.Update(ctx, l.object, ids[0], l.edit, 0)
	must(d.t, err)
	gone, err := d.owner.Delete(ctx, l.object, ids[0])
	must(d.t, err)
	_, err = d.owner.RestoreOperation(ctx, gone.Operation, client.RestoreRequest{})
	must(d.t, err)
	together := client.Selection{IDs: ids[1:]}
	for _, act := range []client.Bulk{{Select: together, Set: l.edit}, {Select: together, Delete: true}} {
		if _, err := d.owner.Bulk(ctx, l.object, act); err != nil {
			d.t.Errorf("%s together: %v", l.object, err)
		}
	}
}

// edits changes a record, one call after the other.
func (d *lifetime) edits(object, id string, each ...client.Fields) {
	d.t.Helper()
	for _, fields := range each {
		_, err := d.owner.Update(d.t.Context(), object, id, fields, 0)
		must(d.t, err)
	}
}

// colleague is staff whom records can be given to.
func (d *lifetime) colleague() string {
	d.t.Helper()
	page, err := d.owner.RecordPage(d.t.Context(), "staff", client.Query{}, client.Paging{Limit: 1})
	must(d.t, err)
	return page.Items[0].ID
}

func (d *lifetime) contacts() {
	company := d.create("company", client.Fields{"name": "Elm & Sons"})
	d.edits("contact", d.contact.ID,
		client.Fields{"tags": []string{"vip"}}, client.Fields{"tags": []string{}}, client.Fields{"owner": d.colleague()},
		client.Fields{"type": "customer"}, client.Fields{"dnd": true}, client.Fields{"dnd": false}, client.Fields{"company": company.ID})
	double := d.create("contact", client.Fields{"first_name": "Beau"})
	_, err := d.owner.Merge(d.t.Context(), "contact", d.contact.ID, client.MergeRequest{Loser: double.ID})
	must(d.t, err)
	task := d.create("task", client.Fields{"title": "Call"})
	d.edits("task", task.ID, client.Fields{"completed": true}, client.Fields{"completed": false})
	_, err = d.owner.Import(d.t.Context(), "contact", client.Import{FileName: "a.csv", File: strings.NewReader("First name\r\nIda\r\n")})
	must(d.t, err)
}

func (d *lifetime) opportunities() {
	won := d.create("stage", client.Fields{"pipeline": d.pipeline.ID, "name": "Won", "position": 2})
	other := d.create("pipeline", client.Fields{"name": "Partners"})
	first := d.create("stage", client.Fields{"pipeline": other.ID, "name": "First", "position": 1})
	d.edits("pipeline", other.ID, client.Fields{"name": "Resellers"})
	d.edits("stage", first.ID, client.Fields{"name": "Contacted"}, client.Fields{"position": 3})
	deal := d.create("opportunity", client.Fields{"name": "Renewal", "pipeline": d.pipeline.ID, "stage": d.stage.ID})
	d.edits("opportunity", deal.ID, client.Fields{"stage": won.ID}, client.Fields{"status": "won"}, client.Fields{"value": "1200"},
		client.Fields{"owner": d.colleague()}, client.Fields{"pipeline": other.ID, "stage": first.ID})
}

func (d *lifetime) calendars() {
	d.edits("calendar", d.calendar.ID, client.Fields{"active": false}, client.Fields{"active": true})
	visit := d.create("appointment", client.Fields{"title": "Tour", "calendar": d.calendar.ID, "contact": d.contact.ID, "start": "2026-03-02T12:00:00Z", "end": "2026-03-02T13:00:00Z"})
	d.edits("appointment", visit.ID, client.Fields{"end": "2026-03-02T14:00:00Z"}, client.Fields{"status": "no_show"},
		client.Fields{"status": "cancelled"}, client.Fields{"assignee": d.colleague()})
}

func (d *lifetime) communications() {
	ctx := d.t.Context()
	d.edits("conversation", d.conversation.ID, client.Fields{"assignee": d.colleague()}, client.Fields{"status": "closed"},
		client.Fields{"status": "open"}, client.Fields{"starred": true})
	_, err := d.owner.ReceiveMessage(ctx, client.IncomingMessage{From: "bo@example.com", Subject: "Hello", Text: "Is it still there?"})
	must(d.t, err)
	lost, err := d.owner.SendMessage(ctx, client.OutgoingMessage{Contact: d.contact.ID, Subject: "Lost", Body: "No server yet."})
	must(d.t, err)
	d.becomes(lost.ID, "failed")
	s := &mailtest.Server{}
	to := s.Start(d.t)
	d.edits("business_profile", d.profile(), client.Fields{"smtp_host": to.Host, "smtp_port": to.Port, "mail_from": "studio@example.com"})
	must(d.t, d.owner.SendTestMail(ctx, "olga@example.com"))
	_, err = d.owner.SendMessageAgain(ctx, lost.ID)
	must(d.t, err)
	d.becomes(lost.ID, "sent")
}

// profile is the id of the account's business profile.
func (d *lifetime) profile() string {
	d.t.Helper()
	page, err := d.owner.RecordPage(d.t.Context(), "business_profile", client.Query{}, client.Paging{})
	must(d.t, err)
	return page.Items[0].ID
}

func (d *lifetime) settings() {
	ctx := d.t.Context()
	shop := d.create("integration", client.Fields{"provider": "Mailchimp"})
	d.edits("integration", shop.ID, client.Fields{"api_key": "two"}, client.Fields{"status": "disconnected"}, client.Fields{"status": "connected"})
	var key struct{ ID string }
	d.call(d.owner, "POST", "/keys", `{"name": "Website form", "role": "member"}`, nil, 201, &key)
	d.call(d.owner, "DELETE", "/keys/"+key.ID, "", nil, 204, nil)
	d.call(d.owner, "PATCH", "/roles", `{"member": ["records.read"]}`, nil, 200, nil)
	window := 30
	_, err := d.owner.UpdateAccount(ctx, client.AccountUpdate{RestoreWindowDays: &window})
	must(d.t, err)
}

func (d *lifetime) definitions() {
	ctx := d.t.Context()
	_, err := d.owner.CreateObject(ctx, client.ObjectInput{Label: "Property", LabelPlural: "Properties", Fields: []client.FieldInput{{Label: "Address"}}})
	must(d.t, err)
	for _, in := range []client.ObjectInput{{Label: "House", LabelPlural: "Houses"}, {Fields: []client.FieldInput{{Label: "Price", Type: "money"}}},
		{Fields: []client.FieldInput{{Key: "price", Label: "Asking price"}}}, {RemoveFields: []string{"price"}}} {
		_, err := d.owner.UpdateObject(ctx, "property", in)
		must(d.t, err)
	}
	_, err = d.owner.Restore(ctx, d.last("field.removed").ID, client.RestoreRequest{})
	must(d.t, err)
	gone, err := d.owner.DeleteObject(ctx, "property")
	must(d.t, err)
	_, err = d.owner.RestoreOperation(ctx, gone.Operation, client.RestoreRequest{})
	must(d.t, err)
}

// automation has a workflow whose webhook is taken, and one whose webhook is not.
func (d *lifetime) automation() {
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			http.Error(w, "There is nobody here.", http.StatusGone)
		}
	}))
	d.t.Cleanup(outside.Close)
	steps := func(path string) []any {
		return []any{map[string]any{"action": "call_webhook", "settings": fmt.Sprintf(`{"url":%q}`, outside.URL+path)}}
	}
	flow := d.create("workflow", client.Fields{"name": "Tell", "trigger": "company.created"})
	d.edits("workflow", flow.ID, client.Fields{"name": "Tell them"}, client.Fields{"steps": steps("/hook")}, client.Fields{"enabled": true})
	d.create("company", client.Fields{"name": "Birch"})
	d.waitFor("workflow.webhook_called")
	d.edits("workflow", flow.ID, client.Fields{"steps": steps("/gone")})
	d.create("company", client.Fields{"name": "Beech"})
	d.waitFor("workflow.failed")
	d.edits("workflow", flow.ID, client.Fields{"enabled": false})
}

// waitFor waits until there is an event of a type, which the server writes on its own.
func (d *lifetime) waitFor(eventType string) client.Event {
	d.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		page, err := d.owner.EventPage(d.t.Context(), client.Filter{Type: []string{eventType}}, client.Paging{Limit: 1})
		must(d.t, err)
		if len(page.Items) > 0 {
			return page.Items[0]
		}
	}
	d.t.Fatalf("there is no event %s", eventType)
	return client.Event{}
}

// alerts has one that fires, and one whose webhook is gone.
func (d *lifetime) alerts(taken string) {
	ctx := d.t.Context()
	gone := httptest.NewServer(http.NotFoundHandler())
	d.t.Cleanup(gone.Close)
	alert, err := d.owner.CreateAlert(ctx, client.NewAlert{Name: "Tasks", Query: "type=task.created", Webhook: taken})
	must(d.t, err)
	_, err = d.owner.UpdateAlert(ctx, alert.ID, client.AlertUpdate{Webhook: &gone.URL})
	must(d.t, err)
	_, err = d.owner.TestAlert(ctx, alert.ID)
	must(d.t, err)
	d.create("task", client.Fields{"title": "Watched"})
	d.waitFor("audit.alert_fired")
	d.waitFor("audit.alert_failed")
	must(d.t, d.owner.DeleteAlert(ctx, alert.ID))
}

func (d *lifetime) payments() {
	void := d.create("invoice", client.Fields{"contact": d.contact.ID, "currency": "EUR", "items": lines("5")})
	d.edits("invoice", void.ID, client.Fields{"status": "sent"}, client.Fields{"status": "void"})
	pending := d.create("payment", client.Fields{"invoice": d.invoice.ID, "amount": "1", "method": "card", "status": "pending"})
	d.edits("payment", pending.ID, client.Fields{"status": "failed"})
	paid := d.create("payment", client.Fields{"invoice": d.invoice.ID, "amount": "900", "method": "bank"})
	d.edits("payment", paid.ID, client.Fields{"status": "refunded"})
}

func (d *lifetime) people() {
	ctx := d.t.Context()
	stranger := d.client("")
	nadia := d.create("staff", client.Fields{"name": "Nadia", "email": "nadia@acme.test", "role": "member", "status": "invited"})
	link, err := d.owner.Invite(ctx, nadia.ID)
	must(d.t, err)
	must(d.t, stranger.AcceptInvitation(ctx, token(d.t, link.Link), password))
	_, err = stranger.Login(ctx, "nadia@acme.test", "wrong "+password)
	wantCode(d.t, err, 401, "invalid_credentials")
	c := d.loggedIn("nadia@acme.test")
	must(d.t, c.ChangePassword(ctx, password, "another "+password))
	link, err = d.owner.PasswordLink(ctx, nadia.ID)
	must(d.t, err)
	must(d.t, stranger.ResetPassword(ctx, token(d.t, link.Link), password))
	c = d.loggedIn("nadia@acme.test")
	_, err = c.Create(ctx, "contact", client.Fields{"first_name": "Not allowed"})
	wantCode(d.t, err, 403, "forbidden") // since the role was changed
	d.secondFactor(c)
	must(d.t, c.Logout(ctx))
	d.edits("staff", nadia.ID, client.Fields{"role": "admin"}, client.Fields{"permissions": []string{"audit.manage"}},
		client.Fields{"status": "deactivated"}, client.Fields{"status": "active"})
	asleep := d.loggedIn("nadia@acme.test")
	d.clock.advance(13 * time.Hour)
	_, err = asleep.Session(ctx)
	wantStatus(d.t, err, 401)
	d.owners = d.loggedIn("owner@acme.test")
	d.loggedIn("nadia@acme.test")
	list, err := d.owner.StaffSessions(ctx, nadia.ID)
	must(d.t, err)
	must(d.t, d.owner.EndStaffSession(ctx, nadia.ID, list[0].ID))
}

func (d *lifetime) secondFactor(c *client.Client) {
	ctx := d.t.Context()
	setup, err := c.SetUpTwoFactor(ctx, password)
	must(d.t, err)
	code, err := totp.GenerateCode(setup.Secret, d.clock.now())
	must(d.t, err)
	_, err = c.EnableTwoFactor(ctx, code)
	must(d.t, err)
	d.call(c, "POST", "/session/two-factor/recovery-codes", fmt.Sprintf(`{"password": %q}`, password), nil, 200, nil)
	must(d.t, c.DisableTwoFactor(ctx, password))
}

func (d *lifetime) acting() {
	page, err := d.owner.RecordPage(d.t.Context(), "staff", client.Query{Words: "Nadia"}, client.Paging{})
	must(d.t, err)
	must(d.t, d.owners.ActAs(d.t.Context(), page.Items[0].ID))
	must(d.t, d.owners.StopActing(d.t.Context()))
}

// log reads the log, exports it, checks it and takes back what it says.
func (d *lifetime) log() {
	ctx := d.t.Context()
	change := d.last("contact.company_changed")
	_, err := d.owner.Undo(ctx, change.ID, client.RestoreRequest{})
	must(d.t, err)
	asked, err := d.owner.CreateExport(ctx, client.ExportRequest{Format: "csv"})
	must(d.t, err)
	d.exported(asked.ID)
	d.download(asked.ID, "")
	d.failed(asked.ID)
	_, err = d.owner.RetryExport(ctx, asked.ID)
	must(d.t, err)
	d.exported(asked.ID)
	v, err := d.owner.Verify(ctx, "")
	must(d.t, err)
	d.verified(v.ID)
	taken := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	d.t.Cleanup(taken.Close)
	name := "Everything that went"
	view, err := d.owner.CreateView(ctx, client.NewView{Name: "Deletions", Query: "action=deleted"})
	must(d.t, err)
	_, err = d.owner.UpdateView(ctx, view.ID, client.ViewUpdate{Name: &name})
	must(d.t, err)
	must(d.t, d.owner.DeleteView(ctx, view.ID))
	d.alerts(taken.URL)
	_, err = d.owner.SetLedgerTargets(ctx, client.TargetsUpdate{Webhook: taken.URL})
	must(d.t, err)
	_, err = d.owner.SendCheckpoint(ctx)
	must(d.t, err)
	d.waitFor("audit.checkpoint_exported")
	if e := d.last("audit.viewed"); e.Outcome != string(audit.Success) {
		d.t.Errorf("reading is logged as %+v", e)
	}
}
