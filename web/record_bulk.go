package web

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/bulk"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// What is done to a selection of a list.
const (
	bulkEdit   = "edit"
	bulkTags   = "tags"
	bulkDelete = "delete"
)

// bulkAtOnce is how many records are changed while the visitor waits; more are in the background.
const bulkAtOnce = 200

// recordBulkPage asks what shall be done to the records that were selected in a list, then whether it shall be done.
type recordBulkPage struct {
	Base
	Do      string
	Heading string
	Count   string // "412 contacts"
	Names   string // of the first few, and how many more
	Object  string
	Action  string
	Cancel  string
	Hidden  []hiddenField
	Errors  *formErrors
	// Groups are the fields of an edit; Add and Remove the tags.
	Groups []formGroup
	Clear  []formOption // fields that can be emptied
	Add    string
	Remove string
	// Confirm says what would be done to each; nil while that is not chosen.
	Confirm []string
	Last    *lastWord // nil where nothing is lost for good
	Submit  string
	Again   string // back to the choice
	deletion
}

// bulkForm is what is asked of a selection. In the form the filter stands under the names that it has in the list's address,
// what is to be set under KEY with "set." in front, and fields to be emptied under "clear".
type bulkForm struct {
	do          string
	all         bool
	ids         []string
	filter      listQuery
	set         url.Values // with the keys of the fields
	clear       []string
	add, remove string
	token       string
	typed       url.Values // what was typed where something is lost for good
}

const setField = "set."

func readBulk(view *objectView, values url.Values) (bulkForm, error) {
	f := bulkForm{do: values.Get("do"), all: values.Get("all") == "1", ids: values["id"], set: url.Values{}, clear: values["clear"],
		add: strings.TrimSpace(values.Get("add")), remove: strings.TrimSpace(values.Get("remove")), token: values.Get("token"), typed: url.Values{lastWordField: values[lastWordField]}}
	var err error
	if f.filter, err = parseListQuery(view, values); err != nil {
		return f, err
	}
	for name, list := range values {
		if key, ok := strings.CutPrefix(name, setField); ok {
			f.set[key] = list
		}
	}
	if f.do != bulkEdit && f.do != bulkDelete && !(f.do == bulkTags && view.hasTagsPart()) {
		return f, errs.InvalidField("do", "invalid_option", "%s cannot be done to many %s.", audit.Quote(f.do), view.object.Word().Many)
	}
	return f, nil
}

// hidden carries the selection through the forms; also what was chosen, for the one that confirms.
func (f bulkForm) hidden(chosen bool) []hiddenField {
	out := []hiddenField{{"do", f.do}}
	add := func(name string, values ...string) {
		for _, v := range values {
			out = append(out, hiddenField{name, v})
		}
	}
	if f.all {
		add("all", "1")
	} else {
		add("id", f.ids...)
	}
	where := f.filter.values()
	for _, key := range slices.Sorted(maps.Keys(where)) {
		add(key, where[key]...)
	}
	if !chosen {
		return out
	}
	for _, key := range slices.Sorted(maps.Keys(f.set)) {
		add(setField+key, f.set[key]...)
	}
	add("clear", f.clear...)
	for name, text := range map[string]string{"add": f.add, "remove": f.remove} {
		if text != "" {
			add(name, text)
		}
	}
	return out
}

// request is what the form asks for; mistakes are of values that cannot be read.
func (s *site) bulkRequest(v *visit, view *objectView, f bulkForm) (bulk.Request, *submission, error) {
	r := bulk.Request{Object: view.object.Key, Change: crm.BulkChange{Delete: f.do == bulkDelete, AddTags: words(f.add), RemoveTags: words(f.remove), Token: f.token}}
	if f.all {
		r.Filter = &bulk.Filter{Words: firstWords(f.filter.search), Where: map[string][]string{}}
		for _, c := range f.filter.records().Where {
			r.Filter.Where[c.Field.Key] = c.Values
		}
	} else {
		for _, id := range f.ids {
			if !audit.ValidID(id) {
				return r, nil, errs.InvalidField("id", "invalid_id", "%s is not the id of a record.", audit.Quote(id))
			}
			r.IDs = append(r.IDs, audit.RecordID(id))
		}
	}
	if f.do != bulkEdit {
		return r, nil, nil
	}
	sub := &submission{texts: map[string]string{}, typed: map[string]string{}, candidates: map[string][]formOption{}, input: crm.Input{}}
	for _, field := range view.bulkFields() {
		if slices.Contains(f.clear, field.Key) {
			sub.input[field.Key] = []byte("null")
			continue
		}
		if strings.TrimSpace(lastOf(f.set[field.Key])) == "" {
			continue // it stays as it is
		}
		if err := s.readField(v, view, field, f.set, sub); err != nil {
			return r, sub, err
		}
	}
	r.Change.Set = sub.input
	return r, sub, errs.InvalidFields(sub.mistakes)
}

