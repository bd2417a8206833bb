package crm

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// ObjectInput is what an administrator asks of an object. What is nil or empty stays as it is.
type ObjectInput struct {
	Key         string // of a new object; made of the label when empty
	Label       *string
	LabelPlural *string
	Title       []string
	Fields      []FieldInput // those that the object has are changed, the others are added
	Remove      []string     // keys of fields
}

// FieldInput is what an administrator asks of a field.
type FieldInput struct {
	Key      string // of a new field; made of the label when empty
	Label    *string
	Type     *FieldType
	Required *bool
	Unique   *bool
	Options  []Option // without a key: made of the label
	Object   *string
	OnDelete *OnDelete
	Default  *string
	Columns  []FieldInput
	// Moves are options that go, each with the one that records have instead; "" for none.
	Moves map[string]string
}

// reservedObjects are keys that stand for something else in the log, in addresses or in what may come.
var reservedObjects = []string{"object", "objects", "field", "fields", "record", "records", "custom", "new", "import", "search", "event", "events",
	"session", "password", "access", "account", "audit", "settings", "api_key", "permissions", "role", "two_factor", "impersonation", "alert", "view",
	"export", "user", "person", "people", "agency", "selection", "all", "none"}

// reservedFields are keys that stand for something else in a record or in the address of a list.
var reservedFields = []string{"id", "object", "version", "created_at", "updated_at", "fields", "q", "sort", "limit", "cursor", "after", "as_of"}

// customTypes are the types of fields in the order in which they are offered, with their labels.
var customTypes = []struct {
	Type  FieldType
	Label string
}{
	{Text, "Text"}, {Long, "Long text"}, {Number, "Number"}, {Money, "Money"}, {Date, "Date"}, {DateTime, "Date and time"}, {Boolean, "Yes or no"},
	{Select, "Choice"}, {Tags, "Tags"}, {Email, "Email"}, {Phone, "Phone"}, {URL, "Web address"}, {RefType, "Reference"}, {Rows, "List of rows"}, {Secret, "Secret"},
}

// FieldTypes lists the types of fields, with their labels, in the order in which they are offered.
func FieldTypes() []Option {
	var out []Option
	for _, t := range customTypes {
		out = append(out, Option{Key: string(t.Type), Label: t.Label})
	}
	return out
}

// Label is the type as a person reads it.
func (t FieldType) Label() string {
	for _, c := range customTypes {
		if c.Type == t {
			return c.Label
		}
	}
	return string(t)
}

var (
	columnTypes = []FieldType{Text, Number, Money, Date, Boolean, Email, Phone, URL}
	uniqueTypes = []FieldType{Text, Number, Date, DateTime, Email, Phone, URL}
	titleTypes  = []FieldType{Text, Number, Money, Date, Email, Phone, URL}
)

// UniqueType reports whether values of the type can be unique.
func UniqueType(t FieldType) bool { return slices.Contains(uniqueTypes, t) }

// TitleType reports whether a record can be named by a field of the type.
func TitleType(t FieldType) bool { return slices.Contains(titleTypes, t) }

// ColumnTypes are the types that columns can have.
func ColumnTypes() []FieldType { return slices.Clone(columnTypes) }

// mistakes collects what is wrong with a request.
type mistakes []errs.Field

func (m *mistakes) add(field, code, format string, args ...any) {
	*m = append(*m, errs.Field{Field: field, Code: code, Detail: fmt.Sprintf(format, args...)})
}

// KeyOf makes a key of a label, "" when no letter of it can stand in one.
func KeyOf(label string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(label) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	key := b.String()
	return strings.TrimRight(key[:min(len(key), MaxKey)], "_")
}

// validKey reports whether a key is small letters, digits and underscores, a letter first.
func validKey(key string) bool {
	if key == "" || len(key) > MaxKey || key[0] < 'a' || key[0] > 'z' {
		return false
	}
	return !strings.ContainsFunc(key, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' })
}

const keyRule = "small letters a to z, digits and underscores, a letter first, 40 at most"

// cleanLabel brings a label into its one form, and says what is wrong with it.
func (m *mistakes) cleanLabel(field, what, label string) string {
	bad := func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Cf) }
	label = strings.Join(strings.Fields(label), " ")
	switch {
	case label == "":
		m.add(field, "required", "%s must be given.", what)
	case !utf8.ValidString(label) || strings.ContainsFunc(label, bad):
		m.add(field, "invalid_character", "%s must not hold control characters.", what)
	case utf8.RuneCountInString(label) > MaxLabel:
		m.add(field, "too_long", "%s has more than %d characters.", what, MaxLabel)
	}
	return label
}

