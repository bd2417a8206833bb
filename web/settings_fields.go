package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// fieldPage is the form of a custom field.
type fieldPage struct {
	Base
	objectHead
	Title2  string
	Action  string
	Version int64
	Fields  []formField
	// Choice, Reference and Rows are shown for one type each.
	Choice    formField
	Reference []formField
	RowsField formField
	Errors    *formErrors
	Submit    string
}

// optionField and columnField are the lists of rows by which the form has options and columns.
var (
	optionField = &crm.Field{Key: "options", Label: "Options", Type: crm.Rows, Columns: []crm.Field{
		{Key: "label", Label: "Label", Type: crm.Text}, {Key: "key", Label: "Key", Type: crm.Text}}}
	columnField = &crm.Field{Key: "columns", Label: "Columns", Type: crm.Rows, Columns: []crm.Field{
		{Key: "label", Label: "Label", Type: crm.Text}, {Key: "key", Label: "Key", Type: crm.Text},
		{Key: "type", Label: "Type", Type: crm.Select, Options: columnTypeOptions()},
		{Key: "required", Label: "Required", Type: crm.Select, Options: []crm.Option{{Key: "true", Label: "Yes"}}}}}
)

func columnTypeOptions() []crm.Option {
	var out []crm.Option
	for _, t := range crm.ColumnTypes() {
		out = append(out, crm.Option{Key: string(t), Label: t.Label()})
	}
	return out
}

// fieldTexts are a field as the form holds it.
func fieldTexts(f *crm.Field) url.Values {
	form := url.Values{"label": {f.Label}, "type": {string(f.Type)}, "object": {f.Object}, "on_delete": {string(f.OnDelete)}, "default": {f.Default},
		"required": {fmt.Sprint(f.Required)}, "unique": {fmt.Sprint(f.Unique)}}
	for i, o := range f.Options {
		form.Set(cellName(optionField, i, &optionField.Columns[0]), o.Label)
		form.Set(cellName(optionField, i, &optionField.Columns[1]), o.Key)
	}
	for i, c := range f.Columns {
		form.Set(cellName(columnField, i, &columnField.Columns[0]), c.Label)
		form.Set(cellName(columnField, i, &columnField.Columns[1]), c.Key)
		form.Set(cellName(columnField, i, &columnField.Columns[2]), string(c.Type))
		if c.Required {
			form.Set(cellName(columnField, i, &columnField.Columns[3]), "true")
		}
	}
	return form
}

func (s *site) fieldNew(v *visit) error {
	o, err := s.definedObject(v)
	if err != nil {
		return err
	}
	return s.showField(v, o, nil, url.Values{"type": {string(crm.Text)}, "on_delete": {string(crm.Clear)}}, nil)
}

// fieldPlace is a custom field of an object, nil for a new one.
type fieldPlace struct {
	object *crm.Object
	field  *crm.Field
}

// definedField is the custom field in the address.
func (s *site) definedField(v *visit) (fieldPlace, error) {
	o, err := s.definedObject(v)
	if err != nil || v.PathValue("field") == "" {
		return fieldPlace{object: o}, err
	}
	f, ok := o.Field(v.PathValue("field"))
	if !ok || !f.Custom() {
		return fieldPlace{}, errs.New(errs.NotFound, "not_found", "%s has no custom field of this key.", o.Label).WithFix("It may have been removed; see the list of its fields.")
	}
	return fieldPlace{o, f}, nil
}

func (s *site) fieldEdit(v *visit) error {
	at, err := s.definedField(v)
	if err != nil {
		return err
	}
	return s.showField(v, at.object, at.field, fieldTexts(at.field), nil)
}

