package audit

import (
	"slices"
	"strings"

	"github.com/backtrail/backtrail/errs"
)

// allowed says what may stand behind the key.
func (k *QueryKey) allowed() string {
	switch {
	case k.Values != nil:
		return k.Key + " is one of " + joinOr(k.Values) + "."
	case k.Example != "":
		return k.Key + " takes " + k.Help + ", as in " + k.Key + ":" + k.Example + "."
	}
	return k.Key + " takes " + k.Help + "."
}

func joinOr(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " or " + items[len(items)-1]
}

func (p *queryParser) wrongValue(k *QueryKey, v queryValue) *errs.Field {
	return p.wrong(v.start, v.end, "invalid_"+k.Key, "%s is %s; %s", k.Key, Quote(v.text), k.allowed())
}

// checked is a key whose values have a form.
func checked(property Property, valid func(string) bool) func(*queryParser, *QueryKey, []queryValue) (Expr, *errs.Field) {
	return func(p *queryParser, k *QueryKey, values []queryValue) (Expr, *errs.Field) {
		texts := make([]string, len(values))
		for i, v := range values {
			if texts[i] = strings.ToLower(v.text); !valid(texts[i]) {
				return nil, p.wrongValue(k, v)
			}
		}
		return Is{property, SortedSet(texts)}, nil
	}
}

// fixed is a key with a list of values.
func fixed(property Property) func(*queryParser, *QueryKey, []queryValue) (Expr, *errs.Field) {
	return func(p *queryParser, k *QueryKey, values []queryValue) (Expr, *errs.Field) {
		valid := validKey
		if k.Values != nil {
			valid = func(s string) bool { return slices.Contains(k.Values, s) }
		}
		return checked(property, valid)(p, k, values)
	}
}

// byIDOrText is a key that takes ids of ours, and texts.
func byIDOrText(byID, byText Property) func(*queryParser, *QueryKey, []queryValue) (Expr, *errs.Field) {
	return func(p *queryParser, k *QueryKey, values []queryValue) (Expr, *errs.Field) {
		var ids, texts []string
		for _, v := range values {
			if ValidID(v.text) {
				ids = append(ids, v.text)
			} else if hasWords(v.text) {
				texts = append(texts, v.text)
			} else {
				return nil, p.wrongValue(k, v)
			}
		}
		var parts Any
		if len(ids) > 0 {
			parts = append(parts, Is{byID, SortedSet(ids)})
		}
		if len(texts) > 0 {
			parts = append(parts, Is{byText, SortedSet(texts)})
		}
		return anyParts(parts), nil
	}
}

// ofChange is a key about a single change.
func ofChange(property Property) func(*queryParser, *QueryKey, []queryValue) (Expr, *errs.Field) {
	return func(p *queryParser, k *QueryKey, values []queryValue) (Expr, *errs.Field) {
		texts := make([]string, len(values))
		for i, v := range values {
			if texts[i] = v.text; !hasWords(v.text) {
				return nil, p.wrongValue(k, v)
			}
		}
		return changeTerm{Is{property, SortedSet(texts)}}, nil
	}
}

func validNetwork(s string) bool {
	_, ok := ParseNetwork(s)
	return ok
}

func at(p *queryParser, k *QueryKey, values []queryValue) (Expr, *errs.Field) {
	var parts Any
	for _, v := range values {
		a, ok := parseAt(v.text, p.loc)
		if !ok {
			return nil, p.wrong(v.start, v.end, "invalid_at", "at is %s; %s", Quote(v.text),
				"give a day (2026-03-01), a month (2026-03), a year, a time (2026-03-01T09:30), or a range of them (2026-01..2026-03, 2026-03-01.. or ..2026-03-01).")
		}
		if !a.From.IsZero() && !a.To.IsZero() && !a.From.Before(a.To) {
			return nil, p.wrong(v.start, v.end, "invalid_range", "The range ends before it starts.")
		}
		parts = append(parts, a)
	}
	return anyParts(parts), nil
}
