package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// formCell is one cell of a line in a form.
type formCell struct {
	Name, Label string
	Column      string // the label of the column alone
	Value       string
	Options     []formOption // of a select
	Num         bool
}

// spareLines is how many empty lines a form has beside those that are there.
const spareLines = 3

// linesOf are the lines of a form for the rows in text: wanted ones when somebody asked for more or fewer, otherwise with
// spare ones beside those that are there.
func linesOf(f *crm.Field, text string, wanted, spare int) [][]formCell {
	rows := crm.RowsOf(audit.Value(text))
	if wanted == 0 {
		wanted = len(rows) + spare
	}
	lines := make([][]formCell, min(max(wanted, len(rows), 1), crm.MaxRows))
	for n := range lines {
		for i := range f.Columns {
			c := &f.Columns[i]
			cell := formCell{Name: cellName(f, n, c), Column: c.Label, Label: c.Label + ", line " + strconv.Itoa(n+1), Num: c.Type == crm.Number || c.Type == crm.Money}
			if n < len(rows) {
				cell.Value = rows[n][c.Key].Text()
			}
			if c.Type == crm.Select {
				cell.Options = selectOptions(c.Options, cell.Value)
			}
			lines[n] = append(lines[n], cell)
		}
	}
	return lines
}

func cellName(f *crm.Field, line int, column *crm.Field) string {
	return f.Key + "." + strconv.Itoa(line) + "." + column.Key
}

// readRows makes the JSON of the lines in a form. Empty lines are left out. A form that has the value as a whole (the
// one about a change in the meantime) gives it in text.
func readRows(f *crm.Field, form url.Values, text string) string {
	if !form.Has(cellName(f, 0, &f.Columns[0])) {
		return text
	}
	var b []byte
	for n := range crm.MaxRows {
		var line []byte
		for i := range f.Columns {
			c := &f.Columns[i]
			value := strings.TrimSpace(form.Get(cellName(f, n, c)))
			if value == "" {
				continue
			}
			if line != nil {
				line = append(line, ',')
			}
			line = audit.AppendString(append(audit.AppendString(line, c.Key), ':'), value)
		}
		if line == nil {
			continue
		}
		if b != nil {
			b = append(b, ',')
		}
		b = append(append(append(b, '{'), line...), '}')
	}
	if b == nil {
		return ""
	}
	return "[" + string(b) + "]"
}

// changeLines adds a line to the form, or takes one out, when that is what its button asked for: _lines is KEY.add, KEY.N to
// take the line N out, or KEY.sums to see what they come to. It returns how many lines the form has then, by field; nil
// when the form was sent to be saved.
func changeLines(o *crm.Object, form url.Values) map[string]int {
	key, what, ok := strings.Cut(form.Get("_lines"), ".")
	f, known := o.Field(key)
	if !ok || !known || f.Type != crm.Rows {
		return nil
	}
	n := 0
	for n < crm.MaxRows && form.Has(cellName(f, n, &f.Columns[0])) {
		n++
	}
	gone, err := strconv.Atoi(what)
	switch {
	case what == "add":
		n++
	case err == nil && gone >= 0 && gone < n:
		for i := range f.Columns {
			form.Del(cellName(f, gone, &f.Columns[i]))
			if gone == 0 {
				form.Set(cellName(f, gone, &f.Columns[i]), "") // the first one says that there are lines at all
			}
		}
		n--
	}
	return map[string]int{key: max(n, 1)}
}
