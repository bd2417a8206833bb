package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/webhook"
)

// message is what an alert has to say.
type message struct {
	alert   Alert
	account string // its name
	zone    *time.Location
	base    string // of links, "" for none
	firings []firing
	more    int // firings beyond
	digest  bool
	test    bool
	notice  *audit.Event // what became of the alert, nil for what it has to say
}

// firing is one time that an alert fired, as its event has it.
type firing struct {
	event   *audit.Event
	count   int
	entries []*audit.Event // the first ones
	last    []*audit.Event // of many the last ones
}

// between is how many are not listed.
func (f firing) between() int { return f.count - len(f.entries) - len(f.last) }

func (s *Service) message(ctx context.Context, a Alert, p payload) (message, error) {
	m, err := s.emptyMessage(ctx, a)
	if p.Notice && err == nil {
		if m.notice, err = s.event(ctx, a.Account, p.Fired[0]); err == nil && m.notice == nil {
			err = errs.New(errs.NotPossible, "gone", "What became of the alert is not in the log any more.")
		}
		return m, err
	}
	m.more, m.digest = p.More, p.Digest
	room := Listed
	for _, id := range p.Fired {
		if err != nil {
			return m, err
		}
		f := firing{}
		if f.event, err = s.event(ctx, a.Account, id); f.event == nil {
			continue // erased, or fallen out of the log
		}
		var first, last []audit.EventID
		first, last, f.count = FiredBy(f.event)
		if f.entries, err = s.listed(ctx, a.Account, first, &room); err == nil && len(last) <= room {
			f.last, err = s.listed(ctx, a.Account, last, &room)
		}
		m.firings = append(m.firings, f)
	}
	if err == nil && len(m.firings) == 0 {
		err = errs.New(errs.NotPossible, "gone", "What fired is not in the log any more.")
	}
	return m, err
}

// listed reads entries as long as there is room for them.
func (s *Service) listed(ctx context.Context, account audit.AccountID, ids []audit.EventID, room *int) (out []*audit.Event, err error) {
	for _, id := range ids[:min(len(ids), *room)] {
		e, err := s.event(ctx, account, id)
		if err != nil {
			return nil, err
		}
		if e != nil {
			out = append(out, e)
			*room--
		}
	}
	return out, nil
}

func (s *Service) emptyMessage(ctx context.Context, a Alert) (message, error) {
	name, zone, err := s.Account(ctx, a.Account)
	return message{alert: a, account: name, zone: zone, base: s.PublicURL}, err
}

// event reads one event, nil when it is not there.
func (s *Service) event(ctx context.Context, account audit.AccountID, id audit.EventID) (*audit.Event, error) {
	stored, err := s.Store.Event(ctx, account, id)
	if errs.Is(err, errs.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return stored.Event()
}

func (m message) count() (n int) {
	for _, f := range m.firings {
		n += f.count
	}
	return n
}

// The pages that messages link to.
const (
	logPath    = "/settings/audit-logs"
	eventsPath = logPath + "/events/"
	// Path is where the pages keep alerts.
	Path = logPath + "/alerts"
)

func (m message) subject() string {
	name := oneLine(m.alert.Name)
	switch {
	case m.test:
		return "Test of an alert on the audit log"
	case m.notice != nil:
		return "Alert " + name + " " + m.became()
	case m.digest:
		return fmt.Sprintf("Alert %s: fired %s", name, times.Count(len(m.firings)+m.more))
	}
	return fmt.Sprintf("Alert %s: %s", name, entries.Count(m.count()))
}

var times = audit.Word{One: "time", Many: "times"}

func (m message) clock(t time.Time) string {
	return t.In(m.zone).Format("2 January 2006, 15:04:05 MST")
}

// became words what became of an alert.
func (m message) became() string {
	switch m.notice.Type {
	case "audit.alert_deleted":
		return "was deleted"
	case failedType:
		return "is not mailed for now"
	}
	for _, c := range m.notice.Changes {
		switch {
		case c.Field == "enabled" && c.After == audit.Bool(false):
			return "was switched off"
		case c.Field == "webhook_called" && c.After == audit.Bool(false):
			return "was kept from its webhook"
		}
	}
	return "was changed"
}

// text is the message as plain text.
func (m message) text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	link := func(path string) {
		if m.base != "" {
			line("  %s%s", m.base, path)
		}
	}
	if m.test {
		line("This is a test of an alert on the audit log of %s. Nothing happened.", short(oneLine(m.account)))
		line("\nIt tells of %s that it watches, %s.", m.alert.Condition.Words(), m.alert.DigestWords())
	}
	if e := m.notice; e != nil {
		line("The alert %s on the audit log of %s %s by %s, %s.\n", audit.Quote(m.alert.Name), oneLine(m.account), m.became(), oneLine(actorName(e.Actor)), m.clock(e.OccurredAt))
		if e.Type == failedType {
			line("So are none of the account's alerts.\n")
		}
		line("%s\n", oneLine(e.Description))
		for _, c := range e.Changes {
			if !c.Secret && e.Type != "audit.alert_deleted" {
				line("- %s: %s, now %s", c.Label, oneLine(c.BeforeShown()), oneLine(c.AfterShown()))
			}
		}
		line("\nYou are told because the alert was to tell you.")
		link(eventsPath + string(e.ID))
	}
	for i, f := range m.firings {
		if i > 0 {
			line("")
		}
		line("%s on the audit log of %s, %s.", strings.TrimSuffix(oneLine(f.event.Description), "."), oneLine(m.account), m.clock(f.event.OccurredAt))
		list := func(entries []*audit.Event) {
			for _, e := range entries {
				line("\n- %s, %s:\n  %s", m.clock(e.OccurredAt), oneLine(actorName(e.Actor)), oneLine(e.Description))
				link(eventsPath + string(e.ID))
			}
		}
		list(f.entries)
		switch n := f.between(); {
		case n > 0 && len(f.last) > 0:
			line("\nand %s between. The last ones:", entries.Count(n))
		case n > 0 && len(f.entries) > 0:
			line("\nand %s.", more.Count(n))
		}
		list(f.last)
		if m.base != "" {
			line("\nWhat it says in the log:")
			link(eventsPath + string(f.event.ID))
		}
	}
	if m.more > 0 {
		line("\nIt fired %s beside these.", times.Count(m.more))
	}
	if m.base != "" {
		if len(m.firings) > 0 {
			line("\nAll that it watches:")
			link(logPath + "?" + m.alert.Query)
		}
		line("\nTo change it, or switch it off:")
		link(Path + "/" + url.PathEscape(string(m.alert.ID)))
	} else {
		line("\nIt is in Backtrail under Settings > Audit Logs > Alerts.")
	}
	return b.String()
}