// showField renders the form of a field, nil for a new one, with what is wrong with it.
func (s *site) showField(v *visit, o *crm.Object, f *crm.Field, form url.Values, problem error) error {
	title := "New field of " + o.Word().Many
	base, err := s.definePage(v, title)
	if err != nil {
		return err
	}
	page := &fieldPage{Base: base, objectHead: v.objectHead(o, ""), Title2: title, Submit: "Add the field"}
	page.Action = page.Settings + "/fields"
	page.Version = versionIn(form)
	if f != nil {
		page.Title2, page.Submit, page.Action = "Field "+f.Label, "Save", page.Settings+"/fields/"+f.Key
		page.Base.Title = f.Label
	}
	if page.Version == 0 && o.Definition != nil {
		page.Version = o.Definition.Version
	}
	text := func(key string) string { return form.Get(key) }
	page.Fields = []formField{
		{Key: "label", Label: "Label", Kind: "input", Type: "text", Value: text("label"), Required: true},
		{Key: "type", Label: "Type", Kind: "select", Value: text("type"), Required: true, Choices: []choiceGroup{{Options: selectOptions(crm.FieldTypes(), text("type"))}}},
		{Key: "required", Label: "Required", Kind: "check", Value: text("required"), Hint: "Records without a value get the default."},
		{Key: "unique", Label: "Unique", Kind: "check", Value: text("unique"), Hint: "No two records have the same value."},
		{Key: "default", Label: "Default", Kind: "input", Type: "text", Value: text("default"), Hint: "What a new record gets when nobody says otherwise. Of a choice: the key of the option."},
	}
	if f == nil {
		key := formField{Key: "key", Label: "Key", Kind: "input", Type: "text", Value: text("key"), Hint: "Its name in the API and in imports, for good. Made of the label when empty."}
		page.Fields = slices.Insert(page.Fields, 1, key)
	}
	page.Choice = formField{Key: "options", Label: "Options", Kind: "rows", Wide: true, Columns: optionField.Columns,
		Lines: linesOf(optionField, readRows(optionField, form, ""), 0, spareLines), Hint: "In their order. The key is the option's name in the API; empty makes one of the label."}
	var targets []crm.Option
	for _, t := range v.schema().Objects() {
		targets = append(targets, crm.Option{Key: t.Key, Label: t.Label})
	}
	page.Reference = []formField{
		{Key: "object", Label: "Points at", Kind: "select", Value: text("object"), Choices: []choiceGroup{{Options: selectOptions(targets, text("object"))}}},
		{Key: "on_delete", Label: "When that is deleted", Kind: "select", Value: text("on_delete"), Choices: []choiceGroup{{Options: selectOptions([]crm.Option{
			{Key: string(crm.Clear), Label: "Empty this field"}, {Key: string(crm.Cascade), Label: "Delete this record as well"}, {Key: string(crm.Refuse), Label: "Refuse the deletion"}}, text("on_delete"))}}},
	}
	page.RowsField = formField{Key: "columns", Label: "Columns", Kind: "rows", Wide: true, Columns: columnField.Columns, Lines: linesOf(columnField, readRows(columnField, form, ""), 0, spareLines)}
	local := localMistakes(problem)
	for _, list := range [][]formField{page.Fields, page.Reference} {
		for i := range list {
			list[i].Error = mistakeAt(local, list[i].Key)
		}
	}
	page.Choice.Error, page.RowsField.Error = mistakeAt(local, "options"), mistakeAt(local, "columns")
	page.Errors = summarize(local, func(key string) bool { return mistakeAt(local, key) != "" && !strings.Contains(key, "[") })
	return v.render(statusOfForm(problem), "settings_field", page)
}

// localMistakes names the mistakes of a field as the form does: "fields[0].label" is "label".
func localMistakes(problem error) error {
	if problem == nil {
		return nil
	}
	e := *errs.Of(problem)
	e.Fields = slices.Clone(e.Fields)
	for i := range e.Fields {
		name := strings.TrimPrefix(e.Fields[i].Field, "fields[0].")
		name, _, _ = strings.Cut(name, "[")
		e.Fields[i].Field = name
	}
	return &e
}

