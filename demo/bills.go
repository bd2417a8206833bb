package demo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// bill is an invoice. Amounts are in pence.
type bill struct {
	id      audit.RecordID
	contact *contact
	sent    bool
	owed    int
	total   int
	payment audit.RecordID // the last that was received
	slow    bool           // its customer takes their time, beyond the end of the demo
}

// slowEvery is how many invoices come to one that stays unpaid.
const slowEvery = 8

func pence(v audit.Value) int {
	n, err := strconv.Atoi(strings.ReplaceAll(v.Text(), ".", ""))
	if err != nil {
		return 0
	}
	return n
}

func penceText(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

// lines are one to three lines of an invoice.
func (h *house) lines() string {
	var lines []string
	for range h.between(1, 3) {
		item := pick(h, billed)
		lines = append(lines, fmt.Sprintf(`{"name":%q,"quantity":"%d","price":%q,"tax":"20"}`, item.name, h.between(1, item.most), item.price))
	}
	return "[" + strings.Join(lines, ",") + "]"
}

// bill writes an invoice for a customer, sends one that is written, or changes one that is not yet sent.
func (h *house) bill(ctx context.Context, who int) (bool, error) {
	if drafts := slices.DeleteFunc(slices.Clone(h.bills), func(b *bill) bool { return b.sent }); len(drafts) > 0 {
		b := drafts[0]
		if h.chance(25) {
			return true, h.changeBill(ctx, who, b)
		}
		b.sent = true
		return true, h.by(ctx, who, "invoice", b.id, map[string]string{"status": "sent", "due": h.date(30)})
	}
	customers := slices.DeleteFunc(slices.Clone(h.contacts), func(k *contact) bool { return k.kind != "customer" })
	if len(customers) == 0 || len(h.bills) >= billsInAll {
		return false, nil
	}
	c, err := h.as(ctx, who)
	if err != nil {
		return true, err
	}
	k := pick(h, customers)
	rec, err := h.create(ctx, c, "invoice", map[string]string{"contact": string(k.id), "currency": "GBP", "title": pick(h, billTitles), "items": h.lines()})
	if err != nil {
		return true, err
	}
	h.bills = append(h.bills, &bill{id: rec.ID, contact: k, owed: pence(rec.Fields["total"]), total: pence(rec.Fields["total"]),
		slow: len(h.bills)%slowEvery == slowEvery-1})
	return true, nil
}

// changeBill gives a draft other lines, or a discount.
func (h *house) changeBill(ctx context.Context, who int, b *bill) error {
	c, err := h.as(ctx, who)
	if err != nil {
		return err
	}
	in, err := h.input("invoice", map[string]string{"items": h.lines(), "discount": money(h.between(1, 3) * 10)})
	if err != nil {
		return err
	}
	rec, err := h.w.Engine.Update(ctx, c, "invoice", b.id, in, 0)
	if err != nil {
		return err
	}
	b.owed, b.total = pence(rec.Fields["total"]), pence(rec.Fields["total"])
	return nil
}

// due chooses an invoice that is owed, nil for none.
func (h *house) due() *bill {
	owed := slices.DeleteFunc(slices.Clone(h.bills), func(b *bill) bool { return !b.sent || b.owed == 0 || b.slow })
	if len(owed) == 0 {
		return nil
	}
	return pick(h, owed)
}

// receive enters a payment: mostly all that is owed, sometimes a part.
func (h *house) receive(ctx context.Context, who int) (bool, error) {
	b := h.due()
	if b == nil {
		return false, nil
	}
	c, err := h.as(ctx, who)
	if err != nil {
		return true, err
	}
	paid := b.owed
	if b.owed == b.total && h.chance(35) {
		paid = b.owed * 3 / 10
	}
	rec, err := h.create(ctx, c, "payment", map[string]string{"invoice": string(b.id), "amount": penceText(paid), "method": pick(h, []string{"bank", "bank", "card", "check"}),
		"reference": fmt.Sprintf("HP-%05d", h.between(10_000, 99_999))})
	if err != nil {
		return true, err
	}
	b.owed -= paid
	b.payment = rec.ID
	return true, nil
}

// refund gives the money of an invoice that was paid back.
func (h *house) refund(ctx context.Context) error {
	paid := slices.DeleteFunc(slices.Clone(h.bills), func(b *bill) bool { return b.payment == "" })
	if len(paid) == 0 {
		return nil
	}
	b := paid[0]
	id := b.payment
	b.payment, b.owed = "", 0 // nobody asks for it again
	return h.by(ctx, marcus, "payment", id, map[string]string{"status": "refunded"})
}

// refundPart gives back a part of a payment: a lamp came with a scratch.
func (h *house) refundPart(ctx context.Context) error {
	paid := slices.DeleteFunc(slices.Clone(h.bills), func(b *bill) bool { return b.payment == "" || b.owed > 0 || b.total < 10_000 })
	if len(paid) == 0 {
		return nil
	}
	b := paid[len(paid)-1]
	b.slow = true // nobody asks for the rest
	return h.by(ctx, marcus, "payment", b.payment, map[string]string{"refunded": "45.00"})
}

// voidBill takes an invoice back that went to the wrong person.
func (h *house) voidBill(ctx context.Context) error {
	unpaid := slices.DeleteFunc(slices.Clone(h.bills), func(b *bill) bool { return !b.sent || b.owed != b.total || b.payment != "" || b.slow })
	if len(unpaid) == 0 {
		return nil
	}
	unpaid[0].owed = 0
	return h.by(ctx, eleanor, "invoice", unpaid[0].id, map[string]string{"status": "void", "notes": "Sent to the wrong address."})
}

// bouncedCheck is a payment that was announced and did not come.
func (h *house) bouncedCheck(ctx context.Context) error {
	b := h.due()
	if b == nil {
		return nil
	}
	c, err := h.as(ctx, marcus)
	if err != nil {
		return err
	}
	rec, err := h.create(ctx, c, "payment", map[string]string{"invoice": string(b.id), "amount": penceText(b.owed), "method": "check", "status": "pending"})
	if err != nil {
		return err
	}
	h.clock.pass(3 * time.Hour)
	return h.by(ctx, marcus, "payment", rec.ID, map[string]string{"status": "failed"})
}

// hasBill reports whether a contact has an invoice, which keeps them from being deleted.
func (h *house) hasBill(k *contact) bool {
	return slices.ContainsFunc(h.bills, func(b *bill) bool { return b.contact == k })
}
