package modules

import (
	"math/big"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// amount is a decimal of a record, exactly; 0 for none.
func amount(v audit.Value) *big.Rat {
	r, ok := new(big.Rat).SetString(v.Text())
	if !ok {
		return new(big.Rat)
	}
	return r
}

var (
	hundred = big.NewRat(100, 1)
	half    = big.NewRat(1, 2)
	// mostMoney is the first amount that no Money field takes.
	mostMoney = new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(15), nil))
)

// cents rounds to two places, half up: 0.125 is 0.13, and -0.125 is -0.12.
func cents(r *big.Rat) *big.Rat {
	scaled := new(big.Rat).Mul(r, hundred)
	scaled.Add(scaled, half)
	floor := new(big.Int).Div(scaled.Num(), scaled.Denom()) // Euclidean: it rounds down for a positive divisor
	return new(big.Rat).SetFrac(floor, big.NewInt(100))
}

// lineTotal is what a line of an invoice comes to, with its tax, rounded once.
func lineTotal(row map[string]audit.Value) *big.Rat {
	line := new(big.Rat).Mul(amount(row["quantity"]), amount(row["price"]))
	percent := new(big.Rat).Add(hundred, amount(row["tax"]))
	return cents(line.Mul(line, percent.Quo(percent, hundred)))
}

// invoiceTotal is the sum of the lines without the discount.
func invoiceTotal(f map[string]audit.Value) *big.Rat {
	total := new(big.Rat)
	for _, row := range crm.RowsOf(f["items"]) {
		total.Add(total, lineTotal(row))
	}
	return total.Sub(total, amount(f["discount"]))
}

func moneyValue(r *big.Rat) audit.Value { return audit.String(r.FloatString(2)) }

// checkLines wants lines that can be added up: nothing below zero, and no more than a Money field holds.
func checkLines(f map[string]audit.Value) error {
	for n, row := range crm.RowsOf(f["items"]) {
		for _, key := range []string{"quantity", "price", "tax"} {
			if amount(row[key]).Sign() < 0 {
				return errs.InvalidField("items", "out_of_range", "Lines, row %d: %s must not be negative.", n+1, key)
			}
		}
		if amount(row["tax"]).Cmp(hundred) > 0 {
			return errs.InvalidField("items", "out_of_range", "Lines, row %d: tax is a percentage, at most 100.", n+1)
		}
	}
	if amount(f["discount"]).Sign() < 0 {
		return errs.InvalidField("discount", "out_of_range", "Discount must not be negative.")
	}
	total := invoiceTotal(f)
	if total.Sign() < 0 {
		return errs.InvalidField("discount", "out_of_range", "Discount is more than the lines come to.")
	}
	if total.Cmp(mostMoney) >= 0 {
		return errs.InvalidField("items", "out_of_range", "The lines come to too much: a total has at most 15 digits before the point.")
	}
	return nil
}
