package web

import (
	"net/http"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// recordListPage is a list of records of one object.
type recordListPage struct {
	Base
	Object   string
	Path     string // of this list
	NewHref  string // "" when the visitor may not make one
	Import   string // where a file of them can be imported, "" for nowhere
	Tabs     string
	Siblings []siblingLink
	Word     audit.Word
	Search   string
	Sort     string
	Filters  []listFilter
	Chips    []listChip
	Columns  []listColumn
	Bulk     string        // where selected records are changed together, "" for visitors who may not
	BulkTags bool          // they have tags
	Carried  []hiddenField // the search and the filters, for the form that selects
	Rows     []listRow
	Avatar   bool
	First    string // the first page, "" on it
	Next     string // the next page, "" on the last
	Total    int
	Narrowed bool
}

// listFilter is a choice in the filter bar.
type listFilter struct {
	Key, Label string
	Choices    []choiceGroup // of a select; nil for a field to type in
	Value      string
}

// listChip is an active filter with the way to leave it out.
type listChip struct{ Label, Value, Without string }

// siblingLink leads to the list of another object under the same entry of the navigation.
type siblingLink struct {
	Label, Href string
	Current     bool
}

func (v *visit) siblings(view *objectView) []siblingLink {
	var links []siblingLink
	if view.nav == "calendars" {
		return v.site.calendarTabs(calendarQuery{}, view)
	}
	for _, key := range view.siblings {
		other := v.views()[key]
		links = append(links, siblingLink{other.object.LabelPlural, other.listPath(), other == view})
	}
	return links
}

type listColumn struct {
	Label string
	Href  string // sorts by it; "" when it cannot be
	Order string // ascending, descending or none
	Minor bool
	Num   bool
	Width string // narrow, medium, or "" for its share of the rest
}

type listRow struct {
	ID    audit.RecordID
	Href  string
	Name  string
	Cells []shownValue
}

func (s *site) recordList(view *objectView) handler {
	return func(v *visit) error {
		q, err := parseListQuery(view, v.URL.Query())
		if err != nil {
			return err
		}
		page := &recordListPage{Base: s.base(v, view.object.LabelPlural, view.nav), Object: view.object.Key, Path: view.listPath(),
			Tabs: view.tabs, Siblings: v.siblings(view), Word: view.object.Word(), Search: q.search, Sort: q.values().Get("sort"), Avatar: view.avatar,
			Narrowed: q.search != "" || len(q.where) > 0}
		if v.mayWrite(view.object) {
			page.NewHref = view.path + "/new"
			page.Bulk, page.BulkTags = view.path+"/bulk", view.hasTagsPart()
			page.Carried = bulkForm{filter: q}.hidden(false)[1:]
			if view.imports {
				page.Import = "/import?object=" + view.object.Key
			}
		}
		if err := s.fillList(v, q, page); err != nil {
			return err
		}
		if v.htmx() {
			return v.renderPart(http.StatusOK, "record_list", "list", page)
		}
		return v.render(http.StatusOK, "record_list", page)
	}
}

// fillList reads the page's records and works out its links.
func (s *site) fillList(v *visit, q listQuery, page *recordListPage) error {
	records, next, err := s.ws.Engine.Find(v.Context(), v.caller(), q.records())
	if err != nil {
		return err
	}
	groups, err := s.ws.Engine.Tally(v.Context(), v.caller(), q.records(), "", "")
	if err != nil {
		return err
	}
	for _, g := range groups {
		page.Total += g.Count
	}
	names, err := s.names(v.Context(), v.caller(), q.view.object, q.view.columns, records...)
	if err != nil {
		return err
	}
	for _, rec := range records {
		row := listRow{ID: rec.ID, Href: q.view.address(rec.ID), Name: rec.Name}
		for i, key := range q.view.columns {
			cell := page.show(q.view, rec, key, names).short()
			if key == "updated_at" {
				cell.Moment = page.Day(rec.UpdatedAt)
			}
			cell.Minor = i >= majorColumns
			row.Cells = append(row.Cells, cell)
		}
		page.Rows = append(page.Rows, row)
	}
	page.Columns = q.columns()
	if q.after != nil {
		page.First = addressOf(page.Path, q.values())
	}
	if next != nil {
		page.Next = q.address("after", cursorText(q.sort, *next))
	}
	return s.fillListFilters(v, q, page)
}

// majorColumns is how many columns beside the name stay on a narrow page.
const majorColumns = 5

// columns are the heads of the list; a click sorts, a second one turns the order round.
func (q listQuery) columns() []listColumn {
	heads := []listColumn{q.column("name", "Name")}
	for i, key := range q.view.columns {
		label := "Changed"
		if f, ok := q.view.object.Field(key); ok {
			label = f.Label
		}
		head := q.column(key, label)
		head.Minor = i >= majorColumns
		heads = append(heads, head)
	}
	return heads
}

// widths are those of columns whose values are all about as long.
var widths = map[crm.FieldType]string{crm.Select: "narrow", crm.Boolean: "narrow", crm.Date: "narrow", crm.Number: "narrow",
	crm.DateTime: "medium", crm.Phone: "medium", crm.Money: "medium"}

func (q listQuery) column(key, label string) listColumn {
	c := listColumn{Label: label, Order: "none"}
	if f, ok := q.view.object.Field(key); ok {
		c.Num = f.Type == crm.Money || f.Type == crm.Number
		c.Width = widths[f.Type]
		if q.view.key == "invoice" && key == "due" {
			c.Width = "medium" // it may say that it is overdue
		}
	} else if key == "updated_at" {
		c.Width = "narrow"
	}
	if !q.view.sortable(key) {
		return c
	}
	to := key
	if key == "updated_at" {
		to = "-" + key // the newest are what one looks for
	}
	switch q.sort {
	case key:
		c.Order, to = "ascending", "-"+key
	case "-" + key:
		c.Order, to = "descending", key
	}
	c.Href = q.address("sort", to)
	return c
}

// fillListFilters makes the filter bar and the chips of what is active.
func (s *site) fillListFilters(v *visit, q listQuery, page *recordListPage) error {
	keys := slices.Clone(q.view.filters)
	for key := range q.where {
		if !slices.Contains(keys, key) {
			keys = append(keys, key) // a link from elsewhere narrowed by it
		}
	}
	slices.Sort(keys[len(q.view.filters):])
	for _, key := range keys {
		f, _ := q.view.object.Field(key)
		filter := listFilter{Key: key, Label: f.Label}
		if values := q.where[key]; len(values) > 0 {
			filter.Value = values[0]
		}
		var err error
		if filter.Choices, err = s.filterChoices(v, q.view, f, filter.Value); err != nil {
			return err
		}
		for _, value := range q.where[key] {
			chip := listChip{Label: f.Label, Value: value, Without: q.address(key, "")}
			for _, g := range filter.Choices {
				for _, o := range g.Options {
					if o.Value == value {
						chip.Value = o.Label
					}
				}
			}
			page.Chips = append(page.Chips, chip)
		}
		page.Filters = append(page.Filters, filter)
	}
	return nil
}

// maxFilterChoices is how many records a filter offers.
const maxFilterChoices = 300

// filterChoices are the options of a filter, nil when its value is typed.
func (s *site) filterChoices(v *visit, view *objectView, f *crm.Field, chosen string) (choices []choiceGroup, err error) {
	switch f.Type {
	case crm.Select:
		return []choiceGroup{{Options: selectOptions(f.Options, chosen)}}, nil
	case crm.Boolean:
		return []choiceGroup{{Options: []formOption{{"false", "No", chosen == "false"}, {"true", "Yes", chosen == "true"}}}}, nil
	case crm.RefType:
		choices, _, err = s.refChoices(v, view, f, audit.RecordID(chosen), maxFilterChoices)
		if f.OnDelete == crm.Clear {
			choices = append([]choiceGroup{{Options: []formOption{{noneValue, "None", chosen == noneValue}}}}, choices...)
		}
		return choices, err
	}
	return nil, nil
}
