package web

import (
	"net/url"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// paymentRefundPage asks how much of a payment is given back.
type paymentRefundPage struct {
	Base
	Name    string
	Here    string
	Invoice navLink
	Version int64
	Paid    string
	Before  string // what was given back already, "" for nothing
	Left    string
	Amount  formField
	Errors  *formErrors
}

func (s *site) paymentRefundAsk(v *visit) error {
	rec, err := s.recordToWrite(v, v.views()["payment"])
	if err != nil {
		return err
	}
	return s.askRefund(v, rec, workspace.LeftOfPayment(rec.Fields), nil)
}

func (s *site) askRefund(v *visit, rec *crm.Record, amount string, problem error) error {
	currency := rec.Fields["currency"].Text()
	of := audit.RecordID(rec.Fields["invoice"].Text())
	invoice, err := s.nameOf(v, "invoice", of)
	if err != nil {
		return err
	}
	page := &paymentRefundPage{Base: s.base(v, "Refund "+rec.Name, "payments"), Name: rec.Name, Here: v.views()["payment"].address(rec.ID), Version: rec.Version,
		Invoice: navLink{invoice, v.views()["invoice"].address(of)},
		Paid:    formatMoney(rec.Fields["amount"].Text(), currency), Before: formatMoney(rec.Fields["refunded"].Text(), currency),
		Left:   formatMoney(workspace.LeftOfPayment(rec.Fields), currency),
		Amount: formField{Key: "refund", Label: "Amount in " + currency, Kind: "input", Type: "text", Value: amount, Required: true, Error: mistakeAt(problem, "refunded")}}
	page.Errors = summarize(problem, func(string) bool { return false })
	return v.render(statusOfForm(problem), "payment_refund", page)
}

// paymentRefund gives back a payment, or a part of it.
func (s *site) paymentRefund(v *visit, form url.Values, rec *crm.Record) error {
	stale := func() error {
		return v.redirect(v.views()["payment"].address(rec.ID), Failure("The payment changed in the meantime. Nothing was given back: look at it again."))
	}
	if form.Get("_version") != versionText(rec) {
		return stale()
	}
	view := v.views()["payment"]
	f, _ := view.object.Field("refunded")
	amount := strings.TrimSpace(form.Get("refund"))
	value, err := f.Value(f.TextInput(amount))
	if err == nil && value == audit.None {
		err = errs.InvalidField("refunded", "required", "How much is given back must be said.")
	}
	if err == nil {
		in := crm.Input{"refunded": f.TextInput(workspace.AddMoney(rec.Fields["refunded"].Text(), value.Text()))}
		_, err = s.ws.Engine.Update(v.Context(), v.caller(), "payment", rec.ID, in, rec.Version)
	}
	switch {
	case errs.Is(err, errs.Stale):
		return stale()
	case err != nil && shownOnForm(err):
		return s.askRefund(v, rec, amount, err)
	case err != nil:
		return err
	}
	to := v.views()["invoice"].address(audit.RecordID(rec.Fields["invoice"].Text()))
	return v.redirect(to, Success("Recorded the refund of "+formatMoney(value.Text(), rec.Fields["currency"].Text())+". It moves no money by itself."))
}

// fillRefund offers a refund on the page of a payment that was received.
func (s *site) fillRefund(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if rec.Object == "payment" && rec.Fields["status"].Text() == "succeeded" && v.mayWrite(view.object) {
		page.Actions = append(page.Actions, navLink{"Refund", view.address(rec.ID) + "/refund"})
	}
	return nil
}
