package web

import (
	"slices"
	"strconv"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/workspace"
)

// invoiceFormPage is the form of an invoice: one of its own, with what the lines come to. Once it was sent, only what does
// not change what is owed is there.
type invoiceFormPage struct {
	recordFormPage
	Head, Foot []formField
	Items      *formField // nil once it was sent
	Discount   formField
	Rows       []invoiceFormLine
	Sums       *formSums // nil while something of it cannot be read
	Sent       bool
}

// invoiceFormLine is a line of the form with what it comes to, without its tax.
type invoiceFormLine struct {
	Number int
	Cells  []formCell
	Amount string
}

// formSums are what the lines of a form come to.
type formSums struct{ Subtotal, Tax, Total string }

// draftFields are those of the form that a sent invoice keeps as they are.
var draftFields = []string{"contact", "currency", "issued", "items", "discount"}

// currencies are offered while one is typed.
var currencies = []string{"EUR", "GBP", "USD", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "HUF", "INR", "JPY", "MXN", "NOK", "NZD", "PLN", "RON", "SEK", "SGD", "TRY", "UAH", "ZAR"}

// invoiceStart is what the form of a new invoice begins with.
func (s *site) invoiceStart(v *visit) (map[string]string, error) {
	profile, err := s.businessProfile(v)
	if err != nil || profile == nil {
		return nil, err
	}
	return map[string]string{"currency": profile.Fields["currency"].Text()}, nil
}

// showInvoiceForm renders the form whose fields page has.
func (s *site) showInvoiceForm(v *visit, rec *crm.Record, base recordFormPage, sub *submission, problem error) error {
	page := &invoiceFormPage{recordFormPage: base, Sent: rec != nil && rec.Fields["status"].Text() != "draft"}
	for _, g := range base.Groups {
		for _, field := range g.Fields {
			switch {
			case page.Sent && slices.Contains(draftFields, field.Key):
			case field.Key == "items":
				page.Items = &field
			case field.Key == "discount":
				page.Discount = field
				page.Discount.Hint = "Taken off the total, with tax."
			case field.Key == "notes":
				field.Hint, field.Label = "Printed below the total.", "Notes for the customer"
				page.Foot = append(page.Foot, field)
			default:
				if field.Key == "currency" {
					field.List = currencies
				}
				page.Head = append(page.Head, field)
			}
		}
	}
	if page.Items != nil {
		s.fillInvoiceLines(page, sub)
	}
	return v.render(statusOfForm(problem), "invoice_form", page)
}

// fillInvoiceLines adds what each line and all of them come to, as far as the form can be read.
func (s *site) fillInvoiceLines(page *invoiceFormPage, sub *submission) {
	o := s.views["invoice"].object
	fields := map[string]audit.Value{}
	readable := true
	for _, key := range []string{"items", "discount"} {
		f, _ := o.Field(key)
		value, err := f.Value(f.TextInput(sub.texts[key]))
		readable = readable && err == nil
		fields[key] = value
	}
	sums := workspace.SumInvoice(fields)
	if f, _ := o.Field("items"); sub.lines == nil {
		page.Items.Lines = linesOf(f, sub.texts["items"], 0, 1)
	}
	if readable {
		page.Sums = &formSums{crm.FormatMoney(sums.Subtotal), crm.FormatMoney(sums.Tax), crm.FormatMoney(sums.Total)}
	}
	for n, cells := range page.Items.Lines {
		line := invoiceFormLine{Number: n, Cells: cells}
		if n < len(sums.Lines) {
			line.Amount = crm.FormatMoney(sums.Lines[n].Net)
		}
		page.Rows = append(page.Rows, line)
	}
}

// Label is the line's number for people.
func (l invoiceFormLine) Label() string { return strconv.Itoa(l.Number + 1) }
