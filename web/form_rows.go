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
	Value       string
	Options     []formOption // of a select
	Num         bool
}

// spareLines is how many empty lines a form has beside those that are there.
const spareLines = 3

// linesOf are the lines of a form for the rows in text, with room for more.
func linesOf(f *crm.Field, text string) [][]formCell {
	rows := crm.RowsOf(audit.Value(text))
	lines := make([][]formCell, min(len(rows)+spareLines, crm.MaxRows))
	for n := range lines {
		for i := range f.Columns {
			c := &f.Columns[i]
			cell := formCell{Name: cellName(f, n, c), Label: c.Label + ", line " + strconv.Itoa(n+1), Num: c.Type == crm.Number || c.Type == crm.Money}
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
