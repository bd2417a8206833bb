package web

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/workspace"
)

// auditEntry is an event as a line of the log, of a record's history, or of an operation's parts.
type auditEntry struct {
	ID      audit.EventID
	Address string // of its own page, with the filter it was found by
	// Drawer is the address of the list with this entry opened; "" where there is no drawer.
	Drawer      string
	NewDay      string // heads the first entry of a day
	When        when   // the time of the day in the list, with the day elsewhere
	Actor       auditActor
	Action      string // also the class of its badge
	ActionWord  string
	Label       string // of the event type
	Outcome     string // "" when it was done
	OutcomeWord string
	Channel     string // in words; "" for the pages
	Description string
	Also        string // what else the operation did of the kind
	Record      *auditRecord
	Changes     []auditChange // in a history only
	// More says what else the operation has ("417 further entries"); its parts are at Parts, and at PartsList as a page
	// of their own. "" for none.
	More      string
	Parts     string
	PartsList string
	// Restore is where the deletion can be taken back, "" when it cannot be, or by somebody else only.
	Restore   string
	TakenBack *takenBack // nil unless it was
	// Account is the name of the account whose log it stands in, where the list is of several. Elsewhere is its id when the
	// visitor is in another: they switch to it to open the entry.
	Account   string
	Elsewhere audit.AccountID
	Part      bool // stands below its operation
	Deep      bool // follows from another part
	// Fold is the line above it, of a fold that begins with it; Folded tells that it stands in one, FoldEnds that it is the last there.
	Fold             *auditFold
	Folded, FoldEnds bool
	Lead             audit.OperationID
}

// auditActor is who did it.
type auditActor struct {
	Name     string
	Initials string
	Type     audit.ActorType
	Kind     string // in words; "" for a person
	Email    string
	Behalf   string // whom they acted as; "" for themselves
	ID       audit.ActorID
}

func actorOf(a audit.Actor) auditActor {
	out := auditActor{Name: a.Name, Initials: initials(a.Name), Type: a.Type, Email: a.Email, ID: a.ID}
	if a.Type != audit.User {
		out.Kind = labelOf(actorKinds, a.Type)
	}
	if out.Name == "" {
		out.Name = labelOf(actorKinds, a.Type)
	}
	if a.OnBehalfOf != nil {
		out.Behalf = a.OnBehalfOf.Name
	}
	return out
}

// auditRecord is the record of an event.
type auditRecord struct {
	ID      audit.RecordID
	Name    string
	Object  string // its label
	Address string // of its page; "" when it has none or is gone
	Gone    bool   // it is not there any more
}

// entryMaker words events for one visitor.
type entryMaker struct {
	s       *site
	ctx     context.Context
	caller  audit.Caller
	schema  *crm.Schema
	clock   clock
	window  time.Duration
	filter  *auditFilter // that the entries were found by; nil for none
	drawers bool         // the page has a drawer
	exists  map[audit.RecordID]bool
}

func (s *site) entries(v *visit, f *auditFilter) *entryMaker {
	m := s.entriesOf(v.Context(), v.caller(), v.id.Account)
	m.filter = f
	return m
}

// entriesOf words the entries of an account for somebody, in its objects' words and its time zone.
func (s *site) entriesOf(ctx context.Context, caller audit.Caller, account auth.Account) *entryMaker {
	return &entryMaker{s: s, ctx: ctx, caller: caller, schema: s.ws.Engine.Schema(account.ID), window: workspace.RestoreWindow(account),
		clock: clock{s.now(), workspace.Zone(account)}, exists: map[audit.RecordID]bool{}}
}

// mayRestore reports whether the visitor may take back what they see.
func (m *entryMaker) mayRestore() bool {
	return m.caller.May(audit.AuditRead) && m.caller.May(audit.AuditRestore)
}

// now is the workspace's time.
func (s *site) now() time.Time { return s.ws.Recorder.Now() }

// parse reads stored events and learns which of their records are still there.
func (m *entryMaker) parse(stored []audit.Stored) ([]*audit.Event, error) {
	events := make([]*audit.Event, len(stored))
	refs := map[string][]audit.RecordID{}
	for i, st := range stored {
		e, err := st.Event()
		if err != nil {
			return nil, err
		}
		events[i] = e
		for _, r := range e.Related {
			refs[r.Object] = append(refs[r.Object], r.ID)
		}
		if e.Record != nil {
			refs[e.Record.Object] = append(refs[e.Record.Object], e.Record.ID)
		}
	}
	for object, ids := range refs {
		if _, err := m.schema.Object(object); err != nil {
			continue // no record of the workspace: a session, an export
		}
		slices.Sort(ids)
		names, err := m.s.ws.Engine.Names(m.ctx, m.caller, object, slices.Compact(ids))
		if err != nil {
			return nil, err
		}
		for id := range names {
			m.exists[id] = true
		}
	}
	return events, nil
}

