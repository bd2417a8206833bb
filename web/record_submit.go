package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// submission is what a form holds: as it was sent, or as it starts.
//
// Names in the form: KEY is the field's text (an id for a reference), _was.KEY what it was when the form was opened,
// KEY.id and KEY.name belong to a reference whose name is typed, KEY.offset to a time that comes twice, _pick.KEY is
// "present" for a field that shall stay as it is now, _version the version that was seen, _back where to go, _clear.KEY
// takes a secret out, _lines what a button does with the lines (see changeLines).
type submission struct {
	texts      map[string]string
	was        map[string]string // nil for a new record
	typed      map[string]string
	candidates map[string][]formOption
	lines      map[string]int  // how many lines the form shall have, by field; nil unless it was sent for that alone
	secrets    map[string]bool // which secrets of the record are set
	version    int64
	input      crm.Input // what is new
	mistakes   []errs.Field
}

// readSubmission reads a form. Mistakes that the engine cannot find (a name that means nothing) are in the result.
func (s *site) readSubmission(v *visit, view *objectView, form url.Values, known bool) (*submission, error) {
	sub := &submission{texts: map[string]string{}, typed: map[string]string{}, candidates: map[string][]formOption{}, input: crm.Input{},
		lines: changeLines(view.object, form)}
	if known {
		sub.was = map[string]string{}
		version, err := strconv.ParseInt(form.Get("_version"), 10, 64)
		if err != nil || version < 1 {
			return nil, errs.InvalidField("_version", "invalid_type", "The form does not say which version of the record it changes.").
				WithFix("Open the record again and repeat the change.")
		}
		sub.version = version
	}
	for i := range view.object.Fields {
		f := &view.object.Fields[i]
		if !form.Has(f.Key) && !form.Has(f.Key+".id") {
			continue
		}
		if err := s.readField(v, view, f, form, sub); err != nil {
			return nil, err
		}
	}
	return sub, nil
}

func (s *site) readField(v *visit, view *objectView, f *crm.Field, form url.Values, sub *submission) error {
	text := strings.ReplaceAll(lastOf(form[f.Key]), "\r\n", "\n") // browsers send CRLF
	switch {
	case f.Type == crm.Secret && form.Get("_clear."+f.Key) != "":
		sub.input[f.Key] = json.RawMessage("null")
		return nil
	case f.Type == crm.Rows:
		text = readRows(f, form, text)
	case view.closed[f.Key] != nil:
		text = strings.Join(slices.DeleteFunc(slices.Clone(form[f.Key]), func(s string) bool { return s == "" }), ", ")
	case f.Type == crm.DateTime && form.Get(f.Key+".offset") != "":
		text = withOffset(text, form.Get(f.Key+".offset"), workspace.Zone(v.id.Account))
	case f.Type == crm.RefType && form.Has(f.Key+".name"):
		sub.typed[f.Key] = strings.TrimSpace(text)
		id, mistake, err := s.readTyped(v, f, form, sub)
		if err != nil {
			return err
		}
		if mistake != nil {
			sub.mistakes = append(sub.mistakes, *mistake)
		}
		text = string(id)
	}
	sub.texts[f.Key] = text
	if sub.was != nil {
		if !form.Has("_was." + f.Key) {
			return nil // nobody can tell whether it changed
		}
		sub.was[f.Key] = form.Get("_was." + f.Key)
		if sameText(sub.was[f.Key], text) || form.Get("_pick."+f.Key) == "present" {
			return nil
		}
	}
	raw, mistake := inputOf(f, text, workspace.Zone(v.id.Account))
	if mistake != nil {
		sub.mistakes = append(sub.mistakes, *mistake)
		return nil
	}
	sub.input[f.Key] = raw
	if _, err := f.Value(raw); err != nil { // so that all mistakes of a form are shown at once
		sub.mistakes = append(sub.mistakes, errs.Of(err).Fields...)
	}
	if parent := view.grouped[f.Key]; parent != "" {
		return s.readParent(v, f, parent, text, sub)
	}
	return nil
}

// readParent fills in the field that follows from a grouped one: the pipeline of the stage.
func (s *site) readParent(v *visit, f *crm.Field, parent, id string, sub *submission) error {
	if !audit.ValidID(id) {
		return nil
	}
	rec, err := s.ws.Engine.Record(v.Context(), v.caller(), f.Object, audit.RecordID(id))
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Gone) {
		return nil // the engine says what is wrong with the field itself
	}
	if err != nil {
		return err
	}
	sub.input[parent] = json.RawMessage(rec.Fields[parent])
	return nil
}

// readTyped finds the record that a typed name means.
func (s *site) readTyped(v *visit, f *crm.Field, form url.Values, sub *submission) (audit.RecordID, *errs.Field, error) {
	typed, chosen := sub.typed[f.Key], audit.RecordID(form.Get(f.Key+".id"))
	switch {
	case typed == "":
		return "", nil, nil
	case audit.ValidID(chosen) && alike(typed, form.Get(f.Key+".name")):
		return chosen, nil, nil
	}
	id, mistake, candidates, err := s.resolve(v, f, typed)
	sub.candidates[f.Key] = candidates
	return id, mistake, err
}

// inputOf makes the JSON of a field's text.
func inputOf(f *crm.Field, text string, zone *time.Location) (json.RawMessage, *errs.Field) {
	if f.Type == crm.DateTime && strings.TrimSpace(text) != "" {
		t, mistake := momentOf(f, text, zone)
		if mistake != nil {
			return nil, mistake
		}
		text = t.UTC().Format(crm.TimeLayout)
	}
	return f.TextInput(text), nil
}

// sameText compares texts of a form, which a browser sends with its own line ends.
func sameText(a, b string) bool {
	return strings.TrimSpace(strings.ReplaceAll(a, "\r\n", "\n")) == strings.TrimSpace(strings.ReplaceAll(b, "\r\n", "\n"))
}

func lastOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}
