package modules

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// invoice asks a contact for money. A draft may be changed and deleted; once sent it stays as it is, and is paid, or
// voided. Its total, what is paid of it, and its status after it was sent are worked out, never given.
var invoice = &crm.Object{
	Key: "invoice", Label: "Invoice", LabelPlural: "Invoices", Module: "payments",
	Title: [][]string{{"number"}},
	Fill:  fillInvoice,
	Check: checkInvoice,
	Fields: []crm.Field{
		computed(required(unique(field("number", "Number", crm.Text)))),
		field("title", "Title", crm.Text),
		invoiceContact,
		required(field("currency", "Currency", crm.Text)),
		{Key: "items", Label: "Lines", Type: crm.Rows, Columns: []crm.Field{
			required(field("name", "Name", crm.Text)),
			required(field("quantity", "Quantity", crm.Number)),
			{Key: "price", Label: "Price", Type: crm.Money, Required: true, Currency: "currency"},
			field("tax", "Tax (%)", crm.Number),
		}},
		{Key: "discount", Label: "Discount", Type: crm.Money, Currency: "currency"},
		{Key: "total", Label: "Total", Type: crm.Money, Currency: "currency", Computed: true},
		{Key: "paid", Label: "Paid", Type: crm.Money, Currency: "currency", Computed: true},
		byDefault(required(choice("status", "Status", "draft", "Draft", "sent", "Sent", "partially_paid", "Partially paid", "paid", "Paid", "void", "Void", "refunded", "Refunded")), "draft"),
		field("issued", "Issued", crm.Date),
		field("due", "Due", crm.Date),
		field("notes", "Notes", crm.Long),
	},
	Rules: []crm.Rule{
		{Verb: "sent", Field: "status", From: []string{"", "draft"}, To: []string{"sent"}, Takes: []string{"issued", "due", "total", "currency"}, Label: "Sent",
			Birth: true, Action: audit.Executed, Final: sentInvoice, Note: totalText,
			Template: "Sent invoice {record} over {note}", When: "An invoice was sent: from then on it is owed, and can be voided but not deleted."},
		{Verb: "voided", Field: "status", To: []string{"void"}, Label: "Voided",
			Final: voidInvoice, Template: "Voided invoice {record}", When: "An invoice was declared void; its number stays taken."},
		{Verb: "status_changed", Field: "status", Takes: []string{"paid"}, Label: "Status changed", Final: followsMoney,
			Template: "Changed the status of invoice {record} from {status.before} to {status.after}", When: "An invoice was paid, in part or in full, or refunded, as a consequence of a payment."},
	},
}

// invoiceContact keeps a contact from going while there is something that they owe or paid.
var invoiceContact = crm.Field{Key: "contact", Label: "Contact", Type: crm.RefType, Object: "contact", Required: true, OnDelete: crm.Refuse,
	Instead: "A draft can be deleted, or given another contact. An invoice that was sent stays, and its contact with it: empty the contact's other fields instead."}

// totalText is what an invoice comes to, with its currency.
func totalText(f map[string]audit.Value) string {
	return crm.FormatMoney(f["total"].Text()) + " " + f["currency"].Text()
}

// owed are the states of an invoice that follow from its payments.
var owed = []string{"sent", "partially_paid", "paid", "refunded"}

// fillInvoice works out the number, the total, what is paid, and the status that follows.
func fillInvoice(ctx context.Context, w *crm.Write) error {
	f := w.After.Fields
	if err := fillCurrency(ctx, w); err != nil {
		return err
	}
	if f["number"] == audit.None {
		number, err := nextNumber(ctx, w)
		if err != nil {
			return err
		}
		f["number"] = audit.String(number)
	}
	if err := checkLines(f); err != nil {
		return err
	}
	total := invoiceTotal(f)
	f["total"], f["paid"] = moneyValue(total), moneyValue(amount(audit.None))
	status := f["status"].Text()
	if status != "draft" && f["issued"] == audit.None && status != "void" {
		f["issued"] = audit.String(strings.Split(w.Now().Text(), "T")[0])
	}
	if w.Before == nil || !slices.Contains(owed, status) {
		return nil
	}
	paid, refunded, err := paymentsOf(ctx, w)
	if err != nil {
		return err
	}
	f["paid"] = paid
	follows := owedStatus(f, refunded)
	switch was := w.Before.Fields["status"].Text(); {
	case !w.Changed("status"):
		f["status"] = audit.String(follows)
	case slices.Contains(owed, was) && status != follows:
		return errs.InvalidField("status", "wrong_status", followsMoney)
	}
	return nil
}

