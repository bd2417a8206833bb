package audit

import "slices"

// Sift reports for each filter whether e passes it, as Match does. The text of the event, which may be long, is folded once for
// all of them, and not at all when none looks into it.
func Sift(e *Event, filters []Filter) []bool {
	l := looked{event: e}
	out := make([]bool, len(filters))
	for i, f := range filters {
		out[i] = At{f.From, f.To}.Match(e) && (f.Where == nil || l.passes(f.Where))
	}
	return out
}

// looked is an event with its search text, once that was asked for.
type looked struct {
	event  *Event
	folded bool
	text   string
}

func (l *looked) passes(x Expr) bool {
	switch x := x.(type) {
	case All:
		return !slices.ContainsFunc(x, func(part Expr) bool { return !l.passes(part) })
	case Any:
		return slices.ContainsFunc(x, l.passes)
	case Not:
		return !l.passes(x.Expr)
	case Text:
		if !l.folded {
			l.folded, l.text = true, string(SearchText(l.event))
		}
		return x.isIn(l.text)
	}
	return x.Match(l.event)
}
