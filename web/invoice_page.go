package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// invoicePage is an invoice with the money that came for it.
type invoicePage struct {
	Base
	Name     string
	Here     string // its address
	Sheet    invoiceSheet
	Created  Moment
	Changed  Moment
	May      invoiceActions
	Payments []paymentRow
	Pay      *payForm // nil when nothing can be paid
	History  *historyView
}

// invoiceActions are what the visitor may do with an invoice now.
type invoiceActions struct{ Edit, Send, Void, Delete bool }

// paymentRow is a payment on an invoice's page.
type paymentRow struct {
	Href             string
	When             Moment
	Amount, Refunded string
	Method           shownValue
	Status           shownValue
	Reference        string
	Refund           string // where it can be given back, "" for nowhere
}

// payForm is the form that records a payment.
type payForm struct {
	Fields  []formField
	Version int64 // of the invoice that was seen: somebody else may have entered the payment by now
	Errors  *formErrors
}

// paymentsShown is how many payments an invoice's page shows.
const paymentsShown = 100

// payFields are the fields of the form that records a payment.
var payFields = []string{"amount", "method", "received", "reference"}

func (s *site) invoiceShow(v *visit) error {
	rec, err := s.recordToRead(v, "invoice")
	if err != nil {
		return err
	}
	return s.showInvoice(v, rec, nil, nil)
}

// recordToRead is the record in the address.
func (s *site) recordToRead(v *visit, object string) (*crm.Record, error) {
	id, err := v.recordID()
	if err != nil {
		return nil, err
	}
	return s.ws.Engine.Record(v.Context(), v.caller(), object, id)
}

// showInvoice renders an invoice; sub and problem are those of a payment that was not taken, nil for none.
func (s *site) showInvoice(v *visit, rec *crm.Record, sub *submission, problem error) error {
	view := v.views()["invoice"]
	page := &invoicePage{Base: s.base(v, "Invoice "+rec.Name, view.nav), Name: rec.Name, Here: view.address(rec.ID)}
	page.Created, page.Changed = page.At(rec.CreatedAt), page.At(rec.UpdatedAt)
	var err error
	if page.Sheet, err = s.sheetOf(v, page.Base, rec); err != nil {
		return err
	}
	page.May = s.invoiceActions(v, rec)
	if page.Payments, err = s.paymentRows(v, page.Base, rec); err != nil {
		return err
	}
	if workspace.SumInvoice(rec.Fields).Owes && v.mayWrite(v.views()["payment"].object) {
		if page.Pay, err = s.payForm(v, rec, sub, problem); err != nil {
			return err
		}
	}
	if page.History, err = s.historyOf(v, "invoice", rec.ID, recordAddress("invoice", rec.ID)); err != nil {
		return err
	}
	return v.render(statusOfForm(problem), "invoice", page)
}

func (s *site) invoiceActions(v *visit, rec *crm.Record) invoiceActions {
	if !v.mayWrite(v.views()["invoice"].object) {
		return invoiceActions{}
	}
	status := rec.Fields["status"].Text()
	return invoiceActions{Edit: true, Send: status == "draft", Delete: status == "draft",
		Void: slices.Contains([]string{"draft", "sent", "refunded"}, status)}
}

func (s *site) paymentRows(v *visit, b Base, inv *crm.Record) ([]paymentRow, error) {
	view := v.views()["payment"]
	of, _ := view.object.Field("invoice")
	found, _, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: view.object, Sort: "created_at", Limit: paymentsShown,
		Where: []crm.Condition{{Field: of, Values: []string{string(inv.ID)}}}})
	if err != nil {
		return nil, err
	}
	var rows []paymentRow
	for _, rec := range found {
		f := rec.Fields
		show := func(key string) shownValue { return b.show(view, rec, key, nil) }
		row := paymentRow{Href: view.address(rec.ID), When: show("received").Moment, Amount: show("amount").Text, Refunded: show("refunded").Text,
			Method: show("method"), Status: show("status"), Reference: f["reference"].Text()}
		if row.When.Zero || row.When.Text == "" {
			row.When = b.At(rec.CreatedAt)
		}
		if f["status"].Text() == "succeeded" && v.mayWrite(view.object) {
			row.Refund = row.Href + "/refund"
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// payForm is the form of a payment of all that is due, or as it was sent.
func (s *site) payForm(v *visit, inv *crm.Record, sub *submission, problem error) (*payForm, error) {
	view := v.views()["payment"]
	if sub == nil {
		now := s.ws.Recorder.Now().In(workspace.Zone(v.id.Account))
		sub = &submission{texts: map[string]string{"amount": workspace.SumInvoice(inv.Fields).Due, "received": now.Format(dateTimeInput)}}
	}
	form := &payForm{Version: inv.Version}
	for _, key := range payFields {
		f, _ := view.object.Field(key)
		field, err := s.formField(v, view, f, sub)
		if err != nil {
			return nil, err
		}
		if key == "amount" {
			field.Label += " in " + inv.Fields["currency"].Text()
			field.Hint = ""
		}
		field.Error = mistakeAt(problem, key)
		form.Fields = append(form.Fields, field)
	}
	form.Errors = summarize(problem, func(key string) bool { return slices.Contains(payFields, key) })
	return form, nil
}

// invoicePay records a payment. The form says which version of the invoice it was made for: what came in the meantime,
// a second click among it, is not added to it.
func (s *site) invoicePay(v *visit, form url.Values, inv *crm.Record) error {
	view := v.views()["payment"]
	if err := v.mustWrite(view.object); err != nil {
		return err
	}
	here := v.views()["invoice"].address(inv.ID)
	if form.Get("_version") != versionText(inv) {
		return v.redirect(here, Failure("The invoice changed in the meantime, perhaps by this very payment. Nothing was recorded: look at what is due now."))
	}
	form.Set("invoice", string(inv.ID))
	sub, err := s.readSubmission(v, view, form, false)
	if err != nil {
		return err
	}
	problem := errs.InvalidFields(sub.mistakes)
	var rec *crm.Record
	if problem == nil {
		problem = s.ws.Engine.Do(v.Context(), v.caller(), func(op *crm.Operation) error {
			now, err := op.Record(v.Context(), "invoice", inv.ID)
			if err == nil && now.Version != inv.Version {
				return errs.New(errs.Conflict, "version_conflict", "The invoice changed in the meantime. Nothing was recorded: look at what is due now.")
			}
			if err == nil {
				rec, err = op.Create(v.Context(), "payment", sub.input)
			}
			return err
		})
	}
	switch {
	case problem == nil:
		return v.redirect(here, Success("Recorded the payment of "+formatMoney(rec.Fields["amount"].Text(), rec.Fields["currency"].Text())+"."))
	case shownOnForm(problem):
		return s.showInvoice(v, inv, sub, problem)
	}
	return problem
}

// invoicePrint is the invoice alone, on paper.
func (s *site) invoicePrint(v *visit) error {
	rec, err := s.recordToRead(v, "invoice")
	if err != nil {
		return err
	}
	page := &invoicePrintPage{Base: s.base(v, rec.Name, "payments"), Back: v.views()["invoice"].address(rec.ID)}
	if page.Sheet, err = s.sheetOf(v, page.Base, rec); err != nil {
		return err
	}
	page.Logo = allowImage(v, page.Sheet.From.Logo)
	return v.render(http.StatusOK, "invoice_print", page)
}

// invoicePrintPage is an invoice as it is printed.
type invoicePrintPage struct {
	Base
	Sheet invoiceSheet
	Back  string
	Logo  string // "" when there is none, or none that may be loaded
}
