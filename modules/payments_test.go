package modules_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/restore"
)

func TestTotals(t *testing.T) {
	l := newLife(t)
	for _, tt := range []struct{ items, discount, want string }{
		{`[{"name":"a","quantity":"1","price":"10"}]`, "", "10.00"},
		{`[{"name":"a","quantity":"3","price":"0.10"}]`, "", "0.30"},
		{`[{"name":"a","quantity":"0.5","price":"0.01"}]`, "", "0.01"},                                                                // half a cent goes up
		{`[{"name":"a","quantity":"0.49","price":"0.01"}]`, "", "0.00"},                                                               // less than half goes down
		{`[{"name":"a","quantity":"1","price":"0.05","tax":"10"},{"name":"b","quantity":"1","price":"0.05","tax":"10"}]`, "", "0.12"}, // each line by itself: 0.055
		{`[{"name":"a","quantity":"1","price":"19.99","tax":"23"}]`, "4.59", "20.00"},
		{`[{"name":"a","quantity":"1000000","price":"999999999.99"}]`, "", "999999999990000.00"},
		{"", "", "0.00"},
	} {
		inv := l.make("invoice", "contact", string(l.bo.ID), "currency", "eur", "items", tt.items, "discount", tt.discount)
		if got := inv.Fields["total"].Text(); got != tt.want || inv.Fields["currency"].Text() != "EUR" {
			t.Errorf("%s less %q comes to %s %s, want %s", tt.items, tt.discount, got, inv.Fields["currency"], tt.want)
		}
	}
	l.events()
}

func TestBadInvoices(t *testing.T) {
	l := newLife(t)
	gone := l.make("contact", "first_name", "Gone")
	l.must(l.delete(gone))
	n := len(l.events())
	for _, tt := range []struct{ in, want string }{
		{`{"contact":%q,"currency":"EUR","items":[{"name":"a","quantity":"1","price":"1.005"}]}`, "items too_many_digits"},
		{`{"contact":%q,"currency":"EUR","items":[{"name":"a","quantity":"1","price":"-1"}]}`, "items out_of_range"},
		{`{"contact":%q,"currency":"EUR","items":[{"name":"a","quantity":"-1","price":"1"}]}`, "items out_of_range"},
		{`{"contact":%q,"currency":"EUR","items":[{"name":"a","quantity":"1","price":"1","tax":"101"}]}`, "items out_of_range"},
		{`{"contact":%q,"currency":"EUR","items":[{"name":"a","quantity":"1"}]}`, "items required"},
		{`{"contact":%q,"currency":"EUR","items":[{"name":"a","quantity":"2","price":"999999999999999.99"}]}`, "items out_of_range"},
		{`{"contact":%q,"currency":"EUR","items":[{"name":"a","quantity":"1","price":"1","colour":"red"}]}`, "items unknown_field"},
		{`{"contact":%q,"currency":"EUR","discount":"1"}`, "discount out_of_range"},
		{`{"contact":%q,"currency":"EUR","discount":"-1"}`, "discount out_of_range"},
		{`{"contact":%q,"currency":"euro"}`, "currency invalid_currency"},
		{`{"contact":%q}`, "currency required"},
		{`{"contact":%q,"currency":"EUR","number":"INV-7"}`, "number read_only"},
		{`{"contact":%q,"currency":"EUR","total":"7"}`, "total read_only"},
		{`{"contact":%q,"currency":"EUR","status":"paid"}`, "status wrong_status"},
		{`{"contact":%q,"currency":"EUR","status":"sent"}`, "items required"},
		{`{"contact":%q,"currency":"EUR","issued":"2026-03-02","due":"2026-03-01"}`, "due before_start"},
	} {
		_, err := l.engine.Create(t.Context(), l.caller, "invoice", raw(t, fmt.Sprintf(tt.in, l.bo.ID)))
		if got := code(err); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.in, got, tt.want)
		}
	}
	if _, err := l.try("invoice", "contact", string(gone.ID), "currency", "EUR"); code(err) != "contact missing_reference" {
		t.Errorf("an invoice of a deleted contact: %v", err)
	}
	l.wrote(n)
	l.invoice()
	if err := l.delete(l.bo); code(err) != "still_referenced" || !strings.HasPrefix(errs.Of(err).Fix, "A draft can be deleted, or given another contact.") {
		t.Errorf("a contact with an invoice: %v, %s", err, errs.Of(err).Fix)
	}
}

