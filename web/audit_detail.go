package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

const siblingsShown = 20

// auditDetail is the whole of an event.
type auditDetail struct {
	Entry    auditEntry
	Event    *audit.Event
	When     when
	Recorded *when // when it was recorded, if that was another time
	Place    ledgerPlace
	Module   string
	Channel  string
	Agent    string // the user agent in words; "" when unknown
	Related  []auditRecord
	Sides    string
	Changes  []auditChange
	// FiredBy are the first entries that made an alert fire; of many there are the last ones too, and how many lie between.
	FiredBy, FiredLast []auditEntry
	FiredBetween       int
	Causes             *causeTree    // nil when there is nothing to tell
	Around             []aroundEntry // what happened to the record just before and after
	// Operation is nil for an event that stands alone; Siblings are the first of its others.
	Operation *auditOperation
	Siblings  []auditEntry
	Undone    *auditEntry // what took it back
	UndoOf    *auditEntry // what it took back
	Restore   *restoreNote
	JSON      string
	Newer     string // the entry above in the list, and below
	Older     string
	List      string // the list it was found in
	RecordLog string // everything about its record; "" without one
	Own       bool   // the visitor sees only what they did themselves
	Narrow    []narrowTerm
}

// auditEventPage is an event on its own page, or in the drawer.
type auditEventPage struct {
	Base
	Detail *auditDetail
	Notice string // that there is nothing above or below
}

func (s *site) auditEvent(v *visit) error {
	if err := s.auditVisitOwn(v); err != nil {
		return err
	}
	id, err := v.recordID()
	if err != nil {
		return err
	}
	f := s.auditFilter(v, v.URL.Query())
	page := &auditEventPage{Base: s.base(v, "Audit log entry", "audit")}
	if page.Detail, err = s.auditDetail(v, audit.EventID(id), &f); err != nil {
		return err
	}
	switch v.URL.Query().Get("end") {
	case newer:
		page.Notice = "This is the newest entry of the list."
	case older:
		page.Notice = "This is the oldest entry of the list."
	}
	if v.htmx() {
		v.ResponseWriter.Header().Set(placeOfDrawer(v), f.at()+f.with(openParam, string(id)))
		return v.renderPart(http.StatusOK, "audit_event", "drawer", page)
	}
	return v.render(http.StatusOK, "audit_event", page)
}

// placeOfDrawer is the header that gives the page its address with an entry: to open the drawer is a step that the browser's
// back button takes back, to go from entry to entry is none.
func placeOfDrawer(v *visit) string {
	current, err := url.Parse(v.Request.Header.Get("HX-Current-URL"))
	if err != nil || current.Query().Has(openParam) {
		return "HX-Replace-Url"
	}
	return "HX-Push-Url"
}

// auditPermalink leads from the short address of an event to its page.
func (s *site) auditPermalink(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	return v.leadTo(eventAddress(audit.EventID(id)))
}

// auditDetail reads an event with everything around it.
func (s *site) auditDetail(v *visit, id audit.EventID, f *auditFilter) (*auditDetail, error) {
	if !audit.ValidID(id) {
		return nil, errs.New(errs.NotFound, "not_found", "There is no such entry in this log.")
	}
	stored, err := s.logFor(v.caller()).Event(v.Context(), v.caller().Account, id)
	if err != nil {
		return nil, err
	}
	m := s.entries(v, f)
	events, err := m.parse([]audit.Stored{stored})
	if err != nil {
		return nil, err
	}
	e := events[0]
	d := &auditDetail{Entry: m.entry(e, stored), Event: e, When: m.clock.full(e.OccurredAt),
		Module: s.ws.Catalog.ModuleLabel(e.Module), Channel: labelOf(channelLabels, e.Channel), Agent: agentWords(e.Context.UserAgent),
		Sides: sidesOf(e), Changes: m.clock.changes(e), Own: m.caller.ReadsOwn(), JSON: indented(stored.Body), List: auditPath + f.query(),
		Newer: eventAddress(id) + "/" + newer + f.query(), Older: eventAddress(id) + "/" + older + f.query()}
	if e.RecordedAt.Sub(e.OccurredAt).Abs() > time.Second {
		recorded := m.clock.full(e.RecordedAt)
		d.Recorded = &recorded
	}
	for _, r := range e.Related {
		d.Related = append(d.Related, *m.record(&r))
	}
	d.Narrow = s.chipMaker(v.id, nil, nil, nil).narrowTerms(f, e)
	if e.Record != nil {
		d.RecordLog = recordLog(e.Record.Object, e.Record.ID)
	}
	if err := s.detailLinks(m, d, e, stored); err != nil {
		return nil, err
	}
	if d.Place, err = s.ledgerPlace(v, id, stored.Seq); err != nil {
		return nil, err
	}
	d.Restore, err = s.restoreNote(m, d, stored.UndoneBy)
	return d, err
}

