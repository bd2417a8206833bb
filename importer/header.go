package importer

import (
	"fmt"
	"net/mail"
	"strings"
)

// nameColumns makes the columns of the first record. Every column gets a name that no other has, because the mapping
// is by name.
func (f *File) nameColumns(cells []string) {
	f.Columns = make([]Column, len(cells))
	taken := map[string]bool{}
	for _, c := range cells {
		taken[strings.ToLower(oneLine(c))] = true // so that a made-up name steps aside for one that is in the file
	}
	seen := map[string]bool{}
	var unnamed []string
	for i, c := range cells {
		name, position := oneLine(c), fmt.Sprintf("Column %d", i+1)
		switch {
		case f.noHeader:
			name = position
		case name == "":
			name = free(position, taken)
			unnamed = append(unnamed, name)
		case seen[strings.ToLower(name)]:
			f.warn(HeaderDuplicate, fmt.Sprintf("Two columns are called %q.", name), "The later one is listed by its position.")
			name = free(fmt.Sprintf("%s (column %d)", name, i+1), taken)
		}
		seen[strings.ToLower(name)] = true
		f.Columns[i].Name = name
	}
	if len(unnamed) > 0 {
		f.warn(HeaderEmpty, "The header leaves columns without a name: "+strings.Join(unnamed, ", ")+".", "Name them in the file if you mean to import them.")
	}
	if !f.noHeader && looksLikeData(cells) {
		f.warn(HeaderSuspicious, "The first row looks like data, not like a header.",
			"Say that the file has no header, or add a first row with the names of the columns.")
	}
}

// free returns name, made longer until nobody has it, and takes it.
func free(name string, taken map[string]bool) string {
	for taken[strings.ToLower(name)] {
		name += "'"
	}
	taken[strings.ToLower(name)] = true
	return name
}

// looksLikeData reports a value among the cells that nobody calls a column: an email, a date, a web address, a number.
// Years are an exception, as tables with a column for each year are common, unless there is nothing but numbers.
func looksLikeData(cells []string) bool {
	filled, numbers := 0, 0
	for _, c := range cells {
		c = Clean(c)
		if c == "" {
			continue
		}
		filled++
		if a, err := mail.ParseAddress(c); err == nil && strings.Contains(a.Address, ".") {
			return true
		}
		if strings.HasPrefix(c, "http://") || strings.HasPrefix(c, "https://") {
			return true
		}
		if _, ok := lexDate(c); ok {
			return true
		}
		if n, err := lexNumber(c); err == nil {
			numbers++
			year := len(n.text) == 4 && (n.text[:2] == "19" || n.text[:2] == "20") && !strings.ContainsAny(n.text, ".,")
			if !year {
				return true
			}
		}
	}
	return filled > 0 && numbers == filled
}
