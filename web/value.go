package web

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// shownValue is a value as the template "value" shows it.
type shownValue struct {
	Key, Label string
	Kind       string // text, long, link, email, phone, url, tags, badge, moment; "" for no value
	Text       string
	Href       string
	Items      []string
	Moment     Moment
	Class      string // of a badge
	Minor      bool   // of a list's cell: it goes first when there is no room
	Columns    []listColumn
	Lines      [][]string // of rows
	Late       bool       // of the day an invoice was due, when it is still owed
}

// hiddenName stands for the name of a record that the visitor may not see.
const hiddenName = "(not visible to you)"

// namesOf are the names of the records that others point at, by object.
type namesOf map[string]map[audit.RecordID]string

// names reads the names of everything that the given fields of the records point at and the caller may see.
func (s *site) names(ctx context.Context, caller audit.Caller, o *crm.Object, fields []string, records ...*crm.Record) (namesOf, error) {
	ids := map[string][]audit.RecordID{}
	for _, key := range fields {
		f, ok := o.Field(key)
		if !ok || f.Type != crm.RefType {
			continue
		}
		for _, rec := range records {
			if id := audit.RecordID(rec.Fields[key].Text()); id != "" && !slices.Contains(ids[f.Object], id) {
				ids[f.Object] = append(ids[f.Object], id)
			}
		}
	}
	names := namesOf{}
	for object, list := range ids {
		found, err := s.ws.Engine.Names(ctx, caller, object, list)
		if err != nil {
			return nil, err
		}
		names[object] = found
	}
	return names, nil
}

// show makes a field of a record ready for the template.
func (b Base) show(view *objectView, rec *crm.Record, key string, names namesOf) shownValue {
	if key == "updated_at" {
		return shownValue{Key: key, Label: "Changed", Kind: "moment", Moment: b.At(rec.UpdatedAt)}
	}
	f, ok := view.object.Field(key)
	if !ok {
		return shownValue{Key: key, Label: key}
	}
	out := shownValue{Key: key, Label: f.Label}
	value := rec.Fields[key]
	if value == audit.None {
		return out
	}
	out.Kind, out.Text = "text", value.Text()
	switch f.Type {
	case crm.Long:
		out.Kind = "long"
	case crm.Email:
		out.Kind, out.Href = "email", "mailto:"+out.Text
	case crm.Phone:
		out.Kind = "phone"
	case crm.URL:
		out.Kind, out.Href = "url", out.Text
	case crm.Boolean:
		out.Text = yesNo(value.Bool())
	case crm.Secret:
		out.Text = "Set"
	case crm.Money:
		out.Kind, out.Text = "money", formatMoney(out.Text, rec.Fields[f.Currency].Text())
	case crm.Rows:
		out.Kind, out.Text = "rows", ""
		out.Columns, out.Lines = rowsShown(f, value)
	case crm.Number:
		out.Kind = "number"
	case crm.Select:
		out.Text = f.OptionLabel(out.Text)
		out.Kind, out.Class = "badge", badgeClass(key, value.Text())
	case crm.Tags:
		out.Kind, out.Items = "tags", labelled(view.closed[key], value.Strings())
	case crm.RefType:
		id := audit.RecordID(out.Text)
		out.Text = names[f.Object][id]
		if out.Href = recordAddress(f.Object, id); out.Href != "" {
			out.Kind = "link"
		}
		if out.Text == "" {
			out = shownValue{Key: key, Label: f.Label}
			if b.may[audit.RecordsOnlyAssigned] {
				out.Kind, out.Text = "text", hiddenName
			}
		}
	case crm.Date:
		if t, err := time.Parse(crm.DateLayout, out.Text); err == nil {
			out.Kind, out.Text = "date", t.Format("2 Jan 2006")
			out.Late = key == "due" && b.overdueDays(rec) > 0
		}
	case crm.DateTime:
		if t, err := time.Parse(crm.TimeLayout, out.Text); err == nil {
			out.Kind, out.Moment = "moment", b.At(t)
		}
	}
	return out
}

// rowsShown are the rows of a value as a table.
func rowsShown(f *crm.Field, value audit.Value) (columns []listColumn, lines [][]string) {
	for _, c := range f.Columns {
		columns = append(columns, listColumn{Label: c.Label, Num: c.Type == crm.Number || c.Type == crm.Money})
	}
	for _, row := range crm.RowsOf(value) {
		line := make([]string, len(f.Columns))
		for i := range f.Columns {
			line[i] = f.Columns[i].CellText(row[f.Columns[i].Key])
		}
		lines = append(lines, line)
	}
	return columns, lines
}

// Limits of a cell in a list.
const (
	cellText  = 120 // characters
	cellItems = 6
)

// short is the value cut to what a cell of a list has room for.
func (v shownValue) short() shownValue {
	if r := []rune(v.Text); len(r) > cellText {
		v.Text = string(r[:cellText-1]) + "…"
	}
	if n := len(v.Items); n > cellItems {
		v.Items = append(slices.Clone(v.Items[:cellItems]), "+"+strconv.Itoa(n-cellItems))
	}
	return v
}

// badgeClass gives the states that mean something a colour beside their word.
func badgeClass(field, option string) string {
	switch field + "." + option {
	case "status.won", "status.active", "type.customer", "status.confirmed", "status.showed",
		"status.sent", "status.delivered", "status.received", "status.connected",
		"status.paid", "status.succeeded":
		return "badge-created"
	case "status.lost", "status.deactivated", "status.cancelled", "status.no_show", "status.failed", "status.void":
		return "badge-deleted"
	case "status.invited", "status.abandoned", "status.invalid", "status.queued", "status.disconnected",
		"status.partially_paid", "status.pending", "status.refunded":
		return "badge-executed"
	}
	return ""
}

func labelled(options []crm.Option, keys []string) []string {
	if options == nil {
		return keys
	}
	labels := make([]string, len(keys))
	for i, key := range keys {
		labels[i] = key
		for _, o := range options {
			if o.Key == key {
				labels[i] = o.Label
			}
		}
	}
	return labels
}

func yesNo(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// formatMoney writes an amount with separators for thousands, and its currency when there is one.
func formatMoney(amount, currency string) string {
	if amount == "" {
		return ""
	}
	if amount = crm.FormatMoney(amount); currency != "" {
		return amount + " " + currency
	}
	return amount
}
