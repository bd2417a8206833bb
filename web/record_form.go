package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/workspace"
)

// recordFormPage is the form of a record, new or known.
type recordFormPage struct {
	Base
	Heading string
	Name    string // of the record; "" for a new one
	Action  string
	Back    string // where to go afterwards, "" for the record's page
	Cancel  string
	Version int64 // 0 for a new one
	Groups  []formGroup
	Errors  *formErrors
	Submit  string
	Hint    string
}

// formKeys are the fields that the view's form has, in its order.
func (view *objectView) formKeys() []string {
	var keys []string
	for _, g := range view.groups {
		keys = append(keys, g.Fields...)
	}
	return keys
}

// textsOf are a record's values as a form holds them.
func textsOf(view *objectView, rec *crm.Record, zone *time.Location) map[string]string {
	texts := map[string]string{}
	for i := range view.object.Fields {
		f := &view.object.Fields[i]
		texts[f.Key] = textOf(f, rec.Fields[f.Key], zone)
	}
	return texts
}

// secretsOf tells which secrets of a record are set.
func secretsOf(view *objectView, rec *crm.Record) map[string]bool {
	set := map[string]bool{}
	for _, f := range view.object.Fields {
		set[f.Key] = f.Type == crm.Secret && rec.Fields[f.Key] != audit.None
	}
	return set
}

func textOf(f *crm.Field, value audit.Value, zone *time.Location) string {
	switch f.Type {
	case crm.Tags:
		return strings.Join(value.Strings(), ", ")
	case crm.Boolean:
		if value == audit.None {
			return "false"
		}
	case crm.DateTime:
		if t, err := time.Parse(crm.TimeLayout, value.Text()); err == nil {
			return momentText(t, zone)
		}
	case crm.Secret:
		return ""
	}
	return value.Text()
}

// formGroups builds the form's fields. sub is what was sent, or what the form starts with.
func (s *site) formGroups(v *visit, view *objectView, sub *submission, problem error) ([]formGroup, error) {
	var groups []formGroup
	for _, g := range view.groups {
		group := formGroup{Label: g.Label}
		for _, key := range g.Fields {
			f, ok := view.object.Field(key)
			if !ok || f.Computed || slices.Contains(view.closedForm, key) {
				continue
			}
			field, err := s.formField(v, view, f, sub)
			if err != nil {
				return nil, err
			}
			field.Error = mistakeAt(problem, key)
			group.Fields = append(group.Fields, field)
		}
		if len(group.Fields) > 0 {
			groups = append(groups, group)
		}
	}
	return groups, nil
}

func (s *site) formField(v *visit, view *objectView, f *crm.Field, sub *submission) (formField, error) {
	field := formField{Key: f.Key, Label: f.Label, Kind: "input", Type: "text", Value: sub.texts[f.Key], Required: f.Required,
		Was: sub.was[f.Key], Keeps: sub.was != nil, Hint: view.hints[f.Key]}
	switch f.Type {
	case crm.Long:
		field.Kind, field.Wide = "textarea", true
	case crm.Email:
		field.Type = "email"
	case crm.Phone:
		field.Type = "tel"
	case crm.URL:
		field.Hint = "Such as example.com."
	case crm.Date:
		field.Type = "date"
	case crm.DateTime:
		zone := workspace.Zone(v.id.Account)
		field.Type, field.Hint = "datetime-local", "In the time zone "+zone.String()+"."
		field.Offsets, field.Value = offsetsOf(field.Value, zone), cutMoment(field.Value)
	case crm.Money:
		field.Hint = "Such as 1200.50."
	case crm.Boolean:
		field.Kind = "check"
	case crm.Secret:
		field.Type, field.Fill, field.Secret, field.IsSet = "password", "new-password", true, sub.secrets[f.Key]
		if field.Hint == "" {
			field.Hint = "It is kept apart and never shown."
		}
	case crm.Select:
		field.Kind, field.Choices = "select", []choiceGroup{{Options: selectOptions(f.Options, field.Value)}}
	case crm.Rows:
		field.Kind, field.Wide = "rows", true
		field.Columns, field.Lines = f.Columns, linesOf(f, field.Value, sub.lines[f.Key], spareLines)
	case crm.Tags:
		if options := view.closed[f.Key]; options != nil {
			field.Kind, field.Wide, field.Boxes = "boxes", true, boxesOf(options, words(field.Value))
			break
		}
		field.Hint = "Separate them with commas."
	case crm.RefType:
		return s.refField(v, view, f, field, sub)
	}
	return field, nil
}

