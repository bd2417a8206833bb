package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// condition is what a filter is to the database: a condition on the columns of pending and events that holds for every
// event that passes. When exact is false some hold that do not pass, and the reader asks Filter.Match as well.
type condition struct {
	sql   fragment
	exact bool
}

var everything = condition{sqlf("1 = 1"), true}

// compile turns an expression into a condition.
func (d *dialect) compile(x audit.Expr) condition {
	switch x := x.(type) {
	case nil:
		return everything
	case audit.All:
		return d.compileParts(x, " AND ", "1 = 1")
	case audit.Any:
		return d.compileParts(x, " OR ", "1 = 0")
	case audit.Not:
		if c := d.compile(x.Expr); c.exact {
			var f fragment
			f.put("NOT (", c.sql, ")")
			return condition{f, true}
		}
	case audit.Is:
		if f, ok := d.compileIs(x); ok {
			return condition{f, true}
		}
	case audit.At:
		return condition{d.during(spanAt(x)), true}
	}
	// Texts, and what stands in a body alone: the index of words narrows them (see words.go), and Match decides.
	return condition{everything.sql, false}
}

func (d *dialect) compileParts(parts []audit.Expr, op, none string) condition {
	if len(parts) == 0 {
		return condition{sqlf(none), true}
	}
	exact := true
	var sqls []fragment
	for _, x := range parts {
		c := d.compile(x)
		exact = exact && c.exact
		sqls = append(sqls, c.sql)
	}
	return condition{joined(op, sqls), exact}
}

var filterColumns = map[audit.Property]string{
	audit.ByUser: "actor", audit.ByAction: "action", audit.ByModule: "module", audit.ByObject: "object",
	audit.ByRecord: "record_id", audit.ByOperation: "operation", audit.ByOutcome: "outcome",
	audit.ByChannel: "channel", audit.ByCause: "cause", audit.ByEvent: "id",
}

func (d *dialect) compileIs(x audit.Is) (fragment, bool) {
	if len(x.Values) == 0 {
		return sqlf("1 = 0"), true
	}
	if x.Property == audit.ByType {
		var parts []fragment
		for _, v := range x.Values {
			parts = append(parts, typePattern(v))
		}
		return joined(" OR ", parts), true
	}
	column, ok := filterColumns[x.Property]
	if !ok {
		return fragment{}, false
	}
	if x.Property == audit.ByRecord || x.Property == audit.ByCause || x.Property == audit.ByEvent {
		column = d.unindexed(column) // the index is asked for by narrowing
	}
	return among(column, x.Values), true
}

func among(column string, values []string) fragment {
	if len(values) == 0 {
		return sqlf("1 = 0")
	}
	if len(values) == 1 {
		return sqlf(column+" = ?", values[0])
	}
	var f fragment
	f.put(column+" IN (", list(values), ")")
	return f
}

// typePattern is audit.MatchType as a condition.
func typePattern(p string) fragment {
	if p == "*" || p == "*.*" {
		return everything.sql
	}
	if object, ok := strings.CutSuffix(p, ".*"); ok {
		return sqlf("type >= ? AND type < ?", object+".", object+"/") // the slash follows the dot
	}
	if verb, ok := strings.CutPrefix(p, "*."); ok {
		n := len([]rune(verb))
		return sqlf(fmt.Sprintf("substr(type, length(type) - %d) = ?", n), "."+verb)
	}
	return sqlf("type = ?", p)
}

// span is a stretch of time, from inclusive and to exclusive, in microseconds; the ends are open when unset.
type span struct {
	from, to       int64
	hasFrom, hasTo bool
}

// spanOf is the stretch in which everything that passes lies.
func spanOf(f audit.Filter) span {
	return spanAt(audit.At{From: f.From, To: f.To}).within(spanIn(f.Where))
}

func spanIn(x audit.Expr) (s span) {
	switch x := x.(type) {
	case audit.At:
		return spanAt(x)
	case audit.All:
		for _, part := range x {
			s = s.within(spanIn(part))
		}
	}
	return s
}

func spanAt(a audit.At) span {
	var s span
	if !a.From.IsZero() {
		// Events are at whole microseconds: the first one not before From.
		s.from, s.hasFrom = ceilMicro(a.From), true
	}
	if !a.To.IsZero() {
		s.to, s.hasTo = ceilMicro(a.To), true
	}
	return s
}

func ceilMicro(t time.Time) int64 {
	us := t.UnixMicro()
	if t.After(time.UnixMicro(us)) {
		us++
	}
	return us
}

// within narrows s to t.
func (s span) within(t span) span {
	if t.hasFrom && (!s.hasFrom || t.from > s.from) {
		s.from, s.hasFrom = t.from, true
	}
	if t.hasTo && (!s.hasTo || t.to < s.to) {
		s.to, s.hasTo = t.to, true
	}
	return s
}

// sql is the span as a condition on a column.
func (s span) sql(column string) fragment {
	var f fragment
	if s.hasFrom {
		f.add(" AND "+column+" >= ?", s.from)
	}
	if s.hasTo {
		f.add(" AND "+column+" < ?", s.to)
	}
	return f
}

// during is the span as a condition by itself, which no index is chosen by: the scan's own span is what walks.
func (d *dialect) during(s span) fragment {
	f := everything.sql
	f.put("", s.sql(d.unplanned("occurred_at")), "")
	return f
}

// required returns the values that every event must have for a property, when the expression says so at its top.
func required(x audit.Expr, p audit.Property) ([]string, bool) {
	switch x := x.(type) {
	case audit.Is:
		if x.Property == p {
			return x.Values, true
		}
	case audit.All:
		for _, part := range x {
			if values, ok := required(part, p); ok {
				return slices.Clone(values), true
			}
		}
	}
	return nil, false
}
