package web

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/savedviews"
	"github.com/backtrail/backtrail/workspace"
)

const (
	// countsParam asks for the counts of a menu: as JSON for the script, within the page for those who have none.
	countsParam = "counts"
	// countsPatience is how long somebody waits for counts. A filter that finds little in a long log may need longer.
	countsPatience = 4 * time.Second

	dateMenu = "date"
	typeMenu = "type"
)

// menuCounts is how many of the newest entries are counted, so that no menu goes through a long log; tests make it small.
var menuCounts = 100_000

// menuFacets are the parameters of a menu, each counted by itself. One counts as if nothing were chosen in it: what each choice
// would show, beside those that are chosen already.
var menuFacets = map[string][]string{dateMenu: {rangeParam}, "user": {"user"}, typeMenu: {"action", "type"}, "module": {"module"}, "more": {"outcome", "channel"}}

// auditCounts are how many entries each choice of a menu would show, in words.
type auditCounts struct {
	// Counts are by parameter and value.
	Counts map[string]map[string]string `json:"counts"`
	// Rest is the count of every other choice: "0", or "" when older entries may have it.
	Rest string `json:"rest"`
	Note string `json:"note"`
}

// countMenu counts the choices of a menu for the filter.
func (s *site) countMenu(v *visit, f *auditFilter, menu string) (*auditCounts, error) {
	ctx, cancel := context.WithTimeout(v.Context(), countsPatience)
	defer cancel()
	out := &auditCounts{Counts: map[string]map[string]string{}, Rest: "0"}
	for _, name := range menuFacets[menu] {
		var err error
		if out.Counts[name], err = s.countFacet(ctx, v, f, name, out); err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return &auditCounts{Note: "Counting takes too long with these filters. With a shorter time it is quick."}, nil
		} else if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *site) countFacet(ctx context.Context, v *visit, f *auditFilter, name string, out *auditCounts) (map[string]string, error) {
	zone := workspace.Zone(v.id.Account)
	ask := func(params map[string][]string) (audit.Facets, error) {
		filter, err := audit.ParseFilter(params, s.ws.Catalog, zone)
		if err != nil {
			return audit.Facets{}, err
		}
		return s.logFor(v.caller()).Facets(ctx, v.caller().Account, filter, menuCounts)
	}
	params := cloneValues(f.contract)
	counts := map[string]string{}
	if name == rangeParam {
		counts[customRange] = "" // no days are chosen yet
		for _, key := range append([]string{""}, rangeKeys()...) {
			params.Del("from")
			params.Del("to")
			maps.Copy(params, savedviews.Resolve(map[string][]string{rangeParam: {key}}, s.now(), zone))
			found, err := ask(params)
			if err != nil {
				return nil, err
			}
			counts[key] = countWords(found.Total, found.Partial)
		}
		return counts, nil
	}
	params.Del(name)
	found, err := ask(params)
	if err != nil {
		return nil, err
	}
	if found.Partial {
		out.Rest, out.Note = "", "Of the newest "+audit.Thousands(found.Total)+" entries."
	}
	for _, c := range facetOf(found, name) {
		counts[c.Key] = countWords(c.Count, found.Partial)
	}
	if name == "type" { // choices may be patterns
		for _, pattern := range typePatterns(f, v.schema()) {
			n := 0
			for _, c := range found.Types {
				if audit.MatchType(pattern, audit.Type(c.Key)) {
					n += c.Count
				}
			}
			if n > 0 {
				counts[pattern] = countWords(n, found.Partial)
			}
		}
	}
	return counts, nil
}

// countWords says a count, and that there may be more.
func countWords(n int, more bool) string {
	if more {
		return audit.Thousands(n) + "+"
	}
	return audit.Thousands(n)
}

func rangeKeys() []string {
	var keys []string
	for _, r := range savedviews.Ranges {
		keys = append(keys, r.Key)
	}
	return keys
}

// typePatterns are the patterns among the choices: one for each custom object, and those of the address.
func typePatterns(f *auditFilter, schema *crm.Schema) []string {
	var out []string
	for _, o := range schema.Objects() {
		if o.Module == crm.CustomModule {
			out = append(out, o.Key+".*")
		}
	}
	for _, t := range f.address["type"] {
		if strings.Contains(t, "*") {
			out = append(out, t)
		}
	}
	return out
}

func facetOf(f audit.Facets, name string) []audit.Count {
	switch name {
	case "user":
		return f.Users
	case "action":
		return f.Actions
	case "type":
		return f.Types
	case "module":
		return f.Modules
	case "outcome":
		return f.Outcomes
	}
	return f.Channels
}

// answerCounts answers the script with the counts of a menu.
func (s *site) answerCounts(v *visit, f *auditFilter, menu string) error {
	counts, err := s.countMenu(v, f, menu)
	if err != nil {
		return err
	}
	v.ResponseWriter.Header().Set("Content-Type", "application/json")
	v.ResponseWriter.Header().Set("Cache-Control", "no-store")
	v.WriteHeader(http.StatusOK)
	_ = json.NewEncoder(v.ResponseWriter).Encode(counts) // when the browser is gone there is nobody to tell
	return nil
}

// fillCounts puts the counts of a menu into the page, with the menu open.
func (s *site) fillCounts(v *visit, page *auditLogPage, f *auditFilter, menu string) error {
	counts, err := s.countMenu(v, f, menu)
	if err != nil {
		return err
	}
	for i := range page.Form.Presets {
		if menu == dateMenu {
			page.Form.Presets[i].count(counts)
		}
	}
	if page.Form.Counts.Open = menu == dateMenu; menu == dateMenu {
		page.Form.Counts.Note = counts.Note
	}
	for i := range page.Menus {
		m := &page.Menus[i]
		if m.Key != menu {
			continue
		}
		m.Counts.Open, m.Counts.Note = true, counts.Note
		for _, g := range m.Groups {
			for j := range g.Options {
				g.Options[j].count(counts)
			}
		}
	}
	return nil
}

// menuCounting is what a menu needs for its counts.
type menuCounting struct {
	At   string // the page with the counts in it; "" where nothing is counted
	Open bool
	Note string
}

func (o *auditOption) count(c *auditCounts) {
	if c.Counts == nil {
		return
	}
	var known bool
	if o.Entries, known = c.Counts[o.Name][o.Value]; !known {
		o.Entries = c.Rest
	}
}

// offerCounts names where the counts of each menu are.
func (p *auditLogPage) offerCounts(f *auditFilter) {
	at := func(menu string) string { return f.at() + f.with(countsParam, menu) + "#audit-filters" }
	p.Form.Counts.At = at(dateMenu)
	for i := range p.Menus {
		p.Menus[i].Counts.At = at(p.Menus[i].Key)
	}
}
