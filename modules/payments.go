package modules

import (
	"context"
	"math/big"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// payments are the objects of the module payments.
var payments = []*crm.Object{invoice, payment}

const (
	sentInvoice  = "An invoice that was sent cannot be called back. Void it instead."
	voidInvoice  = "A void invoice stays void. Write another one."
	movedMoney   = "Money is not undone from the log. Record a refund on the payment instead."
	followsMoney = "The status follows from the payments. Record a payment or a refund, or void the invoice."
)

// payment is money for an invoice. What it came to is settled: a received payment is refunded, never undone.
var payment = &crm.Object{
	Key: "payment", Label: "Payment", LabelPlural: "Payments", Module: "payments",
	Title:     [][]string{{"reference"}},
	Naming:    namePayment,
	Fill:      fillPayment,
	Check:     checkPayment,
	Then:      settleInvoice,
	Generated: true,
	Fields: []crm.Field{
		required(ref("invoice", "Invoice", "invoice", crm.Refuse)),
		{Key: "amount", Label: "Amount", Type: crm.Money, Required: true, Currency: "currency"},
		required(choice("method", "Method", "card", "Card", "cash", "Cash", "bank", "Bank transfer", "check", "Check", "other", "Other")),
		byDefault(required(choice("status", "Status", "pending", "Pending", "succeeded", "Succeeded", "failed", "Failed", "refunded", "Refunded")), "succeeded"),
		field("reference", "Reference", crm.Text),
		field("received", "Received", crm.DateTime),
		// What was given back of it so far: a refund adds to it, and all of it makes the payment refunded.
		{Key: "refunded", Label: "Refunded", Type: crm.Money, Currency: "currency"},
		// The invoice's.
		computed(field("currency", "Currency", crm.Text)),
		paymentContact,
	},
	Rules: []crm.Rule{
		{Verb: "received", Field: "status", To: []string{"succeeded"}, Takes: []string{"amount", "currency", "method", "received"}, Label: "Received",
			Birth: true, Action: audit.Executed, Final: movedMoney,
			Template: "Received payment {record}", When: "A payment succeeded. For one that is entered as such it comes before the entry that says that the record was made."},
		{Verb: "refunded", Field: "refunded", Takes: []string{"status"}, Label: "Refunded", Tell: refundText,
			Action: audit.Executed, Final: "Money is not undone from the log. Record a new payment instead.",
			Template: "Refunded {note} of payment {record}", When: "A received payment was given back, in full or in part. Only a full refund makes its status Refunded."},
		{Verb: "status_changed", Field: "status", Label: "Status changed", Final: movedMoney,
			Template: "Changed the status of payment {record} from {status.before} to {status.after}", When: "A payment got another status than Succeeded or Refunded."},
	},
}

// paymentContact is the invoice's, so that a payment is seen by whom the contact belongs to.
var paymentContact = func() crm.Field {
	f := computed(invoiceContact)
	f.Required = false
	return f
}()

// refundText is what one refund came to: what is given back now without what was before.
func refundText(c audit.Change) string {
	back := new(big.Rat).Sub(amount(c.After), amount(c.Before))
	_, currency, _ := strings.Cut(c.AfterText, " ")
	return strings.TrimSpace(crm.FormatMoney(back.FloatString(2)) + " " + currency)
}

func namePayment(text func(string) string) string {
	return text("amount") + " for " + text("invoice")
}

// fillPayment takes over what the invoice says, and dates what is received. A refund of all that was paid and the status
// Refunded are the same.
func fillPayment(ctx context.Context, w *crm.Write) error {
	f := w.After.Fields
	if w.Before != nil && w.Before.Fields["status"].Text() == "succeeded" {
		switch toRefunded, given := f["status"].Text() == "refunded", w.Changed("refunded"); {
		case toRefunded && given && f["refunded"] != f["amount"]:
			return errs.InvalidField("refunded", "wrong_amount", "A payment that is Refunded was given back in full. Leave the status for a refund of a part.")
		case toRefunded:
			f["refunded"] = f["amount"]
		case given && f["refunded"] == f["amount"] && f["status"].Text() == "succeeded":
			f["status"] = audit.String("refunded")
		}
	}
	if f["status"].Text() == "succeeded" && f["received"] == audit.None {
		f["received"] = w.Now()
	}
	inv, err := w.Record(ctx, "invoice", audit.RecordID(f["invoice"].Text()))
	if err != nil || inv == nil {
		return err
	}
	f["currency"], f["contact"] = inv.Fields["currency"], inv.Fields["contact"]
	return nil
}

// checkPayment keeps the money: its amount is positive, its states have an order, and what was received stays.
func checkPayment(ctx context.Context, w *crm.Write) error {
	was := ""
	if w.Before != nil {
		was = w.Before.Fields["status"].Text()
	}
	settled := was == "succeeded" || was == "refunded"
	if w.After == nil {
		if settled {
			return errs.New(errs.Conflict, "money_moved", "The payment was received; it cannot be deleted.").WithFix("Record a refund instead.")
		}
		return nil
	}
	if amount(w.After.Fields["amount"]).Sign() <= 0 {
		return errs.InvalidField("amount", "out_of_range", "Amount must be more than zero.")
	}
	if settled {
		for _, key := range []string{"invoice", "amount", "currency", "contact"} {
			if w.Changed(key) {
				f, _ := w.Object.Field(key)
				return errs.InvalidField(key, "money_moved", "%s cannot be changed: the payment was received.", f.Label)
			}
		}
	}
	if w.Changed("refunded") {
		if err := checkRefund(w, was); err != nil {
			return err
		}
	}
	if !w.Changed("status") {
		return nil
	}
	switch to := w.After.Fields["status"].Text(); {
	case was == "succeeded" && to != "refunded", was == "refunded":
		return errs.InvalidField("status", "money_moved", "A payment that was received can only be refunded, and a refund is final.")
	case to == "refunded" && was != "succeeded":
		return errs.InvalidField("status", "money_moved", "Only a payment that was received can be refunded.")
	case to == "refunded":
		return nil
	}
	return checkPayable(ctx, w)
}

// checkRefund wants a refund to give back something, of a payment that was received, and no more than is left of it.
func checkRefund(w *crm.Write, was string) error {
	f := w.After.Fields
	before := new(big.Rat)
	if w.Before != nil {
		before = amount(w.Before.Fields["refunded"])
	}
	paid, back := amount(f["amount"]), amount(f["refunded"])
	switch {
	case was != "succeeded":
		return errs.InvalidField("refunded", "money_moved", "Only a payment that was received can be refunded, and a refund is final.")
	case back.Cmp(before) <= 0:
		return errs.InvalidField("refunded", "out_of_range", "A refund must be more than zero, and what was given back stays given back.")
	case back.Cmp(paid) > 0:
		left := paid.Sub(paid, before)
		return errs.InvalidField("refunded", "more_than_paid", "The refund is more than was paid: %s %s of this payment can be given back.", crm.FormatMoney(left.FloatString(2)), f["currency"].Text())
	}
	return nil
}

// checkPayable wants an invoice that one may pay, and no more than is due.
func checkPayable(ctx context.Context, w *crm.Write) error {
	inv, err := w.Record(ctx, "invoice", audit.RecordID(w.After.Fields["invoice"].Text()))
	if err != nil || inv == nil {
		return err
	}
	switch inv.Fields["status"].Text() {
	case "draft":
		return errs.InvalidField("invoice", "not_sent", "The invoice %s is a draft: it has to be sent before it can be paid.", inv.Name)
	case "void":
		return errs.InvalidField("invoice", "void", "The invoice %s is void: it cannot be paid.", inv.Name)
	}
	if w.After.Fields["status"].Text() != "succeeded" {
		return nil // nothing has come yet; it is asked again when it does
	}
	due := new(big.Rat).Sub(amount(inv.Fields["total"]), amount(inv.Fields["paid"]))
	if amount(w.After.Fields["amount"]).Cmp(due) > 0 {
		return errs.InvalidField("amount", "more_than_due", "The amount is more than is due: %s %s are due on the invoice %s.", crm.FormatMoney(due.FloatString(2)), inv.Fields["currency"].Text(), inv.Name)
	}
	return nil
}

// settleInvoice lets the invoice follow a payment: it works out what is paid, and its status.
func settleInvoice(ctx context.Context, op *crm.Operation, did crm.Written) error {
	rec := did.After
	if rec == nil {
		rec = did.Before
	}
	_, err := op.SetFields(ctx, "invoice", audit.RecordID(rec.Fields["invoice"].Text()), nil, did.Event, "")
	if errs.Is(err, errs.NotFound) {
		return nil // it goes with the payment's restoration
	}
	return err
}
