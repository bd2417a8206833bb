package web

import (
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/importer"
	"github.com/backtrail/backtrail/jobs"
)

// importMapPage says which column goes to which field.
type importMapPage struct {
	Base
	File       string
	Action     string
	Word       audit.Word
	Encoding   string
	Delimiters []formOption
	NoHeader   bool
	Rows       int
	Warnings   []importer.Warning
	Columns    []mappedColumn
	Missing    []formField // required fields that no column goes to
	Optional   []formField // others that every row can get
	Matches    []formOption
	Creates    []formOption // objects of which missing records can be made
	DateFormat []formOption
	DateOpen   bool // whether the person has to say which comes first, the day or the month
	Region     string
	LeaveEmpty bool
	Errors     *formErrors
}

// mappedColumn is a column with its field.
type mappedColumn struct {
	Index   int
	Name    string
	Samples []string
	Filled  int
	Fields  []formOption
	Sure    string // how sure the guess is, in words
	Class   string // of the badge with Sure
	Note    string // what to look at
}

// dateFormats are the choices for the order of day and month.
var dateFormats = []crm.Option{{Key: "auto", Label: "As each column shows it"}, {Key: "dmy", Label: "Day first (26/08/2020)"},
	{Key: "mdy", Label: "Month first (08/26/2020)"}, {Key: "ymd", Label: "Year first (2020-08-26)"}}

// delimiters are the choices for what separates the columns.
var delimiters = []crm.Option{{Key: "", Label: "Found out"}, {Key: ",", Label: "Comma"}, {Key: ";", Label: "Semicolon"}, {Key: "tab", Label: "Tab"}, {Key: "|", Label: "Bar"}}

// importMap shows the columns of an uploaded file.
func (s *site) importMap(v *visit) error {
	q := v.URL.Query()
	from := importer.Request{Options: optionsOf(q), Mapping: nil}
	if job := q.Get("job"); job != "" { // back from a check: as it was mapped
		done, err := s.ws.Imports.Get(v.Context(), v.caller(), jobs.ID(job))
		if err != nil {
			return err
		}
		from = done.Request
	}
	return s.showImportMap(v, from, nil)
}

// showImportMap renders the mapping. A request without one starts with the guesses.
func (s *site) showImportMap(v *visit, r importer.Request, problem error) error {
	kept, file, err := s.ws.Imports.Kept(v.Context(), v.caller(), jobs.ID(v.PathValue("id")))
	if err != nil {
		return err
	}
	view := v.views()[kept.Object]
	page := &importMapPage{Base: s.base(v, "Import "+view.object.Word().Many, view.nav), File: kept.Name, Action: "/import/" + string(kept.ID),
		Word: view.object.Word(), NoHeader: r.Options.NoHeader, Region: r.Region, LeaveEmpty: r.LeaveEmpty || r.Mapping == nil}
	in, err := s.ws.Imports.Inspect(v.Context(), v.caller(), kept.Object, file, r.Options)
	if err != nil && shownOnForm(err) || errs.Is(err, errs.TooLarge) {
		page.Errors = summarize(err, func(string) bool { return false })
		page.Delimiters = selectOptions(delimiters, delimiterKey(r.Options.Delimiter))
		return v.render(errs.NotPossible.Status(), "import_map", page)
	}
	if err != nil {
		return err
	}
	page.Encoding, page.Rows, page.Warnings = string(in.Encoding), in.Rows, in.Warnings
	page.Delimiters = selectOptions(delimiters, delimiterKey(in.Delimiter))
	page.Errors = summarize(problem, func(string) bool { return false })
	if page.Errors != nil && len(page.Errors.Items) == 1 {
		page.Errors.Text = "The file cannot be checked yet:"
	}
	page.fillColumns(view, in, r)
	page.fillChoices(view, in, r)
	if err := s.fillDefaults(v, view, in, r, page); err != nil {
		return err
	}
	return v.render(statusOfForm(problem), "import_map", page)
}

func delimiterKey(d rune) string {
	switch d {
	case 0:
		return ""
	case '\t':
		return "tab"
	}
	return string(d)
}

