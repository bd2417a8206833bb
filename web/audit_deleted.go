package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/restore"
)

const deletedPath = auditPath + "/deleted"

// auditDeletedPage is what can still be restored.
type auditDeletedPage struct {
	Base
	Tab        string
	Query      string
	Mistake    *queryMistake // in the query, nil for none
	What       []choiceGroup
	Who        []choiceGroup
	Narrowed   bool
	Window     string // "60 days"
	Deletions  []deletionLine
	Selectable bool // something of it can be chosen
	More       string
}

// deletionLine is one deletion with all that it took along.
type deletionLine struct {
	Entry  auditEntry
	Pick   audit.OperationID // "" when it cannot be restored together with others
	Alone  bool              // because it is a merge, which is taken back by itself
	When   when
	Counts string // what went with it, unless its description says so
	Until  when
	Soon   bool   // it is among the last days
	List   string // the log narrowed to it, "" when it is one entry
	Size   string // how many entries it has
	Why    string // it cannot be restored; "" when it can
}

// soon is from how long before its end on a deletion stands out.
const soon = 7 * 24 * time.Hour

func (s *site) auditDeleted(v *visit) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	params := v.URL.Query()
	wanted := url.Values{}
	query, what, who := strings.TrimSpace(params.Get("q")), params.Get("what"), params.Get("user")
	for name, value := range map[string]string{"q": query, "user": who} {
		if value != "" {
			wanted.Set(name, value)
		}
	}
	if name, key, ok := strings.Cut(what, ":"); ok && (name == "module" || name == "object") {
		wanted.Set(name, key)
	}
	f := s.auditFilter(v, wanted)
	m := s.entries(v, nil)
	page := &auditDeletedPage{Base: s.base(v, "Deleted records", "audit"), Tab: "deleted", Query: query, Mistake: f.Mistake, Narrowed: len(wanted) > 0,
		Window: plural(int64(v.id.Account.RestoreWindowDays), "day", "days")}
	if err := s.deletedChoices(v, page, m, what, who); err != nil {
		return err
	}
	after, err := audit.ParseCursor(m.caller.Account, f.filter, params.Get("cursor"))
	if err != nil {
		return err
	}
	found, next, err := s.ws.Restore.Deletions(v.Context(), s.logFor(m.caller), m.caller, restore.DeletionQuery{Filter: f.filter, After: after, Limit: auditPage, Final: true})
	if err != nil {
		return err
	}
	if err := page.add(m, found); err != nil {
		return err
	}
	if cursor := audit.Cursor(m.caller.Account, f.filter, next); cursor != "" {
		params.Set("cursor", cursor)
		page.More = deletedPath + queryOf(params)
	}
	return v.render(http.StatusOK, "audit_deleted", page)
}

// add words deletions.
func (page *auditDeletedPage) add(m *entryMaker, found []restore.Deletion) error {
	stored := make([]audit.Stored, len(found))
	for i, d := range found {
		stored[i] = d.Stored
	}
	if _, err := m.parse(stored); err != nil {
		return err
	}
	for i, d := range found {
		e := d.Event
		line := deletionLine{Entry: m.entry(e, stored[i]), When: m.clock.short(e.OccurredAt), Until: m.clock.short(d.Until), Why: d.Why,
			Soon: d.Why == "" && d.Until.Sub(m.clock.now) <= soon}
		if line.Entry.Restore != "" {
			line.Entry.Restore = operationAddress(e.Operation) + "/restore"
			if line.Alone = merges(m.schema, e); !line.Alone {
				line.Pick, page.Selectable = e.Operation, true
			}
		}
		if e.Size > 1 && e.Leads() {
			line.List, line.Size = operationList(e.Operation), audit.Word{One: "entry", Many: "entries"}.Count(e.Size)
		}
		switch {
		case d.Partly:
			line.Counts, line.Entry.Also = countsInWords(m.schema, d.Counts)+" left", ""
		case line.Entry.Also != "" || !e.Leads():
			line.Counts = countsInWords(m.schema, d.Counts)
		}
		page.Deletions = append(page.Deletions, line)
	}
	return nil
}

// deletedChoices offers of what and by whom something was deleted that can be restored.
func (s *site) deletedChoices(v *visit, page *auditDeletedPage, m *entryMaker, what, who string) error {
	facets, err := s.logFor(m.caller).Facets(v.Context(), m.caller.Account, audit.Filter{From: m.clock.now.Add(-m.window), Where: audit.All{
		audit.Is{Property: audit.ByAction, Values: []string{string(audit.Deleted)}},
		audit.Is{Property: audit.ByOutcome, Values: []string{string(audit.Success)}}}}, facetsCounted)
	if err != nil {
		return err
	}
	groups := map[string]*choiceGroup{}
	seen := map[string]bool{}
	for _, t := range facets.Types {
		key, _, _ := strings.Cut(t.Key, ".")
		label, module := deletedObject(m.schema, key)
		if label == "" || seen[key] {
			continue
		}
		seen[key] = true
		g := groups[module]
		if g == nil {
			g = &choiceGroup{Label: s.ws.Catalog.ModuleLabel(module)}
			groups[module] = g
		}
		g.Options = append(g.Options, formOption{Value: "object:" + key, Label: label, Selected: what == "object:"+key})
	}
	for _, module := range s.ws.Catalog.Modules() {
		g := groups[module.Key]
		if g == nil {
			continue
		}
		slices.SortFunc(g.Options, func(a, b formOption) int { return strings.Compare(a.Label, b.Label) })
		if len(g.Options) > 1 {
			all := "module:" + module.Key
			g.Options = append([]formOption{{Value: all, Label: "All of " + g.Label, Selected: what == all}}, g.Options...)
		}
		page.What = append(page.What, *g)
	}
	var people choiceGroup
	for _, u := range facets.Users {
		people.Options = append(people.Options, formOption{Value: u.Key, Label: u.Label, Selected: who == u.Key})
	}
	page.Who = []choiceGroup{people}
	return nil
}

// facetsCounted is up to how many deletions are looked at for the choices.
const facetsCounted = 20_000

// deletedObject is the label of what can be restored, with its module; "" for another key.
func deletedObject(schema *crm.Schema, key string) (label, module string) {
	if word, ok := crm.DefinitionWord(key); ok {
		return title(word.Many), "settings"
	}
	o, err := schema.Object(key)
	if err != nil {
		return "", ""
	}
	return o.LabelPlural, o.Module
}
