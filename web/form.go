package web

import (
	"strings"

	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// formField is a field of a form, as the template "field" shows it.
type formField struct {
	Key, Label string
	Kind       string // input, textarea, select, boxes, check, ref
	Type       string // of an input
	Value      string
	Was        string // its value when the form was opened; it comes back with the form
	Keeps      bool   // whether Was comes back
	Choices    []choiceGroup
	Boxes      []formOption
	Columns    []crm.Field  // of rows
	Lines      [][]formCell // of rows
	List       []string     // what is offered while typing
	Offsets    []formOption // of a time that comes twice: which of the two it is
	Required   bool
	Wide       bool
	Hint       string
	Secret     bool   // never shown: Value is what replaces it
	IsSet      bool   // of a secret: there is one
	Fill       string // what the browser may fill in: the value of autocomplete; "" leaves it to the browser
	Error      string
	// Of a ref that is typed: the record that Value names, and the ones to choose from when it names none, or several.
	Object     string
	ChosenID   string
	ChosenName string
	Candidates []formOption
}

// choiceGroup is a stretch of a select, with a heading unless Label is empty.
type choiceGroup struct {
	Label   string
	Options []formOption
}

// formOption is one choice.
type formOption struct {
	Value, Label string
	Selected     bool
}

// formGroup is a stretch of a form, with a heading unless Label is empty.
type formGroup struct {
	Label  string
	Fields []formField
}

// formErrors are the mistakes of a form, as its summary shows them.
type formErrors struct {
	Text  string // of the whole
	Fix   string
	Items []formError
}

// formError is a mistake with a link to its field; Key is "" when it belongs to none that the form has.
type formError struct{ Key, Text string }

// shownOnForm reports whether the form is shown again with this error, rather than an error page.
func shownOnForm(err error) bool {
	switch errs.Of(err).Kind {
	case errs.Invalid, errs.Conflict, errs.NotPossible, errs.TooMany, errs.TooLarge:
		return true
	}
	return false
}

// summarize makes the summary of an error; has tells which fields the form has.
func summarize(err error, has func(key string) bool) *formErrors {
	if err == nil {
		return nil
	}
	e := errs.Of(err)
	out := &formErrors{Text: e.Detail, Fix: e.Fix}
	for _, f := range e.Fields {
		item := formError{Text: f.Detail}
		if has(f.Field) {
			item.Key = f.Field
		}
		out.Items = append(out.Items, item)
	}
	if len(out.Items) == 1 {
		out.Text = "This could not be saved:"
	}
	return out
}

// mistakeAt is what is wrong with one field, "" for nothing.
func mistakeAt(err error, key string) string {
	if err == nil {
		return ""
	}
	for _, f := range errs.Of(err).Fields {
		if f.Field == key {
			return f.Detail
		}
	}
	return ""
}

func selectOptions(options []crm.Option, chosen string) []formOption {
	out := make([]formOption, len(options))
	for i, o := range options {
		out[i] = formOption{o.Key, o.Label, o.Key == chosen}
	}
	return out
}

// words are the parts of a text that are separated by commas.
func words(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
