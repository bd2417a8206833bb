package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/words"
)

// The search language: what stands in the box and in the parameter q.
//
//	question = all { "OR" all }
//	all      = term { [ "AND" ] term }
//	term     = [ "-" | "NOT" ] ( "(" question ")" | word | phrase | key ":" value { "," value } )
//	phrase   = a text in quotation marks
//	value    = a phrase, or a text up to white space, a comma, or the end of the parentheses around it
//
// What stands side by side must all apply, and binds closer than OR. The three words are capitals; small they are words
// to search for like any other, and so they are in quotation marks.

// QueryKey is a key of the search language.
type QueryKey struct {
	Key     string
	Help    string // what it asks for, as a part of a sentence
	Example string // a value
	// Values are those that it takes when they are few and fixed, nil otherwise.
	Values []string
	read   func(p *queryParser, k *QueryKey, values []queryValue) (Expr, *errs.Field)
}

// QueryKeys lists the keys; modules are what module takes, nil for any.
func QueryKeys(modules []string) []QueryKey {
	return []QueryKey{
		{Key: "user", Help: "who did it: a name, an email address, a part of one, or an id", Example: "ana", read: byIDOrText(ByUser, ByUserName)},
		{Key: "action", Help: "what kind of thing was done", Example: "deleted", Values: keysOf(Actions), read: fixed(ByAction)},
		{Key: "type", Help: "the event type, or a pattern of them", Example: "opportunity.*", read: checked(ByType, validTypePattern)},
		{Key: "module", Help: "a module", Example: "calendars", Values: modules, read: fixed(ByModule)},
		{Key: "object", Help: "what kind of record it was done to", Example: "contact", read: checked(ByObject, validKey)},
		{Key: "record", Help: "the record: its name then, a part of it, or its id", Example: `"Acme Inc"`, read: byIDOrText(ByRecord, ByRecordName)},
		{Key: "field", Help: "a field that was changed", Example: "stage", read: ofChange(ByField)},
		{Key: "before", Help: "what a field was before", Example: "Won", read: ofChange(ByBefore)},
		{Key: "after", Help: "what a field became", Example: "Lost", read: ofChange(ByAfter)},
		{Key: "ip", Help: "the address it came from, or a network", Example: "10.0.0.0/8", read: checked(ByIP, validNetwork)},
		{Key: "channel", Help: "the way by which it came in", Example: "api", Values: keysOf(Channels), read: fixed(ByChannel)},
		{Key: "outcome", Help: "whether it was done", Example: "denied", Values: keysOf(Outcomes), read: fixed(ByOutcome)},
		{Key: "at", Help: "when it happened: a day, a month, a year, a time, or a range of them", Example: "2026-01..2026-03", read: at},
		{Key: "operation", Help: "the operation that it is a part of, by its id", Example: "", read: checked(ByOperation, ValidID[string])},
		{Key: "cause", Help: "the entry that made it happen, by its id", Example: "", read: checked(ByCause, ValidID[string])},
		{Key: "event", Help: "one entry, by its id", Example: "", read: checked(ByEvent, ValidID[string])},
	}
}

func keysOf[T ~string](items []T) []string {
	out := make([]string, len(items))
	for i, v := range items {
		out[i] = string(v)
	}
	return out
}

const (
	maxQuery      = 4000 // bytes of one q
	maxQueryTerms = 50
	maxQueryDepth = 10 // parentheses inside one another
)

// ParseQuery reads a question of the search language; days are those of the time zone loc. It is nil when the question is
// empty. A mistake is errs.Invalid with one field, q, which says where it is and what is allowed there. With a catalog
// of nil, modules are whatever they are.
func ParseQuery(q string, catalog *Catalog, loc *time.Location) (Expr, error) {
	x, wrong := parseQuery(q, catalog, loc)
	if wrong != nil {
		return nil, errs.InvalidFields([]errs.Field{*wrong})
	}
	return x, nil
}

