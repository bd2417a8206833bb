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

// invoiceAskPage asks before an invoice is voided.
type invoiceAskPage struct {
	Base
	Name    string
	Here    string
	Version int64
	Sheet   invoiceSheet
	Problem *formErrors
}

func versionText(rec *crm.Record) string { return strconv.FormatInt(rec.Version, 10) }

// invoiceVoidAsk asks whether an invoice shall be void.
func (s *site) invoiceVoidAsk(v *visit) error {
	rec, err := s.recordToWrite(v, v.views()["invoice"])
	if err != nil {
		return err
	}
	return s.askToVoid(v, rec, nil)
}

func (s *site) askToVoid(v *visit, rec *crm.Record, problem error) error {
	page := &invoiceAskPage{Base: s.base(v, "Void "+rec.Name, "payments"), Name: rec.Name, Here: v.views()["invoice"].address(rec.ID), Version: rec.Version,
		Problem: summarize(problem, func(string) bool { return false })}
	var err error
	if page.Sheet, err = s.sheetOf(v, page.Base, rec); err != nil {
		return err
	}
	return v.render(statusOfForm(problem), "invoice_void", page)
}

// invoiceVoid declares that nobody owes an invoice.
func (s *site) invoiceVoid(v *visit, form url.Values, rec *crm.Record) error {
	return s.changeInvoice(v, form, rec, invoiceChange{texts: map[string]string{"status": "void"}, done: audit.Quote(rec.Name) + " is void: nobody owes it.",
		ask: func(problem error) error { return s.askToVoid(v, rec, problem) }})
}

// today is the day in the account's time zone.
func (s *site) today(v *visit) string {
	return s.ws.Recorder.Now().In(workspace.Zone(v.id.Account)).Format(time.DateOnly)
}

// invoiceChange is what the answer to a question does to an invoice.
type invoiceChange struct {
	texts map[string]string          // of its fields
	along func(*crm.Operation) error // what is done in the same operation; nil for nothing
	done  string
	ask   func(problem error) error // asks again
}

// changeInvoice writes what a question was answered with; what refuses it is shown with the question.
func (s *site) changeInvoice(v *visit, form url.Values, rec *crm.Record, c invoiceChange) error {
	here := v.views()["invoice"].address(rec.ID)
	if form.Get("_version") != versionText(rec) {
		return v.redirect(here, Failure("The invoice changed in the meantime. Look at it again."))
	}
	err := s.ws.Engine.Do(v.Context(), v.caller(), func(op *crm.Operation) error {
		if _, err := op.Update(v.Context(), "invoice", rec.ID, crm.Texts(v.views()["invoice"].object, c.texts), rec.Version); err != nil || c.along == nil {
			return err
		}
		return c.along(op)
	})
	switch {
	case errs.Is(err, errs.Stale):
		return v.redirect(here, Failure("The invoice changed in the meantime. Look at it again."))
	case err != nil && shownOnForm(err):
		return c.ask(err)
	case err != nil:
		return err
	}
	return v.redirect(here, Success(c.done))
}