// fieldInput is what the form asks of a field.
func fieldInput(f *crm.Field, form url.Values) crm.FieldInput {
	text := func(key string) *string { s := strings.TrimSpace(form.Get(key)); return &s }
	yes := func(key string) *bool { b := lastOf(form[key]) == "true"; return &b }
	t := crm.FieldType(form.Get("type"))
	in := crm.FieldInput{Key: *text("key"), Label: text("label"), Type: &t, Required: yes("required"), Unique: yes("unique"), Default: text("default")}
	if f != nil {
		in.Key = f.Key
	}
	switch t {
	case crm.Select:
		in.Options = []crm.Option{}
		for _, row := range crm.RowsOf(audit.Value(readRows(optionField, form, ""))) {
			in.Options = append(in.Options, crm.Option{Key: row["key"].Text(), Label: row["label"].Text()})
		}
		in.Moves = map[string]string{}
		for name, values := range form {
			if option, ok := strings.CutPrefix(name, movePrefix); ok && values[0] != stays {
				in.Moves[option] = values[0]
			}
		}
	case crm.RefType:
		on := crm.OnDelete(form.Get("on_delete"))
		in.Object, in.OnDelete = text("object"), &on
	case crm.Rows:
		in.Columns = []crm.FieldInput{}
		for _, row := range crm.RowsOf(audit.Value(readRows(columnField, form, ""))) {
			label, ct, required := row["label"].Text(), crm.FieldType(row["type"].Text()), row["required"].Text() == "true"
			if ct == "" {
				ct = crm.Text
			}
			in.Columns = append(in.Columns, crm.FieldInput{Key: row["key"].Text(), Label: &label, Type: &ct, Required: &required})
		}
	}
	return in
}

// fieldSave adds a field or changes one.
func (s *site) fieldSave(v *visit, form url.Values, at fieldPlace) error {
	o, f := at.object, at.field
	said := "Saved the field " + audit.Quote(form.Get("label")) + "."
	if f == nil {
		said = "Added the field " + audit.Quote(form.Get("label")) + "."
	}
	return s.change(v, o, form, crm.ObjectInput{Fields: []crm.FieldInput{fieldInput(f, form)}},
		func(problem error) error { return s.showField(v, o, f, form, problem) }, said)
}

func (s *site) fieldRemoveAsk(v *visit) error {
	at, err := s.definedField(v)
	if err != nil {
		return err
	}
	form := url.Values{}
	if at.object.Definition != nil {
		form.Set("_version", fmt.Sprint(at.object.Definition.Version))
	}
	return s.showFieldRemove(v, form, at, nil)
}

// showFieldRemove asks whether a field shall go; typed is what was to be typed and was not, nil for a look.
func (s *site) showFieldRemove(v *visit, form url.Values, at fieldPlace, typed *lastWord) error {
	o, f := at.object, at.field
	done, err := s.ws.Engine.PreviewObject(v.Context(), v.caller(), o.Key, crm.ObjectInput{Remove: []string{f.Key}})
	if err != nil {
		return s.showObject(v, o, nil, err)
	}
	ask := changeQuestion{Question: "Remove the field " + f.Label + "?", Submit: "Remove the field", Last: lastWordOfField(o, f, done.Effects)}
	if typed != nil {
		ask.Last, ask.Problem = typed, typed.missing(form)
	}
	return s.confirm(v, o, form, done.Effects, ask)
}

// lastWordOfField asks for the label of a secret field that records have values in, and is nil for another one.
func lastWordOfField(o *crm.Object, f *crm.Field, effects []crm.Effect) *lastWord {
	if f.Type != crm.Secret || len(effects) == 0 {
		return nil
	}
	return &lastWord{Name: f.Label, Lost: []string{f.Label + " of " + o.Word().Count(effects[0].Records)}, Why: secretsAreGone}
}

func (s *site) fieldRemove(v *visit, form url.Values, at fieldPlace) error {
	o, f := at.object, at.field
	if f.Type == crm.Secret {
		preview, err := s.ws.Engine.PreviewObject(v.Context(), v.caller(), o.Key, crm.ObjectInput{Remove: []string{f.Key}})
		if err == nil {
			if last := lastWordOfField(o, f, preview.Effects); last.missing(form) != nil {
				return s.showFieldRemove(v, form, at, last)
			}
		}
	}
	form.Set(confirmed, "yes") // the question was a page of its own
	return s.change(v, o, form, crm.ObjectInput{Remove: []string{f.Key}},
		func(problem error) error { return s.showObject(v, o, nil, problem) }, "Removed the field "+audit.Quote(f.Label)+". It can be restored from the audit log.")
}
