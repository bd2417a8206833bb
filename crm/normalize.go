package crm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Limits of values. A long text stays under what the log keeps whole (audit.MaxValue), so that every record can be
// made again from its events.
const (
	MaxText    = 1000             // characters of one line
	MaxLong    = audit.MaxValue   // bytes of a long text, or of a list of rows
	MaxTags    = 100              // words in a set
	MaxTag     = 100              // characters of such a word
	MaxRows    = 200              // rows in a list
	maxDigits  = 30               // digits of a number before and after the point together
	moneyScale = 2                // places of money
	DateLayout = time.DateOnly    // of a Date
	TimeLayout = audit.TimeLayout // of a DateTime
)

// Input is field values from outside: the JSON of each by the field's key; null empties the field.
type Input map[string]json.RawMessage

// TextInput makes the JSON of what a person typed into a form or a cell: tags are separated by commas, an empty text
// is no value.
func (f *Field) TextInput(s string) json.RawMessage {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return json.RawMessage("null")
	case f.Type == Boolean && (s == "true" || s == "false"):
		return json.RawMessage(s)
	case f.Type == Rows && json.Valid([]byte(s)):
		return json.RawMessage(s)
	case f.Type == Tags:
		var items []string
		for item := range strings.SplitSeq(s, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
		if len(items) == 0 {
			return json.RawMessage("null")
		}
		return json.RawMessage(audit.List(items))
	}
	return json.RawMessage(audit.String(s))
}

// Texts makes an Input of what was typed, for the fields of o; a text for an unknown field stays in, to be refused.
func Texts(o *Object, texts map[string]string) Input {
	in := make(Input, len(texts))
	for key, s := range texts {
		f, ok := o.Field(key)
		if !ok {
			f = &Field{Type: Text}
		}
		in[key] = f.TextInput(s)
	}
	return in
}

// mistake is why a value was not taken.
type mistake struct{ code, detail string }

func wrong(code, format string, args ...any) *mistake {
	return &mistake{code, fmt.Sprintf(format, args...)}
}

// normalize brings a value from outside into its one form.
func (f *Field) normalize(raw json.RawMessage) (audit.Value, *mistake) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return audit.None, nil
	}
	switch f.Type {
	case Boolean:
		if s := string(raw); s == "true" || s == "false" {
			return audit.Value(s), nil
		}
		return audit.None, wrong("invalid_type", "%s must be true or false.", f.Label)
	case Tags:
		return f.normalizeTags(raw)
	case Rows:
		return f.normalizeRows(raw)
	}
	var s string
	if f.Type == Number || f.Type == Money {
		var n json.Number // takes a JSON number and a string alike
		if err := json.Unmarshal(raw, &n); err != nil {
			return audit.None, wrong("invalid_type", `%s must be a number, such as "1200.50".`, f.Label)
		}
		s = n.String()
	} else if json.Unmarshal(raw, &s) != nil {
		return audit.None, wrong("invalid_type", "%s must be a text.", f.Label)
	}
	return f.normalizeText(s)
}

// Value brings a value from outside into the field's one form; errs.Invalid when it cannot be.
func (f *Field) Value(raw json.RawMessage) (audit.Value, error) {
	v, m := f.normalize(raw)
	if m != nil {
		return audit.None, errs.InvalidField(f.Key, m.code, "%s", m.detail)
	}
	return v, nil
}

func (f *Field) normalizeText(s string) (audit.Value, *mistake) {
	if m := f.checkCharacters(s); m != nil {
		return audit.None, m
	}
	if f.Type != Secret {
		s = strings.TrimSpace(s)
	}
	if s == "" {
		return audit.None, nil
	}
	var m *mistake
	switch f.Type {
	case Email:
		s, m = normalizeEmail(f.Label, s)
	case Phone:
		m = checkPhone(f.Label, s)
	case URL:
		s, m = normalizeURL(f.Label, s)
	case Number:
		s, m = normalizeDecimal(f.Label, s, -1)
	case Money:
		s, m = normalizeDecimal(f.Label, s, moneyScale)
	case Date:
		if t, err := time.Parse(DateLayout, s); err != nil || t.Year() < 1 {
			m = wrong("invalid_date", "%s must be a date such as 2026-03-01.", f.Label)
		}
	case DateTime:
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
			m = wrong("invalid_datetime", "%s must be a time such as 2026-03-01T09:30:00Z.", f.Label)
		}
		s = audit.Instant(t).Format(TimeLayout)
	case Select:
		if _, ok := f.option(s); !ok {
			m = wrong("invalid_option", "%s must be one of %s.", f.Label, strings.Join(f.optionKeys(), ", "))
		}
	case RefType:
		if !audit.ValidID(s) {
			m = wrong("invalid_reference", "%s must be the id of a record.", f.Label)
		}
	}
	if m != nil {
		return audit.None, m
	}
	return audit.String(s), nil
}