// bulkFields are the fields that can be set for many records at once. Tags have a way of their own, a unique value can be of one
// record only, and what follows from another field is set with it.
func (view *objectView) bulkFields() []*crm.Field {
	var out []*crm.Field
	for _, key := range view.formKeys() {
		f, ok := view.object.Field(key)
		if !ok || f.Computed || f.Unique || f.Type == crm.Tags || f.Type == crm.Secret || f.Type == crm.Rows || slices.Contains(view.closedForm, key) {
			continue
		}
		out = append(out, f)
	}
	return out
}

// recordBulkAsk shows what can be done to a selection.
func (s *site) recordBulkAsk(view *objectView) handler {
	return func(v *visit) error {
		if err := v.mustWrite(view.object); err != nil {
			return err
		}
		f, err := readBulk(view, v.URL.Query())
		if err != nil {
			return err
		}
		if !f.all && len(f.ids) == 0 {
			return v.redirect(f.list(), Failure("Select some "+view.object.Word().Many+" first."))
		}
		if f.do == bulkDelete {
			return s.showBulkConfirm(v, view, f, nil)
		}
		return s.showBulkForm(v, view, f, nil, nil)
	}
}

// list is the list that the selection was made in.
func (f bulkForm) list() string { return addressOf(f.filter.view.listPath(), f.filter.values()) }

// recordBulk asks for confirmation of what was chosen, and does what was confirmed.
func (s *site) recordBulk(view *objectView) handler {
	return func(v *visit) error {
		form, err := v.form()
		if err != nil {
			return err
		}
		if err := v.mustWrite(view.object); err != nil {
			return err
		}
		f, err := readBulk(view, form)
		if err != nil {
			return err
		}
		if form.Get("again") != "" {
			return s.showBulkForm(v, view, f, nil, nil)
		}
		if f.token == "" {
			return s.showBulkConfirm(v, view, f, nil)
		}
		r, _, err := s.bulkRequest(v, view, f)
		if err != nil {
			return err
		}
		return s.doBulk(v, view, f, r)
	}
}

func (s *site) doBulk(v *visit, view *objectView, f bulkForm, r bulk.Request) error {
	sel, err := r.Selection(v.schema())
	if err != nil {
		return err
	}
	plan, err := s.ws.Engine.PreviewBulk(v.Context(), v.caller(), sel, r.Change)
	if err == nil {
		err = plan.Check(f.token)
	}
	if err == nil && r.Change.Delete {
		last, failed := s.lastWordFor(v, sel, view.object.Word().Count(plan.Count))
		if failed != nil {
			return failed
		}
		err = last.missing(f.typed)
	}
	if err == nil && plan.Count > bulkAtOnce {
		job, err := s.ws.Bulk.Enqueue(v.Context(), v.caller(), r)
		if err != nil {
			return err
		}
		return v.redirect("/bulk/"+string(job.ID), nil)
	}
	var done crm.BulkResult
	if err == nil {
		done, err = s.ws.Engine.Bulk(v.Context(), v.caller(), sel, r.Change)
	}
	switch {
	case errs.Is(err, errs.Gone), errs.Is(err, errs.NotFound):
		return v.redirect(f.list(), Failure("Nothing was changed. "+errs.Of(err).Detail))
	case err != nil && shownOnForm(err):
		return s.showBulkConfirm(v, view, f, err)
	case err != nil:
		return err
	}
	text, logged := s.bulkDone(v, view, &done)
	flash := Success(text)
	if logged != "" {
		flash.WithLink(logged, "Show it in the audit log")
	}
	return v.redirect(f.list(), flash)
}

// bulkDone says what was done, and where the log has it ("" when it has nothing, or the visitor may not read it).
func (s *site) bulkDone(v *visit, view *objectView, done *crm.BulkResult) (text, logged string) {
	word := view.object.Word()
	switch {
	case done.Operation == "":
		return "Nothing changed: " + word.Count(done.Selected) + " had these values already.", ""
	case len(done.Deleted) > 0:
		text = "Deleted " + countsInWords(v.schema(), done.Deleted) + "."
	default:
		text = "Changed " + word.Count(done.Changed) + "."
		if done.Unchanged > 0 {
			text += " " + word.Count(done.Unchanged) + " had these values already."
		}
	}
	if v.may(audit.AuditRead) {
		logged = operationList(done.Operation)
	}
	return text, logged
}

func (s *site) bulkPage(v *visit, view *objectView, f bulkForm, plan *crm.BulkPlan) *recordBulkPage {
	p := &recordBulkPage{Base: s.base(v, "Change "+view.object.Word().Many, view.nav), Do: f.do, Object: view.object.Key, Action: view.path + "/bulk", Cancel: f.list(),
		Count: view.object.Word().Count(plan.Count), Names: strings.Join(plan.Names, ", "), Add: f.add, Remove: f.remove}
	if more := plan.Count - len(plan.Names); more > 0 {
		p.Names += " and " + audit.Thousands(more) + " more"
	}
	return p
}

