package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// inbox is the list of conversations, beside the thread of the one that is open.
type inbox struct {
	Search   string
	Filters  []listFilter
	Siblings []siblingLink
	Rows     []inboxRow
	Narrowed bool
	First    string
	Next     string
	New      string // "" when the visitor may not make one
}

// inboxRow is one conversation.
type inboxRow struct {
	Href    string
	Name    string // of the contact
	Title   string // of the conversation
	Channel string
	Last    string // the beginning of the last message, or its subject
	Ours    bool   // we wrote it
	When    Moment
	Waiting bool // the contact wrote last, and the conversation is open
	Failed  bool // the last message could not be sent
	Closed  bool
	Starred bool
	Current bool
}

// conversationPage is the inbox with one conversation open, or none.
type conversationPage struct {
	Base
	Inbox  inbox
	Thread *threadPart // nil for none
}

// recentMessages is how many of the last messages bring their conversations to the top of the inbox.
const recentMessages = 300

func (s *site) conversations(v *visit) error {
	page := &conversationPage{Base: s.base(v, "Conversations", "conversations")}
	if err := s.fillInbox(v, page, ""); err != nil {
		return err
	}
	return v.render(http.StatusOK, "conversation", page)
}

// fillInbox lists the conversations that the address asks for, those with the newest messages first. A conversation is not
// changed by its messages, so those of the last messages join the page of those that changed last.
func (s *site) fillInbox(v *visit, page *conversationPage, current audit.RecordID) error {
	view := v.views()["conversation"]
	q, err := parseListQuery(view, v.URL.Query())
	if err != nil {
		return err
	}
	box := inbox{Search: q.search, Siblings: v.siblings(view), Narrowed: q.search != "" || len(q.where) > 0}
	if v.mayWrite(view.object) {
		box.New = view.path + "/new"
	}
	found, next, err := s.ws.Engine.Find(v.Context(), v.caller(), q.records())
	if err != nil {
		return err
	}
	last, order, err := s.lastMessages(v)
	if err != nil {
		return err
	}
	if q.after == nil && q.search == "" {
		if found, err = s.withRecent(v, q, found, order); err != nil {
			return err
		}
	}
	at := func(rec *crm.Record) time.Time {
		if m := last[rec.ID]; m != nil && m.CreatedAt.After(rec.UpdatedAt) {
			return m.CreatedAt
		}
		return rec.UpdatedAt
	}
	slices.SortStableFunc(found, func(a, b *crm.Record) int { return at(b).Compare(at(a)) })
	names, err := s.names(v.Context(), v.caller(), view.object, []string{"contact"}, found...)
	if err != nil {
		return err
	}
	for _, rec := range found {
		row := inboxRowOf(rec, last[rec.ID], names)
		row.Href, row.When, row.Current = view.address(rec.ID), page.Day(at(rec)), rec.ID == current
		box.Rows = append(box.Rows, row)
	}
	if q.after != nil {
		box.First = addressOf(view.listPath(), q.values())
	}
	if next != nil {
		box.Next = q.address("after", cursorText(q.sort, *next))
	}
	var filters recordListPage
	if err := s.fillListFilters(v, q, &filters); err != nil {
		return err
	}
	box.Filters = filters.Filters
	page.Inbox = box
	return nil
}

// lastMessages are the newest messages by their conversations, and these in that order.
func (s *site) lastMessages(v *visit) (map[audit.RecordID]*crm.Record, []audit.RecordID, error) {
	found, _, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: v.views()["message"].object, Sort: "created_at", Desc: true, Limit: recentMessages})
	if err != nil {
		return nil, nil, err
	}
	last := map[audit.RecordID]*crm.Record{}
	var order []audit.RecordID
	for _, m := range found {
		id := audit.RecordID(m.Fields["conversation"].Text())
		if last[id] == nil {
			last[id] = m
			order = append(order, id)
		}
	}
	return last, order, nil
}

// withRecent adds the conversations of the last messages that the filters let through.
func (s *site) withRecent(v *visit, q listQuery, found []*crm.Record, order []audit.RecordID) ([]*crm.Record, error) {
	there := map[audit.RecordID]bool{}
	for _, rec := range found {
		there[rec.ID] = true
	}
	for _, id := range order[:min(len(order), pageSize)] {
		if there[id] {
			continue
		}
		rec, err := s.ws.Engine.Record(v.Context(), v.caller(), "conversation", id)
		if err != nil {
			return nil, err
		}
		if q.lets(rec) {
			found = append(found, rec)
		}
	}
	return found, nil
}

// lets reports whether a record has the values that the list is narrowed to.
func (q listQuery) lets(rec *crm.Record) bool {
	for key, values := range q.where {
		text := rec.Fields[key].Text()
		if rec.Fields[key] == audit.None {
			text = noneValue
		}
		if !slices.Contains(values, text) {
			return false
		}
	}
	return true
}

func inboxRowOf(rec, last *crm.Record, names namesOf) inboxRow {
	row := inboxRow{Title: rec.Name, Name: names["contact"][audit.RecordID(rec.Fields["contact"].Text())], Closed: rec.Fields["status"].Text() == "closed",
		Starred: rec.Fields["starred"].Bool(), Channel: channelWords[rec.Fields["channel"].Text()]}
	if row.Name == "" {
		row.Name = hiddenName
	}
	if last == nil {
		return row
	}
	text := last.Fields["subject"].Text()
	if text == "" {
		text = last.Fields["body"].Text()
	}
	row.Last = firstLine(text, 80)
	row.Ours = last.Fields["direction"].Text() == "out"
	row.Waiting = !row.Ours && !row.Closed
	row.Failed = last.Fields["status"].Text() == "failed"
	return row
}

var channelWords = map[string]string{"email": "Email", "sms": "SMS", "call": "Call", "note": "Note"}

// firstLine is the beginning of a text, on one line.
func firstLine(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