// defining works out a definition; what is wrong with it is collected.
type defining struct {
	schema *Schema
	object *Object // the built-in object, or what the custom one is so far
	custom bool
	mistakes
}

// field works out what a field becomes. was is nil for a new one; place names it in mistakes.
func (d *defining) field(place string, was *Field, in FieldInput) Field {
	var f Field
	if was != nil {
		f = *was
	} else {
		f.Type = Text
	}
	at := func(name string) string { return place + "." + name }
	if in.Label != nil || was == nil {
		f.Label = d.cleanLabel(at("label"), "The label of a field", deref(in.Label))
	}
	if was == nil {
		f.Key = in.Key
		if f.Key == "" {
			f.Key = KeyOf(f.Label)
		}
		d.checkFieldKey(at("key"), f.Key)
	}
	if in.Type != nil {
		f.Type = *in.Type
	}
	if !slices.ContainsFunc(customTypes, func(t struct {
		Type  FieldType
		Label string
	}) bool {
		return t.Type == f.Type
	}) {
		d.add(at("type"), "invalid_option", "There is no type %s of fields.", audit.Quote(string(f.Type)))
		return f
	}
	setTo(&f.Required, in.Required)
	setTo(&f.Unique, in.Unique)
	setTo(&f.Default, in.Default)
	setTo(&f.Object, in.Object)
	setTo(&f.OnDelete, in.OnDelete)
	retyped := was != nil && was.Type != f.Type
	d.options(at("options"), &f, in.Options, retyped)
	d.columns(at("columns"), &f, in.Columns, retyped)
	d.reference(at, &f, in, was)
	if f.Unique && !UniqueType(f.Type) {
		if retyped && in.Unique == nil {
			f.Unique = false
		} else {
			d.add(at("unique"), "invalid_option", "Values of the type %s cannot be unique.", f.Type.Label())
		}
	}
	if f.Required && !d.custom && (d.object.Generated || d.object.WriteWith != "") {
		d.add(at("required"), "invalid_option", "A custom field of %s cannot be required: Backtrail makes some of them by itself.", d.object.Word().Many)
	}
	d.defaultOf(at("default"), &f, retyped && in.Default == nil)
	return f
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func setTo[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}

func (d *defining) checkFieldKey(place, key string) {
	switch {
	case !validKey(key):
		d.add(place, "invalid_key", "The key of a field is %s; %s cannot be one.", keyRule, audit.Quote(strings.ToValidUTF8(key, "\uFFFD")))
	case slices.Contains(reservedFields, key):
		d.add(place, "reserved_key", "The key %s is reserved; choose another one, such as %s.", audit.Quote(key), audit.Quote("custom_"+key))
	}
}

func (d *defining) options(place string, f *Field, given []Option, retyped bool) {
	if f.Type != Select {
		if len(given) > 0 {
			d.add(place, "invalid_option", "Only a field of the type %s has options.", Select.Label())
		}
		f.Options = nil
		return
	}
	if given == nil && !retyped {
		given = f.Options
	}
	if n := len(given); n == 0 || n > MaxOptions {
		d.add(place, "invalid_options", "A choice has 1 to %d options.", MaxOptions)
		return
	}
	f.Options = nil
	seen, labels := map[string]bool{}, map[string]bool{}
	for i, o := range given {
		at := fmt.Sprintf("%s[%d]", place, i)
		o.Label = d.cleanLabel(at+".label", "The label of an option", o.Label)
		if o.Key == "" {
			o.Key = freeKey(KeyOf(o.Label), seen, given)
		}
		folded := strings.ToLower(o.Label)
		switch {
		case len(o.Key) > MaxKey || strings.ContainsFunc(o.Key, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '-' }):
			d.add(at+".key", "invalid_key", "The key of an option is small letters, digits, underscores and hyphens, %d at most; %s cannot be one.", MaxKey, audit.Quote(strings.ToValidUTF8(o.Key, "\uFFFD")))
		case seen[o.Key] || labels[folded]:
			d.add(at, "repeated", "The option %s is there twice.", audit.Quote(o.Label))
		}
		seen[o.Key], labels[folded] = true, true
		f.Options = append(f.Options, o)
	}
}

// freeKey is a key that no option has: key itself, or with a number behind it.
func freeKey(key string, seen map[string]bool, given []Option) string {
	if key == "" {
		key = "option"
	}
	taken := func(k string) bool {
		return seen[k] || slices.ContainsFunc(given, func(o Option) bool { return o.Key == k })
	}
	free := key
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%s_%d", key[:min(len(key), MaxKey-4)], n)
	}
	return free
}

