package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/workspace"
)

// isComposed tells which fields the composer has.
func isComposed(key string) bool {
	return slices.Contains([]string{"subject", "body", "channel", "at"}, key)
}

// messageWrite sends what stands in the composer, keeps it as a draft, or enters what was said in the conversation's channel.
func (s *site) messageWrite(v *visit, form url.Values, rec *crm.Record) error {
	return s.write(v, form, rec, mail.Outgoing{Conversation: rec.ID, Draft: form.Get("as") == "draft"}, false)
}

// messageLog enters a call, an SMS or a note with the contact of a conversation.
func (s *site) messageLog(v *visit, form url.Values, rec *crm.Record) error {
	return s.write(v, form, rec, mail.Outgoing{Contact: audit.RecordID(rec.Fields["contact"].Text()), Channel: form.Get("channel")}, true)
}

func (s *site) write(v *visit, form url.Values, rec *crm.Record, o mail.Outgoing, log bool) error {
	o.Subject, o.Body = form.Get("subject"), strings.ReplaceAll(form.Get("body"), "\r\n", "\n")
	o.Incoming = form.Get("direction") == "in"
	made, err := s.writeAt(v, form, o)
	if err != nil {
		if !shownOnForm(err) {
			return err
		}
		c := &composer{Errors: summarize(err, isComposed), Log: log, Subject: o.Subject, Body: o.Body}
		return s.showConversation(v, rec, c, statusOfForm(err))
	}
	words := map[string]string{"queued": "The email is on its way.", "draft": "The draft is kept.", "sent": "It is entered.", "received": "It is entered."}
	return v.redirect(threadOf(made), Success(words[made.Fields["status"].Text()]))
}

// writeAt reads when something was said, which the form has in the account's zone.
func (s *site) writeAt(v *visit, form url.Values, o mail.Outgoing) (*crm.Record, error) {
	if text := form.Get("at"); text != "" {
		f := &crm.Field{Key: "at", Label: "When", Type: crm.DateTime}
		raw, mistake := inputOf(f, text, workspace.Zone(v.id.Account))
		if mistake != nil {
			return nil, errs.InvalidFields([]errs.Field{*mistake})
		}
		value, err := f.Value(raw)
		if err != nil {
			return nil, err
		}
		if o.At, err = time.Parse(crm.TimeLayout, value.Text()); err != nil {
			return nil, err
		}
	}
	return s.ws.Mail.Write(v.Context(), v.caller(), o)
}

// threadOf is the end of the conversation of a message.
func threadOf(message *crm.Record) string {
	return recordAddress("conversation", audit.RecordID(message.Fields["conversation"].Text())) + "#m-" + string(message.ID)
}

// messageSend gives a draft or a failed message to be sent.
func (s *site) messageSend(v *visit, _ url.Values, rec *crm.Record) error {
	sent, err := s.ws.Mail.SendAgain(v.Context(), v.caller(), rec.ID)
	if err != nil {
		return s.notSent(v, rec, err)
	}
	return v.redirect(threadOf(sent), Success("The email is on its way."))
}

// messageTakeBack makes a message a draft again that waits to be sent.
func (s *site) messageTakeBack(v *visit, _ url.Values, rec *crm.Record) error {
	if rec.Fields["status"].Text() != "queued" {
		return v.redirect(threadOf(rec), Warning("The message does not wait any more."))
	}
	in := crm.Texts(v.views()["message"].object, map[string]string{"status": "draft"})
	if _, err := s.ws.Engine.Update(v.Context(), v.caller(), "message", rec.ID, in, 0); err != nil {
		return s.notSent(v, rec, err)
	}
	return v.redirect(threadOf(rec), Success("The message was taken back. It is a draft again."))
}

// notSent leads back to the thread with what is wrong.
func (s *site) notSent(v *visit, rec *crm.Record, err error) error {
	if !shownOnForm(err) {
		return err
	}
	e := errs.Of(err)
	text := e.Detail
	for _, f := range e.Fields {
		text = f.Detail
	}
	return v.redirect(threadOf(rec), Failure(strings.TrimSpace(text+" "+e.Fix)))
}

// conversationStar gives a conversation a star, or takes it off.
func (s *site) conversationStar(v *visit, form url.Values, rec *crm.Record) error {
	in := crm.Texts(v.views()["conversation"].object, map[string]string{"starred": form.Get("starred")})
	if _, err := s.ws.Engine.Update(v.Context(), v.caller(), "conversation", rec.ID, in, 0); err != nil {
		return err
	}
	return v.redirect(v.views()["conversation"].address(rec.ID), nil)
}

// fillMailTest offers a test of the mail server on the business profile.
func (s *site) fillMailTest(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if view.object.Key != "business_profile" || !v.may(audit.SettingsManage) {
		return nil
	}
	page.Statuses = append(page.Statuses, statusAction{"Send a test email", "test", view.path + "/test-mail",
		"It goes to " + v.id.Member.Email + " by the mail server that is set here. It may take half a minute."})
	return nil
}

// mailTest sends a test email to whoever asks.
func (s *site) mailTest(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	to := recordPaths["business_profile"]
	err := s.ws.Mail.SendTest(v.Context(), v.caller(), v.id.Member.Email)
	switch e := errs.Of(err); {
	case err == nil:
		return v.redirect(to, Success("The mail server took the test email to "+v.id.Member.Email+". Look whether it arrived."))
	case e.Kind == errs.NotPossible || e.Kind == errs.Unavailable || e.Kind == errs.TooLarge:
		return v.redirect(to, Failure(strings.TrimSpace("The test email could not be sent. "+e.Detail+" "+e.Fix)))
	}
	return err
}
