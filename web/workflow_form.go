package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workflow"
)

// workflowFormPage is the editor of a workflow.
type workflowFormPage struct {
	Base
	Heading, Name  string
	Action, Cancel string
	Version        int64
	Errors         *formErrors
	Top            []formField
	Trigger        formField
	Other          *formField
	Note           string // about the trigger
	Conditions     []flowRow
	NoConditions   string // why there can be none
	Steps          []flowRow
	Enabled        formField
	Summary        string
	Submit         string
}

// flowRow is a condition or a step in the editor.
type flowRow struct {
	N           int
	Title       string
	Fields      []formField
	Error       string
	First, Last bool
}

// flowView is how the pages show workflows.
func (v *visit) flowView() *objectView { return v.views()[workflow.Object] }

func (s *site) workflowNew(v *visit) error {
	if err := v.mustWrite(v.flowView().object); err != nil {
		return err
	}
	d := &flowDraft{texts: map[string]string{}, trigger: "contact.created", steps: []workflow.Step{{Action: "add_tag", Settings: workflow.Settings{}}}}
	if t := v.URL.Query().Get("trigger"); t != "" {
		d.trigger = workflow.Trigger(t)
	}
	return s.showFlow(v, nil, d, nil)
}

func (s *site) workflowEdit(v *visit) error {
	rec, err := s.recordToWrite(v, v.flowView())
	if err != nil {
		return err
	}
	return s.showFlow(v, rec, draftOf(rec), nil)
}

func (s *site) workflowCreate(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	o := v.flowView().object
	if err := v.mustWrite(o); err != nil {
		return err
	}
	d := readDraft(form)
	if do := form.Get("_do"); do != "" {
		d.alter(do)
		return s.showFlow(v, nil, d, nil)
	}
	rec, err := s.ws.Engine.Create(v.Context(), v.caller(), o.Key, d.input(o))
	if err != nil {
		if !shownOnForm(err) {
			return err
		}
		return s.showFlow(v, nil, d, err)
	}
	return v.redirect(v.flowView().address(rec.ID), Success("Created the workflow "+audit.Quote(rec.Name)+"."))
}

func (s *site) workflowUpdate(v *visit) error {
	return s.withRecord(v.flowView(), func(v *visit, form url.Values, rec *crm.Record) error {
		d := readDraft(form)
		if do := form.Get("_do"); do != "" {
			d.alter(do)
			return s.showFlow(v, rec, d, nil)
		}
		o := v.flowView().object
		saved, err := s.ws.Engine.Update(v.Context(), v.caller(), o.Key, rec.ID, d.input(o), d.version)
		if errs.Is(err, errs.Stale) {
			d.version = rec.Version
			err = errs.New(errs.Conflict, "version_conflict", "Somebody changed this workflow while you did.").
				WithFix("Look at it in another window. Saving again puts your version over theirs.")
		}
		if err != nil {
			if !shownOnForm(err) {
				return err
			}
			return s.showFlow(v, rec, d, err)
		}
		return v.redirect(v.flowView().address(rec.ID), Success("Saved the workflow "+audit.Quote(saved.Name)+"."))
	})(v)
}

// showFlow renders the editor, or for htmx its form alone.
func (s *site) showFlow(v *visit, rec *crm.Record, d *flowDraft, problem error) error {
	view := v.flowView()
	page := &workflowFormPage{Base: s.base(v, "New workflow", view.nav), Heading: "New workflow", Action: view.path, Cancel: view.listPath(), Submit: "Create", Version: d.version}
	if rec != nil {
		page.Title, page.Heading, page.Name = "Edit "+rec.Name, "Edit workflow", rec.Name
		page.Action, page.Cancel, page.Submit = view.address(rec.ID), view.address(rec.ID), "Save"
	}
	keys, err := s.fillFlow(v, page, d, problem)
	if err != nil {
		return err
	}
	page.Errors = summarize(problem, func(key string) bool { return slices.Contains(keys, key) })
	if v.htmx() {
		return v.renderPart(http.StatusOK, "workflow_form", "editor", page)
	}
	return v.render(statusOfForm(problem), "workflow_form", page)
}

