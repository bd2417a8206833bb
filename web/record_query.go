package web

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// pageSize is how many records a list shows at once.
const pageSize = 50

// noneValue stands in an address for records without a value in a field.
const noneValue = "none"

// listQuery is what the address of a list asks for.
type listQuery struct {
	view   *objectView
	search string
	sort   string // with a minus it goes down
	where  map[string][]string
	after  *crm.Position
}

// parseListQuery reads the address of a list; errs.Invalid names what is wrong in it.
func parseListQuery(view *objectView, values url.Values) (listQuery, error) {
	q := listQuery{view: view, search: strings.TrimSpace(values.Get("q")), sort: values.Get("sort"), where: map[string][]string{}}
	if q.sort == "" {
		q.sort = view.sort
	}
	if q.sort == "" {
		q.sort = "name"
	}
	if key := strings.TrimPrefix(q.sort, "-"); !view.sortable(key) {
		return q, errs.InvalidField("sort", "unknown_field", "%s cannot be sorted by %s.", view.object.LabelPlural, audit.Quote(key))
	}
	for key, list := range values {
		f, ok := view.object.Field(key)
		if !ok {
			continue
		}
		for _, value := range list {
			if value = strings.TrimSpace(value); value == "" {
				continue
			}
			if f.Type == crm.RefType && value != noneValue && !audit.ValidID(value) ||
				f.Type == crm.Select && value != noneValue && !f.Offers(value) {
				return q, errs.InvalidField(key, "invalid_option", "%s cannot be %s.", f.Label, audit.Quote(value))
			}
			q.where[key] = append(q.where[key], value)
		}
	}
	if cursor := values.Get("after"); cursor != "" {
		p, err := parseCursor(cursor, q.sort)
		if err != nil {
			return q, err
		}
		q.after = p
	}
	return q, nil
}

func (view *objectView) sortable(key string) bool {
	if key == "name" || key == "updated_at" || key == "created_at" {
		return true
	}
	f, ok := view.object.Field(key)
	return ok && f.Type != crm.Tags && f.Type != crm.Rows && f.Type != crm.Secret && f.Type != crm.Long
}

// records is the query for the engine.
func (q listQuery) records() crm.Query {
	out := crm.Query{Object: q.view.object, Words: firstWords(q.search), Sort: strings.TrimPrefix(q.sort, "-"),
		Desc: strings.HasPrefix(q.sort, "-"), After: q.after, Limit: pageSize}
	for key, values := range q.where {
		f, _ := q.view.object.Field(key)
		values = slices.Clone(values)
		for i, value := range values {
			if value == noneValue {
				values[i] = ""
			}
			if f.Type == crm.Boolean && value == "false" {
				values = append(values, "") // never ticked is not ticked
			}
		}
		out.Where = append(out.Where, crm.Condition{Field: f, Values: values})
	}
	return out
}

// values is the address's query again, without the place.
func (q listQuery) values() url.Values {
	values := url.Values{}
	if q.search != "" {
		values.Set("q", q.search)
	}
	if q.sort != q.view.sort && !(q.view.sort == "" && q.sort == "name") {
		values.Set("sort", q.sort)
	}
	for key, list := range q.where {
		values[key] = list
	}
	return values
}

// address is that of the list with one parameter set, or left out when value is "".
func (q listQuery) address(key, value string) string {
	values := q.values()
	values.Del(key)
	if value != "" {
		values.Set(key, value)
	}
	return addressOf(q.view.listPath(), values)
}

func addressOf(path string, values url.Values) string {
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// cursor is a place in a list, as it stands in an address.
type cursor struct {
	Sort  string         `json:"s"`
	Value string         `json:"v"`
	ID    audit.RecordID `json:"i"`
}

func cursorText(sort string, p crm.Position) string {
	b, err := json.Marshal(cursor{sort, p.Value, p.ID})
	if err != nil {
		return "" // strings: it never fails
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(text, sort string) (*crm.Position, error) {
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(b, &c) != nil || c.Sort != sort || !audit.ValidID(c.ID) {
		return nil, errs.InvalidField("after", "invalid_cursor", "The address does not lead to a page of this list.").
			WithFix("Open the list again from its first page.")
	}
	return &crm.Position{Value: c.Value, ID: c.ID}, nil
}

// firstWords are the words of a search, as many as a list is searched for.
func firstWords(search string) []string {
	words := strings.Fields(strings.ToLower(search))
	return words[:min(len(words), 20)]
}
