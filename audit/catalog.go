package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// UndoRule says what can be taken back.
type UndoRule string

// The undo rules.
const (
	UndoNone    UndoRule = ""        // there is nothing to take back (a login, a message that was sent)
	UndoRestore UndoRule = "restore" // a deleted record can be restored
	UndoChange  UndoRule = "change"  // the fields can be put back
)

// EventType is a row of the catalog.
type EventType struct {
	Type   Type
	Module string
	Action Action
	Label  string // as in a filter: "Stage changed"
	// Template makes the description; see Describe.
	Template string
	Undo     UndoRule
	// Final says why an UndoNone cannot be taken back, in a sentence, where one might expect that it can.
	Final string
	// When says in words when it is written; for the docs.
	When string
}

// Module is a family of objects and event types.
type Module struct{ Key, Label string }

// Catalog is every event type that the product writes.
type Catalog struct {
	modules []Module
	types   map[Type]EventType
	order   []Type
	// objects are those that have types; generic are the rows of all others, by their verb.
	objects map[string]bool
	generic map[string]EventType
}

// NewCatalog makes a catalog. A row with the type "*.VERB" is that of every object without rows of its own: the ones
// that an account's administrators made have no place in the program. Two rows of one type, an unknown module or action, or a template that cannot be read
// are mistakes in the program, and it returns an error for them.
func NewCatalog(modules []Module, rows []EventType) (*Catalog, error) {
	c := &Catalog{modules: modules, types: make(map[Type]EventType, len(rows)), objects: map[string]bool{}, generic: map[string]EventType{}}
	for _, t := range rows {
		object, verb, _ := strings.Cut(string(t.Type), ".")
		if _, ok := c.types[t.Type]; ok {
			return nil, fmt.Errorf("audit: event type %s stands in the catalog twice", t.Type)
		}
		if !slices.ContainsFunc(modules, func(m Module) bool { return m.Key == t.Module }) {
			return nil, fmt.Errorf("audit: event type %s is of an unknown module %q", t.Type, t.Module)
		}
		if !slices.Contains(Actions, t.Action) {
			return nil, fmt.Errorf("audit: event type %s has an unknown action %q", t.Type, t.Action)
		}
		if err := checkTemplate(t.Template); err != nil {
			return nil, fmt.Errorf("audit: event type %s: %w", t.Type, err)
		}
		if object == "*" {
			c.generic[verb] = t
			continue
		}
		c.objects[object] = true
		c.types[t.Type] = t
		c.order = append(c.order, t.Type)
	}
	slices.SortStableFunc(c.order, func(a, b Type) int {
		return cmp.Compare(c.moduleIndex(c.types[a].Module), c.moduleIndex(c.types[b].Module))
	})
	return c, nil
}

func (c *Catalog) moduleIndex(key string) int {
	return slices.IndexFunc(c.modules, func(m Module) bool { return m.Key == key })
}

// Type returns the row of t.
func (c *Catalog) Type(t Type) (EventType, bool) {
	if row, ok := c.types[t]; ok {
		return row, true
	}
	object, verb, _ := strings.Cut(string(t), ".")
	row, ok := c.generic[verb]
	if !ok || c.objects[object] || !validKey(object) {
		return EventType{}, false
	}
	row.Type, row.Label = t, spell(object)+" "+strings.ToLower(row.Label)
	return row, true
}

// Knows reports whether the catalog has types of this object, or of something else under this name.
func (c *Catalog) Knows(object string) bool { return c.objects[object] }

// Generic are the rows of objects that administrators make; their types begin with "*.".
func (c *Catalog) Generic() []EventType {
	return slices.SortedFunc(maps.Values(c.generic), func(a, b EventType) int { return cmp.Compare(a.Type, b.Type) })
}

// spell makes words of a key.
func spell(key string) string {
	key = strings.ReplaceAll(key, "_", " ")
	if key == "" {
		return key
	}
	return strings.ToUpper(key[:1]) + key[1:]
}

// Types lists all rows, module by module.
func (c *Catalog) Types() []EventType {
	rows := make([]EventType, len(c.order))
	for i, t := range c.order {
		rows[i] = c.types[t]
	}
	return rows
}

// Modules lists the modules in the order of the navigation.
func (c *Catalog) Modules() []Module { return c.modules }

// ModuleLabel is the label of a module, its key when it is unknown.
func (c *Catalog) ModuleLabel(key string) string {
	if i := c.moduleIndex(key); i >= 0 {
		return c.modules[i].Label
	}
	return key
}

// Label is the label of an event type. A type that has left the catalog is spelt out: old entries still read well.
func (c *Catalog) Label(t Type) string {
	if row, ok := c.Type(t); ok {
		return row.Label
	}
	_, verb, _ := strings.Cut(string(t), ".")
	if verb == "" {
		return string(t)
	}
	return spell(verb)
}