// ledgerPlace is what an entry's detail says of the ledger.
type ledgerPlace struct {
	Seq   int64  // 0 while it waits
	Proof string // the address of its proof
	Wrong string // why nobody may rely on it; "" when it is as it was sealed
}

func (s *site) ledgerPlace(v *visit, id audit.EventID, seq int64) (ledgerPlace, error) {
	place, err := s.ws.Integrity.Place(v.Context(), v.caller(), seq)
	out := ledgerPlace{Seq: seq, Proof: eventAddress(id) + "/proof"}
	switch code := errs.Code(err); {
	case code == "not_sealed":
		return ledgerPlace{}, nil
	case code == "ledger_damaged":
		return ledgerPlace{Seq: seq, Wrong: errs.Of(err).Detail}, nil
	case err == nil && !place.Holds:
		out.Wrong = "This is not the entry that was sealed at this place: it was changed since."
	}
	return out, err
}

// recordLog is the log narrowed to one record.
func recordLog(object string, id audit.RecordID) string {
	return auditPath + "?object=" + object + "&record=" + string(id)
}

// detailLinks reads the events that belong to an event.
func (s *site) detailLinks(m *entryMaker, d *auditDetail, e *audit.Event, stored audit.Stored) (err error) {
	if d.Undone, err = m.link(stored.UndoneBy); err != nil {
		return err
	}
	if d.UndoOf, err = m.link(e.UndoOf); err != nil {
		return err
	}
	if d.Causes, err = m.causeTree(e, stored); err != nil {
		return err
	}
	if d.Around, err = m.around(e, stored); err != nil {
		return err
	}
	if err := s.firedBy(m, d, e); err != nil {
		return err
	}
	op, err := s.auditOperation(m, e.Operation)
	if err != nil || op == nil || op.Size < 2 {
		return err
	}
	d.Operation = op
	siblings, err := s.logFor(m.caller).Operation(m.ctx, m.caller.Account, e.Operation, "", siblingsShown+1)
	if err != nil {
		return err
	}
	d.Siblings, err = m.links(siblings, e.ID)
	d.Siblings = d.Siblings[:min(len(d.Siblings), siblingsShown)]
	if d.Causes != nil {
		d.Siblings = slices.DeleteFunc(d.Siblings, func(a auditEntry) bool { return d.Causes.First.holds(a.ID) })
	}
	return err
}

// link words one event of the log, nil when there is none of this id.
func (m *entryMaker) link(id audit.EventID) (*auditEntry, error) {
	if id == "" {
		return nil, nil
	}
	stored, err := m.s.logFor(m.caller).Event(m.ctx, m.caller.Account, id)
	if errs.Is(err, errs.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries, err := m.links([]audit.Stored{stored}, "")
	if err != nil {
		return nil, err
	}
	return &entries[0], nil
}

// links words events as links, without the one of the id but.
func (m *entryMaker) links(stored []audit.Stored, but audit.EventID) ([]auditEntry, error) {
	events, err := m.parse(stored)
	if err != nil {
		return nil, err
	}
	var out []auditEntry
	for i, e := range events {
		if e.ID == but {
			continue
		}
		entry := m.entry(e, stored[i])
		entry.When = m.clock.short(e.OccurredAt)
		out = append(out, entry)
	}
	return out, nil
}