// owedStatus is what the payments say.
func owedStatus(f map[string]audit.Value, refunded bool) string {
	total, paid := amount(f["total"]), amount(f["paid"])
	switch {
	case paid.Sign() > 0 && paid.Cmp(total) >= 0:
		return "paid"
	case paid.Sign() > 0:
		return "partially_paid"
	case refunded:
		return "refunded"
	}
	return "sent"
}

// paymentsOf adds up the money that is there for an invoice, and tells whether some was given back.
func paymentsOf(ctx context.Context, w *crm.Write) (paid audit.Value, refunded bool, err error) {
	of, _ := payment.Field("invoice")
	q := crm.Query{Object: payment, Where: []crm.Condition{{Field: of, Values: []string{string(w.After.ID)}}}}
	received, err := w.Tally(ctx, q, "status", "amount")
	if err != nil {
		return audit.None, false, err
	}
	back, err := w.Tally(ctx, q, "status", "refunded")
	if err != nil {
		return audit.None, false, err
	}
	sum := new(big.Rat)
	for _, g := range received {
		switch g.Key {
		case "succeeded":
			sum.Add(sum, amount(audit.String(g.Sum)))
		case "refunded":
			refunded = true
		}
	}
	for _, g := range back {
		if given := amount(audit.String(g.Sum)); g.Key == "succeeded" && given.Sign() > 0 {
			sum.Sub(sum, given)
			refunded = true
		}
	}
	return moneyValue(sum), refunded, nil
}

// nextNumber is the account's counter: one more than the newest invoice has. Writes of one account run alone, so two
// invoices never see the same one, and a write that fails takes none. A draft that is deleted gives its number back
// when it was the last one; between others it leaves its place empty, with its deletion in the log. It was never sent, so
// nobody outside knows the number; should it come back after the number was given again, it takes the next one.
func nextNumber(ctx context.Context, w *crm.Write) (string, error) {
	newest, err := w.Find(ctx, crm.Query{Object: w.Object, Sort: "created_at", Desc: true, Limit: 1})
	if err != nil {
		return "", err
	}
	n := 0
	if len(newest) > 0 {
		n, _ = strconv.Atoi(strings.TrimPrefix(newest[0].Fields["number"].Text(), "INV-"))
	}
	for {
		n++ // more than once when the clock went back, or when an older draft was restored
		number := fmt.Sprintf("INV-%06d", n)
		taken, err := w.Taken(ctx, "number", number)
		if err != nil || !taken {
			return number, err
		}
	}
}

func checkInvoice(_ context.Context, w *crm.Write) error {
	was := ""
	if w.Before != nil {
		was = w.Before.Fields["status"].Text()
	}
	if w.After == nil {
		if was != "draft" {
			return errs.New(errs.Conflict, "already_sent", "The invoice %s was sent; it cannot be deleted.", w.Before.Name).WithFix("Void it: give it the status Void.")
		}
		return nil
	}
	if err := checkCurrency(w); err != nil {
		return err
	}
	f := w.After.Fields
	if issued, due := f["issued"].Text(), f["due"].Text(); issued != "" && due != "" && due < issued {
		return errs.InvalidField("due", "before_start", "Due (%s) is before Issued (%s).", due, issued)
	}
	if was != "" && was != "draft" {
		for _, key := range []string{"contact", "currency", "items", "discount", "issued"} {
			if w.Changed(key) {
				field, _ := w.Object.Field(key)
				return errs.InvalidField(key, "already_sent", "%s cannot be changed: the invoice was sent. Void it and write another one.", field.Label)
			}
		}
	}
	return checkInvoiceStatus(w, was, f["status"].Text())
}

// checkInvoiceStatus lets a person send and void; what else there is follows from the payments.
func checkInvoiceStatus(w *crm.Write, was, to string) error {
	wrong := func(format string, args ...any) error {
		return errs.InvalidField("status", "wrong_status", format, args...)
	}
	f := w.After.Fields
	switch {
	case was == to:
		return nil
	case was == "void":
		return wrong(voidInvoice)
	case to == "void" && was != "":
		if amount(f["paid"]).Sign() > 0 || w.Before != nil && amount(w.Before.Fields["paid"]).Sign() > 0 {
			return wrong("The invoice has payments. Refund them before it is voided.")
		}
		return nil
	case to == "sent" && (was == "" || was == "draft"):
		if f["items"] == audit.None {
			return errs.InvalidField("items", "required", "An invoice needs a line before it is sent.")
		}
		return nil
	case to == "draft" && was == "":
		return nil
	case slices.Contains(owed, was) && slices.Contains(owed, to):
		return nil // as the payments say: fillInvoice saw to it
	}
	return wrong("An invoice is sent or voided; the rest follows from its payments.")
}
