package store

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// fieldKey is what may stand in the text of a statement as a field's key.
var fieldKey = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// fieldText is a field's value as text, NULL for none: the string itself of a text value, the JSON of any other.
func fieldText(f *crm.Field) (string, error) {
	if !fieldKey.MatchString(f.Key) {
		return "", fmt.Errorf("store: %q cannot be the key of a field", f.Key)
	}
	switch f.Type {
	case crm.Boolean, crm.Secret, crm.Tags, crm.Rows:
		return "CAST(fields -> '" + f.Key + "' AS TEXT)", nil
	}
	return "(fields ->> '" + f.Key + "')", nil
}

// matching is the condition of q on the table records, without its place.
func (v *View) matching(q crm.Query) (fragment, error) {
	f := sqlf("account = ? AND object = ?", v.account, q.Object.Key)
	for _, w := range q.Words {
		f.add(` AND search LIKE ? ESCAPE '\'`, "%"+escapeLike(w)+"%")
	}
	for _, c := range q.Where {
		g, err := v.holds(q.Object, c)
		if err != nil {
			return f, err
		}
		f.put(" AND (", g, ")")
	}
	if q.Assigned != nil {
		g, err := v.assigned(q.Object, *q.Assigned)
		if err != nil {
			return f, err
		}
		f.put(" AND ", g, "")
	}
	return f, nil
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func escapeLike(s string) string { return likeEscaper.Replace(s) }

// within is a condition on the range of one field's values.
func (v *View) within(object *crm.Object, c crm.Condition) (fragment, error) {
	o, err := v.order(crm.Query{Object: object, Sort: c.Field.Key})
	if err != nil {
		return fragment{}, err
	}
	var parts []fragment
	for _, bound := range []struct{ op, value string }{{" >= ", c.From}, {" < ", c.Before}} {
		if bound.value != "" {
			parts = append(parts, sqlf(o.expr+bound.op+o.bound, strings.ToLower(bound.value)))
		}
	}
	return joined(" AND ", parts), nil
}

// holds is a condition on one field.
func (v *View) holds(object *crm.Object, c crm.Condition) (fragment, error) {
	if c.From != "" || c.Before != "" {
		return v.within(object, c)
	}
	text, err := fieldText(c.Field)
	if err != nil {
		return fragment{}, err
	}
	var parts []fragment
	var values []string
	for _, value := range c.Values {
		if value == "" {
			parts = append(parts, sqlf(text+" IS NULL"))
		} else {
			values = append(values, value)
		}
	}
	if len(values) > 0 {
		var f fragment
		switch c.Field.Type {
		case crm.RefType:
			f = sqlf("id IN (SELECT id FROM links WHERE account = ? AND target IN (", v.account)
			f.put("", list(values), ") AND object = ? AND field = ?)")
			f.args = append(f.args, object.Key, c.Field.Key)
		case crm.Tags:
			var tags []fragment
			for _, tag := range values {
				tags = append(tags, sqlf("? IN ("+v.c.words().elements("fields -> '"+c.Field.Key+"'")+")", tag))
			}
			f = joined(" OR ", tags)
		default:
			f = among(text, values)
		}
		parts = append(parts, f)
	}
	if len(parts) == 0 {
		return sqlf("1 = 0"), nil
	}
	return joined(" OR ", parts), nil
}

// assigned narrows to the records that are linked to a person, or whose parent is.
func (v *View) assigned(object *crm.Object, a crm.Assigned) (fragment, error) {
	if a.Via == "" {
		return sqlf("id IN (SELECT id FROM links WHERE account = ? AND target = ? AND object = ? AND field = ?)",
			v.account, a.To, object.Key, a.Field), nil
	}
	via, ok := object.Field(a.Via)
	if !ok {
		return fragment{}, fmt.Errorf("store: %s has no field %q", object.Key, a.Via)
	}
	return sqlf("id IN (SELECT own.id FROM links AS parent JOIN links AS own ON own.account = parent.account AND own.target = parent.id "+
		"WHERE parent.account = ? AND parent.target = ? AND parent.object = ? AND parent.field = ? AND own.object = ? AND own.field = ?)",
		v.account, a.To, via.Object, a.Field, object.Key, a.Via), nil
}

// order is what a query is sorted by: an expression on records, NULL for records without a value, which come last
// whatever the direction.
type order struct {
	expr     string
	nullable bool
	// bound is the form of a placeholder that compares with expr, and parse makes its argument of a Position's value.
	bound string
	parse func(string) (any, error)
	// value is the key as a Position says it, in terms of page and r.
	value string
}

// keyText is a key as it is.
const keyText = "CAST(page.key AS TEXT)"

func (v *View) order(q crm.Query) (order, error) {
	d := v.c.words()
	text := func(s string) (any, error) { return s, nil }
	whole := func(s string) (any, error) { return strconv.ParseInt(s, 10, 64) }
	switch q.Sort {
	case "", "name":
		return order{"sort_name", false, "?", text, keyText}, nil
	case "created_at", "updated_at":
		return order{q.Sort, false, "?", whole, keyText}, nil
	}
	f, ok := q.Object.Field(q.Sort)
	if !ok {
		return order{}, errs.InvalidField("sort", "unknown_field", "%s cannot be sorted by %s.", q.Object.LabelPlural, audit.Quote(q.Sort))
	}
	value, err := fieldText(f)
	if err != nil {
		return order{}, err
	}
	switch f.Type {
	case crm.Number, crm.Money:
		return order{d.number(value), true, d.number("?"), func(s string) (any, error) {
			_, err := strconv.ParseFloat(s, 64)
			return s, err
		}, "r." + strings.Trim(value, "()")}, nil // the key may be rounded, and its text once more
	case crm.RefType: // by the name of what it points at
		return order{"(SELECT t.sort_name FROM records AS t WHERE t.account = records.account AND t.object = '" + f.Object +
			"' AND t.id = records.fields ->> '" + f.Key + "')", true, "?", text, keyText}, nil
	}
	return order{d.folded(value), true, "?", text, keyText}, nil
}

// behind is the condition that a record comes after p.
func (o order) behind(p crm.Position, desc bool) (fragment, error) {
	than := ">"
	if desc {
		than = "<"
	}
	if p.Value == "" && o.nullable {
		return sqlf("key IS NULL AND id "+than+" ?", p.ID), nil
	}
	value, err := o.parse(p.Value)
	if err != nil {
		return fragment{}, errs.InvalidField("cursor", "invalid_cursor", "The cursor does not belong to this list.").
			WithFix("Ask for the first page again without a cursor.")
	}
	f := sqlf("(key, id) "+than+" ("+o.bound+", ?)", value, p.ID)
	if o.nullable {
		f.add(" OR key IS NULL")
	}
	return f, nil
}

// Find implements crm.View. Records without a value in the field that sorts come last, in either direction.
func (v *View) Find(ctx context.Context, q crm.Query) ([]*crm.Record, *crm.Position, error) {
	where, err := v.matching(q)
	if err != nil {
		return nil, nil, err
	}
	o, err := v.order(q)
	if err != nil {
		return nil, nil, err
	}
	direction := ""
	if q.Desc {
		direction = " DESC"
	}
	// The narrow columns are sorted, and the page's records read afterwards.
	var f fragment
	f.put("WITH found AS (SELECT id, "+o.expr+" AS key FROM records WHERE ", where, "), page AS MATERIALIZED (SELECT id, key FROM found")
	if q.After != nil {
		behind, err := o.behind(*q.After, q.Desc)
		if err != nil {
			return nil, nil, err
		}
		f.put(" WHERE ", behind, "")
	}
	by := fmt.Sprintf(" ORDER BY (%%[1]skey IS NULL), %%[1]skey%[1]s, %%[1]sid%[1]s", direction)
	f.add(fmt.Sprintf(by, "")+" LIMIT ?)", q.Limit+1)
	f.add(" SELECT r.id, r.version, r.created_at, r.updated_at, r.name, r.fields, coalesce("+o.value+", '') FROM page "+
		"JOIN records AS r ON r.account = ? AND r.object = ? AND r.id = page.id"+fmt.Sprintf(by, "page."), v.account, q.Object.Key)
	var key string
	var keys []string
	record := scanRecord(q.Object.Key, &key)
	records, err := all(ctx, v.c, func(r row) (*crm.Record, error) {
		rec, err := record(r)
		keys = append(keys, key)
		return rec, err
	}, f.numbered(), f.args...)
	if err != nil || len(records) <= q.Limit {
		return records, nil, err
	}
	records = records[:q.Limit]
	last := q.Limit - 1
	return records, &crm.Position{Value: keys[last], ID: records[last].ID}, nil
}
