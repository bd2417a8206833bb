package calendar

import (
	"slices"
)

// Span is a stretch on an axis, and the lane that it stands in beside those at the same time.
type Span struct {
	From, To int // in any unit, From below To
	// Lane counts from 0, of Lanes; the span reaches over Wide of them, at least one.
	Lane, Lanes, Wide int
}

// Arrange gives the spans their lanes: those that overlap stand side by side, each as wide as there is room, and the
// longest of those that begin together stands first. Spans that only touch do not overlap. The order of spans stays.
func Arrange(spans []Span) {
	order := make([]*Span, len(spans))
	for i := range spans {
		order[i] = &spans[i]
	}
	slices.SortStableFunc(order, func(a, b *Span) int {
		if a.From != b.From {
			return a.From - b.From
		}
		return b.To - a.To
	})
	for len(order) > 0 {
		n, end := 1, order[0].To // those that hang together, one overlapping the next
		for n < len(order) && order[n].From < end {
			end = max(end, order[n].To)
			n++
		}
		arrangeGroup(order[:n])
		order = order[n:]
	}
}

func arrangeGroup(group []*Span) {
	var ends []int // of the last span in each lane
	for _, s := range group {
		s.Lane = slices.IndexFunc(ends, func(end int) bool { return end <= s.From })
		if s.Lane < 0 {
			s.Lane = len(ends)
			ends = append(ends, 0)
		}
		ends[s.Lane] = s.To
	}
	for _, s := range group {
		s.Lanes, s.Wide = len(ends), len(ends)-s.Lane
		for _, other := range group {
			if other.Lane > s.Lane && other.From < s.To && s.From < other.To {
				s.Wide = min(s.Wide, other.Lane-s.Lane)
			}
		}
	}
}