func (page *importMapPage) fillColumns(view *objectView, in importer.Inspection, r importer.Request) {
	for i, c := range in.Columns {
		chosen := r.Mapping[c.Name]
		if r.Mapping == nil && c.Confidence >= importer.Likely {
			chosen = c.Field
		}
		col := mappedColumn{Index: i, Name: c.Name, Samples: c.Samples, Filled: c.Filled, Fields: []formOption{{Label: "Leave out", Selected: chosen == ""}}}
		for j := range view.object.Fields {
			f := &view.object.Fields[j]
			if f.Type == crm.Rows || f.Type == crm.Secret || f.Computed {
				continue
			}
			label := f.Label
			if f.Required {
				label += " *"
			}
			col.Fields = append(col.Fields, formOption{f.Key, label, f.Key == chosen})
		}
		col.Sure, col.Class = sureness(c)
		if f, ok := view.object.Field(c.Field); ok && c.DateProblem != "" && (f.Type == crm.Date || f.Type == crm.DateTime) {
			col.Note, _, _ = strings.Cut(c.DateProblem, " Say how ") // how, is asked below
			page.DateOpen = page.DateOpen || r.DateFormat == "" || r.DateFormat == importer.DateAuto
		}
		page.Columns = append(page.Columns, col)
	}
}

// sureness says how sure a guess is.
func sureness(c importer.InspectedColumn) (words, class string) {
	switch {
	case c.Field == "":
		return "", ""
	case c.Taken:
		return "Sure", "badge-created"
	case c.Confidence >= importer.Likely:
		return "Likely, look at it", "badge-executed"
	}
	return "Not sure, left out", ""
}

func (page *importMapPage) fillChoices(view *objectView, in importer.Inspection, r importer.Request) {
	page.Matches = []formOption{{Label: "No, every row makes a new " + page.Word.One, Selected: r.MatchOn == ""}}
	for i := range view.object.Fields {
		f := &view.object.Fields[i]
		if f.Unique || f.Type == crm.Email || f.Type == crm.Phone || f.Key == "name" {
			page.Matches = append(page.Matches, formOption{f.Key, "Yes, the one with the same " + strings.ToLower(f.Label), r.MatchOn == f.Key})
		}
	}
	format := string(r.DateFormat)
	if format == "" {
		format = string(importer.DateAuto)
	}
	page.DateFormat = selectOptions(dateFormats, format)
}

// fillDefaults makes the fields that give every row the same value, and the choice of what may be made.
func (s *site) fillDefaults(v *visit, view *objectView, in importer.Inspection, r importer.Request, page *importMapPage) error {
	missing := func(key string) bool {
		return slices.ContainsFunc(in.Missing, func(f importer.Field) bool { return f.Key == key })
	}
	for i := range view.object.Fields {
		f := &view.object.Fields[i]
		if f.Type == crm.RefType && f.Object != "staff" && !slices.ContainsFunc(page.Creates, func(o formOption) bool { return o.Value == f.Object }) {
			if target, err := v.schema().Object(f.Object); err == nil && v.mayWrite(target) {
				wanted := slices.Contains(r.CreateMissing, f.Object)
				if r.Mapping == nil { // what the guessed columns name may be made, unless the person says no
					wanted = slices.ContainsFunc(in.Columns, func(c importer.InspectedColumn) bool { return c.Field == f.Key && c.Confidence >= importer.Likely })
				}
				page.Creates = append(page.Creates, formOption{f.Object, "Create " + target.Word().Many + " that are not there yet", wanted})
			}
		}
		if !missing(f.Key) && f.Type != crm.Select && f.Type != crm.RefType && f.Type != crm.Tags && f.Key != "source" {
			continue
		}
		field, err := s.defaultField(v, view, f, r.Defaults[f.Key])
		if err != nil {
			return err
		}
		if missing(f.Key) {
			page.Missing = append(page.Missing, field)
		} else {
			page.Optional = append(page.Optional, field)
		}
	}
	return nil
}

// defaultField is a field whose value is written as in a cell: by name, not by id.
func (s *site) defaultField(v *visit, view *objectView, f *crm.Field, text string) (formField, error) {
	field := formField{Key: "default." + f.Key, Label: f.Label, Kind: "input", Type: "text", Value: text}
	switch f.Type {
	case crm.Select:
		field.Kind, field.Choices = "select", []choiceGroup{{Options: selectOptions(f.Options, text)}}
		field.Value = "" // it may be left empty
	case crm.Tags:
		field.Hint = "Separate them with commas."
	case crm.RefType:
		choices, many, err := s.refChoices(v, &objectView{}, f, "", maxChoices)
		if err != nil || many {
			field.Hint = "Its name."
			return field, err
		}
		if len(choices) == 0 || len(choices[0].Options) == 0 {
			field.Hint = "There is none yet. Write a name, and tick below that it may be created."
			return field, nil
		}
		field.Kind, field.Value = "select", ""
		for _, g := range choices {
			for i, o := range g.Options {
				g.Options[i] = formOption{o.Label, o.Label, o.Label == text}
			}
			g.Options = slices.CompactFunc(g.Options, func(a, b formOption) bool { return a.Value == b.Value })
			field.Choices = append(field.Choices, g)
		}
	}
	return field, nil
}