func parseQuery(q string, catalog *Catalog, loc *time.Location) (Expr, *errs.Field) {
	p := &queryParser{q: q, loc: loc, keys: QueryKeys(moduleKeys(catalog))}
	switch {
	case !utf8.ValidString(q) || strings.ContainsRune(q, 0):
		f := errs.Field{Field: "q", Code: "invalid_text", Detail: "The search text holds characters that cannot be searched for."}
		return nil, &f
	case len(q) > maxQuery:
		f := errs.Field{Field: "q", Code: "too_long", Detail: fmt.Sprintf("The search text has %d bytes; the limit is %d.", len(q), maxQuery)}
		return nil, &f
	}
	x, wrong := p.anyOf()
	if wrong != nil {
		return nil, wrong
	}
	if x == nil && strings.TrimSpace(q) != "" {
		return nil, p.wrong(0, len(q), "no_words", "There is nothing to search for here: words need letters or digits.")
	}
	return x, nil
}

func moduleKeys(c *Catalog) []string {
	if c == nil {
		return nil
	}
	var keys []string
	for _, m := range c.Modules() {
		keys = append(keys, m.Key)
	}
	return keys
}

// queryParser reads a question from left to right.
type queryParser struct {
	q     string
	pos   int // in bytes
	depth int // of parentheses
	terms int
	words int
	loc   *time.Location
	keys  []QueryKey
}

// anyOf reads up to the end, or to the parenthesis that closes. It is nil when there is nothing to search for.
func (p *queryParser) anyOf() (Expr, *errs.Field) {
	var parts Any
	for {
		x, wrong := p.allOf()
		if wrong != nil {
			return nil, wrong
		}
		if x != nil {
			parts = append(parts, x)
		}
		start := p.pos
		if !p.keyword("OR") {
			break
		}
		if p.space(); p.ends() || p.keywordHere() != "" {
			return nil, p.wrong(start, start+2, "missing_term", "OR stands between two terms; behind this one there is none. To search for the word, write it small.")
		}
	}
	return anyParts(parts), nil
}

// allOf reads the terms up to an OR.
func (p *queryParser) allOf() (Expr, *errs.Field) {
	var parts All
	groups := changeGroups{}
	first := true
	for {
		p.space()
		start := p.pos
		if p.keywordHere() == "OR" && first {
			return nil, p.wrong(start, start+2, "missing_term", "OR stands between two terms; before this one there is none. To search for the word, write it small.")
		}
		if p.ends() || p.keywordHere() == "OR" {
			break
		}
		if p.keyword("AND") {
			if p.space(); first || p.ends() || p.keywordHere() == "OR" || p.keywordHere() == "AND" {
				return nil, p.wrong(start, start+3, "missing_term", "AND stands between two terms, and may be left out. To search for the word, write it small.")
			}
			continue
		}
		first = false
		x, wrong := p.term()
		if wrong != nil {
			return nil, wrong
		}
		if c, ok := x.(changeTerm); ok {
			groups.add(&parts, c.Is)
		} else if x != nil {
			parts = append(parts, x)
		}
	}
	return allParts(parts), nil
}

// term reads one term, nil when there is nothing to search for in it. One about a change is a changeTerm unless it is
// negated.
func (p *queryParser) term() (Expr, *errs.Field) {
	start := p.pos
	if p.terms++; p.terms > maxQueryTerms {
		return nil, p.wrong(start, len(p.q), "too_many_terms", "The search has more than %d terms.", maxQueryTerms)
	}
	var x Expr
	var wrong *errs.Field
	switch {
	case p.negates():
		p.pos++
		x, wrong = p.plainTerm()
	case p.keyword("NOT"):
		if p.space(); p.ends() || p.keywordHere() == "OR" || p.keywordHere() == "AND" {
			return nil, p.wrong(start, start+3, "missing_term", "NOT stands before a term; there is none. To search for the word, write it small.")
		}
		x, wrong = p.term()
	default:
		return p.plainTerm()
	}
	if x == nil || wrong != nil {
		return nil, wrong
	}
	if c, ok := x.(changeTerm); ok {
		x = Changed{c.Is}
	}
	return Not{x}, nil
}

// negates reports whether a minus stands here before a term. One between spaces, or two, are signs like others.
func (p *queryParser) negates() bool {
	rest, ok := strings.CutPrefix(p.q[p.pos:], "-")
	r, _ := utf8.DecodeRuneInString(rest)
	return ok && rest != "" && r != '-' && !unicode.IsSpace(r) && !(r == ')' && p.depth > 0)
}