func (f *Field) optionKeys() []string {
	keys := make([]string, len(f.Options))
	for i, o := range f.Options {
		keys[i] = o.Key
	}
	return keys
}

// checkCharacters refuses what cannot be stored, shown on one line, or kept whole in the log.
func (f *Field) checkCharacters(s string) *mistake {
	if !utf8.ValidString(s) {
		return wrong("invalid_character", "%s is not valid UTF-8.", f.Label)
	}
	several := f.Type == Long
	for _, r := range s {
		if r == 0 {
			return wrong("invalid_character", "%s must not hold the character NUL.", f.Label)
		}
		if unicode.IsControl(r) && r != '\t' && !(several && (r == '\n' || r == '\r')) && f.Type != Secret {
			return wrong("invalid_character", "%s must not hold line breaks or control characters.", f.Label)
		}
	}
	if several {
		if len(s) > MaxLong {
			return wrong("too_long", "%s has %s bytes; the limit is %s.", f.Label, audit.Thousands(len(s)), audit.Thousands(MaxLong))
		}
		return nil
	}
	if n := utf8.RuneCountInString(s); n > MaxText {
		return wrong("too_long", "%s has %s characters; the limit is %s.", f.Label, audit.Thousands(n), audit.Thousands(MaxText))
	}
	return nil
}

func normalizeEmail(label, s string) (string, *mistake) {
	local, domain, ok := strings.Cut(s, "@")
	bad := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`@<>()[]\,;:"`, r) }
	// Some scripts write vowels as marks on their letters.
	foreign := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '-' && r != '.'
	}
	if !ok || local == "" || len(local) > 64 || len(domain) > 253 || strings.ContainsFunc(local, bad) || strings.ContainsFunc(domain, foreign) ||
		!strings.Contains(domain, ".") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, "..") {
		return "", wrong("invalid_email", "%s must be an email address such as ana@example.com.", label)
	}
	return strings.ToLower(s), nil
}

func checkPhone(label, s string) *mistake {
	number := strings.ToLower(s)
	var extension string
	for _, mark := range []string{"ext.", "ext", "x", "#"} {
		if before, after, ok := strings.Cut(number, mark); ok {
			number, extension = before, strings.TrimSpace(after)
			break
		}
	}
	digits := 0
	for i, r := range strings.TrimSpace(number) {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, strings.ContainsRune("-(). /", r):
		default:
			digits = -1000
		}
	}
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	if digits < 5 || digits > 15 || len(extension) > 10 || strings.ContainsFunc(extension, notDigit) || strings.HasPrefix(s, "-") {
		return wrong("invalid_phone", "%s must be a phone number such as +1 209-172-7124, with an extension as ext. 365.", label)
	}
	return nil
}

func normalizeURL(label, s string) (string, *mistake) {
	if !strings.Contains(s, "://") && !strings.HasPrefix(s, "//") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsFunc(s, unicode.IsSpace) {
		return "", wrong("invalid_url", "%s must be a web address such as https://example.com.", label)
	}
	return s, nil
}

