package audit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A template is plain text with places in braces:
//
//	{record}          the record's name in quotes
//	{object}          the record's object as a word ("pipeline")
//	{fields}          the labels of the changed fields ("Phone, City and 2 more")
//	{stage.before}    the field's value before, as a person reads it
//	{stage.after}     and after
//	{note}            what the writer of the event says in Draft.Note
//	{taken}           what else the operation deleted or restored (" with 5 stages and 412 opportunities"), or nothing

// places are the parts of a template: text and placeholders in turn, text first.
func places(template string) (parts []string, err error) {
	rest := template
	for {
		text, after, found := strings.Cut(rest, "{")
		if strings.Contains(text, "}") {
			return nil, fmt.Errorf("template %q has a brace that closes nothing", template)
		}
		parts = append(parts, text)
		if !found {
			return parts, nil
		}
		name, more, closed := strings.Cut(after, "}")
		if !closed {
			return nil, fmt.Errorf("template %q has a brace that is not closed", template)
		}
		parts = append(parts, name)
		rest = more
	}
}

func checkTemplate(template string) error {
	parts, err := places(template)
	if err != nil {
		return err
	}
	for i := 1; i < len(parts); i += 2 {
		name := parts[i]
		if field, side, ok := strings.Cut(name, "."); ok && field != "" && (side == "before" || side == "after") {
			continue
		}
		if !slices.Contains([]string{"record", "object", "fields", "note", "taken"}, name) {
			return fmt.Errorf("template %q has an unknown place {%s}", template, name)
		}
	}
	return nil
}

// wording is what a template may need beyond the event itself.
type wording struct {
	object string // the object's label as a word in a sentence
	note   string
	taken  string
}

func describe(template string, e *Event, w wording) string {
	parts, err := places(template)
	if err != nil { // the catalog checked it
		return template
	}
	var b strings.Builder
	for i, p := range parts {
		if i%2 == 0 {
			b.WriteString(p)
			continue
		}
		switch p {
		case "record":
			if e.Record != nil {
				b.WriteString(Quote(e.Record.Name))
			}
		case "object":
			b.WriteString(w.object)
		case "fields":
			b.WriteString(fieldList(e.Changes))
		case "note":
			b.WriteString(w.note)
		case "taken":
			b.WriteString(w.taken)
		default:
			field, side, _ := strings.Cut(p, ".")
			b.WriteString(changeText(e.Changes, field, side))
		}
	}
	return b.String()
}

func changeText(changes []Change, field, side string) string {
	for _, c := range changes {
		if c.Field != field {
			continue
		}
		if side == "before" {
			return short(c.BeforeShown())
		}
		return short(c.AfterShown())
	}
	return "nothing"
}

// BeforeShown is the value before the change as a person reads it, "nothing" for none.
func (c Change) BeforeShown() string { return shown(c.Before, c.BeforeText) }

// AfterShown is the value after the change as a person reads it, "nothing" for none.
func (c Change) AfterShown() string { return shown(c.After, c.AfterText) }

func shown(v Value, text string) string {
	switch {
	case text != "":
		return text
	case v == None:
		return "nothing"
	case v == "true":
		return "yes"
	case v == "false":
		return "no"
	}
	if items := v.Strings(); items != nil {
		return strings.Join(items, ", ")
	}
	return v.Text()
}

// short keeps a description readable; the whole value stands in the changes.
func short(s string) string {
	const most = 80
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// Quote puts a name in quotation marks, shortened when it is very long. A mark inside becomes another, so that a name
// cannot end early and go on as the text around it.
func Quote(name string) string { return `"` + strings.ReplaceAll(short(name), `"`, "”") + `"` }

// fieldList names the changed fields, three at most.
func fieldList(changes []Change) string {
	var labels []string
	for _, c := range changes {
		if c.Record == nil && !slices.Contains(labels, c.Label) {
			labels = append(labels, c.Label)
		}
	}
	const most = 3
	if more := len(labels) - most; more > 0 {
		return strings.Join(labels[:most], ", ") + " and " + strconv.Itoa(more) + " more"
	}
	return joinAnd(labels)
}

func joinAnd(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}