func (p *queryParser) plainTerm() (Expr, *errs.Field) {
	start := p.pos
	if word := p.keywordHere(); word != "" {
		return nil, p.wrong(start, start+len(word), "missing_term", "%s stands where a term is needed. To search for the word, write it small.", word)
	}
	switch p.q[p.pos] {
	case '(':
		return p.parenthesised()
	case ')':
		return nil, p.wrong(start, start+1, "unexpected_parenthesis", "This parenthesis closes none that was opened.")
	case '"':
		text, wrong := p.quoted()
		if wrong != nil {
			return nil, wrong
		}
		return p.text(Text{Phrases: []string{text}}, start)
	}
	if key, end := keyAt(p.q[p.pos:]); key != "" {
		p.pos += end + 1
		return p.keyed(key, start)
	}
	return p.text(Text{Words: []string{p.bare("")}}, start)
}

// text counts the words of a text, which is left out when it has none.
func (p *queryParser) text(t Text, start int) (Expr, *errs.Field) {
	if len(t.patterns()) == 0 {
		return nil, nil
	}
	if p.words++; p.words > maxWords {
		return nil, p.wrong(start, p.pos, "too_many_words", "The search text has more than %d words.", maxWords)
	}
	return t, nil
}

func (p *queryParser) parenthesised() (Expr, *errs.Field) {
	start := p.pos
	p.pos++
	if p.depth++; p.depth > maxQueryDepth {
		return nil, p.wrong(start, start+1, "too_deep", "Parentheses may stand in one another %d deep.", maxQueryDepth)
	}
	x, wrong := p.anyOf()
	if wrong != nil {
		return nil, wrong
	}
	if p.pos == len(p.q) {
		return nil, p.wrong(start, start+1, "unclosed_parenthesis", "This parenthesis is not closed; put ) behind what belongs together.")
	}
	p.pos++
	p.depth--
	if x == nil {
		return nil, p.wrong(start, p.pos, "missing_term", "There is nothing to search for between the parentheses.")
	}
	return x, nil
}

// quoted reads a text in quotation marks.
func (p *queryParser) quoted() (string, *errs.Field) {
	start := p.pos
	end := strings.IndexByte(p.q[start+1:], '"')
	if end < 0 {
		return "", p.wrong(start, len(p.q), "unclosed_quotation", `The quotation mark is not closed; put " behind the text.`)
	}
	p.pos = start + end + 2
	return p.q[start+1 : start+1+end], nil
}

// bare reads up to white space, one of the characters in ends, or the parenthesis that closes.
func (p *queryParser) bare(ends string) string {
	start := p.pos
	for p.pos < len(p.q) {
		r, size := utf8.DecodeRuneInString(p.q[p.pos:])
		if unicode.IsSpace(r) || r == ')' && p.depth > 0 || strings.ContainsRune(ends, r) {
			break
		}
		p.pos += size
	}
	return p.q[start:p.pos]
}

// queryValue is a value of a key with its place.
type queryValue struct {
	text       string
	start, end int
}

func (p *queryParser) keyed(name string, start int) (Expr, *errs.Field) {
	i := slices.IndexFunc(p.keys, func(k QueryKey) bool { return k.Key == aliasOf(name) })
	if i < 0 {
		return nil, p.unknownKey(name, start)
	}
	k := &p.keys[i]
	var values []queryValue
	for {
		v := queryValue{start: p.pos}
		if strings.HasPrefix(p.q[p.pos:], `"`) {
			var wrong *errs.Field
			if v.text, wrong = p.quoted(); wrong != nil {
				return nil, wrong
			}
		} else if v.text = p.bare(","); v.text == "" {
			return nil, p.wrong(p.pos, p.pos, "missing_value", "A value is missing here: %s", k.allowed())
		}
		v.end = p.pos
		values = append(values, v)
		if !strings.HasPrefix(p.q[p.pos:], ",") {
			break
		}
		p.pos++
	}
	if len(values) > maxFilterValues {
		return nil, p.wrong(start, p.pos, "too_many_values", "%s is given %d values; the limit is %d.", k.Key, len(values), maxFilterValues)
	}
	return k.read(p, k, values)
}

// aliasOf is the key that a name stands for.
func aliasOf(name string) string {
	if name = strings.ToLower(name); name == "id" {
		return "event"
	}
	return name
}