// fillFlow makes the fields of the editor, and returns their keys.
func (s *site) fillFlow(v *visit, page *workflowFormPage, d *flowDraft, problem error) (keys []string, err error) {
	put := func(f formField) formField {
		f.Error = mistakeAt(problem, f.Key)
		keys = append(keys, f.Key)
		return f
	}
	page.Top = []formField{
		put(formField{Key: "name", Label: "Name", Kind: "input", Type: "text", Required: true, Value: d.texts["name"]}),
		put(formField{Key: "folder", Label: "Folder", Kind: "input", Type: "text", Value: d.texts["folder"]}),
		put(formField{Key: "description", Label: "Description", Kind: "textarea", Wide: true, Value: d.texts["description"]}),
	}
	choices, listed := s.triggerChoices(v, d.trigger)
	page.Trigger = put(formField{Key: "trigger", Label: "Event", Kind: "select", Required: true, Value: string(d.trigger), Choices: choices})
	if !listed {
		page.Other = new(put(formField{Key: "trigger.other", Label: "Type or pattern", Kind: "input", Type: "text", Required: true, Value: string(d.trigger),
			Hint: `A type such as "shop.order_placed", as an outside application writes it, or a pattern with a star: "contact.*", "*.deleted".`}))
		if d.trigger.Valid() && !d.trigger.IsPattern() {
			page.Note = "No event of this type is known here now. The workflow waits until one comes."
		}
	}
	page.Enabled = put(formField{Key: "enabled", Label: "Enabled: it begins with what happens from now on", Kind: "check", Value: fmt.Sprint(d.enabled)})
	o := d.trigger.Object(v.schema())
	if o == nil {
		page.NoConditions = "This trigger is not about one kind of record, so there are no fields to ask for."
	}
	for i := range d.conditions {
		row := flowRow{N: i, Title: fmt.Sprintf("Condition %d", i+1), Error: mistakeAt(problem, fmt.Sprintf("conditions.%d", i))}
		fields, err := s.conditionFields(v, i, o, &d.conditions[i])
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			row.Fields = append(row.Fields, put(f))
		}
		page.Conditions = append(page.Conditions, row)
	}
	for i := range d.steps {
		row := flowRow{N: i, Title: fmt.Sprintf("Step %d", i+1), First: i == 0, Last: i == len(d.steps)-1, Error: mistakeAt(problem, fmt.Sprintf("steps.%d.settings", i))}
		fields, err := s.stepFields(v, i, o, d.trigger, &d.steps[i])
		if err != nil {
			return nil, err
		}
		if missing := mistakeAt(problem, fmt.Sprintf("steps.%d.on", i)); missing != "" && !slices.ContainsFunc(fields, func(f formField) bool { return strings.HasSuffix(f.Key, ".on") }) {
			row.Error = missing
		}
		for _, f := range fields {
			row.Fields = append(row.Fields, put(f))
		}
		page.Steps = append(page.Steps, row)
	}
	if len(page.Steps) == 0 {
		keys = append(keys, "steps")
	}
	page.Summary = s.flowWords(v).Summary(workflow.Workflow{Trigger: d.trigger, Conditions: d.conditions, Steps: d.steps})
	return keys, nil
}

