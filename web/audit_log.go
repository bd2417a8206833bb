package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/backtrail/backtrail/agency"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/savedviews"
	"github.com/backtrail/backtrail/workspace"
)

const (
	auditPage = 50 // entries that are loaded at once
	openParam = "event"
)

// auditLogPage is Settings > Audit Logs.
type auditLogPage struct {
	Base
	Tab   string
	Own   bool        // the visitor sees only what they did themselves
	Scope *auditScope // the object that it is narrowed to, nil for the whole log
	At    string      // the address of the log
	Form  auditForm
	// Keys and Examples are the help for the search.
	Keys     []searchKey
	Examples []searchExample
	Menus    []auditMenu
	Chips    []auditChip
	Wrong    []string // what is wrong in the address
	Clear    string   // the page without filters
	Entries  []auditEntry
	// More is where the next entries are; "" at the end. Later tells that newer entries stand before these.
	More    string
	Later   bool
	Filters bool // some filter is active
	// Operation is what the filter narrows to, when it is one operation and nothing else.
	Operation *auditOperation
	// Together is how many accounts' logs the list is of, 0 for that of one account alone; view is of them, and Choose says
	// why some must be chosen first.
	Together int
	Choose   string
	view     *agency.View
	Open     *auditDetail // in the drawer, nil for none
	// Timeline is the result over time; nil when it has not been asked for or there is nothing. TimelineAt is where it is,
	// "" for logs of several accounts.
	Timeline   *auditTimeline
	TimelineAt string
	// Here is the address of the page, and Stream that of the API which sends what is new to it; "" for a list that nothing
	// new can come to.
	Here, Stream string
	Query        string      // of the filter, as links of the rows pass it on
	Export       *exportForm // nil without the permission
	Views        *viewMenu   // nil but on the log of the account
}

// Folds reports whether some of the entries are folded.
func (p auditLogPage) Folds() bool {
	return slices.ContainsFunc(p.Entries, func(e auditEntry) bool { return e.Folded })
}

// Columns is how many the table has.
func (p auditLogPage) Columns() int {
	if p.Together > 0 {
		return 6
	}
	return 5
}

// auditForm is what the filter bar holds beside its menus.
type auditForm struct {
	Presets        []auditOption
	From, Last     string
	Custom         bool
	DateLabel      string
	DateError      string
	Query          string
	Mistake        *queryMistake // in the query, nil for none
	Carried        []hiddenField // parameters without a control of their own
	EverybodyShown bool          // the list of users holds everybody in the log
	Counts         menuCounting  // of the menu of dates
}

// auditVisit checks that the visitor may read the whole log, and notes that they do.
func (s *site) auditVisit(v *visit) error {
	if !v.may(audit.AuditRead) {
		return errs.MissingPermission(string(audit.AuditRead), "read the audit log")
	}
	return s.ws.Auth.RecordViewed(v.Context(), v.id)
}

// auditVisitOwn is auditVisit for the pages that are there for who reads only what they did themselves, too: they read it
// in [site.logFor].
func (s *site) auditVisitOwn(v *visit) error {
	if err := v.caller().MayReadLog(); err != nil {
		return err
	}
	return s.ws.Auth.RecordViewed(v.Context(), v.id)
}

// logFor is the log as somebody may read it.
func (s *site) logFor(c audit.Caller) audit.Log { return audit.ReadableBy(s.ws.Log, c) }

func (s *site) auditFilter(v *visit, params url.Values) auditFilter {
	return readAuditFilter(params, s.ws.Catalog, s.now(), workspace.Zone(v.id.Account))
}

func (s *site) auditLog(v *visit) error {
	if err := s.auditVisitOwn(v); err != nil {
		return err
	}
	f := s.auditFilter(v, v.URL.Query())
	return s.showAuditLog(v, &auditLogPage{Base: s.base(v, "Audit Logs", "audit"), Tab: "log"}, &f)
}