func (p *queryParser) unknownKey(name string, start int) *errs.Field {
	names := make([]string, len(p.keys))
	nearest, far := "", 3
	for i, k := range p.keys {
		names[i] = k.Key
		if d := distance(strings.ToLower(name), k.Key); d < far && d < len(name) {
			nearest, far = k.Key, d
		}
	}
	guess := ""
	if nearest != "" {
		guess = " Did you mean " + nearest + "?"
	}
	return p.wrong(start, start+len(name), "unknown_key", `There is no key %s.%s The keys are %s. To search for the text itself, put it in quotation marks.`,
		name, guess, joinAnd(names))
}

// keyAt is the key that a text begins with, and where its colon is; "" for none. A colon before slashes is that of an
// address.
func keyAt(s string) (key string, end int) {
	for end < len(s) {
		c := s[end]
		if c == ':' {
			if end == 0 || strings.HasPrefix(s[end:], "://") {
				return "", 0
			}
			return s[:end], end
		}
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' {
			return "", 0
		}
		end++
	}
	return "", 0
}

func (p *queryParser) space() {
	p.pos = len(p.q) - len(strings.TrimLeftFunc(p.q[p.pos:], unicode.IsSpace))
}

// ends reports whether what is read ends here: the question, or the parentheses around it.
func (p *queryParser) ends() bool {
	return p.pos == len(p.q) || p.q[p.pos] == ')' && p.depth > 0
}

// keywordHere is the one of the three words that stands here, "" for none.
func (p *queryParser) keywordHere() string {
	for _, word := range []string{"OR", "AND", "NOT"} {
		rest, ok := strings.CutPrefix(p.q[p.pos:], word)
		if r, _ := utf8.DecodeRuneInString(rest); ok && (rest == "" || unicode.IsSpace(r) || r == '(' || r == ')' && p.depth > 0) {
			return word
		}
	}
	return ""
}

// keyword reads the word if it stands here.
func (p *queryParser) keyword(word string) bool {
	if p.keywordHere() != word {
		return false
	}
	p.pos += len(word)
	return true
}

// wrong is a mistake in the bytes from start to end.
func (p *queryParser) wrong(start, end int, code, format string, args ...any) *errs.Field {
	f := errs.InvalidField("q", code, format, args...).Fields[0]
	f.Span = &errs.Span{Text: p.q, Start: utf8.RuneCountInString(p.q[:start]), End: utf8.RuneCountInString(p.q[:end])}
	return &f
}

// allParts is the one form of what must all apply: without lists inside one another, the words together.
func allParts(parts All) Expr {
	var out All
	text := -1
	for _, x := range parts {
		inner, ok := x.(All)
		if !ok {
			inner = All{x}
		}
		for _, x := range inner {
			t, ok := x.(Text)
			if !ok {
				out = append(out, x)
				continue
			}
			if text < 0 {
				text = len(out)
				out = append(out, Text{})
			}
			together := out[text].(Text)
			out[text] = Text{slices.Concat(together.Words, t.Words), slices.Concat(together.Phrases, t.Phrases)}
		}
	}
	switch len(out) {
	case 0:
		return nil
	case 1:
		return out[0]
	}
	return out
}

// anyParts is the one form of what may apply.
func anyParts(parts Any) Expr {
	var out Any
	for _, x := range parts {
		if inner, ok := x.(Any); ok {
			out = append(out, inner...)
		} else {
			out = append(out, x)
		}
	}
	switch len(out) {
	case 0:
		return nil
	case 1:
		return out[0]
	}
	return out
}

// changeTerm is a term about a change, before it is put together with those beside it.
type changeTerm struct{ Is }

// changeGroups puts the terms about changes that stand side by side together: field, before and after are of the same
// change. A second field is another change, and what follows belongs to it.
type changeGroups struct {
	at    int // where the present group stands, from 1; 0 for none
	field bool
}

func (g *changeGroups) add(parts *All, term Is) {
	if g.at == 0 || term.Property == ByField && g.field {
		*parts = append(*parts, Changed{})
		g.at, g.field = len(*parts), false
	}
	g.field = g.field || term.Property == ByField
	(*parts)[g.at-1] = append((*parts)[g.at-1].(Changed), term)
}

// distance is how many letters differ between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = min(diagonal, row[j], row[j+1]) + 1
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// hasWords reports whether there is something to search for in a text.
func hasWords(s string) bool { return words.Fold(s) != "" }
