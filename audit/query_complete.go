package audit

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/backtrail/backtrail/words"
)

// Completion is what may stand at a place of a question.
type Completion struct {
	// What is replaced, in characters from 0, without End.
	Start, End  int
	Suggestions []Suggestion
}

// Suggestion is one thing that may stand there.
type Suggestion struct {
	Text  string // what to put there
	Label string // what it is, for people; "" when the text says it
}

// Choice is a value with its label.
type Choice struct{ Value, Label string }

// Completer completes questions about the log of an account.
type Completer struct {
	Log     Log
	Account AccountID
	Catalog *Catalog
	Objects []Choice
	Now     time.Time // in the time zone of the account
}

const (
	maxSuggestions    = 8
	maxSuggestedValue = 60 // characters of a field's value
	// completeEvents is how many events are looked at for values, at each of completeRounds.
	completeEvents = 100
	completeRounds = 3
	// completeFor is how long; what was found by then is offered.
	completeFor = 300 * time.Millisecond
)

// Complete suggests what may stand before the character at: a key, or a value of one. Users, records, fields, values and
// addresses are those that occur in the log, the latest first; times are those that people ask for most, as of now.
func (c *Completer) Complete(ctx context.Context, q string, at int) (Completion, error) {
	if len(q) > maxQuery || !utf8.ValidString(q) {
		return Completion{}, nil
	}
	p := placeAt(q, at)
	out := Completion{Start: utf8.RuneCountInString(q[:p.start]), End: utf8.RuneCountInString(q[:p.end])}
	if p.phrase {
		return out, nil
	}
	keys := QueryKeys(moduleKeys(c.Catalog))
	if p.key == "" {
		for _, k := range keys {
			if p.typed != "" && strings.HasPrefix(k.Key, strings.ToLower(p.typed)) {
				out.Suggestions = append(out.Suggestions, Suggestion{k.Key + ":", k.Help})
			}
		}
		return out, nil
	}
	i := slices.IndexFunc(keys, func(k QueryKey) bool { return k.Key == aliasOf(p.key) })
	if i < 0 {
		return out, nil
	}
	var choices []Choice
	var err error
	switch k := keys[i]; k.Key {
	case "user", "record", "field", "before", "after", "ip":
		choices, err = c.occurring(ctx, k.Key, p.typed)
	default:
		choices = matching(c.fixed(k), p.typed)
	}
	for _, choice := range choices[:min(len(choices), maxSuggestions)] {
		s := Suggestion{Text: askedText(choice.Value)}
		if choice.Label != choice.Value {
			s.Label = choice.Label
		}
		out.Suggestions = append(out.Suggestions, s)
	}
	return out, err
}

// fixed are the values of a key that the program knows.
func (c *Completer) fixed(k QueryKey) []Choice {
	var out []Choice
	switch k.Key {
	case "type":
		verbs := map[string]bool{}
		for _, t := range c.Catalog.Types() {
			out = append(out, Choice{string(t.Type), t.Label})
			if _, verb, _ := strings.Cut(string(t.Type), "."); !verbs[verb] {
				verbs[verb] = true
				out = append(out, Choice{"*." + verb, spell(verb) + ", of any object"})
			}
		}
		for _, o := range c.Objects {
			out = append(out, Choice{o.Value + ".*", o.Label + ", every event"})
		}
	case "object":
		return c.Objects
	case "module":
		for _, m := range c.Catalog.Modules() {
			out = append(out, Choice{m.Key, m.Label})
		}
	case "at":
		return usualTimes(c.Now)
	default:
		for _, v := range k.Values {
			out = append(out, Choice{v, v})
		}
	}
	return out
}

// usualTimes are stretches of time that are often asked for.
func usualTimes(now time.Time) []Choice {
	day := func(back int) string { return now.AddDate(0, 0, -back).Format(time.DateOnly) }
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
	month := func(back int) string { return first.AddDate(0, -back, 0).Format("2006-01") }
	return []Choice{{day(0), "Today"}, {day(1), "Yesterday"}, {day(6) + "..", "Last 7 days"}, {day(29) + "..", "Last 30 days"},
		{month(0), "This month"}, {month(1), "Last month"}, {month(3) + ".." + month(1), "The three months before this one"}, {now.Format("2006"), "This year"}}
}

// matching are the choices that begin like what was typed, and those that have a word which does.
func matching(choices []Choice, typed string) []Choice {
	small, pattern := strings.ToLower(typed), beginning(typed)
	var first, others []Choice
	for _, c := range choices {
		switch {
		case strings.HasPrefix(c.Value, small):
			first = append(first, c)
		case pattern != "" && strings.Contains(words.Fold(c.Value+" "+c.Label), pattern):
			others = append(others, c)
		}
	}
	return append(first, others...)
}

// occurringBy are the keys whose values are looked for in the log, with what narrows it to those that fit.
var occurringBy = map[string]Property{"user": ByUserName, "record": ByRecordName, "field": ByField, "before": ByBefore, "after": ByAfter, "ip": ByIP}