// selected makes the plan of a selection whatever is done to it.
func (s *site) selected(v *visit, r bulk.Request) (*crm.BulkPlan, error) {
	sel, err := r.Selection(v.schema())
	if err != nil {
		return nil, err
	}
	return s.ws.Engine.PreviewSelection(v.Context(), v.caller(), sel)
}

// showBulkForm asks what shall be changed. sub is what was sent; nil for the first time.
func (s *site) showBulkForm(v *visit, view *objectView, f bulkForm, sub *submission, problem error) error {
	bare := f
	bare.do = bulkTags
	r, _, err := s.bulkRequest(v, view, bare)
	if err != nil {
		return err
	}
	plan, err := s.selected(v, r)
	if errs.Is(err, errs.Gone) || errs.Is(err, errs.NotFound) || errs.Is(err, errs.TooLarge) || errs.Code(err) == "nothing_selected" {
		return v.redirect(f.list(), Failure(errs.Of(err).Detail+" "+errs.Of(err).Fix))
	}
	if err != nil {
		return err
	}
	page := s.bulkPage(v, view, f, plan)
	page.Hidden = f.hidden(false)
	page.Heading, page.Submit = "Edit "+page.Count, "Go on"
	if f.do == bulkTags {
		page.Heading = "Tags of " + page.Count
	}
	keys := []string{"add", "remove"}
	if f.do == bulkEdit {
		if sub == nil {
			_, sub, _ = s.bulkRequest(v, view, f) // what it holds already, when somebody comes back
		}
		group := formGroup{}
		for _, field := range view.bulkFields() {
			shown, err := s.formField(v, view, field, sub)
			if err != nil {
				return err
			}
			shown.Error = mistakeAt(problem, field.Key)
			shown.Key, shown.Required, shown.Hint = setField+field.Key, false, ""
			if shown.Kind == "check" {
				shown.Kind = "select"
				shown.Choices = []choiceGroup{{Options: []formOption{{"true", "Yes", shown.Value == "true"}, {"false", "No", shown.Value == "false"}}}}
			}
			group.Fields = append(group.Fields, shown)
			keys = append(keys, field.Key)
			if !field.Required {
				page.Clear = append(page.Clear, formOption{field.Key, field.Label, slices.Contains(f.clear, field.Key)})
			}
		}
		page.Groups = []formGroup{group}
	}
	if page.Errors = summarize(problem, func(key string) bool { return slices.Contains(keys, key) }); page.Errors != nil {
		for i, item := range page.Errors.Items {
			if item.Key != "" && f.do == bulkEdit {
				page.Errors.Items[i].Key = setField + item.Key
			}
		}
	}
	return v.render(statusOfForm(problem), "record_bulk", page)
}

// showBulkConfirm says what would be done to how many; problem is why it was not done, nil for a look.
func (s *site) showBulkConfirm(v *visit, view *objectView, f bulkForm, problem error) error {
	f.token = ""
	r, sub, err := s.bulkRequest(v, view, f)
	if err != nil && shownOnForm(err) {
		return s.showBulkForm(v, view, f, sub, err)
	}
	if err != nil {
		return err
	}
	sel, err := r.Selection(v.schema())
	if err != nil {
		return err
	}
	plan, err := s.ws.Engine.PreviewBulk(v.Context(), v.caller(), sel, r.Change)
	switch {
	case errs.Is(err, errs.Gone), errs.Is(err, errs.NotFound), errs.Is(err, errs.TooLarge), errs.Code(err) == "nothing_selected":
		return v.redirect(f.list(), Failure(errs.Of(err).Detail+" "+errs.Of(err).Fix))
	case err != nil && shownOnForm(err) && f.do != bulkDelete:
		return s.showBulkForm(v, view, f, sub, err)
	case err != nil:
		return err
	}
	page := s.bulkPage(v, view, f, plan)
	page.Hidden = append(f.hidden(true), hiddenField{"token", plan.Token})
	page.Errors = summarizeLast(problem)
	page.Heading, page.Submit = "Change "+page.Count+"?", "Change "+page.Count
	if f.do == bulkDelete {
		page.Heading, page.Submit = "Delete "+page.Count+"?", "Delete "+page.Count
		s.fillBulkDeletion(v, page, plan)
		if page.Last, err = s.lastWordFor(v, sel, page.Count); err != nil {
			return err
		}
		if errs.Code(problem) == nameDiffers {
			page.Last.missing(f.typed) // for the words at the field
		}
	} else if page.Confirm, err = s.bulkWords(v, view, page, r.Change); err != nil {
		return err
	}
	return v.render(statusOfForm(problem), "record_bulk", page)
}

// AnyClear reports whether a field is chosen to be emptied.
func (p *recordBulkPage) AnyClear() bool {
	return slices.ContainsFunc(p.Clear, func(o formOption) bool { return o.Selected })
}
