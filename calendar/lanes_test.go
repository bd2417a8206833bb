package calendar

import (
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestArrange(t *testing.T) {
	for _, c := range []struct {
		name       string
		spans, out []Span
	}{
		{"alone", []Span{{From: 0, To: 60}}, []Span{{0, 60, 0, 1, 1}}},
		{"one after the other", []Span{{From: 0, To: 60}, {From: 60, To: 120}}, []Span{{0, 60, 0, 1, 1}, {60, 120, 0, 1, 1}}},
		{"at once", []Span{{From: 0, To: 60}, {From: 30, To: 90}}, []Span{{0, 60, 0, 2, 1}, {30, 90, 1, 2, 1}}},
		{"the longer first", []Span{{From: 0, To: 30}, {From: 0, To: 60}}, []Span{{0, 30, 1, 2, 1}, {0, 60, 0, 2, 1}}},
		{"a chain", []Span{{From: 0, To: 60}, {From: 50, To: 110}, {From: 60, To: 120}},
			[]Span{{0, 60, 0, 2, 1}, {50, 110, 1, 2, 1}, {60, 120, 0, 2, 1}}},
		{"as wide as there is room", []Span{{From: 0, To: 100}, {From: 0, To: 50}, {From: 0, To: 50}, {From: 60, To: 90}},
			[]Span{{0, 100, 0, 3, 1}, {0, 50, 1, 3, 1}, {0, 50, 2, 3, 1}, {60, 90, 1, 3, 2}}},
	} {
		Arrange(c.spans)
		if diff := gocmp.Diff(c.out, c.spans); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// However they lie: none covers another.
func TestArrangeNeverCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		spans := make([]Span, r.IntN(30))
		for i := range spans {
			from := r.IntN(200)
			spans[i] = Span{From: from, To: from + 1 + r.IntN(60)}
		}
		Arrange(spans)
		for i, a := range spans {
			if a.Lane < 0 || a.Wide < 1 || a.Lane+a.Wide > a.Lanes {
				t.Fatalf("%+v", a)
			}
			for _, b := range spans[:i] {
				if a.From >= b.To || b.From >= a.To {
					continue
				}
				if a.Lanes != b.Lanes || a.Lane < b.Lane+b.Wide && b.Lane < a.Lane+a.Wide {
					t.Fatalf("%+v covers %+v", a, b)
				}
			}
		}
	}
}