// Numbers have no gaps, whoever writes at once and whatever is refused in between.
func TestNumbersHaveNoGaps(t *testing.T) {
	l := newLife(t)
	var all sync.WaitGroup
	for i := range 12 {
		in := l.input("invoice", "contact", string(l.bo.ID), "currency", "EUR", "title", fmt.Sprint(i))
		if i%3 == 0 {
			in["discount"] = []byte(`"5"`) // refused: more than the lines
		}
		all.Go(func() { _, _ = l.engine.Create(t.Context(), l.caller, "invoice", in) })
	}
	all.Wait()
	batch := crm.Batch{Create: []crm.Input{l.input("invoice", "contact", string(l.bo.ID), "currency", "EUR"), l.input("invoice", "contact", string(l.bo.ID), "currency", "EUR")}}
	if _, err := l.engine.Batch(t.Context(), l.caller, "invoice", batch); err != nil {
		t.Fatal(err)
	}
	o, _ := l.schema.Object("invoice")
	found, _, err := l.engine.Find(t.Context(), l.caller, crm.Query{Object: o, Sort: "number", Limit: 50})
	l.must(err)
	var got, want []string
	for i, rec := range found {
		got, want = append(got, rec.Fields["number"].Text()), append(want, fmt.Sprintf("INV-%06d", i+1))
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 10 {
		t.Errorf("%d numbers:\n%s", len(got), diff)
	}
	l.events()
}

// A deleted draft comes back with its number, or, when that was given again, with the next one.
func TestNumberOfADeletedDraft(t *testing.T) {
	l := newLife(t)
	first, second := l.invoice(), l.invoice()
	l.must(l.delete(second))
	second = l.restored(second)
	if got := second.Fields["number"].Text(); got != "INV-000002" {
		t.Errorf("it came back as %s", got)
	}
	l.must(l.delete(second))
	if third := l.invoice(); third.Fields["number"].Text() != "INV-000002" {
		t.Errorf("the last number is not given again: %s", third.Fields["number"])
	}
	del := l.events()[len(l.events())-2]
	plan, err := l.restore.Preview(t.Context(), l.caller, del.ID, restore.Request{})
	if err != nil || plan.Unresolved != 1 || plan.Conflicts[0].Kind != restore.UniqueTaken {
		t.Fatalf("%+v, %v", plan, err)
	}
	_, err = l.restore.Apply(t.Context(), l.caller, del.ID, restore.Request{Resolutions: []restore.Resolution{
		{Object: "invoice", Kind: restore.UniqueTaken, Field: "number", Choose: restore.Clear}}})
	l.must(err)
	if got := l.look(second).Fields["number"].Text(); got != "INV-000003" {
		t.Errorf("it came back as %s", got)
	}
	l.must(l.edit(first, "status", "sent"))
	if err := l.delete(first); code(err) != "already_sent" {
		t.Errorf("a sent invoice is deleted: %v", err)
	}
	l.events()
}

// restored brings a record back that was deleted last.
func (l *life) restored(rec *crm.Record) *crm.Record {
	l.t.Helper()
	for _, e := range l.events() {
		if e.Action == audit.Deleted && e.Record.ID == rec.ID {
			if _, err := l.restore.Apply(l.t.Context(), l.caller, e.ID, restore.Request{}); err == nil {
				return l.look(rec)
			}
		}
	}
	l.t.Fatalf("%s did not come back", rec.Name)
	return nil
}

// The invoice follows its payments, in the payment's own operation.
func TestPaymentsSettleAnInvoice(t *testing.T) {
	l := newLife(t)
	inv := l.invoice()
	if _, err := l.try("payment", "invoice", string(inv.ID), "amount", "10", "method", "cash"); code(err) != "invoice not_sent" {
		t.Errorf("a draft is paid: %v", err)
	}
	l.must(l.edit(inv, "status", "sent"))
	n := len(l.events())
	part := l.make("payment", "invoice", string(inv.ID), "amount", "100", "method", "cash")
	l.wrote(n, `payment.received: Received payment "100.00 GBP for INV-000001"`, `payment.created: Created payment "100.00 GBP for INV-000001"`,
		`invoice.status_changed: Changed the status of invoice "INV-000001" from Sent to Partially paid`)
	events := l.events()[n:]
	for _, e := range events[1:] {
		if e.Cause != events[0].ID || e.Operation != events[0].Operation || e.Actor.Name != events[0].Actor.Name {
			t.Errorf("%s does not follow from the payment: %+v", e.Type, e)
		}
	}
	if events[0].Action != audit.Executed || events[0].Size != 3 {
		t.Errorf("%s is %s, of %d events", events[0].Type, events[0].Action, events[0].Size)
	}
	if diff := cmp.Diff([]string{"paid: 0.00 GBP -> 100.00 GBP", "status: Sent -> Partially paid"}, told(events[2])); diff != "" {
		t.Error(diff)
	}

	n = len(l.events())
	rest := l.make("payment", "invoice", string(inv.ID), "amount", "140", "method", "bank", "status", "pending")
	l.wrote(n, `payment.created: Created payment "140.00 GBP for INV-000001"`)
	l.must(l.edit(rest, "status", "failed"))
	l.must(l.edit(rest, "status", "succeeded"))
	l.must(l.edit(part, "status", "refunded"))
	l.must(l.edit(rest, "status", "refunded"))
	l.must(l.edit(inv, "status", "void"))
	l.wrote(n+1, `payment.status_changed: Changed the status of payment "140.00 GBP for INV-000001" from Pending to Failed`,
		`payment.received: Received payment "140.00 GBP for INV-000001"`,
		`invoice.status_changed: Changed the status of invoice "INV-000001" from Partially paid to Paid`,
		`payment.refunded: Refunded 100.00 GBP of payment "100.00 GBP for INV-000001"`,
		`invoice.status_changed: Changed the status of invoice "INV-000001" from Paid to Partially paid`,
		`payment.refunded: Refunded 140.00 GBP of payment "140.00 GBP for INV-000001"`,
		`invoice.status_changed: Changed the status of invoice "INV-000001" from Partially paid to Refunded`,
		`invoice.voided: Voided invoice "INV-000001"`)
}

// told are the changes of an event as a person reads them.
func told(e *audit.Event) []string {
	var out []string
	for _, c := range e.Changes {
		out = append(out, c.Field+": "+c.BeforeShown()+" -> "+c.AfterShown())
	}
	return out
}

func TestMoneyStays(t *testing.T) {
	l := newLife(t)
	inv := l.invoice("status", "sent")
	pay := l.make("payment", "invoice", string(inv.ID), "amount", "240", "method", "card")
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"negative":              {second(l.try("payment", "invoice", string(inv.ID), "amount", "-1", "method", "card")), "amount out_of_range"},
		"nothing":               {second(l.try("payment", "invoice", string(inv.ID), "amount", "0", "method", "card")), "amount out_of_range"},
		"a tenth of a cent":     {second(l.try("payment", "invoice", string(inv.ID), "amount", "1.001", "method", "card")), "amount too_many_digits"},
		"another currency":      {second(l.try("payment", "invoice", string(inv.ID), "amount", "1", "method", "card", "currency", "EUR")), "currency read_only"},
		"born refunded":         {second(l.try("payment", "invoice", string(inv.ID), "amount", "1", "method", "card", "status", "refunded")), "status money_moved"},
		"another amount":        {l.edit(pay, "amount", "1"), "amount money_moved"},
		"failed after all":      {l.edit(pay, "status", "failed"), "status money_moved"},
		"deleted":               {l.delete(pay), "money_moved"},
		"lines after sending":   {l.edit(inv, "items", `[{"name":"a","quantity":"1","price":"1"}]`), "items already_sent"},
		"paid invoice is void":  {l.edit(inv, "status", "void"), "status wrong_status"},
		"paid invoice is sent":  {l.edit(inv, "status", "sent"), "status wrong_status"},
		"paid invoice refunded": {l.edit(inv, "status", "refunded"), "status wrong_status"},
		"more than is due":      {second(l.try("payment", "invoice", string(inv.ID), "amount", "0.01", "method", "card")), "amount more_than_due"},
		"sent is deleted":       {l.delete(inv), "still_referenced"},
		"back to a draft":       {l.edit(inv, "status", "draft"), "status wrong_status"},
	} {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%s: %v, want %s", name, tt.err, tt.want)
		}
	}
	final := map[audit.Type]string{
		"invoice.sent":           "An invoice that was sent cannot be called back. Void it instead.",
		"payment.received":       "Money is not undone from the log. Record a refund on the payment instead.",
		"invoice.status_changed": "The status follows from the payments. Record a payment or a refund, or void the invoice.",
	}
	for _, e := range l.events() {
		want, ok := final[e.Type]
		if !ok {
			continue
		}
		delete(final, e.Type)
		if _, err := l.restore.PreviewUndo(t.Context(), l.caller, e.ID, restore.Request{}); err == nil || code(err) != "not_restorable" || err.Error() == "" {
			t.Errorf("%s can be undone: %v", e.Type, err)
		} else if diff := cmp.Diff(want, detail(err)); diff != "" {
			t.Error(diff)
		}
		if e.Leads() {
			if _, err := l.restore.PreviewUndoOperation(t.Context(), l.caller, e.Operation, restore.Request{}); code(err) != "not_restorable" {
				t.Errorf("the operation of %s can be undone: %v", e.Type, err)
			}
		}
	}
	if len(final) > 0 {
		t.Errorf("never written: %v", final)
	}
}