// conditionFields are the inputs of a condition. What does not fit the field any more gives way.
func (s *site) conditionFields(v *visit, n int, o *crm.Object, c *workflow.Condition) ([]formField, error) {
	at := fmt.Sprintf("conditions.%d.", n)
	field := formField{Key: at + "field", Label: "Field", Kind: "select", Value: c.Field}
	var options []formOption
	known := false
	if o != nil {
		for _, f := range o.Fields {
			if f.Type == crm.Secret {
				continue
			}
			options = append(options, formOption{f.Key, f.Label, f.Key == c.Field})
			known = known || f.Key == c.Field
		}
	}
	if !known && c.Field != "" {
		options = append(options, formOption{c.Field, c.Field + " (gone)", true})
	}
	field.Choices = []choiceGroup{{Options: options}}
	if o != nil && c.Field == "" && len(options) > 0 {
		c.Field = options[0].Value
		options[0].Selected = true
	}
	var f *crm.Field
	if o != nil {
		f, _ = o.Field(c.Field)
	}
	operator := formField{Key: at + "operator", Label: "Asks", Kind: "select", Required: true}
	fits := false
	var operators []formOption
	for _, op := range workflow.Operators {
		if f == nil || op.Fits(f.Type) {
			operators = append(operators, formOption{op.Key, op.Label, op.Key == c.Operator})
			fits = fits || op.Key == c.Operator
		}
	}
	if !fits && len(operators) > 0 {
		operators[0].Selected = true
		c.Operator = operators[0].Value
	}
	operator.Choices, operator.Value = []choiceGroup{{Options: operators}}, c.Operator
	if op, _ := workflow.OperatorOf(c.Operator); op.Bare || f == nil {
		if op.Bare {
			c.Value = ""
		}
		return []formField{field, operator}, nil
	}
	value, err := s.valueField(v, at+"value", "Value", f, c.Value, true)
	return []formField{field, operator, value}, err
}

// valueField is the input of a value of a field. part says that a part of it may be given.
func (s *site) valueField(v *visit, key, label string, f *crm.Field, value string, part bool) (formField, error) {
	out := formField{Key: key, Label: label, Kind: "input", Type: "text", Value: value}
	switch f.Type {
	case crm.Select:
		out.Kind, out.Choices = "select", []choiceGroup{{Options: selectOptions(f.Options, value)}}
	case crm.Boolean:
		out.Kind, out.Required = "select", true
		out.Choices = []choiceGroup{{Options: selectOptions([]crm.Option{{Key: "true", Label: "Yes"}, {Key: "false", Label: "No"}}, value)}}
		if value == "" {
			out.Value = "true"
		}
	case crm.Date:
		out.Type = "date"
	case crm.DateTime:
		out.Hint = "A time in UTC, such as 2026-03-01T09:30:00Z."
	case crm.Long:
		if !part {
			out.Kind, out.Wide = "textarea", true
		}
	case crm.Tags:
		if !part {
			out.Hint = "Separate them with commas. They replace those that are there."
		}
	case crm.RefType:
		return s.pickField(v, out, v.flowView(), f)
	}
	return out, nil
}

// mostPicked is how many records a select of the editor offers.
const mostPicked = 500

// pickField is a select of records; when there are too many it takes an id.
func (s *site) pickField(v *visit, out formField, view *objectView, f *crm.Field) (formField, error) {
	choices, many, err := s.refChoices(v, view, f, audit.RecordID(out.Value), mostPicked)
	if err != nil {
		return out, err
	}
	if many {
		out.Hint = "There are too many to choose from here: give the id of the record, from the address of its page."
		return out, nil
	}
	out.Kind, out.Choices = "select", choices
	return out, nil
}