// showAuditLog answers with the page, or the part of it that a script asks for.
func (s *site) showAuditLog(v *visit, page *auditLogPage, f *auditFilter) error {
	params := v.URL.Query()
	page.At, page.Clear, page.Filters, page.Own = f.at(), f.at(), f.Active(), v.caller().ReadsOwn()
	if page.Scope != nil && page.Scope.OfDefinition {
		page.Clear, page.Filters = page.Scope.Definition, len(f.address) > 1
	}
	target := v.Request.Header.Get("HX-Target")
	alone := page.view == nil
	if alone {
		page.TimelineAt = f.at() + f.with(timelineParam, "1")
	}
	if asked := v.htmx() && target == "audit-timeline"; alone && (asked || !v.htmx() && params.Has(timelineParam)) {
		if err := s.fillTimeline(v, page, f); err != nil {
			return err
		}
		if asked {
			return v.renderPart(http.StatusOK, "audit_log", "timeline", page)
		}
	}
	menu := params.Get(countsParam)
	counted := alone && menuFacets[menu] != nil
	if counted && v.wantsJSON() {
		return s.answerCounts(v, f, menu)
	}
	fillEntries, fillFilters := s.fillEntries, s.fillFilters
	if !alone {
		fillEntries, fillFilters = s.fillAgencyEntries, s.fillAgencyFilters
	}
	if err := fillEntries(v, page, f, params.Get("cursor")); err != nil {
		return err
	}
	page.Query = f.query()
	page.Here = f.at() + page.Query
	if alone && !page.Later && page.Operation == nil && (f.filter.To.IsZero() || f.filter.To.After(s.now())) {
		page.Stream = "/api/v1/audit/stream" + queryOf(f.contract)
	}
	if v.htmx() && target == "audit-list" {
		return v.renderPart(http.StatusOK, "audit_log", "list", page)
	}
	if v.htmx() && target == "audit-more" {
		if len(page.Wrong) > 0 { // the list is another one by now: a preset moved on at midnight
			v.ResponseWriter.Header().Set("HX-Refresh", "true")
			v.WriteHeader(http.StatusNoContent)
			return nil
		}
		return v.renderPart(http.StatusOK, "audit_log", "rows", page)
	}
	if err := fillFilters(v, page, f, params.Has("everybody")); err != nil {
		return err
	}
	if alone {
		page.offerCounts(f)
	}
	if i := slices.IndexFunc(page.Menus, func(m auditMenu) bool { return m.Key == typeMenu }); v.htmx() && target == "audit-types" {
		return v.renderPart(http.StatusOK, "audit_log", "types", page.Menus[i])
	} else if menu != typeMenu {
		page.Menus[i].shorten(f.at() + f.with(countsParam, typeMenu) + "#audit-filters")
	}
	if counted {
		if err := s.fillCounts(v, page, f, menu); err != nil {
			return err
		}
	}
	if v.htmx() {
		v.ResponseWriter.Header().Set("HX-Push-Url", f.at()+f.query())
		if target == "audit-results" {
			return v.renderPart(http.StatusOK, "audit_log", "results-swap", page)
		}
		return v.renderPart(http.StatusOK, "audit_log", "log", page)
	}
	if id := audit.EventID(params.Get(openParam)); id != "" && alone {
		var err error
		if page.Open, err = s.auditDetail(v, id, f); err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		if page.Open == nil {
			page.Wrong = append(page.Wrong, "The entry that the address names is not in this log.")
		}
	}
	return v.render(http.StatusOK, "audit_log", page)
}

// fillEntries reads the entries behind the cursor.
func (s *site) fillEntries(v *visit, page *auditLogPage, f *auditFilter, cursor string) error {
	account := v.caller().Account
	after, err := audit.ParseCursor(account, f.filter, cursor)
	if err != nil {
		page.Wrong = append(page.Wrong, "The place in the list that the address names belongs to another list; this is its beginning.")
	}
	m := s.entries(v, f)
	m.drawers = true
	// Whoever asks for an operation asks for its parts.
	q := audit.Query{Filter: f.filter, Collapse: len(f.address["operation"]) == 0, After: after, Limit: auditPage}
	log := s.logFor(v.caller())
	found, err := log.Events(v.Context(), account, q)
	if err == nil {
		found, err = m.readOn(v.Context(), log, q, found)
	}
	if err != nil {
		return err
	}
	day := ""
	if !after.IsZero() {
		page.Later = true
		day = m.clock.dayKey(after.OccurredAt)
	}
	if page.Entries, err = m.list(found.Events, day); err != nil {
		return err
	}
	if next := audit.Cursor(account, f.filter, found.Next); next != "" {
		page.More = f.at() + f.with("cursor", next)
	}
	if ops := f.address["operation"]; len(ops) == 1 {
		for i := range page.Entries { // what concerns the whole stands above the list
			page.Entries[i].More, page.Entries[i].Restore = "", ""
		}
		page.Operation, err = s.auditOperation(m, audit.OperationID(ops[0]))
	}
	return err
}