func second(_ *crm.Record, err error) error { return err }

// A payment is given back in parts: each refund is an event of its own with what it came to, and the invoice follows.
func TestRefundsInParts(t *testing.T) {
	l := newLife(t)
	inv := l.invoice("status", "sent")
	pay := l.make("payment", "invoice", string(inv.ID), "amount", "240", "method", "card")
	n := len(l.events())
	l.must(l.edit(pay, "refunded", "40"))
	l.must(l.edit(pay, "refunded", "100.50"))
	l.must(l.edit(pay, "reference", "R1"))
	l.must(l.edit(pay, "refunded", "240"))
	l.wrote(n, `payment.refunded: Refunded 40.00 GBP of payment "240.00 GBP for INV-000001"`,
		`invoice.status_changed: Changed the status of invoice "INV-000001" from Paid to Partially paid`,
		`payment.refunded: Refunded 60.50 GBP of payment "240.00 GBP for INV-000001"`,
		`invoice.updated: Updated Paid of invoice "INV-000001"`,
		`payment.updated: Updated Reference of payment "240.00 GBP for INV-000001"`,
		`payment.refunded: Refunded 139.50 GBP of payment "240.00 GBP for INV-000001"`,
		`invoice.status_changed: Changed the status of invoice "INV-000001" from Partially paid to Refunded`)
	if diff := cmp.Diff([]string{"status: Succeeded -> Refunded", "refunded: 100.50 GBP -> 240.00 GBP"}, told(l.events()[n+5])); diff != "" {
		t.Error(diff)
	}
	again := l.make("payment", "invoice", string(inv.ID), "amount", "200", "method", "card")
	waits := l.make("payment", "invoice", string(inv.ID), "amount", "100", "method", "check", "status", "pending")
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"more than was paid":     {l.edit(again, "refunded", "200.01"), "refunded more_than_paid"},
		"nothing":                {l.edit(again, "refunded", "0"), "refunded out_of_range"},
		"negative":               {l.edit(again, "refunded", "-5"), "refunded out_of_range"},
		"a tenth of a cent":      {l.edit(again, "refunded", "1.001"), "refunded too_many_digits"},
		"after a full one":       {l.edit(pay, "refunded", "241"), "refunded money_moved"},
		"taken back":             {l.edit(pay, "refunded", ""), "refunded money_moved"},
		"of what never came":     {l.edit(waits, "refunded", "1"), "refunded money_moved"},
		"born with one":          {second(l.try("payment", "invoice", string(inv.ID), "amount", "1", "method", "card", "refunded", "1")), "refunded money_moved"},
		"a part that is all":     {l.edit(again, "refunded", "1", "status", "refunded"), "refunded wrong_amount"},
		"more than is due comes": {l.edit(waits, "status", "succeeded"), "amount more_than_due"},
	} {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%s: %v, want %s", name, tt.err, tt.want)
		}
	}
	l.must(l.edit(again, "refunded", "50"))
	if err := l.edit(again, "refunded", "50"); err != nil {
		t.Errorf("the same again: %v", err) // it changes nothing
	}
	if got := l.look(inv).Fields; got["paid"].Text() != "150.00" || got["status"].Text() != "partially_paid" {
		t.Errorf("paid %s, %s", got["paid"], got["status"])
	}
	l.events()
}

