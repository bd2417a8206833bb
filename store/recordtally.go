package store

import (
	"context"
	"fmt"
	"math/big"

	"github.com/backtrail/backtrail/crm"
)

// Tally implements crm.View. The groups are in the order of their keys; the one without a value is "".
func (v *View) Tally(ctx context.Context, q crm.Query, by, sum string) ([]crm.Group, error) {
	where, err := v.matching(q)
	if err != nil {
		return nil, err
	}
	key, cents := "''", "0"
	if by != "" {
		if key, err = textOf(q.Object, by); err != nil {
			return nil, err
		}
	}
	if sum != "" {
		amount, err := textOf(q.Object, sum)
		if err != nil {
			return nil, err
		}
		cents = v.c.words().cents(amount)
	}
	var f fragment
	// Many large amounts come to more than 64 bits: what is above a million and what is below are added up apart.
	high, low := "CAST(coalesce(sum(("+cents+") / 1000000), 0) AS BIGINT)", "CAST(coalesce(sum(("+cents+") % 1000000), 0) AS BIGINT)"
	f.put("SELECT coalesce("+key+", ''), count(*), "+high+", "+low+" FROM records WHERE ", where, " GROUP BY 1 ORDER BY 1")
	return all(ctx, v.c, func(r row) (g crm.Group, err error) {
		var high, low int64
		err = r.Scan(&g.Key, &g.Count, &high, &low)
		sum := new(big.Int).Mul(big.NewInt(high), big.NewInt(1000000))
		g.Sum = decimal(sum.Add(sum, big.NewInt(low)))
		return g, err
	}, f.numbered(), f.args...)
}

func textOf(object *crm.Object, key string) (string, error) {
	f, ok := object.Field(key)
	if !ok {
		return "", fmt.Errorf("store: %s has no field %q", object.Key, key)
	}
	return fieldText(f)
}

// decimal writes cents with two decimals.
func decimal(cents *big.Int) string {
	units, rest := new(big.Int).QuoRem(cents, big.NewInt(100), new(big.Int))
	sign := ""
	if cents.Sign() < 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%d.%02d", sign, units.Abs(units), rest.Abs(rest))
}
