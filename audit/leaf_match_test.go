package audit

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// filters are filters that often have something to do with e.
func filters(e *Event) *rapid.Generator[Filter] {
	is := rapid.Custom(func(t *rapid.T) Expr {
		p := rapid.SampledFrom([]Property{ByUser, ByType, ByAction, ByModule, ByObject, ByRecord, ByOperation, ByOutcome, ByChannel, ByCause, ByEvent, ByUserName, ByRecordName, ByField, ByBefore, ByAfter, ByIP, "later"}).Draw(t, "property")
		values := []string{"", "*", "web", someID, "ana@example.com", Is{Property: p}.of(e), string(e.Type)}
		return Is{p, rapid.SliceOfN(rapid.SampledFrom(values), 0, 2).Draw(t, "values")}
	})
	words := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a", e.Description, e.Actor.Name}), 0, 2), func(w []string) Expr { return Text{Words: w} })
	var expr func(depth int) *rapid.Generator[Expr]
	expr = func(depth int) *rapid.Generator[Expr] {
		if depth == 0 {
			return rapid.OneOf(is, words)
		}
		return rapid.Custom(func(t *rapid.T) Expr {
			parts := rapid.SliceOfN(expr(depth-1), 0, 3).Draw(t, "parts")
			switch rapid.IntRange(0, 3).Draw(t, "node") {
			case 0:
				return All(parts)
			case 1:
				return Any(parts)
			case 2:
				return Not{expr(depth-1).Draw(t, "part")}
			}
			if rapid.Bool().Draw(t, "at") {
				return At{e.OccurredAt.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "from"))), e.OccurredAt.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "to")) * time.Microsecond)}
			}
			return is.Draw(t, "property")
		})
	}
	return rapid.Custom(func(t *rapid.T) Filter {
		times := rapid.SampledFrom([]time.Time{{}, e.OccurredAt, e.OccurredAt.Add(time.Microsecond), e.OccurredAt.Add(-time.Microsecond)})
		f := Filter{From: times.Draw(t, "from"), To: times.Draw(t, "to")}
		if rapid.Bool().Draw(t, "where") {
			f.Where = expr(2).Draw(t, "expr")
		}
		return f
	})
}

func TestMatchHeaderIsRightWhenCertain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := leafEvents().Draw(t, "event")
		f := filters(e).Draw(t, "filter")
		matches, certain := f.MatchHeader(headerOf(t, e))
		if certain && matches != f.Match(e) {
			t.Fatalf("certain of %v, but Match says %v: %#v", matches, !matches, f)
		}
	})
}

func TestMatchHeader(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	ours := &Event{OccurredAt: at, Actor: Actor{ID: someID}, Type: "contact.updated", Action: Updated, Record: &Ref{Object: "contact", ID: someID}}
	others := &Event{OccurredAt: at, Actor: Actor{ID: "ana@example.com"}, Record: &Ref{ID: "7"}}
	nobody := &Event{OccurredAt: at}
	text := Text{Words: []string{"acme"}}
	is := func(p Property, values ...string) Is { return Is{p, values} }
	for _, tt := range []struct {
		name   string
		event  *Event
		filter Filter
		want   string
	}{
		{"everything", ours, Filter{}, "yes"},
		{"before", ours, Filter{From: at.Add(1), Where: text}, "no"},
		{"after", ours, Filter{To: at}, "no"},
		{"words", ours, Filter{Where: text}, "unsure"},
		{"words or what is so", ours, Filter{Where: Any{text, is(ByAction, "updated")}}, "yes"},
		{"words or what is not so", ours, Filter{Where: Any{text, is(ByAction, "deleted")}}, "unsure"},
		{"words and what is so", ours, Filter{Where: All{text, is(ByAction, "updated")}}, "unsure"},
		{"words and what is not so", ours, Filter{Where: All{text, is(ByAction, "deleted")}}, "no"},
		{"without words", ours, Filter{Where: Not{text}}, "unsure"},
		{"without what is so", ours, Filter{Where: Not{is(ByType, "contact.*")}}, "no"},
		{"a user", ours, Filter{Where: is(ByUser, someID)}, "yes"},
		{"another user", ours, Filter{Where: is(ByUser, "bo@example.com")}, "no"},
		{"a user that is hidden", others, Filter{Where: is(ByUser, "ana@example.com")}, "unsure"},
		{"a user of ours where one is hidden", others, Filter{Where: is(ByUser, someID)}, "no"},
		{"a user of ours or another", others, Filter{Where: is(ByUser, someID, "bo@example.com")}, "unsure"},
		{"a user of ours where none is", nobody, Filter{Where: is(ByUser, someID)}, "no"},
		{"a record that is hidden", others, Filter{Where: is(ByRecord, "7")}, "unsure"},
		{"a record of ours where one is hidden", others, Filter{Where: is(ByRecord, someID)}, "no"},
		{"a record where none is", nobody, Filter{Where: is(ByRecord, "7")}, "no"},
		{"a property that comes later", ours, Filter{Where: is("later", "x")}, "unsure"},
	} {
		matches, certain := tt.filter.MatchHeader(headerOf(t, tt.event))
		got := map[bool]string{true: "yes", false: "no"}[matches]
		if !certain {
			got = "unsure"
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