// Two payments at once, each of all that is due: one is taken.
func TestTwoPaymentsAtOnce(t *testing.T) {
	l := newLife(t)
	inv := l.invoice("status", "sent")
	in := l.input("payment", "invoice", string(inv.ID), "amount", "240", "method", "card")
	var all sync.WaitGroup
	answers := make([]error, 4)
	for i := range answers {
		all.Go(func() { _, answers[i] = l.engine.Create(t.Context(), l.caller, "payment", in) })
	}
	all.Wait()
	taken := 0
	for _, err := range answers {
		if err == nil {
			taken++
		} else if code(err) != "amount more_than_due" {
			t.Error(err)
		}
	}
	if got := l.look(inv).Fields; taken != 1 || got["paid"].Text() != "240.00" || got["status"].Text() != "paid" {
		t.Errorf("%d were taken, paid %s, %s", taken, got["paid"], got["status"])
	}
	l.events()
}

// The parts of an invoice add up to its total, to the cent.
func TestSumsOfAnInvoice(t *testing.T) {
	l := newLife(t)
	inv := l.invoice("items", `[{"name":"Oak","quantity":"3","price":"19.99","tax":"23"},{"name":"Nails","quantity":"0.5","price":"0.01"},{"name":"Post","quantity":"1","price":"5.01","tax":"6"},{"name":"Glue","quantity":"1","price":"0.05","tax":"23"}]`,
		"discount", "4.50", "status", "sent")
	l.make("payment", "invoice", string(inv.ID), "amount", "60", "method", "card")
	inv = l.look(inv)
	want := modules.InvoiceSums{
		Lines: []modules.LineSum{{"Oak", "3", "19.99", "23", "59.97", "73.76"}, {"Nails", "0.5", "0.01", "", "0.01", "0.01"},
			{"Post", "1", "5.01", "6", "5.01", "5.31"}, {"Glue", "1", "0.05", "23", "0.05", "0.06"}},
		Subtotal: "65.04", Taxes: []modules.TaxSum{{"23", "13.80"}, {"6", "0.30"}}, Tax: "14.10", Discount: "4.50", Total: "74.64", Paid: "60.00", Due: "14.64", Owes: true,
	}
	got := modules.SumInvoice(inv.Fields)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Total != inv.Fields["total"].Text() {
		t.Errorf("the parts come to %s, the invoice to %s", got.Total, inv.Fields["total"].Text())
	}
}
