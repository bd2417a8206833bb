package web

import (
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// queryMistake is a mistake in the question of the search box, with the spot.
type queryMistake struct {
	Question            string
	Detail              string
	Before, Here, After string
}

// mistakeOf is what is wrong with q.
func mistakeOf(wrong errs.Field, asked string) *queryMistake {
	m := &queryMistake{Question: asked, Detail: wrong.Detail}
	if wrong.Span != nil {
		m.Question = wrong.Span.Text
		m.Before, m.Here, m.After = wrong.Span.Parts()
	}
	return m
}

// question reads one question of the address; a wrong one is nil.
func (m chipMaker) question(q string) audit.Expr {
	x, err := audit.ParseQuery(q, m.catalog, m.loc)
	if err != nil {
		return nil
	}
	return x
}

// questionChips are a chip for each term of a question.
func (m chipMaker) questionChips(f *auditFilter, q string) []auditChip {
	terms := audit.Terms(m.question(q))
	if len(terms) < 2 && !named(terms) {
		return []auditChip{{Label: "Search", Value: q, Remove: f.at() + f.without("q", q)}}
	}
	var out []auditChip
	for i, term := range terms {
		var rest audit.All
		rest = append(append(rest, terms[:i]...), terms[i+1:]...)
		label, value := m.termWords(term)
		out = append(out, auditChip{Label: label, Value: value, Remove: f.at() + f.instead("q", q, audit.QueryText(rest, m.loc))})
	}
	return out
}

// named reports whether the only term has ids that people know by name.
func named(terms []audit.Expr) bool {
	if len(terms) != 1 {
		return false
	}
	x := terms[0]
	if not, ok := x.(audit.Not); ok {
		x = not.Expr
	}
	_, ok := idTerm(x)
	return ok
}

// idTerm is a term about one id, which the page knows a name for.
func idTerm(x audit.Expr) (audit.Is, bool) {
	is, ok := x.(audit.Is)
	switch is.Property {
	case audit.ByUser, audit.ByRecord, audit.ByOperation:
		return is, ok && len(is.Values) == 1
	}
	return is, false
}

func (m chipMaker) termWords(x audit.Expr) (label, value string) {
	if not, ok := x.(audit.Not); ok {
		if is, ok := idTerm(not.Expr); ok {
			label, value = m.words(string(is.Property), is.Values[0])
			return "Not " + strings.ToLower(label), value
		}
	}
	if is, ok := idTerm(x); ok {
		return m.words(string(is.Property), is.Values[0])
	}
	return "Search", audit.QueryText(x, m.loc)
}

// instead is the query of the filter with another value in the place of one; without it when the other one is "".
func (f *auditFilter) instead(name, value, other string) string {
	if other == "" {
		return f.without(name, value)
	}
	v := cloneValues(f.address)
	for i, s := range v[name] {
		if s == value {
			v[name][i] = other
		}
	}
	return queryOf(v)
}

// narrowTerm is something of an entry that the list can be narrowed to, or freed of.
type narrowTerm struct {
	Key          string // of what it is, as rows mark it
	Label, Value string
	Only, Not    string // addresses of the list
}

// narrowTerms lists what an entry can be told by.
func (m chipMaker) narrowTerms(f *auditFilter, e *audit.Event) []narrowTerm {
	var out []narrowTerm
	add := func(key, label, value string, term audit.Expr) {
		out = append(out, narrowTerm{key, label, value, f.at() + m.narrowed(f, term, false), f.at() + m.narrowed(f, term, true)})
	}
	is := func(p audit.Property, value string) audit.Expr { return audit.Is{Property: p, Values: []string{value}} }
	switch {
	case audit.ValidID(e.Actor.ID):
		add("user", "User", e.Actor.Name, is(audit.ByUser, string(e.Actor.ID)))
	case hasLetters(e.Actor.Name):
		add("user", "User", e.Actor.Name, is(audit.ByUserName, e.Actor.Name))
	}
	add("type", "Event type", m.catalog.Label(e.Type), is(audit.ByType, string(e.Type)))
	add("action", "Action", title(string(e.Action)), is(audit.ByAction, string(e.Action)))
	add("module", "Module", m.catalog.ModuleLabel(e.Module), is(audit.ByModule, e.Module))
	if r := e.Record; r != nil {
		add("object", "Object", title(objectWord(m.schema, r.Object).One), is(audit.ByObject, r.Object))
		if audit.ValidID(r.ID) {
			add("record", "Record", r.Name, is(audit.ByRecord, string(r.ID)))
		} else if hasLetters(r.Name) {
			add("record", "Record", r.Name, is(audit.ByRecordName, r.Name))
		}
	}
	for _, c := range e.Changes[:min(len(e.Changes), narrowFields)] {
		if hasLetters(c.Label) {
			add("field", "Field", c.Label, audit.Changed{audit.Is{Property: audit.ByField, Values: []string{c.Label}}})
		}
	}
	if _, ok := audit.ParseNetwork(e.Context.IP); ok {
		add("ip", "Address", e.Context.IP, is(audit.ByIP, e.Context.IP))
	}
	add("channel", "Came in by", labelOf(channelLabels, e.Channel), is(audit.ByChannel, string(e.Channel)))
	add("outcome", "Outcome", labelOf(outcomeLabels, e.Outcome), is(audit.ByOutcome, string(e.Outcome)))
	return out
}

// narrowFields bounds the fields among them.
const narrowFields = 8

// hasLetters reports whether the search language can ask for a text.
func hasLetters(s string) bool {
	x, err := audit.ParseQuery(`"`+strings.ReplaceAll(s, `"`, " ")+`"`, nil, nil)
	return err == nil && x != nil
}

// narrowed is the query of the filter with one more term in its question.
func (m chipMaker) narrowed(f *auditFilter, term audit.Expr, not bool) string {
	v := cloneValues(f.address)
	var x audit.Expr
	if len(v["q"]) > 0 {
		x = m.question(v["q"][0])
	}
	text := audit.QueryText(audit.Narrowed(x, term, not), m.loc)
	v["q"] = append([]string{text}, v["q"][min(1, len(v["q"])):]...)
	return queryOf(v)
}

// searchKey is a key of the search language, for the help beside the box.
type searchKey struct{ Key, Help, Example string }

// searchExample is a question, and what it asks for.
type searchExample struct{ Question, Says string }

// searchExamples are those of the help.
var searchExamples = []searchExample{
	{`renewal`, "the word, or one that begins like it, in descriptions, names and values"},
	{`"Acme Inc"`, "these words as they are, one after the other"},
	{`user:ana -action:updated`, "what Ana did, but for updates"},
	{`type:*.deleted at:2026-01..2026-03`, "what was deleted in the first three months"},
	{`field:stage before:Won`, "every change of a stage that was Won"},
	{`outcome:denied OR outcome:failed`, "what was not allowed, or did not work"},
	{`user:ana (record:Acme OR record:Globex)`, "what Ana did to either"},
}

// searchHelp is the keys of the language.
func searchHelp(catalog *audit.Catalog) []searchKey {
	var modules []string
	for _, m := range catalog.Modules() {
		modules = append(modules, m.Key)
	}
	var out []searchKey
	for _, k := range audit.QueryKeys(modules) {
		key := searchKey{Key: k.Key, Help: k.Help}
		if len(k.Values) > 0 {
			key.Help += ": " + strings.Join(k.Values, ", ")
		}
		if k.Example != "" {
			key.Example = k.Key + ":" + k.Example
		}
		out = append(out, key)
	}
	return out
}
