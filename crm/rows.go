package crm

import (
	"encoding/json"
	"strings"

	"github.com/backtrail/backtrail/audit"
)

// RowsOf are the rows of a Rows value, each its cells by the key of the column; nil for any other value.
func RowsOf(v audit.Value) []map[string]audit.Value {
	var rows []map[string]audit.Value
	if v == audit.None || json.Unmarshal([]byte(v), &rows) != nil {
		return nil
	}
	return rows
}

// CellText is a cell of a Rows value as a person reads it.
func (f *Field) CellText(v audit.Value) string {
	switch {
	case f.Type == Select:
		return f.OptionLabel(v.Text())
	case f.Type == Money:
		return FormatMoney(v.Text())
	}
	return v.Text()
}

// rowsText is a list of rows in one line: "Design, 2, 450.00 EUR; Tiles, 40, 12.50 EUR". The currency of a column with
// money stands in a field of the record.
func (f *Field) rowsText(v audit.Value, fields map[string]audit.Value) string {
	var lines []string
	for _, row := range RowsOf(v) {
		var cells []string
		for i := range f.Columns {
			c := &f.Columns[i]
			text := c.CellText(row[c.Key])
			if text == "" {
				continue
			}
			if currency := fields[c.Currency].Text(); currency != "" {
				text += " " + currency
			}
			cells = append(cells, text)
		}
		lines = append(lines, strings.Join(cells, ", "))
	}
	return strings.Join(lines, "; ")
}
