package audit

import (
	"slices"
	"testing"
)

// Sift says of each filter what Match says of it.
func TestSift(t *testing.T) {
	e := won()
	text, no := Text{Words: []string{"won"}}, Text{Words: []string{"zebra"}}
	var filters []Filter
	for _, x := range []Expr{nil, text, no, Not{no}, All{text, Is{ByAction, []string{"created"}}}, Any{no, text}, All{Any{no, Not{text}}, text}, Is{ByType, []string{string(e.Type)}},
		Text{Phrases: []string{e.Actor.Name}}, All{}, Any{}} {
		filters = append(filters, Filter{Where: x})
	}
	filters = append(filters, Filter{From: e.OccurredAt.Add(1)}, Filter{To: e.OccurredAt.Add(1)})
	var want []bool
	for _, f := range filters {
		want = append(want, f.Match(e))
	}
	if got := Sift(e, filters); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !slices.Contains(want[1:], true) || !slices.Contains(want, false) {
		t.Errorf("the filters all say %v", want)
	}
}
