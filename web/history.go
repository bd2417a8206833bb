package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

const (
	historyShown  = 10  // entries of a history at once
	historyFields = 200 // how many of the newest entries are looked at for the fields that one can choose
)

// The parameters of a history: in the address of the record's page, and in that of the history by itself.
const (
	historyParam = "history" // ownHistory for the record's own events alone
	fieldParam   = "field"
	beforeParam  = "before" // a place in the history: what is older
	ownHistory   = "own"
)

// historyView is what happened to one record, and to what belongs to it, newest first.
type historyView struct {
	Entries []auditEntry
	// Ways are with what belongs to the record, and without; none when nothing can belong to it.
	Ways []historyWay
	// Fields are those that its events change, to choose one; Field is the chosen one, in words, "" for every field.
	Fields []auditOption
	Field  string
	// Page is the address of the page around it, without a query, and Part that of the history by itself; Hidden goes along
	// with the choice of a field.
	Page, Part string
	Hidden     []hiddenField
	AllFields  historyWay
	// Older is where the entries behind these are, and Newest where a stretch that does not begin at the newest leads back to;
	// nil for none.
	Older, Newest *historyWay
	Appended      bool   // it goes on below what is shown already
	Asked         bool   // the address asks for something of it
	Log           string // the same in the audit log
	Past          string // where the record is as it was; "" when it has no page
}

// historyWay is a link to another look at the history: Href for the page, Part for a script.
type historyWay struct {
	Label, Href, Part string
	Here              bool
}

// historyAsk is what an address asks of a history.
type historyAsk struct {
	own    bool
	field  string
	before string
	beside url.Values // parameters that are not of the history
}

func askOfHistory(q url.Values) historyAsk {
	a := historyAsk{own: q.Get(historyParam) == ownHistory, field: q.Get(fieldParam), before: q.Get(beforeParam), beside: cloneValues(q)}
	for _, name := range []string{historyParam, fieldParam, beforeParam} {
		a.beside.Del(name)
	}
	return a
}