func boxesOf(options []crm.Option, ticked []string) []formOption {
	boxes := selectOptions(options, "")
	for i := range boxes {
		boxes[i].Selected = slices.Contains(ticked, boxes[i].Value)
	}
	return boxes
}

// recordNew shows the form of a new record. Fields in the address are filled in.
func (s *site) recordNew(view *objectView) handler {
	return func(v *visit) error {
		if err := v.mustWrite(view.object); err != nil {
			return err
		}
		sub := &submission{texts: map[string]string{}}
		start, err := s.startOf(v, view)
		if err != nil {
			return err
		}
		for i := range view.object.Fields {
			f := &view.object.Fields[i]
			sub.texts[f.Key] = cmp.Or(start[f.Key], f.Default)
			given := v.URL.Query().Get(f.Key)
			if given == "" {
				continue
			}
			sub.texts[f.Key] = given
			zone := workspace.Zone(v.id.Account)
			if f.Type == crm.DateTime { // an instant, or what the clocks of the zone show
				if t, mistake := momentOf(f, given, zone); mistake == nil {
					sub.texts[f.Key] = momentText(t, zone)
				}
			}
		}
		if view.prefill != nil {
			if err := view.prefill(s, v, sub.texts); err != nil {
				return err
			}
		}
		return s.showForm(v, view, nil, sub, nil)
	}
}

// startOf is what the form of a new record begins with beside the defaults of its fields.
func (s *site) startOf(v *visit, view *objectView) (map[string]string, error) {
	if view.key == "invoice" {
		return s.invoiceStart(v)
	}
	return nil, nil
}

// recordEdit shows the form of a record.
func (s *site) recordEdit(view *objectView) handler {
	return func(v *visit) error {
		rec, err := s.recordToWrite(v, view)
		if err != nil {
			return err
		}
		texts := textsOf(view, rec, workspace.Zone(v.id.Account))
		return s.showForm(v, view, rec, &submission{texts: texts, was: texts, version: rec.Version, secrets: secretsOf(view, rec)}, nil)
	}
}

// recordToWrite is the record in the address, for somebody who may change it.
func (s *site) recordToWrite(v *visit, view *objectView) (*crm.Record, error) {
	if err := v.mustWrite(view.object); err != nil {
		return nil, err
	}
	id, err := v.recordID()
	if err != nil {
		return nil, err
	}
	return s.ws.Engine.Record(v.Context(), v.caller(), view.object.Key, id)
}

// withRecord handles a form about the record in the address, for somebody who may change it.
func (s *site) withRecord(view *objectView, handle func(v *visit, form url.Values, rec *crm.Record) error) handler {
	return submitted(func(v *visit) (*crm.Record, error) { return s.recordToWrite(v, view) }, handle)
}

// submitted handles a form about what load finds by the address.
func submitted[T any](load func(*visit) (T, error), handle func(v *visit, form url.Values, about T) error) handler {
	return func(v *visit) error {
		form, err := v.form()
		if err != nil {
			return err
		}
		about, err := load(v)
		if err != nil {
			return err
		}
		return handle(v, form, about)
	}
}

// showForm renders the form of rec, nil for a new record, with what is wrong with it.
func (s *site) showForm(v *visit, view *objectView, rec *crm.Record, sub *submission, problem error) error {
	word := view.object.Word().One
	page := &recordFormPage{Base: s.base(v, "New "+word, view.nav), Heading: "New " + word, Action: view.path, Back: v.back(),
		Cancel: view.listPath(), Submit: "Create", Hint: view.hint, Version: sub.version}
	if view.submit != "" {
		page.Submit = view.submit
	}
	if rec != nil {
		page.Title, page.Heading, page.Name = "Edit "+rec.Name, "Edit "+word, rec.Name
		page.Action, page.Submit, page.Hint = view.address(rec.ID), "Save", ""
		page.Cancel = view.after(rec)
	}
	if page.Back != "" {
		page.Cancel = page.Back
	}
	var err error
	if page.Groups, err = s.formGroups(v, view, sub, problem); err != nil {
		return err
	}
	page.Errors = summarize(problem, func(key string) bool { return slices.Contains(view.formKeys(), key) })
	if view.key == "invoice" {
		return s.showInvoiceForm(v, rec, *page, sub, problem)
	}
	return v.render(statusOfForm(problem), "record_form", page)
}

// after is the page that follows a change of rec: its own, or that of the record it is a part of.
func (view *objectView) after(rec *crm.Record) string {
	if view.part == "" {
		return view.address(rec.ID)
	}
	f, _ := view.object.Field(view.part)
	return recordAddress(f.Object, audit.RecordID(rec.Fields[view.part].Text()))
}
