package importer

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// reader turns a cell into a field's value. A blank cell is the zero value.
type reader func(cell string) (value, error)

// value is a cell as the engine takes it.
type value struct {
	raw      json.RawMessage // nil for a blank cell
	text     string          // of a value that is a text
	currency string          // that the cell names beside an amount
}

// reader makes the reader of a column. What it returns has the field's form: the engine refuses none of it for its type.
func (p *plan) reader(c column, zone *time.Location, year int) (reader, error) {
	read, err := p.texts(c, zone, year)
	if err != nil {
		return nil, err
	}
	f := c.field
	return func(cell string) (value, error) {
		v, err := read(cell)
		if err != nil || len(v.raw) == 0 && v.text == "" {
			return value{}, err
		}
		if len(v.raw) == 0 {
			v.raw = json.RawMessage(audit.String(v.text))
		}
		_, err = f.Value(v.raw)
		return v, err
	}, nil
}

// texts is the reader of the column's type, before the engine's own look at the value.
func (p *plan) texts(c column, zone *time.Location, year int) (reader, error) {
	f := c.field
	text := func(read func(string) (string, error)) reader {
		return func(cell string) (v value, err error) {
			v.text, err = read(cell)
			return v, err
		}
	}
	switch f.Type {
	case crm.Long:
		return text(func(cell string) (string, error) { return strings.ReplaceAll(Clean(cell), "\r\n", "\n"), nil }), nil
	case crm.Email:
		return text(func(cell string) (string, error) {
			return strings.TrimPrefix(strings.ToLower(present(cell)), "mailto:"), nil
		}), nil
	case crm.URL:
		return text(func(cell string) (string, error) { return present(cell), nil }), nil
	case crm.Phone:
		return text(Phones{Region: p.Region}.Phone), nil
	case crm.Number:
		return text(Numbers{Style: p.style(c)}.Number), nil
	case crm.Money:
		numbers := Numbers{Style: p.style(c)}
		return func(cell string) (v value, err error) {
			v.text, v.currency, err = numbers.Money(cell)
			return v, err
		}, nil
	case crm.Date, crm.DateTime:
		format, err := p.dates(c)
		if err != nil {
			return nil, err
		}
		dates := Dates{Format: format, Location: zone}
		if f.Key == "date_of_birth" {
			dates.LatestYear = year
		}
		if f.Type == crm.Date {
			return text(dates.Date), nil
		}
		return text(dates.DateTime), nil
	case crm.Boolean:
		return func(cell string) (value, error) {
			b, err := Bool(cell)
			if err != nil || Blank(cell) {
				return value{}, err
			}
			return value{raw: json.RawMessage(audit.Bool(b))}, nil
		}, nil
	case crm.Select:
		return text(choices(p.object, f)), nil
	case crm.Tags:
		return func(cell string) (value, error) {
			var words []string
			for word := range strings.FieldsFuncSeq(Clean(cell), func(r rune) bool { return strings.ContainsRune(",;\n\r", r) }) {
				if word = oneLine(word); word != "" {
					words = append(words, word)
				}
			}
			return value{raw: json.RawMessage(audit.List(words))}, nil
		}, nil
	}
	return text(func(cell string) (string, error) { return oneLine(cell), nil }), nil
}

// present is a cell on one line, "" when it says that there is nothing.
func present(cell string) string {
	if Blank(cell) {
		return ""
	}
	return oneLine(cell)
}

func (p *plan) style(c column) NumberStyle {
	if c.index < 0 {
		return PointDecimals
	}
	style, _ := p.file.NumberStyle(c.index)
	return style
}

func (p *plan) dates(c column) (DateFormat, error) {
	if c.index < 0 {
		return p.DateFormat, nil
	}
	format, err := p.file.DateFormat(c.index, p.DateFormat)
	if err != nil {
		e := *errs.Of(err)
		e.Detail = "Column " + audit.Quote(p.source(c)) + ": " + e.Detail
		e.Fields = []errs.Field{{Field: "date_format", Code: e.Code, Detail: e.Detail}}
		return "", &e
	}
	return format, nil
}

// choices reads an option by its key or its label, however it is written.
func choices(o *crm.Object, f *crm.Field) func(string) (string, error) {
	options := map[string]string{}
	for _, option := range f.Options {
		options[Key(option.Label)] = option.Key
	}
	for _, option := range f.Options {
		options[Key(option.Key)] = option.Key
	}
	return func(cell string) (string, error) {
		s := present(cell)
		if s == "" {
			return "", nil
		}
		if key, ok := options[Key(s)]; ok {
			return key, nil
		}
		if key := outcome(s); o.Key == opportunity && key != "" && f.Offers(key) {
			return key, nil
		}
		var labels []string
		for _, option := range f.Options {
			labels = append(labels, option.Label)
		}
		return "", errs.New(errs.Invalid, "invalid_option", "%s is none of %s.", quoted(cell), strings.Join(labels, ", "))
	}
}