func (d *defining) columns(place string, f *Field, given []FieldInput, retyped bool) {
	if f.Type != Rows {
		if len(given) > 0 {
			d.add(place, "invalid_option", "Only a field of the type %s has columns.", Rows.Label())
		}
		f.Columns = nil
		return
	}
	if given == nil && !retyped && len(f.Columns) > 0 {
		return
	}
	if n := len(given); n == 0 || n > MaxColumns {
		d.add(place, "invalid_columns", "A list of rows has 1 to %d columns.", MaxColumns)
		return
	}
	f.Columns = nil
	for i, in := range given {
		at := fmt.Sprintf("%s[%d]", place, i)
		c := Field{Key: in.Key, Type: Text, Label: d.cleanLabel(at+".label", "The label of a column", deref(in.Label))}
		if c.Key == "" {
			c.Key = KeyOf(c.Label)
		}
		setTo(&c.Type, in.Type)
		setTo(&c.Required, in.Required)
		d.checkFieldKey(at+".key", c.Key)
		if !slices.Contains(columnTypes, c.Type) {
			d.add(at+".type", "invalid_option", "A column cannot have the type %s.", audit.Quote(string(c.Type)))
		}
		if slices.ContainsFunc(f.Columns, func(o Field) bool { return o.Key == c.Key }) {
			d.add(at+".key", "repeated", "The column %s is there twice.", audit.Quote(c.Key))
		}
		f.Columns = append(f.Columns, c)
	}
}

func (d *defining) reference(at func(string) string, f *Field, in FieldInput, was *Field) {
	if f.Type != RefType {
		if deref(in.Object) != "" || deref(in.OnDelete) != "" {
			d.add(at("object"), "invalid_option", "Only a field of the type %s points at an object.", RefType.Label())
		}
		f.Object, f.OnDelete = "", ""
		return
	}
	if f.OnDelete == "" {
		if f.OnDelete = Clear; f.Required {
			f.OnDelete = Refuse
		}
	}
	target := d.schema.byKey[f.Object]
	if f.Object == d.object.Key {
		target = d.object
	}
	switch {
	case f.Object == "":
		d.add(at("object"), "required", "A reference needs the object that it points at.")
	case target == nil:
		d.add(at("object"), "unknown_object", "There is no object %s.", audit.Quote(strings.ToValidUTF8(f.Object, "\uFFFD")))
	case !slices.Contains([]OnDelete{Cascade, Clear, Refuse}, f.OnDelete):
		d.add(at("on_delete"), "invalid_option", "on_delete is cascade, clear or refuse, not %s.", audit.Quote(strings.ToValidUTF8(string(f.OnDelete), "\uFFFD")))
	case f.OnDelete == Clear && f.Required:
		d.add(at("on_delete"), "required_clear", "%s is required: it cannot be emptied when what it points at is deleted. Choose cascade or refuse.", f.Label)
	case f.OnDelete == Cascade && !d.custom:
		d.add(at("on_delete"), "cascade_not_allowed", "%s are not deleted along with a record that a custom field points at. Choose clear or refuse.", d.object.LabelPlural)
	case f.Required && (was == nil || !was.Required || was.Object != f.Object) && d.needs(target, map[string]bool{}):
		d.add(at("required"), "required_cycle", "No %s could be made any more: each would need another one that is there already. Leave one of the references optional.", d.object.Word().One)
	}
}

// needs reports whether a record of o cannot be without one of the object that is being defined.
func (d *defining) needs(o *Object, seen map[string]bool) bool {
	if o.Key == d.object.Key {
		return true
	}
	if seen[o.Key] {
		return false
	}
	seen[o.Key] = true
	for i := range o.Fields {
		f := &o.Fields[i]
		if f.Type == RefType && f.Required && d.schema.byKey[f.Object] != nil && d.needs(d.schema.byKey[f.Object], seen) {
			return true
		}
	}
	return false
}

// defaultOf checks a default; one that a change of the type left behind goes.
func (d *defining) defaultOf(place string, f *Field, leftBehind bool) {
	if f.Default == "" {
		return
	}
	var wrong string
	switch f.Type {
	case RefType, Rows, Secret:
		wrong = fmt.Sprintf("A field of the type %s has no default.", f.Type.Label())
	default:
		if v, m := f.normalize(f.TextInput(f.Default)); m != nil {
			wrong = m.detail
		} else if v == audit.None {
			f.Default = ""
		}
	}
	if wrong != "" {
		if leftBehind {
			f.Default = ""
			return
		}
		d.add(place, "invalid_default", "%s", wrong)
	}
}