// occurring are values of the latest events that fit what was typed. Each round leaves out whom the one before found, so
// that somebody who did everything of late hides nobody.
func (c *Completer) occurring(ctx context.Context, key, typed string) ([]Choice, error) {
	bounded, cancel := context.WithTimeout(ctx, completeFor)
	defer cancel()
	var out []Choice
	seen := map[string]bool{}
	var but []Expr
	for range completeRounds {
		var where All
		if hasWords(typed) {
			switch property := occurringBy[key]; property {
			case ByIP: // the beginning of an address is no filter
			case ByField, ByBefore, ByAfter:
				where = append(where, Changed{{property, []string{typed}}})
			default:
				where = append(where, Is{property, []string{typed}})
			}
		}
		page, err := c.Log.Events(bounded, c.Account, Query{Filter: Filter{Where: append(where, but...)}, Limit: completeEvents})
		if bounded.Err() != nil && ctx.Err() == nil {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		var ids []string
		for _, stored := range page.Events {
			e, err := stored.Event()
			if err != nil {
				return out, err
			}
			for _, v := range valuesOf(e, key, typed) {
				if seen[v.id] {
					continue
				}
				seen[v.id] = true
				out = append(out, v.Choice)
				if key == "ip" || ValidID(v.id) {
					ids = append(ids, v.id)
				}
			}
		}
		if len(ids) == 0 || page.Next.IsZero() || len(out) >= maxSuggestions {
			break
		}
		property := map[string]Property{"user": ByUser, "record": ByRecord, "ip": ByIP}[key]
		but = append(but, Not{Is{property, ids}})
	}
	return out, nil
}

// occurrence is a value of an event, with what tells it from others.
type occurrence struct {
	Choice
	id string
}

func valuesOf(e *Event, key, typed string) []occurrence {
	switch {
	case key == "user" && hasWords(e.Actor.Name):
		alone := e.Actor
		if alone.OnBehalfOf = nil; hasWords(typed) && !(Is{ByUserName, []string{typed}}).inText(actorText(nil, alone)) {
			return nil // it was found by whom they acted as
		}
		label := e.Actor.Email
		if label == "" {
			label = e.Actor.Name
		}
		id := string(e.Actor.ID)
		if id == "" {
			id = e.Actor.Name
		}
		return []occurrence{{Choice{e.Actor.Name, label}, id}}
	case key == "record" && e.Record != nil && hasWords(e.Record.Name):
		return []occurrence{{Choice{e.Record.Name, spell(e.Record.Object)}, string(e.Record.ID)}}
	case key == "ip" && e.Context.IP != "" && strings.HasPrefix(e.Context.IP, strings.ToLower(typed)):
		return []occurrence{{Choice{e.Context.IP, e.Context.IP}, e.Context.IP}}
	case key == "before" || key == "after":
		var out []occurrence
		for _, c := range e.Changes {
			text := valueText(c.Before, c.BeforeText)
			if key == "after" {
				text = valueText(c.After, c.AfterText)
			}
			fits := hasWords(text) && utf8.RuneCountInString(text) <= maxSuggestedValue && (!hasWords(typed) || (Is{occurringBy[key], []string{typed}}).matchChange(c))
			if fits {
				out = append(out, occurrence{Choice{text, c.Label}, key + " " + text})
			}
		}
		return out
	case key == "field":
		var out []occurrence
		for _, c := range e.Changes {
			if hasWords(c.Label) && (!hasWords(typed) || (Is{ByField, []string{typed}}).matchChange(c)) {
				out = append(out, occurrence{Choice{c.Label, c.Field}, "field " + c.Label})
			}
		}
		return out
	}
	return nil
}

// askedText is a value as it stands in a question.
func askedText(v string) string {
	if strings.ContainsAny(v, `",()`) || strings.ContainsFunc(v, unicode.IsSpace) {
		return quotedText(v)
	}
	return v
}

// place is where in a question somebody types, in bytes.
type place struct {
	key        string // whose value it is, "" for none
	typed      string // what stands before the place
	start, end int    // what a suggestion replaces
	phrase     bool   // inside quotation marks that belong to no key
}

// placeAt finds the place before the character at. It does not mind mistakes: the question is being typed.
func placeAt(q string, at int) place {
	to := len(q)
	for i := range q {
		if at--; at < 0 {
			to = i
			break
		}
	}
	var p place
	quote := -1
	for i, r := range q[:to] {
		switch {
		case quote >= 0:
			if r == '"' {
				quote = -1
			}
		case unicode.IsSpace(r):
			p.key, p.start = "", i+utf8.RuneLen(r)
		case i == p.start && (r == '(' || r == '-') && p.key == "":
			p.start = i + 1
		case i == p.start && r == '"':
			quote = i
		case r == ':' && p.key == "":
			if key, end := keyAt(q[p.start:]); key != "" && p.start+end == i {
				p.key, p.start = key, i+1
			}
		case r == ',' && p.key != "":
			p.start = i + 1
		}
	}
	p.end = to
	if quote >= 0 {
		p.phrase = p.key == ""
		p.typed = q[quote+1 : to]
		if n := strings.IndexByte(q[to:], '"'); n >= 0 {
			p.end = to + n + 1
		}
		return p
	}
	p.typed = strings.Trim(q[p.start:to], `"`)
	p.end += strings.IndexFunc(q[to:]+" ", func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`,):"`, r) })
	if p.key == "" && strings.HasPrefix(q[p.end:], ":") {
		p.end++
	}
	return p
}
