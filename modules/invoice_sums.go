package modules

import (
	"math/big"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// InvoiceSums is what an invoice comes to, part by part. Amounts are decimals with two places, without their currency.
// Subtotal + Tax - Discount is Total, and Total - Paid is Due, to the cent.
type InvoiceSums struct {
	Lines    []LineSum
	Subtotal string // of the lines, without tax
	Taxes    []TaxSum
	Tax      string
	Discount string
	Total    string
	Paid     string
	Due      string // 0.00 for one that is void
	Owes     bool   // something is due, and somebody was asked for it
}

// LineSum is a line with what it comes to: Net without its tax, Total with it.
type LineSum struct{ Name, Quantity, Price, Tax, Net, Total string }

// TaxSum is the tax of all lines with one rate, in per cent.
type TaxSum struct{ Rate, Amount string }

// SumInvoice adds up the fields of an invoice. A line's total is rounded once, with its tax; the tax is what that is more
// than the line without it.
func SumInvoice(f map[string]audit.Value) InvoiceSums {
	var out InvoiceSums
	net, tax := new(big.Rat), new(big.Rat)
	byRate := map[string]*big.Rat{}
	for _, row := range crm.RowsOf(f["items"]) {
		line := cents(new(big.Rat).Mul(amount(row["quantity"]), amount(row["price"])))
		total := lineTotal(row)
		part := new(big.Rat).Sub(total, line)
		net.Add(net, line)
		tax.Add(tax, part)
		rate := row["tax"].Text()
		out.Lines = append(out.Lines, LineSum{row["name"].Text(), row["quantity"].Text(), row["price"].Text(), rate, line.FloatString(2), total.FloatString(2)})
		if amount(row["tax"]).Sign() == 0 {
			continue
		}
		if byRate[rate] == nil {
			byRate[rate] = new(big.Rat)
			out.Taxes = append(out.Taxes, TaxSum{Rate: rate})
		}
		byRate[rate].Add(byRate[rate], part)
	}
	for i, t := range out.Taxes {
		out.Taxes[i].Amount = byRate[t.Rate].FloatString(2)
	}
	discount, paid := amount(f["discount"]), amount(f["paid"])
	total := new(big.Rat).Sub(new(big.Rat).Add(net, tax), discount)
	due := new(big.Rat).Sub(total, paid)
	status := f["status"].Text()
	if status == "void" {
		due = new(big.Rat)
	}
	out.Subtotal, out.Tax, out.Discount = net.FloatString(2), tax.FloatString(2), discount.FloatString(2)
	out.Total, out.Paid, out.Due = total.FloatString(2), paid.FloatString(2), due.FloatString(2)
	out.Owes = due.Sign() > 0 && status != "draft"
	return out
}

// LeftOfPayment is how much of a payment can still be given back.
func LeftOfPayment(f map[string]audit.Value) string {
	return new(big.Rat).Sub(amount(f["amount"]), amount(f["refunded"])).FloatString(2)
}

// AddMoney adds two amounts, exactly; "" is nothing.
func AddMoney(a, b string) string {
	return new(big.Rat).Add(amount(audit.String(a)), amount(audit.String(b))).FloatString(2)
}
