package web

import (
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/savedviews"
)

// auditChip is an active filter, with the address of the page without it.
type auditChip struct {
	Label  string // "User"; "" when the value says it
	Value  string
	Remove string
}

// chipMaker words the filter's values.
type chipMaker struct {
	catalog *audit.Catalog
	schema  *crm.Schema
	people  []auditPerson
	loc     *time.Location
	// names are those of records, operations and accounts that are asked for by id.
	names map[string]string
}

// chips lists what is active in f, in the order of the bar.
func (m chipMaker) chips(f *auditFilter) []auditChip {
	var out []auditChip
	add := func(name, value, label, words string) {
		out = append(out, auditChip{Label: label, Value: words, Remove: f.at() + f.without(name, value)})
	}
	if p := savedviews.RangeOf(f.address.Get(rangeParam)); p != nil {
		add(rangeParam, "", "Date", p.Label)
	}
	for _, name := range []string{"from", "to", lastParam} {
		if value := f.address.Get(name); value != "" {
			add(name, "", map[string]string{"from": "From", "to": "Before", lastParam: "Until"}[name], m.day(value))
		}
	}
	for _, name := range []string{accountParam, "user", "action", "type", "module", "object", "record", "about", "field", "operation", "outcome", "channel"} {
		for _, value := range f.address[name] {
			label, words := m.words(name, value)
			add(name, value, label, words)
		}
	}
	for _, q := range f.address["q"] {
		out = append(out, m.questionChips(f, q)...)
	}
	return out
}

// day words a date, or a time, of the address.
func (m chipMaker) day(value string) string {
	t, err := audit.ParseTime(value, m.loc)
	if err != nil {
		return value // the page has said what is wrong with it
	}
	t = t.In(m.loc)
	if len(value) == len(time.DateOnly) || t.Equal(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, m.loc)) {
		return t.Format("2 Jan 2006") // an export has its days as times
	}
	return t.Format("2 Jan 2006, 15:04:05")
}

func (m chipMaker) words(name, value string) (label, words string) {
	switch name {
	case accountParam:
		return "Account", m.named(value)
	case "user":
		for _, p := range m.people {
			if string(p.ID) == value {
				return "User", p.Name
			}
		}
		return "User", m.named(value)
	case "action":
		return "Action", title(value)
	case "type":
		return "Event type", typeLabel(m.catalog, m.schema, value)
	case "module":
		return "Module", m.catalog.ModuleLabel(value)
	case "object":
		return "Object", title(objectWord(m.schema, value).One)
	case "record":
		return "Record", m.named(value)
	case "about":
		return "With what belongs to it", m.named(value)
	case "field":
		return "Field", fieldWords(m.schema, value)
	case "operation":
		return "One operation", m.named(value)
	case "outcome":
		return "Outcome", labelOf(outcomeLabels, audit.Outcome(value))
	case "channel":
		return "Came in by", labelOf(channelLabels, audit.Channel(value))
	}
	return "Search", value
}

// named is the name behind an id, or the id's end when nothing tells it.
func (m chipMaker) named(id string) string {
	if name := m.names[id]; name != "" {
		return name
	}
	return "…" + id[max(0, len(id)-8):]
}

// filterWords says a filter in one line, for a list of exports.
func (m chipMaker) filterWords(f *auditFilter) []string {
	var out []string
	for _, c := range m.chips(f) {
		out = append(out, c.Label+": "+c.Value)
	}
	return out
}