// stepFields are the inputs of a step.
func (s *site) stepFields(v *visit, n int, o *crm.Object, t workflow.Trigger, step *workflow.Step) ([]formField, error) {
	at := fmt.Sprintf("steps.%d.", n)
	action := formField{Key: at + "action", Label: "Action", Kind: "select", Required: true, Value: step.Action}
	var options []formOption
	for _, a := range workflow.Actions {
		if a.External && a.Key != step.Action && !v.may(audit.AuditRead) {
			continue
		}
		options = append(options, formOption{a.Key, a.Label, a.Key == step.Action})
	}
	action.Choices = []choiceGroup{{Options: options}}
	fields := []formField{action}
	a, _ := workflow.ActionOf(step.Action)
	target := workflow.Target{}
	for _, setting := range a.Settings {
		f := formField{Key: at + setting.Key, Label: setting.Label, Kind: "input", Type: "text", Value: step.Settings[setting.Key], Required: setting.Required, Hint: setting.Hint}
		var err error
		switch setting.Kind {
		case workflow.OnTarget:
			var some bool
			if f, target, some = s.targetField(v, f, a, o, t, step); !some {
				continue
			}
		case workflow.OneField:
			if target.Object == nil {
				continue
			}
			f.Kind, f.Choices = "select", []choiceGroup{{}}
			for _, each := range workflow.Settable(target.Object) {
				if f.Value == "" {
					f.Value, step.Settings[setting.Key] = each.Key, each.Key
				}
				f.Choices[0].Options = append(f.Choices[0].Options, formOption{each.Key, each.Label, each.Key == f.Value})
			}
		case workflow.FieldValue:
			if target.Object == nil {
				continue
			}
			if of, ok := target.Object.Field(step.Settings["field"]); ok {
				f, err = s.valueField(v, f.Key, f.Label, of, f.Value, false)
				f.Hint = strings.TrimSpace(f.Hint + " " + setting.Hint)
			}
		case workflow.Several:
			f.Kind, f.Wide = "textarea", true
		case workflow.Person, workflow.Assignee:
			f, err = s.pickField(v, f, v.flowView(), &crm.Field{Key: setting.Key, Object: "staff"})
			if setting.Kind == workflow.Assignee && f.Kind == "select" {
				f.Choices = append([]choiceGroup{{Options: []formOption{{workflow.Owner, "Whoever owns the record", f.Value == workflow.Owner}}}}, f.Choices...)
			}
		case workflow.Stage:
			f, err = s.pickField(v, f, v.views()["opportunity"], &crm.Field{Key: "stage", Object: "stage"})
		case workflow.Template:
			f, err = s.pickField(v, f, v.flowView(), &crm.Field{Key: setting.Key, Object: "template"})
		case workflow.Count:
			f.Type = "number"
		case workflow.Unit:
			f.Kind, f.Choices = "select", []choiceGroup{{}}
			for _, unit := range workflow.Units {
				f.Choices[0].Options = append(f.Choices[0].Options, formOption{unit, unit, unit == f.Value})
			}
			if f.Value == "" {
				f.Value = workflow.Units[1]
				f.Choices[0].Options[1].Selected = true
			}
		}
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// targetField asks which record a step is about; false when there is nothing to choose.
func (s *site) targetField(v *visit, f formField, a workflow.Action, o *crm.Object, t workflow.Trigger, step *workflow.Step) (formField, workflow.Target, bool) {
	targets := a.Fitting(v.schema(), o, t.Deletes())
	chosen := slices.IndexFunc(targets, func(t workflow.Target) bool { return t.Path == f.Value })
	alone := a.Alone && f.Value == "" && !slices.ContainsFunc(targets, func(t workflow.Target) bool { return t.Path == "" })
	if chosen < 0 && !alone && len(targets) > 0 {
		chosen = 0
		f.Value = targets[0].Path
	}
	var target workflow.Target
	if chosen >= 0 {
		target = targets[chosen]
		step.Settings["on"] = target.Path
	}
	if len(targets) == 0 || len(targets) == 1 && !alone && targets[0].Path == "" {
		return f, target, false
	}
	f.Kind, f.Required, f.Choices = "select", true, []choiceGroup{{}}
	if a.Alone && targets[0].Path != "" {
		f.Choices[0].Options = append(f.Choices[0].Options, formOption{"", "No contact", alone})
		f.Required = false
	}
	for i, t := range targets {
		f.Choices[0].Options = append(f.Choices[0].Options, formOption{t.Path, t.Label, i == chosen})
	}
	return f, target, true
}

// flowWords say workflows in words, with names that the visitor may see.
func (s *site) flowWords(v *visit) workflow.Words {
	known := map[string]string{}
	return workflow.Words{Schema: v.schema(), Catalog: s.ws.Catalog, Name: func(object, id string) string {
		if !audit.ValidID(id) {
			return ""
		}
		if name, ok := known[id]; ok {
			return name
		}
		name, err := s.nameOf(v, object, audit.RecordID(id))
		if err != nil {
			return "…"
		}
		known[id] = name
		return name
	}}
}
