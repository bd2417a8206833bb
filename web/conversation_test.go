package web

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/mail/mailtest"
)

// messageIn is the newest message of a conversation.
func (w *world) messageIn(talk *crm.Record) *crm.Record {
	w.t.Helper()
	of := views(w.ws.Schema)["message"].object
	f, _ := of.Field("conversation")
	found, _, err := w.ws.Engine.Find(w.t.Context(), w.caller(), crm.Query{Object: of, Sort: "created_at", Desc: true, Limit: 1,
		Where: []crm.Condition{{Field: f, Values: []string{string(talk.ID)}}}})
	if err != nil || len(found) == 0 {
		w.t.Fatalf("no message: %v", err)
	}
	return found[0]
}

func TestConversationPages(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana", "last_name", "Silva", "email", "ana@example.org", "phone", "+351 21 123 4567")
	talk := w.create("conversation", "contact", string(ana.ID))
	page := "/conversations/" + string(talk.ID)
	w.create("message", "conversation", string(talk.ID), "direction", "in", "subject", "A <b>question</b>", "body", "Is it ready?", "from", "ana@example.org")

	w.owner.get("/conversations").want(t, 200, "Ana Silva", "A &lt;b&gt;question", "Needs an answer", "No conversation is open").wantNot(t, "<b>question")
	w.owner.get("/conversations?status=closed").want(t, 200, "No conversation fits")
	w.owner.get("/conversations?status=nonsense").want(t, 400)
	w.owner.get(page).want(t, 200, "Is it ready?", "Send email", "Set it in the business profile", "+351 21 123 4567", "History")
	w.owner.post("/conversations/"+string(talk.ID)+"/status", "status", "closed").to(t, page)
	w.owner.get(page).want(t, 200, "Closed", "Reopen")
	w.owner.post(page+"/star", "starred", "true").to(t, page)
	w.owner.get(page).want(t, 200, "★ Starred")

	// A template is filled in, and says what is empty.
	tmpl := w.create("template", "name", "Ready", "subject", "Ready, {{first_name}}", "body", "Dear {{first_name}} of {{city}}")
	w.owner.get(page+"?template="+string(tmpl.ID)).want(t, 200, `value="Ready, Ana"`, "Dear Ana of ", "has nothing for city")

	// Mistakes come back with what was written.
	w.owner.post(page+"/messages", "subject", "My subject", "body", "Dear {{shoe_size}}").want(t, 422, "There is no placeholder {{shoe_size}}", `value="My subject"`, "Dear {{shoe_size}}")
	w.owner.post(page+"/messages", "subject", "S", "body", "").want(t, 422, "Text must be given")
	w.owner.post(page+"/log", "channel", "fax", "body", "x").want(t, 422, "Channel")

	// A draft, and an email that waits.
	a := w.owner.post(page+"/messages", "subject", "Draft", "body", "Later", "as", "draft")
	draft := w.messageIn(talk)
	a.to(t, page+"#m-"+string(draft.ID))
	w.owner.get(page).want(t, 200, "Draft", "Later", ">Send<")
	w.owner.post("/messages/"+string(draft.ID)+"/send").to(t, page+"#m-"+string(draft.ID))
	w.owner.get(page).want(t, 200, "Queued", "on its way to the mail server", "Take back", "every 2s")
	w.owner.htmx(page).want(t, 200, `id="messages"`).wantNot(t, "Send email")
	w.owner.post("/messages/"+string(draft.ID)+"/take-back").to(t, page+"#m-"+string(draft.ID))
	if got := w.record("message", draft.ID).Fields["status"].Text(); got != "draft" {
		t.Errorf("it is %s", got)
	}

	// A failure says why, with the way out of it.
	w.update(draft, "status", "failed", "error", "No mail server is set.")
	w.owner.get(page).want(t, 200, "No mail server is set.", "Send again", "Set the mail server")

	// A call is entered in a conversation of its own.
	w.owner.post(page+"/log", "channel", "call", "direction", "in", "body", "Asked again", "at", "2026-03-02T10:00")
	w.owner.get("/conversations").want(t, 200, "Asked again", "Call")

	// Who may not write sees no composer, and other accounts nothing.
	w.member.get(page).want(t, 200, "Send email")
	w.browser().get(page).want(t, 303)
}

func TestConversationOfAnotherChannel(t *testing.T) {
	w := newWorld(t)
	bo := w.create("contact", "first_name", "Bo")
	talk := w.create("conversation", "contact", string(bo.ID), "channel", "sms")
	page := "/conversations/" + string(talk.ID)
	w.owner.get(page).want(t, 200, "Log an SMS").wantNot(t, "Send email")
	w.owner.post(page+"/messages", "body", "On our way", "direction", "out")
	if f := w.messageIn(talk).Fields; f["status"].Text() != "sent" || f["body"].Text() != "On our way" {
		t.Errorf("%v", f)
	}
	mail := w.create("conversation", "contact", string(bo.ID))
	w.owner.get("/conversations/"+string(mail.ID)).want(t, 200, "the contact has no email")
	w.owner.post("/conversations/"+string(mail.ID)+"/messages", "body", "x").want(t, 422, "has no email address")
}

// The whole way: the page, the background, a mail server, the page.
func TestEmailFromThePage(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	var background sync.WaitGroup
	background.Go(func() { w.ws.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		background.Wait()
	})
	s := &mailtest.Server{}
	to := s.Start(t)
	profile := w.owner.get("/settings/business-profile").location
	form := formFields(t, w.owner.get(profile+"/edit"), profile)
	w.owner.post(profile, with(form, "smtp_host", to.Host, "smtp_port", strconv.Itoa(to.Port), "mail_from", "studio@example.com")...).to(t, profile)
	w.owner.get(profile).want(t, 200, "Send a test email")
	w.owner.post("/settings/business-profile/test-mail").to(t, "/settings/business-profile")
	w.member.post("/settings/business-profile/test-mail").want(t, 403)

	ana := w.create("contact", "first_name", "Ana", "email", "ana@example.org")
	talk := w.create("conversation", "contact", string(ana.ID))
	page := "/conversations/" + string(talk.ID)
	w.owner.post(page+"/messages", "subject", "Hello", "body", "Dear {{first_name}}\r\nbye", "as", "send")
	message := w.messageIn(talk)
	for deadline := time.Now().Add(60 * time.Second); w.record("message", message.ID).Fields["status"].Text() != "sent"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%v", w.record("message", message.ID).Fields)
		}
	}
	w.owner.get(page).want(t, 200, "Sent", "Dear Ana").wantNot(t, "every 2s")
	if mails := s.Mails(); len(mails) != 2 || mails[0].To != "owner@example.com" || mails[1].To != "ana@example.org" || !strings.Contains(string(mails[1].Body), "Dear Ana\r\nbye") {
		t.Errorf("%d mails", len(mails))
	}
	if got := w.events(1); got[0] != audit.Type("message.sent") {
		t.Errorf("the last event is %s", got[0])
	}
}
