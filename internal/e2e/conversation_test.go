package e2e

import (
	"strconv"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/mail/mailtest"
)

// sendsBy has the account's mail go to a mail server of the test.
func (w *world) sendsBy(s *mailtest.Server) {
	w.t.Helper()
	o, err := w.Schema.Object("business_profile")
	if err != nil {
		w.t.Fatal(err)
	}
	to := s.Start(w.t)
	in := crm.Texts(o, map[string]string{"smtp_host": to.Host, "smtp_port": strconv.Itoa(to.Port), "smtp_user": "", "mail_from": "studio@harbourpine.test"})
	if _, err := w.Engine.Update(w.t.Context(), w.caller(owner), o.Key, audit.RecordID(w.newest(o.Key)), in, 0); err != nil {
		w.t.Fatal(err)
	}
}

// mailsTo are the texts that the server took for somebody.
func mailsTo(s *mailtest.Server, address string) []string {
	var bodies []string
	for _, m := range s.Mails() {
		if m.To == address {
			bodies = append(bodies, string(m.Body))
		}
	}
	return bodies
}

// An email is written from a template in the inbox and leaves; one that is refused says why, and is sent again.
func TestConversation(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		s := &mailtest.Server{}
		w.sendsBy(s)
		const address = "ida@quill.test"
		ida := w.create("contact", map[string]string{"first_name": "Ida", "last_name": "Quill", "email": address})
		w.create("conversation", map[string]string{"contact": string(ida.ID)})
		w.create("template", map[string]string{"name": "Survey", "subject": "A visit, {{first_name}}?", "body": "Dear {{name}},\n\nshall we measure on Monday?\n\n{{sender.name}}"})

		b := w.tabOf(owner, width)
		b.open("/conversations")
		inbox := b.at("region", "List of conversations")
		inbox.at("link", "~Ida Quill").follow()
		b.at("heading", "Email with Ida Quill").see()
		b.at("combobox", "Template").chooseAndFollow("Survey")
		const value = `function() { return this.value; }`
		if subject := read[string](b.at("textbox", "Subject"), value); subject != "A visit, Ida?" {
			t.Errorf("the subject is %q", subject)
		}
		text := read[string](b.at("textbox", "~Text"), value)
		if want := "Dear Ida Quill,\n\nshall we measure on Monday?\n\nEleanor Hart"; text != want {
			t.Errorf("the text is %q, want %q", text, want)
		}
		b.at("button", "Send email").follow()

		// It is sent while one looks at it.
		first := b.css(".bubble:last-child")
		first.says("A visit, Ida?")
		first.says("shall we measure on Monday?")
		first.css(".badge").says("Sent")
		if mails := mailsTo(s, address); len(mails) != 1 || !strings.Contains(mails[0], "Subject: A visit, Ida?") || !strings.Contains(mails[0], "shall we measure on Monday?") {
			t.Errorf("the mail server took %.400q", mails)
		}

		s.Change(func(s *mailtest.Server) { s.RefuseTo = mailtest.Answer(550, "no such mailbox here") })
		b.at("textbox", "Subject").fill("Monday")
		b.at("textbox", "~Text").fill("I will come at nine.")
		b.at("button", "Send email").follow()
		second := b.css(".bubble:last-child")
		second.says("I will come at nine.")
		second.css(".badge").says("Failed")
		second.says("The mail server refused it (550): no such mailbox here")
		b.look("conversation-failed", width)
		b.scheme("light")
		b.open("/conversations")
		inbox.at("link", "~Ida Quill").says("Failed")
		b.look("conversations-failed", width)
		b.scheme("light")

		s.Change(func(s *mailtest.Server) { s.RefuseTo = nil })
		inbox.at("link", "~Ida Quill").follow()
		second.at("button", "Send again").follow()
		second.css(".badge").says("Sent")
		if second.css(".field-error").there() {
			t.Error("a message that was sent still says why it had failed")
		}
		if mails := mailsTo(s, address); len(mails) != 2 || !strings.Contains(mails[1], "I will come at nine.") {
			t.Errorf("the mail server took %.400q", mails)
		}
	})
}