// values are the parameters that say a; beside those of the page around it.
func (a historyAsk) values() url.Values {
	v := url.Values{}
	if a.own {
		v.Set(historyParam, ownHistory)
	}
	for name, value := range map[string]string{fieldParam: a.field, beforeParam: a.before} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// historyOf reads the history of a record as the address asks for it; nil for who may not read the log. page is the address
// of the page around it, "" for the history's own.
func (s *site) historyOf(v *visit, object string, id audit.RecordID, page string) (*historyView, error) {
	if !v.may(audit.AuditRead) {
		return nil, nil
	}
	asked := askOfHistory(v.URL.Query())
	return s.readHistory(v, object, id, page, asked)
}

func (s *site) readHistory(v *visit, object string, id audit.RecordID, page string, asked historyAsk) (*historyView, error) {
	h := &historyView{Page: page, Asked: len(asked.values()) > 0, Part: historyAddress(object, id)}
	if page == "" {
		h.Page = h.Part
	}
	if address := recordAddress(object, id); address != "" {
		h.Past = address + "/past"
	}
	belongings := v.schema().Referable(object)
	if !belongings {
		asked.own = false // there is one way alone
	}
	var fields []string
	if asked.field != "" {
		fields = []string{asked.field}
	}
	f := audit.History(id, belongings && !asked.own, fields)
	if err := s.fillHistoryEntries(v, h, id, f, &asked); err != nil {
		return nil, err
	}
	h.fillWays(asked, belongings)
	h.Log = logOfHistory(id, belongings && !asked.own, fields)
	if v.htmx() && asked.before != "" {
		return h, nil // the choice stands there already
	}
	return h, s.fillHistoryFields(v, h, object, audit.History(id, belongings && !asked.own, nil), asked)
}

// fillHistoryEntries reads the entries behind the place that is asked for; a place of another history is taken for none.
func (s *site) fillHistoryEntries(v *visit, h *historyView, id audit.RecordID, f audit.Filter, asked *historyAsk) error {
	account := v.caller().Account
	after, err := audit.ParseCursor(account, f, asked.before)
	if err != nil {
		asked.before = ""
	}
	found, err := s.logFor(v.caller()).Events(v.Context(), account, audit.Query{Filter: f, After: after, Collapse: true, Limit: historyShown})
	if err != nil {
		return err
	}
	m := s.entries(v, nil)
	events, err := m.parse(found.Events)
	if err != nil {
		return err
	}
	for i, e := range events {
		entry := m.entry(e, found.Events[i])
		entry.When = m.clock.short(e.OccurredAt)
		if entry.Record != nil && entry.Record.ID == id {
			entry.Record = nil // the page says it
		}
		if e.Action == audit.Updated {
			entry.Changes = m.clock.changes(e)
		}
		h.Entries = append(h.Entries, entry)
	}
	if next := audit.Cursor(account, f, found.Next); next != "" {
		older := *asked
		older.before = next
		h.Older = h.way("Older entries", older, false)
	}
	if asked.before != "" {
		newest := *asked
		newest.before = ""
		h.Newest = h.way("Back to the newest", newest, false)
	}
	return nil
}

func (h *historyView) way(label string, a historyAsk, here bool) *historyWay {
	q := a.values()
	part := h.Part + queryOf(q)
	for name, values := range a.beside {
		q[name] = values
	}
	return &historyWay{label, h.Page + queryOf(q) + "#history", part, here}
}

func (h *historyView) fillWays(asked historyAsk, belongings bool) {
	asked.before = ""
	every := asked
	every.field = ""
	h.AllFields = *h.way("Every field", every, asked.field == "")
	if !belongings {
		return
	}
	for _, own := range []bool{false, true} {
		a := asked
		a.own = own
		label := "With what belongs to it"
		if own {
			label = "Only this record"
		}
		h.Ways = append(h.Ways, *h.way(label, a, own == asked.own))
	}
}

// fillHistoryFields lists the fields that the newest entries change; when there are more entries, all of the record's own too.
func (s *site) fillHistoryFields(v *visit, h *historyView, object string, f audit.Filter, asked historyAsk) error {
	found, err := s.logFor(v.caller()).Events(v.Context(), v.caller().Account, audit.Query{Filter: f, Limit: historyFields})
	if err != nil {
		return err
	}
	add := func(key, label string) {
		if key == "" || slices.ContainsFunc(h.Fields, func(o auditOption) bool { return o.Value == key }) {
			return
		}
		if label == "" {
			label = fieldWords(v.schema(), key)
		}
		h.Fields = append(h.Fields, auditOption{Value: key, Label: label, Checked: key == asked.field})
	}
	for _, stored := range found.Events {
		e, err := stored.Event()
		if err != nil {
			return err
		}
		for _, c := range e.Changes {
			if c.Record == nil {
				add(c.Field, c.Label)
			}
		}
	}
	if o, err := v.schema().Object(object); err == nil && !found.Next.IsZero() {
		for i := range o.Fields {
			add(o.Fields[i].Key, o.Fields[i].Label)
		}
	}
	add(asked.field, "")
	slices.SortStableFunc(h.Fields, func(a, b auditOption) int { return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)) })
	for _, o := range h.Fields {
		if o.Checked {
			h.Field = o.Label
		}
	}
	asked.field, asked.before = "", ""
	h.Hidden = append(hiddenFields(asked.values()), hiddenFields(asked.beside)...)
	return nil
}

// logOfHistory is the log narrowed to a history.
func logOfHistory(id audit.RecordID, belongings bool, fields []string) string {
	q := url.Values{"record": {string(id)}}
	if belongings {
		q = url.Values{"about": {string(id)}}
	}
	if len(fields) > 0 {
		q["field"] = fields
	}
	return auditPath + queryOf(q)
}

// fieldWords is a field in words: the label that some object has for it, or the key.
func fieldWords(schema *crm.Schema, key string) string {
	for _, o := range schema.Objects() {
		if f, ok := o.Field(key); ok {
			return f.Label
		}
	}
	return title(strings.ReplaceAll(key, "_", " "))
}
