package web

import (
	"net/http"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// maxChoices is how many records a select of a form offers; beyond it the name is typed.
const maxChoices = 100

// refField makes the field of a reference: a select while there are few to choose from, a name to type when there are many.
func (s *site) refField(v *visit, view *objectView, f *crm.Field, field formField, sub *submission) (formField, error) {
	field.Object = f.Object
	choices, many, err := s.refChoices(v, view, f, audit.RecordID(field.Value), maxChoices)
	if err != nil {
		return field, err
	}
	if !many {
		field.Kind, field.Choices = "select", choices
		return field, nil
	}
	field.Kind, field.ChosenID, field.Candidates = "ref", field.Value, sub.candidates[f.Key]
	field.Value = sub.typed[f.Key]
	if audit.ValidID(field.ChosenID) {
		if field.ChosenName, err = s.nameOf(v, f.Object, audit.RecordID(field.ChosenID)); err != nil {
			return field, err
		}
		field.Value = field.ChosenName
	} else if len(field.Candidates) > 0 {
		field.ChosenName = field.Value
	}
	return field, nil
}

// refChoices are the records that a reference can point at, by name; many is true when there are more than most, and
// just the chosen one is among them then.
func (s *site) refChoices(v *visit, view *objectView, f *crm.Field, chosen audit.RecordID, most int) (choices []choiceGroup, many bool, err error) {
	target, err := v.schema().Object(f.Object)
	if err != nil {
		return nil, false, err
	}
	parent := view.grouped[f.Key]
	q := crm.Query{Object: target, Sort: "name", Limit: most}
	if parent != "" {
		if position, ok := target.Field("position"); ok {
			q.Sort = position.Key
		}
	}
	found, next, err := s.ws.Engine.Find(v.Context(), v.caller(), q)
	if err != nil {
		return nil, false, err
	}
	if next != nil {
		return s.onlyChosen(v, f, chosen)
	}
	groups := map[string]*choiceGroup{}
	var order []string
	seen := false
	names, err := s.names(v.Context(), v.caller(), target, []string{parent}, found...)
	if err != nil {
		return nil, false, err
	}
	for _, rec := range found {
		if status := rec.Fields["status"].Text(); target.Key == "staff" && status == "deactivated" && rec.ID != chosen {
			continue
		}
		label := ""
		if p, ok := target.Field(parent); ok {
			label = names[p.Object][audit.RecordID(rec.Fields[parent].Text())]
		}
		if groups[label] == nil {
			groups[label] = &choiceGroup{Label: label}
			order = append(order, label)
		}
		groups[label].Options = append(groups[label].Options, formOption{string(rec.ID), rec.Name, rec.ID == chosen})
		seen = seen || rec.ID == chosen
	}
	for _, label := range order {
		choices = append(choices, *groups[label])
	}
	if chosen != "" && chosen != noneValue && !seen { // it cannot be seen by the visitor, and stays
		rest, _, err := s.onlyChosen(v, f, chosen)
		return append(choices, rest...), false, err
	}
	return choices, false, nil
}

func (s *site) onlyChosen(v *visit, f *crm.Field, chosen audit.RecordID) ([]choiceGroup, bool, error) {
	if !audit.ValidID(chosen) {
		return nil, true, nil
	}
	name, err := s.nameOf(v, f.Object, chosen)
	if err != nil || name == "" {
		return nil, true, err
	}
	return []choiceGroup{{Options: []formOption{{string(chosen), name, true}}}}, true, nil
}

// nameOf is the name of a record that a form points at, "" when it is gone. Who sees only what is assigned to them gets
// the same for what is not theirs as for what never was: the form keeps it, and tells nothing about it.
func (s *site) nameOf(v *visit, object string, id audit.RecordID) (string, error) {
	names, err := s.ws.Engine.Names(v.Context(), v.caller(), object, []audit.RecordID{id})
	if err == nil && names[id] == "" && v.caller().OnlyAssigned() {
		return hiddenName, nil
	}
	return names[id], err
}

// maxCandidates is how many records are offered for a name.
const maxCandidates = 20

// resolve finds the record that a typed name means. When it means none, or several, it returns the mistake and those
// to choose from.
func (s *site) resolve(v *visit, f *crm.Field, typed string) (audit.RecordID, *errs.Field, []formOption, error) {
	target, err := v.schema().Object(f.Object)
	if err != nil {
		return "", nil, nil, err
	}
	found, _, err := s.ws.Engine.Find(v.Context(), v.caller(),
		crm.Query{Object: target, Words: strings.Fields(strings.ToLower(typed)), Sort: "name", Limit: maxCandidates})
	if err != nil {
		return "", nil, nil, err
	}
	var exact []*crm.Record
	for _, rec := range found {
		if alike(rec.Name, typed) {
			exact = append(exact, rec)
		}
	}
	word := target.Word()
	mistake := &errs.Field{Field: f.Key, Code: "ambiguous_reference", Detail: "There are several " + word.Many + " called " + audit.Quote(typed) + ". Choose one."}
	switch len(exact) {
	case 1:
		return exact[0].ID, nil, nil, nil
	case 0:
		mistake.Code, mistake.Detail = "missing_reference", "There is no "+word.One+" called "+audit.Quote(typed)+"."
		if len(found) > 0 {
			mistake.Detail += " Choose one of those that are similar, or type another name."
		}
		exact = found
	}
	options := make([]formOption, len(exact))
	for i, rec := range exact {
		options[i] = formOption{Value: string(rec.ID), Label: rec.Name + distinction(rec)}
	}
	return "", mistake, options, nil
}

// alike reports whether two names are the same but for capital letters and white space.
func alike(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// distinction tells records of one name apart.
func distinction(rec *crm.Record) string {
	for _, key := range []string{"email", "phone", "city", "website"} {
		if text := rec.Fields[key].Text(); text != "" && text != rec.Name {
			return " (" + text + ")"
		}
	}
	return " (since " + rec.CreatedAt.Format("2 Jan 2006") + ")"
}

// suggestPage is the names that are offered while one is typed: the options of a datalist.
type suggestPage struct {
	Base
	Names []string
}

// suggest answers htmx with the names that begin like what was typed.
func (s *site) suggest(v *visit) error {
	target, err := v.schema().Object(v.FormValue("object"))
	if err != nil {
		return err
	}
	typed := v.FormValue(v.FormValue("field"))
	page := &suggestPage{Base: s.base(v, "Suggestions", "")}
	found, _, err := s.ws.Engine.Find(v.Context(), v.caller(),
		crm.Query{Object: target, Words: strings.Fields(strings.ToLower(typed)), Sort: "name", Limit: maxCandidates})
	if err != nil {
		return err
	}
	for _, rec := range found {
		page.Names = append(page.Names, rec.Name)
	}
	return v.render(http.StatusOK, "suggest", page)
}
