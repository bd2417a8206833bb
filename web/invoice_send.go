package web

import (
	"net/url"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/mail"
)

// invoiceSendPage asks how an invoice goes to who shall pay it.
type invoiceSendPage struct {
	Base
	Name    string
	Here    string
	Version int64
	Sheet   invoiceSheet
	Email   string // where the letter goes, "" when the contact has no address
	Contact string // the contact's form, "" for who may not write it
	Mails   bool   // the account has a mail server
	Profile string // where the mail server is set, "" for who may not
	Subject formField
	Text    formField
	Problem *formErrors
}

func (s *site) invoiceSendAsk(v *visit) error {
	rec, err := s.recordToWrite(v, v.views()["invoice"])
	if err != nil {
		return err
	}
	return s.askToSend(v, rec, nil, nil)
}

// askToSend shows the letter: as it was sent, or as it is proposed when sent is nil.
func (s *site) askToSend(v *visit, rec *crm.Record, sent url.Values, problem error) error {
	page := &invoiceSendPage{Base: s.base(v, "Send "+rec.Name, "payments"), Name: rec.Name, Here: v.views()["invoice"].address(rec.ID), Version: rec.Version,
		Problem: summarize(problem, func(key string) bool { return key == "subject" || key == "body" })}
	var err error
	if page.Sheet, err = s.sheetOf(v, page.Base, rec); err != nil {
		return err
	}
	if page.Mails, err = s.ws.Mail.Configured(v.Context(), v.caller().Account); err != nil {
		return err
	}
	if v.may(audit.SettingsManage) {
		page.Profile = v.views()["business_profile"].path
	}
	contact, err := s.ws.Engine.Record(v.Context(), v.caller(), "contact", audit.RecordID(rec.Fields["contact"].Text()))
	switch {
	case errs.Is(err, errs.NotFound): // the visitor does not see it
	case err != nil:
		return err
	default:
		page.Email, page.Contact = contact.Fields["email"].Text(), v.views()["contact"].address(contact.ID)+"/edit"
	}
	subject, text := "Invoice "+page.Sheet.Number+" from "+page.Sheet.From.Name, page.Sheet.letter()
	if sent != nil {
		subject, text = sent.Get("subject"), sent.Get("body")
	}
	page.Subject = formField{Key: "subject", Label: "Subject", Kind: "input", Type: "text", Value: subject, Required: true, Error: mistakeAt(problem, "subject")}
	page.Text = formField{Key: "body", Label: "Text", Kind: "textarea", Value: text, Required: true, Wide: true, Error: mistakeAt(problem, "body")}
	return v.render(statusOfForm(problem), "invoice_send", page)
}

// invoiceSend makes a draft an invoice that is owed, and writes the letter with it if asked for one.
func (s *site) invoiceSend(v *visit, form url.Values, rec *crm.Record) error {
	c := invoiceChange{texts: map[string]string{"status": "sent"}, done: audit.Quote(rec.Name) + " is sent: it is owed from now on."}
	if rec.Fields["issued"] == audit.None {
		c.texts["issued"] = s.today(v)
	}
	var letter url.Values
	switch form.Get("as") {
	case "email":
		letter = form
		c.done = audit.Quote(rec.Name) + " is on its way by email, and owed from now on. The conversation says whether it was sent."
		c.along = func(op *crm.Operation) error {
			_, err := s.ws.Mail.WriteIn(v.Context(), op, mail.Outgoing{Contact: audit.RecordID(rec.Fields["contact"].Text()), Channel: "email",
				Subject: form.Get("subject"), Body: form.Get("body")})
			return err
		}
	case "", "mark":
	default:
		return errs.New(errs.Invalid, "invalid_form", "There is no such way to send an invoice.").WithFix("Open the page of the invoice again.")
	}
	c.ask = func(problem error) error { return s.askToSend(v, rec, letter, problem) }
	if err := s.changeInvoice(v, form, rec, c); err != nil {
		return err
	}
	s.ws.Mail.Wake()
	return nil
}

// letter is the invoice as the text of an email.
func (i invoiceSheet) letter() string {
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	line("Hello {{first_name}},\n")
	line("here is invoice ", i.Number, " from ", i.From.Name, ".\n")
	for _, l := range i.Lines {
		line(l.Quantity, " × ", l.Name, ": ", l.Amount, " ", i.Currency)
	}
	line("")
	for _, t := range i.Taxes {
		line(t.Label, ": ", t.Amount)
	}
	if i.Discount != "" {
		line("Discount: ", i.Discount)
	}
	line("Total: ", i.Total)
	if i.Due != "" {
		line("Please pay by ", i.Due, ".")
	}
	if i.Notes != "" {
		line("\n", i.Notes)
	}
	line("\n", i.From.Name)
	for _, l := range i.From.Lines {
		line(l)
	}
	return b.String()
}
