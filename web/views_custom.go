package web

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// objectsPath is where the records of custom objects have their pages, below the key of their object.
const objectsPath = "/objects"

// Columns and filters of a custom object's list.
const (
	customColumns = 6
	customFilters = 4
)

// accountViews are the views of an account, made of one schema.
type accountViews struct {
	schema *crm.Schema
	views  map[string]*objectView
}

// accountsHeld bounds the accounts whose views are kept.
const accountsHeld = 1000

// schema is the objects of the visitor's account.
func (v *visit) schema() *crm.Schema { return v.site.ws.Engine.Schema(v.id.Account.ID) }

// views are the objects with pages of the generic kind in the visitor's account, by the object's key.
func (v *visit) views() map[string]*objectView {
	s, account, schema := v.site, v.id.Account.ID, v.schema()
	s.viewsLock.Lock()
	held, ok := s.viewsOf[account]
	s.viewsLock.Unlock()
	if ok && held.schema == schema {
		return held.views
	}
	made := accountViews{schema, viewsIn(schema)}
	s.viewsLock.Lock()
	defer s.viewsLock.Unlock()
	if s.viewsOf == nil || len(s.viewsOf) >= accountsHeld {
		s.viewsOf = map[audit.AccountID]accountViews{}
	}
	s.viewsOf[account] = made
	return made.views
}

// viewsIn are the views of a schema: those of the built-in objects with their custom fields, and one of each custom object.
func viewsIn(schema *crm.Schema) map[string]*objectView {
	all := views(schema)
	for _, o := range schema.Objects() {
		if o.Custom {
			all[o.Key] = customView(o)
			continue
		}
		view := all[o.Key]
		if view == nil {
			continue
		}
		group := fieldGroup{Label: "More about this " + o.Word().One}
		for i := range o.Fields {
			if f := &o.Fields[i]; f.Custom() {
				group.Fields = append(group.Fields, f.Key)
			}
		}
		if len(group.Fields) > 0 {
			view.groups = append(slices.Clone(view.groups), group)
		}
	}
	for _, o := range schema.Objects() {
		for i := range o.Fields {
			f := &o.Fields[i]
			if target := all[f.Object]; f.Type == crm.RefType && f.Custom() && target != nil && all[o.Key] != nil && all[o.Key].part == "" {
				target.related = append(slices.Clone(target.related), relatedList{object: o.Key, field: f.Key, sort: "-updated_at", detail: relatedDetail(o, f), add: true})
			}
		}
	}
	return all
}

// relatedDetail are the fields that a list on another record's page shows beside the name.
func relatedDetail(o *crm.Object, of *crm.Field) []string {
	var keys []string
	for i := range o.Fields {
		f := &o.Fields[i]
		titles := o.Definition != nil && slices.Contains(o.Definition.Title, f.Key)
		if f.Key != of.Key && !titles && inColumn(f) && len(keys) < 2 && (o.Custom || f.Type == crm.Select) {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

// inColumn reports whether a list has room for the values of a field.
func inColumn(f *crm.Field) bool {
	return f.Type != crm.Long && f.Type != crm.Rows && f.Type != crm.Secret
}

// customView shows a custom object: all of it follows from its definition.
func customView(o *crm.Object) *objectView {
	view := &objectView{key: o.Key, object: o, path: objectsPath + "/" + o.Key, nav: customNav(o), imports: true}
	group := fieldGroup{}
	for i := range o.Fields {
		f := &o.Fields[i]
		group.Fields = append(group.Fields, f.Key)
		if inColumn(f) && len(view.columns) < customColumns && !slices.Equal(o.Definition.Title, []string{f.Key}) {
			view.columns = append(view.columns, f.Key)
		}
		if (f.Type == crm.Select || f.Type == crm.Boolean || f.Type == crm.RefType) && len(view.filters) < customFilters {
			view.filters = append(view.filters, f.Key)
		}
	}
	view.groups = []fieldGroup{group}
	view.columns = append(view.columns, "updated_at")
	return view
}

// customNav is the key of a custom object's entry in the navigation.
func customNav(o *crm.Object) string { return "object:" + o.Key }

// customEntries are the lines of the navigation for custom objects, by their labels.
func customEntries(schema *crm.Schema) []NavEntry {
	var out []NavEntry
	for _, o := range schema.Objects() {
		if o.Custom {
			out = append(out, NavEntry{Key: customNav(o), Label: o.LabelPlural, Href: objectsPath + "/" + o.Key, needs: audit.RecordsRead})
		}
	}
	return out
}

// of handles an address of a built-in object with the view that the visitor's account has of it.
func (s *site) of(view *objectView, make func(*objectView) handler) handler {
	return func(v *visit) error { return make(v.views()[view.key])(v) }
}

// custom handles an address of a custom object, which stands in it.
func (s *site) custom(make func(*objectView) handler) handler {
	return func(v *visit) error {
		view := v.views()[v.PathValue("object")]
		if view == nil || !view.object.Custom {
			return errs.New(errs.NotFound, "not_found", "There is no page at this address.")
		}
		return make(view)(v)
	}
}

// withoutPage are records that have no page of the generic kind.
var withoutPage = map[string]bool{"stage": true, crm.ObjectRecord: true, crm.FieldRecord: true}