// fillFilters words the filter bar and the chips.
func (s *site) fillFilters(v *visit, page *auditLogPage, f *auditFilter, everybody bool) error {
	people, err := s.auditPeople(v.Context(), v.caller(), everybody)
	if err != nil {
		return err
	}
	menus := auditMenus(f, s.ws.Catalog, v.schema(), people)
	if page.Own { // there is one user to choose
		menus = slices.DeleteFunc(menus, func(m auditMenu) bool { return m.Key == "user" })
	}
	page.fillForm(f, menus, s.chipMaker(v.id, people, page.Entries, page.Operation))
	page.Form.EverybodyShown = everybody
	if page.Scope == nil && !page.Own {
		if page.Views, err = s.viewMenu(v, f); err != nil {
			return err
		}
	}
	if v.may(audit.AuditExport) && !page.Own {
		page.Export = &exportForm{Hidden: f.Hidden(), Filtered: f.Active(), Withhold: withholdChoices, Zone: v.id.Account.Timezone, Zones: commonZones}
	}
	return nil
}

// fillForm puts the filter in words.
func (p *auditLogPage) fillForm(f *auditFilter, menus []auditMenu, m chipMaker) {
	p.Menus, p.Form, p.Chips = menus, formOf(f), m.chips(f)
	p.Keys, p.Examples = searchHelp(m.catalog), searchExamples
	for _, name := range append([]string{rangeParam, accountParam}, audit.FilterParams...) {
		switch e := f.Errors[name]; {
		case e == "":
		case name == "q": // the box says what is wrong with it, and where
			p.Wrong = append(p.Wrong, "The search: what is below is without it.")
		default:
			p.Wrong = append(p.Wrong, e)
		}
	}
}

// chipMaker words filters; the names of records that are asked for stand in the entries that were found.
func (s *site) chipMaker(id auth.Identity, people []auditPerson, entries []auditEntry, op *auditOperation) chipMaker {
	m := chipMaker{catalog: s.ws.Catalog, schema: s.ws.Engine.Schema(id.Account.ID), people: people, loc: workspace.Zone(id.Account), names: map[string]string{}}
	for _, e := range entries {
		m.names[string(e.Actor.ID)] = e.Actor.Name
		if e.Record != nil {
			m.names[string(e.Record.ID)] = e.Record.Name
		}
	}
	if op != nil {
		m.names[string(op.ID)] = op.Lead.Description
	}
	return m
}

func formOf(f *auditFilter) auditForm {
	form := auditForm{From: f.address.Get("from"), Last: f.address.Get(lastParam), Query: f.address.Get("q"),
		DateError: firstError(f, rangeParam, "from", "to"), Mistake: f.Mistake, DateLabel: "Any time"}
	if f.Mistake != nil {
		form.Query = f.Mistake.Question
	}
	chosen := f.address.Get(rangeParam)
	form.Custom = form.From != "" || form.Last != "" || f.address.Get("to") != ""
	form.Presets = []auditOption{{Name: rangeParam, Label: "Any time", Checked: chosen == "" && !form.Custom}}
	for _, p := range savedviews.Ranges {
		form.Presets = append(form.Presets, auditOption{Name: rangeParam, Value: p.Key, Label: p.Label, Checked: p.Key == chosen})
		if p.Key == chosen {
			form.DateLabel = p.Label
		}
	}
	if form.Custom {
		form.DateLabel = "Chosen days"
	}
	for _, name := range []string{"to", "object", "record", "about", "field", "operation", scopeParam} {
		for _, value := range f.address[name] {
			form.Carried = append(form.Carried, hiddenField{name, value})
		}
	}
	for _, value := range f.address["q"][min(1, len(f.address["q"])):] {
		form.Carried = append(form.Carried, hiddenField{"q", value})
	}
	return form
}
