package web

import (
	"net/url"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// invoiceAskPage asks before an invoice is sent or voided.
type invoiceAskPage struct {
	Base
	Name    string
	Here    string
	Version int64
	Sheet   invoiceSheet
	Profile string // where the account's mail server is set, "" for who may not
	Problem *formErrors
}

func versionText(rec *crm.Record) string { return strconv.FormatInt(rec.Version, 10) }

// invoiceAsk shows the question of a template about the invoice in the address, to who may change it.
func (s *site) invoiceAsk(template, title string) handler {
	return func(v *visit) error {
		rec, err := s.recordToWrite(v, v.views()["invoice"])
		if err != nil {
			return err
		}
		return s.askAbout(v, rec, template, title, nil)
	}
}

func (s *site) askAbout(v *visit, rec *crm.Record, template, title string, problem error) error {
	page := &invoiceAskPage{Base: s.base(v, title+" "+rec.Name, "payments"), Name: rec.Name, Here: v.views()["invoice"].address(rec.ID), Version: rec.Version,
		Problem: summarize(problem, func(string) bool { return false })}
	if v.may(audit.SettingsManage) {
		page.Profile = v.views()["business_profile"].path
	}
	var err error
	if page.Sheet, err = s.sheetOf(v, page.Base, rec); err != nil {
		return err
	}
	return v.render(statusOfForm(problem), template, page)
}

// invoiceSend makes a draft an invoice that is owed.
func (s *site) invoiceSend(v *visit, form url.Values, rec *crm.Record) error {
	texts := map[string]string{"status": "sent"}
	if rec.Fields["issued"] == audit.None {
		texts["issued"] = s.today(v)
	}
	return s.changeInvoice(v, form, rec, texts, "invoice_send", "Send", audit.Quote(rec.Name)+" is sent: it is owed from now on.")
}

// invoiceVoid declares that nobody owes an invoice.
func (s *site) invoiceVoid(v *visit, form url.Values, rec *crm.Record) error {
	return s.changeInvoice(v, form, rec, map[string]string{"status": "void"}, "invoice_void", "Void", audit.Quote(rec.Name)+" is void: nobody owes it.")
}

// today is the day in the account's time zone.
func (s *site) today(v *visit) string {
	return s.ws.Recorder.Now().In(workspace.Zone(v.id.Account)).Format(time.DateOnly)
}

// changeInvoice writes what a question was answered with; what refuses it is shown with the question.
func (s *site) changeInvoice(v *visit, form url.Values, rec *crm.Record, texts map[string]string, template, title, done string) error {
	here := v.views()["invoice"].address(rec.ID)
	if form.Get("_version") != versionText(rec) {
		return v.redirect(here, Failure("The invoice changed in the meantime. Look at it again."))
	}
	_, err := s.ws.Engine.Update(v.Context(), v.caller(), "invoice", rec.ID, crm.Texts(v.views()["invoice"].object, texts), rec.Version)
	switch {
	case errs.Is(err, errs.Stale):
		return v.redirect(here, Failure("The invoice changed in the meantime. Look at it again."))
	case err != nil && shownOnForm(err):
		return s.askAbout(v, rec, template, title, err)
	case err != nil:
		return err
	}
	return v.redirect(here, Success(done))
}