var more = audit.Word{One: "more entry", Many: "more entries"}

func actorName(a audit.Actor) string {
	if a.OnBehalfOf != nil {
		return a.Name + " on behalf of " + a.OnBehalfOf.Name
	}
	return a.Name
}

// oneLine keeps what people typed from looking like lines of the message.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// short cuts a name: of what people typed, a test quotes no more than that.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

// letter is the message to one person. The same id is the same letter: programs leave out a second copy.
func (m message) letter(to Reader, id string) mail.Letter {
	host := "alerts.backtrail"
	if u, err := url.Parse(m.base); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return mail.Letter{To: to.Email, Subject: m.subject(), Text: m.text(), MessageID: id + "@" + host, Automatic: true}
}

// posted is the body of a webhook.
type posted struct {
	Type      string    `json:"type"` // alert.fired or alert.test
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		Account   audit.AccountID `json:"account"`
		Alert     postedAlert     `json:"alert"`
		Firings   []postedFiring  `json:"firings"`
		Uncounted int             `json:"further_firings"`
	} `json:"data"`
}

type postedAlert struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
	When string `json:"when"`
	URL  string `json:"url,omitempty"`
}

type postedFiring struct {
	Event       audit.EventID `json:"event"` // of audit.alert_fired
	At          time.Time     `json:"at"`
	Description string        `json:"description"`
	Count       int           `json:"count"`
	Entries     []postedEntry `json:"entries"` // the first ones
	Last        []postedEntry `json:"last_entries"`
	URL         string        `json:"url,omitempty"`
	Cause       audit.EventID `json:"cause"`
}

type postedEntry struct {
	ID          audit.EventID `json:"id"`
	At          time.Time     `json:"at"`
	Type        audit.Type    `json:"type"`
	Actor       string        `json:"actor"`
	ActorID     audit.ActorID `json:"actor_id,omitempty"`
	Description string        `json:"description"`
	URL         string        `json:"url,omitempty"`
}

func (m message) url(path string) string {
	if m.base == "" {
		return ""
	}
	return m.base + path
}

func (m message) body(now time.Time) ([]byte, error) {
	out := posted{Type: "alert.fired", Timestamp: now.UTC()}
	if m.test {
		out.Type = "alert.test"
	}
	d := &out.Data
	d.Account, d.Uncounted, d.Firings = m.alert.Account, m.more, []postedFiring{}
	d.Alert = postedAlert{m.alert.ID, m.alert.Name, m.alert.Condition.Words(), m.url(Path + "/" + string(m.alert.ID))}
	for _, f := range m.firings {
		d.Firings = append(d.Firings, postedFiring{Event: f.event.ID, At: f.event.OccurredAt, Description: f.event.Description, Count: f.count,
			Entries: m.posted(f.entries), Last: m.posted(f.last), URL: m.url(eventsPath + string(f.event.ID)), Cause: f.event.Cause})
	}
	return json.Marshal(out)
}

func (m message) posted(entries []*audit.Event) []postedEntry {
	out := []postedEntry{}
	for _, e := range entries {
		out = append(out, postedEntry{e.ID, e.OccurredAt, e.Type, actorName(e.Actor), e.Actor.ID, e.Description, m.url(eventsPath + string(e.ID))})
	}
	return out
}

// post calls the alert's webhook. The signature's time is that of this attempt: a receiver refuses old ones.
func (s *Service) post(ctx context.Context, a Alert, id string, m message) error {
	now := s.Recorder.Now()
	body, err := m.body(now)
	if err != nil {
		return err
	}
	header, err := webhook.Sign(a.Secret, id, now, body)
	if err != nil {
		return err
	}
	header["Content-Type"] = "application/json"
	return s.Poster.Post(ctx, a.Webhook, header, body)
}
