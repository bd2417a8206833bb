package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Names in the form of a change: confirmed is there when its effects were seen, and movePrefix with an option's key says
// what records get instead of it. stays is the choice that leaves it to be refused.
const (
	confirmed  = "_confirmed"
	movePrefix = "_move."
	stays      = "_"
)

// objectChangePage tells what a change does to records, and asks.
type objectChangePage struct {
	Base
	objectHead
	Question string
	Action   string
	Submit   string // "" when the change cannot be done
	Effects  []effectLine
	Moves    []formField
	Hidden   []hiddenField
	Refused  bool
	Last     *lastWord // nil where nothing is lost for good
	Errors   *formErrors
}

// effectLine is an effect in words.
type effectLine struct {
	Text     string
	Refuses  bool
	Examples []exampleLine
}

type exampleLine struct{ Name, Href, Value string }

// change does what a form asks of an object when nothing happens to its records, or when that was seen; otherwise it
// asks. again shows the form with what is wrong.
func (s *site) change(v *visit, o *crm.Object, form url.Values, in crm.ObjectInput, again func(error) error, said string) error {
	version := versionIn(form)
	if form.Get(confirmed) == "" {
		preview, err := s.ws.Engine.PreviewObject(v.Context(), v.caller(), o.Key, in)
		if err != nil && shownOnForm(err) {
			return again(err)
		}
		if err != nil {
			return err
		}
		if len(preview.Effects) > 0 {
			return s.confirm(v, o, form, preview.Effects, changeQuestion{Question: "This changes records", Submit: "Do it", Fields: in.Fields})
		}
	}
	done, err := s.ws.Engine.ChangeObject(v.Context(), v.caller(), o.Key, in, version)
	if effects := effectsIn(err); effects != nil {
		return s.confirm(v, o, form, effects, changeQuestion{Question: "This changes records", Submit: "Do it", Fields: in.Fields})
	}
	if err != nil && (shownOnForm(err) || errs.Is(err, errs.Stale)) {
		return again(err)
	}
	if err != nil {
		return err
	}
	f := Success(said)
	if done.Operation == "" {
		f = Success("Nothing was changed.")
	} else if v.may(audit.AuditRead) {
		f.WithLink(operationList(done.Operation), "Show it in the audit log")
	}
	return v.redirect(settingsObjects+"/"+o.Key, f)
}

// effectsIn are the effects that refused a change, nil for another error.
func effectsIn(err error) []crm.Effect {
	if !errs.Is(err, errs.Conflict) {
		return nil
	}
	effects, _ := errs.Of(err).Extra[crm.RedefinitionKey].([]crm.Effect)
	return effects
}

// changeQuestion is what is asked about a change.
type changeQuestion struct {
	Question, Submit string
	Fields           []crm.FieldInput
	Last             *lastWord // nil where nothing is lost for good
	Problem          error
}

// confirm shows what a change does to records.
func (s *site) confirm(v *visit, o *crm.Object, form url.Values, effects []crm.Effect, ask changeQuestion) error {
	base, err := s.definePage(v, ask.Question)
	if err != nil {
		return err
	}
	page := &objectChangePage{Base: base, objectHead: v.objectHead(o, ""), Question: ask.Question, Action: v.URL.Path, Submit: ask.Submit, Last: ask.Last,
		Errors: summarizeLast(ask.Problem)}
	for _, e := range effects {
		line := effectLine{Text: effectWords(o, e), Refuses: e.Refuses()}
		for _, x := range e.Examples {
			line.Examples = append(line.Examples, exampleLine{x.Name, recordAddress(o.Key, x.ID), x.Value})
		}
		page.Effects = append(page.Effects, line)
		page.Refused = page.Refused || e.Refuses()
	}
	for _, in := range ask.Fields {
		page.Moves = append(page.Moves, moveFields(o, in, form)...)
	}
	if page.Refused && len(page.Moves) == 0 {
		page.Submit = ""
	} else if page.Refused {
		page.Submit = "Look again"
	}
	for _, h := range hiddenFields(form) {
		if !strings.HasPrefix(h.Name, movePrefix) && h.Name != confirmed && h.Name != lastWordField {
			page.Hidden = append(page.Hidden, h)
		}
	}
	if !page.Refused {
		page.Hidden = append(page.Hidden, hiddenField{confirmed, "yes"})
	}
	status := statusOfForm(ask.Problem)
	if page.Refused {
		status = http.StatusConflict
	}
	return v.render(status, "settings_change", page)
}

// moveFields ask, for each option that goes, what records get instead.
func moveFields(o *crm.Object, in crm.FieldInput, form url.Values) []formField {
	f, ok := o.Field(in.Key)
	if !ok || f.Type != crm.Select || in.Type == nil || *in.Type != crm.Select {
		return nil
	}
	var out []formField
	for _, was := range f.Options {
		if slices.ContainsFunc(in.Options, func(n crm.Option) bool { return n.Key == was.Key }) {
			continue
		}
		chosen := stays
		if form.Has(movePrefix + was.Key) {
			chosen = form.Get(movePrefix + was.Key)
		}
		options := []formOption{{stays, "Choose …", chosen == stays}, {"", "Nothing", chosen == ""}}
		for _, n := range in.Options {
			if n.Key != "" {
				options = append(options, formOption{n.Key, n.Label, chosen == n.Key})
			}
		}
		out = append(out, formField{Key: movePrefix + was.Key, Label: "Records with " + was.Label + " get", Kind: "select", Required: true, Value: chosen,
			Choices: []choiceGroup{{Options: options}}})
	}
	return out
}

// effectWords say an effect in a sentence.
func effectWords(o *crm.Object, e crm.Effect) string {
	n := o.Word().Count(e.Records)
	switch e.Kind {
	case crm.Removed:
		return "The values of " + e.Label + " leave " + n + ". They stay in the audit log, and can be restored with the field."
	case crm.Converted:
		return e.Label + " of " + n + " gets its new form."
	case crm.Filled:
		return n + " without " + e.Label + " get the default."
	case crm.Renamed:
		return n + " get another name."
	case crm.Lost:
		return e.Label + " of " + n + " would lose its value."
	case crm.Missing:
		return n + " would lack " + e.Label + ", which a record must have. Give a default, or fill them in first."
	case crm.Duplicate:
		return n + " would have a value of " + e.Label + " that another one has as well."
	}
	return ""
}
