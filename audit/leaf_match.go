package audit

import "slices"

// MatchHeader says of an event of which only the header is known whether it passes the filter. When certain is false,
// only the values that the header does not say could decide, and matches means nothing.
func (f Filter) MatchHeader(h Header) (matches, certain bool) {
	e := h.Event()
	if !(Filter{From: f.From, To: f.To}).Match(e) {
		return false, true
	}
	if f.Where == nil {
		return true, true
	}
	v := judge(f.Where, e)
	return v == passes, v != unsure
}

// verdict is what a header says of a filter. The order makes All the least of its parts and Any the greatest.
type verdict int

const (
	fails verdict = iota
	unsure
	passes
)

func judge(x Expr, e *Event) verdict {
	switch x := x.(type) {
	case All:
		v := passes
		for _, part := range x {
			v = min(v, judge(part, e))
		}
		return v
	case Any:
		v := fails
		for _, part := range x {
			v = max(v, judge(part, e))
		}
		return v
	case Not:
		return passes - judge(x.Expr, e)
	case Is:
		return x.judge(e)
	case At:
		if x.Match(e) {
			return passes
		}
		return fails
	}
	return unsure // Text and Changed, and what comes later
}

func (i Is) judge(e *Event) verdict {
	hidden := false // the id may be one that the header does not say
	switch i.Property {
	case ByUser:
		hidden = e.Actor.ID == ""
	case ByRecord:
		hidden = e.Record != nil && e.Record.ID == ""
	case ByType, ByAction, ByModule, ByObject, ByOperation, ByOutcome, ByChannel, ByCause, ByEvent:
	default:
		return unsure
	}
	if hidden {
		// Only what has not the form of our ids is left out of the header.
		if slices.ContainsFunc(i.Values, func(v string) bool { return !ValidID(v) }) {
			return unsure
		}
		return fails
	}
	if i.Match(e) {
		return passes
	}
	return fails
}
