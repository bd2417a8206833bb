package web

import (
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// auditOption is one choice of a filter.
type auditOption struct {
	Name    string // of the parameter
	Value   string
	Label   string
	Note    string // beside the label: what kind of actor it is
	Checked bool
	Entries string // how many it would show, "" when that was not asked for
}

// auditGroup is choices under a heading; "" for none.
type auditGroup struct {
	Label   string
	Options []auditOption
}

// auditMenu is one filter of the bar.
type auditMenu struct {
	Key    string // the id of its parts on the page
	Label  string
	Groups []auditGroup
	Search bool // has so many choices that they can be searched
	Error  string
	Counts menuCounting
	// Rest is where the whole menu is for those who have no script; "" when this is the whole of it. Most visits open none,
	// and the event types would be a quarter of the page.
	Rest string
}

// shorten leaves the first group of a menu and what is chosen in the others.
func (m *auditMenu) shorten(rest string) {
	m.Rest = rest
	chosen := auditGroup{Label: "Chosen"}
	for _, g := range m.Groups[1:] {
		for _, o := range g.Options {
			if o.Checked {
				chosen.Options = append(chosen.Options, o)
			}
		}
	}
	m.Groups = m.Groups[:1:1]
	if len(chosen.Options) > 0 {
		m.Groups = append(m.Groups, chosen)
	}
}

// Count is how many of the choices are chosen.
func (m auditMenu) Count() int {
	n := 0
	for _, g := range m.Groups {
		for _, o := range g.Options {
			if o.Checked {
				n++
			}
		}
	}
	return n
}

// auditMenus are the filters that are lists of choices.
func auditMenus(f *auditFilter, catalog *audit.Catalog, schema *crm.Schema, people []auditPerson) []auditMenu {
	option := func(name, value, label string) auditOption {
		return auditOption{Name: name, Value: value, Label: label, Checked: f.chosen(name, value)}
	}
	users := auditMenu{Key: "user", Label: "User", Search: true, Error: f.Errors["user"]}
	var staff, others auditGroup
	for _, p := range people {
		o := option("user", string(p.ID), p.Name)
		if p.Kind == audit.User && !p.Gone {
			o.Note = p.Of
			staff.Options = append(staff.Options, o)
			continue
		}
		o.Note = p.note()
		others.Options = append(others.Options, o)
	}
	if others.Label = "API keys and others"; len(others.Options) > 0 {
		staff.Label = "People"
	}
	users.Groups = append(users.Groups, staff, others)

	types := auditMenu{Key: typeMenu, Label: "Event type", Search: true, Error: firstError(f, "type", "action")}
	actions := auditGroup{Label: "Action"}
	for _, a := range audit.Actions {
		actions.Options = append(actions.Options, option("action", string(a), title(a)))
	}
	types.Groups = append(types.Groups, actions)
	module := auditMenu{Key: "module", Label: "Module", Groups: []auditGroup{{}}, Error: f.Errors["module"]}
	for _, m := range catalog.Modules() {
		module.Groups[0].Options = append(module.Groups[0].Options, option("module", m.Key, m.Label))
		g := auditGroup{Label: m.Label}
		for _, t := range catalog.Types() {
			if t.Module == m.Key {
				g.Options = append(g.Options, option("type", string(t.Type), t.Label))
			}
		}
		types.Groups = append(types.Groups, g)
	}
	own := auditGroup{Label: "Custom objects"}
	for _, o := range schema.Objects() {
		if o.Module == crm.CustomModule {
			pattern := o.Key + ".*"
			own.Options = append(own.Options, option("type", pattern, typeLabel(catalog, schema, pattern)))
		}
	}
	types.Groups = append(types.Groups, own, patternGroup(f, catalog, schema, own))

	more := auditMenu{Key: "more", Label: "More", Error: firstError(f, "outcome", "channel", "object", "record", "operation")}
	outcomes, channels := auditGroup{Label: "Outcome"}, auditGroup{Label: "Came in by"}
	for _, o := range audit.Outcomes {
		outcomes.Options = append(outcomes.Options, option("outcome", string(o), labelOf(outcomeLabels, o)))
	}
	for _, c := range audit.Channels {
		channels.Options = append(channels.Options, option("channel", string(c), labelOf(channelLabels, c)))
	}
	more.Groups = append(more.Groups, outcomes, channels)

	menus := []auditMenu{users, types, module, more}
	for i := range menus {
		menus[i].Groups = slices.DeleteFunc(menus[i].Groups, func(g auditGroup) bool { return len(g.Options) == 0 })
	}
	return menus
}

func firstError(f *auditFilter, names ...string) string {
	for _, name := range names {
		if e := f.Errors[name]; e != "" {
			return e
		}
	}
	return ""
}

// patternGroup keeps the types of the address that are in no list (a pattern, a type of an older version) in the form;
// listed are patterns that the menu offers by itself.
func patternGroup(f *auditFilter, catalog *audit.Catalog, schema *crm.Schema, listed auditGroup) auditGroup {
	g := auditGroup{Label: "From the address"}
	for _, t := range f.address["type"] {
		offered := slices.ContainsFunc(listed.Options, func(o auditOption) bool { return o.Value == t })
		if _, known := catalog.Type(audit.Type(t)); !known && !offered {
			g.Options = append(g.Options, auditOption{Name: "type", Value: t, Label: typeLabel(catalog, schema, t), Checked: true})
		}
	}
	return g
}

// typeLabel says an event type, or a pattern of them, in words.
func typeLabel(catalog *audit.Catalog, schema *crm.Schema, t string) string {
	if !strings.Contains(t, "*") {
		return catalog.Label(audit.Type(t))
	}
	object, verb, _ := strings.Cut(t, ".")
	switch {
	case object != "*":
		return title(objectWord(schema, object).One) + ", every event"
	case verb == "*" || verb == "":
		return "Every event"
	}
	return title(strings.ReplaceAll(verb, "_", " ")) + ", of any object"
}
