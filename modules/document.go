package modules

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// intro stands before the modules in the document.
const intro = `# The catalog

Every object with its fields, and every event type, as this version of the program has them. ` + "`backtrail catalog`" + ` prints this page;
a test fails when the two differ.

An event has its time, actor, channel, address, session or key, request, operation and cause beside what stands here
([the API](api.md)). *Says* is the description with what is filled in: the record's name, and of a field its value before
and after. *Undo* says what the log can take back: *restore* brings a deleted record back with what went along, *fields* puts
values back as they were before.

A field marked \\* must be given, one marked ! is unique in the account, one marked = is worked out by the program. A reference names the
object that it points at and what happens when that is deleted: *cascade* deletes this record too, *clear* empties the field,
*refuse* keeps the other from being deleted.
`

// WriteDocument writes the catalog as a page in Markdown: each module with its objects and event types.
func WriteDocument(out io.Writer) error {
	schema, catalog, err := All()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	w.WriteString(intro)
	for _, m := range catalog.Modules() {
		fmt.Fprintf(w, "\n## %s\n", m.Label)
		for _, o := range schema.Objects() {
			if o.Module == m.Key {
				writeObject(w, o)
			}
		}
		fmt.Fprint(w, "\n| Event type | Action | When | Says | Undo |\n|---|---|---|---|---|\n")
		for _, t := range slices.Concat(catalog.Types(), catalog.Generic()) {
			if t.Module == m.Key {
				fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s |\n", t.Type, t.Action, cell(t.When), cell(says(t)), cell(undo(t)))
			}
		}
	}
	return w.Flush()
}

func writeObject(w *bufio.Writer, o *crm.Object) {
	fmt.Fprintf(w, "\n**%s** (`%s`)", o.Label, o.Key)
	if o.WriteWith != "" {
		fmt.Fprintf(w, ", written with the permission `%s`", o.WriteWith)
	}
	if o.Single {
		fmt.Fprint(w, ", exactly one in an account")
	}
	fmt.Fprint(w, "\n\n| Field | Label | Type |\n|---|---|---|\n")
	for i := range o.Fields {
		f := &o.Fields[i]
		fmt.Fprintf(w, "| `%s`%s | %s | %s |\n", f.Key, marks(f), cell(f.Label), cell(kind(f)))
	}
}

// marks are the signs behind a field's key.
func marks(f *crm.Field) string {
	var marks string
	for _, m := range []struct {
		is   bool
		sign string
	}{{f.Required, "\\*"}, {f.Unique, "!"}, {f.Computed, "="}} {
		if m.is {
			marks += m.sign
		}
	}
	if f.UniqueWithin != "" {
		marks += "! within `" + f.UniqueWithin + "`"
	}
	return marks
}

// kind is a field's type with what belongs to it.
func kind(f *crm.Field) string {
	var more []string
	switch f.Type {
	case crm.Select:
		for _, o := range f.Options {
			more = append(more, "`"+o.Key+"`")
		}
	case crm.RefType:
		more = []string{"`" + f.Object + "`", string(f.OnDelete)}
	case crm.Rows:
		for i := range f.Columns {
			more = append(more, "`"+f.Columns[i].Key+"`")
		}
	case crm.Money:
		if f.Currency != "" {
			more = []string{"in the currency of `" + f.Currency + "`"}
		}
	}
	if len(more) == 0 {
		return string(f.Type)
	}
	return string(f.Type) + " (" + strings.Join(more, ", ") + ")"
}

// says is a template for people who do not know templates.
func says(t audit.EventType) string {
	return strings.NewReplacer("{", "‹", "}", "›").Replace(t.Template)
}

func undo(t audit.EventType) string {
	switch {
	case t.Undo == audit.UndoRestore:
		return "restore"
	case t.Undo == audit.UndoChange:
		return "fields"
	case t.Final != "":
		return "no. " + t.Final
	case slices.Contains([]audit.Action{audit.Created, audit.Restored}, t.Action):
		return "no: delete the record"
	}
	return "no"
}

// cell keeps a text in one cell of a table.
func cell(s string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s) }
