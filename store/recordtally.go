package store

import (
	"context"
	"fmt"

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
	f.put("SELECT coalesce("+key+", ''), count(*), coalesce(sum("+cents+"), 0) FROM records WHERE ", where, " GROUP BY 1 ORDER BY 1")
	return all(ctx, v.c, func(r row) (g crm.Group, err error) {
		var cents int64
		err = r.Scan(&g.Key, &g.Count, &cents)
		g.Sum = decimal(cents)
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
func decimal(cents int64) string {
	sign := ""
	if cents < 0 {
		sign = "-"
	}
	units, rest := cents/100, cents%100
	if units < 0 {
		units = -units
	}
	if rest < 0 {
		rest = -rest
	}
	return fmt.Sprintf("%s%d.%02d", sign, units, rest)
}
