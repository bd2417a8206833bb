package web

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWordDiff(t *testing.T) {
	was, is := wordDiff("Call Ana on Monday,\nbefore noon.", "Call Zoë on Monday,\nafter noon.")
	if diff := cmp.Diff([]diffPart{{"Call ", false}, {"Ana", true}, {" on Monday,\n", false}, {"before", true}, {" noon.", false}}, was); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]diffPart{{"Call ", false}, {"Zoë", true}, {" on Monday,\n", false}, {"after", true}, {" noon.", false}}, is); diff != "" {
		t.Error(diff)
	}
	if was, is := wordDiff(strings.Repeat("a ", diffWords), "b"); was != nil || is != nil {
		t.Error("very long texts are compared")
	}
}

// The parts of each side are that side, and what is not changed is the same on both.
func TestWordDiffIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-cé\p{L}]{1,3}[ \n,]?){0,30}`)
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		whole := func(parts []diffPart) (all, same string) {
			for _, p := range parts {
				all += p.Text
				if !p.Changed {
					same += p.Text
				}
			}
			return all, same
		}
		was, is := wordDiff(before, after)
		a, sameA := whole(was)
		b, sameB := whole(is)
		if a != before || b != after || sameA != sameB {
			t.Errorf("%q and %q come apart as %+v and %+v", before, after, was, is)
		}
	})
}

// An entry shows of a long text which words went and which came.
func TestLongTextByWords(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	note := w.create("note", "contact", string(ana.ID), "body", "Call her.\nBefore noon.")
	w.change(note, "body", "Call him.\nBefore noon.")
	w.owner.get(eventAddress(w.newest("note.updated").ID)).want(t, 200, "Call <del>her</del>.", "Call <ins>him</ins>.")
}