// normalizeDecimal gives the decimal in its one form: no plus, no leading zeros, and exactly scale places, or with
// scale -1 as many as the number needs.
func normalizeDecimal(label, s string, scale int) (string, *mistake) {
	negative := strings.HasPrefix(s, "-")
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	whole, fraction, point := strings.Cut(digits, ".")
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	if whole == "" && fraction == "" || point && fraction == "" || len(s)-len(digits) > 1 ||
		strings.ContainsFunc(whole, notDigit) || strings.ContainsFunc(fraction, notDigit) {
		return "", wrong("invalid_number", `%s must be a number, such as "1200.50", without separators for thousands.`, label)
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if whole == "" {
		whole = "0"
	}
	if len(whole)+len(fraction) > maxDigits || scale >= 0 && len(whole) > 15 {
		return "", wrong("out_of_range", "%s has too many digits.", label)
	}
	if scale >= 0 {
		if len(fraction) > scale {
			return "", wrong("too_many_digits", "%s is an amount of money; it has at most %d decimal places.", label, scale)
		}
		fraction += strings.Repeat("0", scale-len(fraction))
	}
	out := whole
	if fraction != "" {
		out += "." + fraction
	}
	if negative && strings.Trim(out, "0.") != "" {
		out = "-" + out
	}
	return out, nil
}

func (f *Field) normalizeTags(raw json.RawMessage) (audit.Value, *mistake) {
	var items []string
	if json.Unmarshal(raw, &items) != nil {
		return audit.None, wrong("invalid_type", `%s must be a list of words, such as ["vip","paris"].`, f.Label)
	}
	one := Field{Label: f.Label, Type: Text}
	for i, item := range items {
		if m := one.checkCharacters(item); m != nil {
			return audit.None, m
		}
		items[i] = strings.Join(strings.Fields(item), " ")
		if n := utf8.RuneCountInString(items[i]); n == 0 || n > MaxTag {
			return audit.None, wrong("invalid_tag", "%s: each word has 1 to %d characters.", f.Label, MaxTag)
		}
	}
	items = audit.SortedSet(items)
	if len(items) > MaxTags {
		return audit.None, wrong("too_many", "%s has %d words; the limit is %d.", f.Label, len(items), MaxTags)
	}
	return audit.List(items), nil
}

func (f *Field) normalizeRows(raw json.RawMessage) (audit.Value, *mistake) {
	var rows []map[string]json.RawMessage
	if json.Unmarshal(raw, &rows) != nil {
		return audit.None, wrong("invalid_type", "%s must be a list of rows.", f.Label)
	}
	if len(rows) > MaxRows {
		return audit.None, wrong("too_many", "%s has %d rows; the limit is %d.", f.Label, len(rows), MaxRows)
	}
	if len(rows) == 0 {
		return audit.None, nil
	}
	b := []byte{'['}
	for n, row := range rows {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		for i := range f.Columns {
			c := &f.Columns[i]
			v, m := c.normalize(row[c.Key])
			if m == nil && v == audit.None && c.Required {
				m = wrong("required", "%s must be given.", c.Label)
			}
			if m != nil {
				return audit.None, wrong(m.code, "%s, row %d: %s", f.Label, n+1, m.detail)
			}
			delete(row, c.Key)
			if v == audit.None {
				continue
			}
			if b[len(b)-1] != '{' {
				b = append(b, ',')
			}
			b = append(append(audit.AppendString(b, c.Key), ':'), v...)
		}
		for key := range row {
			return audit.None, wrong("unknown_field", "%s, row %d: there is no column %s.", f.Label, n+1, audit.Quote(key))
		}
		b = append(b, '}')
	}
	b = append(b, ']')
	if len(b) > MaxLong {
		return audit.None, wrong("too_long", "%s has %s bytes; the limit is %s.", f.Label, audit.Thousands(len(b)), audit.Thousands(MaxLong))
	}
	return audit.Value(b), nil
}

// normalizeInput brings the given fields into their forms; every mistake is named, those of unknown fields too.
// Secrets come back apart: their values never stand in a record.
func (o *Object) normalizeInput(in Input) (fields map[string]audit.Value, secrets map[string]string, err error) {
	fields = make(map[string]audit.Value, len(in))
	var mistakes []errs.Field
	for key, raw := range in {
		f, ok := o.Field(key)
		if !ok {
			mistakes = append(mistakes, errs.Field{Field: key, Code: "unknown_field", Detail: fmt.Sprintf("There is no field %s on a %s.", audit.Quote(key), o.Word().One)})
			continue
		}
		if f.Computed {
			mistakes = append(mistakes, errs.Field{Field: key, Code: "read_only", Detail: f.Label + " is worked out by the system; leave it out."})
			continue
		}
		v, m := f.normalize(raw)
		if m != nil {
			mistakes = append(mistakes, errs.Field{Field: key, Code: m.code, Detail: m.detail})
			continue
		}
		if f.Type == Secret {
			if secrets == nil {
				secrets = map[string]string{}
			}
			secrets[key] = v.Text()
			v = secretMark(v)
		}
		fields[key] = v
	}
	slices.SortFunc(mistakes, func(a, b errs.Field) int { return strings.Compare(a.Field, b.Field) })
	return fields, secrets, errs.InvalidFields(mistakes)
}

// secretMark is what a record shows of a secret: true when it is set.
func secretMark(v audit.Value) audit.Value {
	if v == audit.None {
		return audit.None
	}
	return audit.Bool(true)
}