// list words the events of a page of the log; day is that of the entry before them, "" for none.
func (m *entryMaker) list(stored []audit.Stored, day string) ([]auditEntry, error) {
	events, err := m.parse(stored)
	if err != nil {
		return nil, err
	}
	out := make([]auditEntry, len(events))
	for i, e := range events {
		out[i] = m.entry(e, stored[i])
		if key := m.clock.dayKey(e.OccurredAt); key != day {
			day = key
			out[i].NewDay = m.clock.day(e.OccurredAt)
		}
	}
	m.fold(events, out)
	return out, nil
}

func (m *entryMaker) entry(e *audit.Event, st audit.Stored) auditEntry {
	out := auditEntry{ID: e.ID, Address: eventAddress(e.ID) + m.query(), When: m.clock.time(e.OccurredAt), Actor: actorOf(e.Actor),
		Action: string(e.Action), ActionWord: title(e.Action), Label: m.s.ws.Catalog.Label(e.Type), Description: e.Description,
		Also: m.also(e), Record: m.record(e.Record), Lead: e.Operation, TakenBack: m.takenBack(e, st.UndoneBy)}
	if m.drawers {
		out.Drawer = m.filter.at() + m.filter.with(openParam, string(e.ID))
	}
	if e.Outcome != audit.Success {
		out.Outcome, out.OutcomeWord = string(e.Outcome), labelOf(outcomeLabels, e.Outcome)
	}
	out.Channel = channelBeside(e)
	if e.Leads() && e.Size > 1 {
		out.More = audit.Word{One: "further entry", Many: "further entries"}.Count(e.Size - 1)
		out.Parts = operationAddress(e.Operation) + "/parts" + m.query()
		out.PartsList = operationList(e.Operation)
	}
	if state, _ := m.s.ws.Restore.StateOf(e, st.UndoneBy, m.window); state == restore.Available && m.restoreLacks(e) == "" {
		out.Restore = restoreAddress(e)
	}
	return out
}

// channelBeside says by which way an event came in, where the actor does not say it: people come by the pages, keys by the API.
func channelBeside(e *audit.Event) string {
	usual := map[audit.ActorType]audit.Channel{audit.APIKey: audit.API, audit.Workflow: audit.WorkflowChannel}
	switch e.Channel {
	case audit.Web, audit.SystemChannel, usual[e.Actor.Type]:
		return ""
	}
	return labelOf(channelLabels, e.Channel)
}

// also says what else a batch did that e leads: its description is of one record alone.
func (m *entryMaker) also(e *audit.Event) string {
	if !e.Leads() || e.Record == nil || e.Counts[e.Record.Object] < 2 {
		return ""
	}
	word := objectWord(m.schema, e.Record.Object)
	return "and " + audit.Word{One: "other " + word.One, Many: "other " + word.Many}.Count(e.Counts[e.Record.Object]-1)
}

func (m *entryMaker) query() string {
	if m.filter == nil {
		return ""
	}
	return m.filter.query()
}

// record words a record of an event, and whether it is still there; parse has looked for it.
func (m *entryMaker) record(r *audit.Ref) *auditRecord {
	if r == nil {
		return nil
	}
	out := &auditRecord{ID: r.ID, Name: r.Name, Object: title(objectWord(m.schema, r.Object).One)}
	switch _, err := m.schema.Object(r.Object); {
	case m.exists[r.ID]:
		out.Address = recordAddress(r.Object, r.ID)
	case r.Object == "audit_export":
		out.Address = exportsPath
	case r.Object == alerts.Object:
		out.Address = alertsPath + "/" + string(r.ID)
	case r.Object == integrity.VerificationObject:
		out.Address = integrityPath + "/" + string(r.ID)
	case err == nil:
		out.Gone = !m.caller.OnlyAssigned() // otherwise it may be there, and not be theirs
	}
	return out
}

// eventAddress is the page of an event.
func eventAddress(id audit.EventID) string {
	return auditPath + "/events/" + url.PathEscape(string(id))
}

// operationAddress is the page of an operation's parts.
func operationAddress(id audit.OperationID) string {
	return auditPath + "/operations/" + url.PathEscape(string(id))
}

// operationList is the log narrowed to one operation.
func operationList(id audit.OperationID) string {
	return auditPath + queryOf(url.Values{"operation": {string(id)}})
}

// restoreAddress is where a deletion is taken back: all of its operation when it led several deletions of its own.
func restoreAddress(e *audit.Event) string {
	if e.Record.Object == crm.SelectionObject || e.Leads() && e.Counts[e.Record.Object] > 1 {
		return operationAddress(e.Operation) + "/restore"
	}
	return eventAddress(e.ID) + "/restore"
}
