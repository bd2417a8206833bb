package alerts

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
)

// The events that no alert watches: they are its own doing.
const (
	firedType  audit.Type = "audit.alert_fired"
	failedType audit.Type = "audit.alert_failed"
)

// system is Backtrail itself in an account.
func system(account audit.AccountID) audit.Origin {
	return audit.Origin{Account: account, Actor: audit.SystemActor("Backtrail"), Channel: audit.SystemChannel}
}

// record writes the event of what became of an alert; the zero Alert stands for none. because is Backtrail's reason, "" where a
// person needs none.
func (s *Service) record(ctx context.Context, tx Tx, by audit.Origin, was, a Alert, kind audit.Type, because string) (audit.EventID, error) {
	shown := a
	if a.ID == "" {
		shown = was
	}
	emails := map[audit.RecordID]string{}
	for _, id := range slices.Concat(was.Recipients, a.Recipients) {
		r, _, err := s.People.Reader(ctx, shown.Account, id)
		if err != nil {
			return "", err
		}
		emails[id] = r.Email
		if r.Email == "" {
			emails[id] = string(id)
		}
	}
	return s.Recorder.One(ctx, tx, by, audit.Draft{Type: kind, Word: audit.Word{One: "alert", Many: "alerts"}, Record: shown.Ref(),
		Changes: changes(was, a, emails), Note: because})
}

// recordAndTell records what became of an alert, and lets those know whom it told until now.
func (s *Service) recordAndTell(ctx context.Context, tx Tx, by audit.Origin, was, a Alert, kind audit.Type, because string) error {
	id, err := s.record(ctx, tx, by, was, a, kind, because)
	if err != nil {
		return err
	}
	return s.tellOf(ctx, tx, was, id)
}

// changes are the differences between two states of an alert; emails are how its recipients are called.
func changes(was, a Alert, emails map[audit.RecordID]string) []audit.Change {
	var out []audit.Change
	add := func(field, label string, before, after audit.Value) {
		if before != after {
			out = append(out, audit.Change{Field: field, Label: label, Before: before, After: after})
		}
	}
	add("name", "Name", audit.String(was.Name), audit.String(a.Name))
	add("query", "Filter", audit.String(was.Query), audit.String(a.Query))
	add("condition", "When", was.conditionValue(), a.conditionValue())
	add("digest", "Sent", was.digestValue(), a.digestValue())
	if !slices.Equal(was.Recipients, a.Recipients) {
		list := func(ids []audit.RecordID) audit.Value {
			texts := make([]string, len(ids))
			for i, id := range ids {
				texts[i] = emails[id]
			}
			return audit.List(texts)
		}
		out = append(out, audit.Change{Field: "recipients", Label: "Recipients", Before: list(was.Recipients), After: list(a.Recipients)})
	}
	if was.Webhook != a.Webhook { // what is not shown of it may be all that is different
		before, after := was.ShownWebhook(), a.ShownWebhook()
		out = append(out, audit.Change{Field: "webhook", Label: "Webhook", Before: audit.String(before), After: audit.String(after), Secret: before == after})
	}
	if was.Secret != a.Secret {
		out = append(out, audit.Change{Field: "secret", Label: "Secret of the webhook", Secret: true})
	}
	add("enabled", "On", was.enabledValue(), a.enabledValue())
	if was.Enabled && a.Enabled {
		add("webhook_called", "Webhook is called", audit.Bool(was.Paused == ""), audit.Bool(a.Paused == ""))
	}
	return out
}

func (a Alert) conditionValue() audit.Value {
	if a.ID == "" {
		return audit.None
	}
	return audit.String(a.Condition.Words())
}

// DigestWords says when messages leave.
func (a Alert) DigestWords() string {
	if a.Digest == "" {
		return "at once"
	}
	return "daily at " + a.Digest
}

func (a Alert) digestValue() audit.Value {
	if a.ID == "" {
		return audit.None
	}
	return audit.String(a.DigestWords())
}

func (a Alert) enabledValue() audit.Value {
	if a.ID == "" {
		return audit.None
	}
	return audit.Bool(a.Enabled)
}

// firing is the event of an alert that fired; since, that it tells of what came after it fired.
func (a Alert) firing(p *Pending, since bool, told, leftOut []string) audit.Draft {
	note := entries.Count(p.Count)
	switch {
	case a.Condition.Every():
	case since:
		note = more.Count(p.Count) + " since it fired"
		if len(p.By) > 0 {
			note += ": " + strings.Join(p.By, ", ")
		}
	case len(p.By) > 0:
		note += " within " + minutes.Count(a.Condition.Minutes) + ": " + strings.Join(p.By, ", ")
	case p.Count > a.Condition.Count:
		note += " (" + a.Condition.Words() + ")"
	default:
		note = a.Condition.Words()
	}
	first, last := p.listed()
	d := audit.Draft{Type: firedType, Note: note, Record: a.Ref(), Word: audit.Word{One: "alert", Many: "alerts"}, Cause: p.Cause,
		Changes: []audit.Change{{Field: "count", Label: "Entries", After: audit.String(strconv.Itoa(p.Count))},
			{Field: EntriesField, Label: "The first ones", After: audit.List(texts(first)), AfterText: entries.Count(len(first))}}}
	if len(last) > 0 {
		d.Changes = append(d.Changes, audit.Change{Field: LastField, Label: "The last ones", After: audit.List(texts(last)), AfterText: entries.Count(len(last))})
	}
	for _, c := range []audit.Change{{Field: "by", Label: "Counted for", After: audit.List(p.By)}, {Field: "told", Label: "Told", After: audit.List(told)},
		{Field: "left_out", Label: "Not told", After: audit.List(leftOut)}} {
		if c.After != audit.None {
			d.Changes = append(d.Changes, c)
		}
	}
	return d
}

func texts(ids []audit.EventID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// FiredBy is what the event of a firing says of the entries that made it: the first ones, of more than Listed the last ones too,
// and how many there are in all. They are nil for an event that is no firing.
func FiredBy(e *audit.Event) (first, last []audit.EventID, count int) {
	if e.Type != firedType {
		return nil, nil, 0
	}
	for _, c := range e.Changes {
		switch c.Field {
		case EntriesField:
			first = eventIDs(c.After)
		case LastField:
			last = eventIDs(c.After)
		case "count":
			count, _ = strconv.Atoi(c.After.Text())
		}
	}
	return first, last, count
}

func eventIDs(v audit.Value) (ids []audit.EventID) {
	for _, id := range v.Strings() {
		ids = append(ids, audit.EventID(id))
	}
	return ids
}

// EntriesField and LastField are the changes of a firing that hold them.
const (
	EntriesField = "entries"
	LastField    = "last_entries"
)

// failure is the event of a message that did not arrive.
func (a Alert) failure(note string) audit.Draft {
	return audit.Draft{Type: failedType, Outcome: audit.Failed, Record: a.Ref(), Word: audit.Word{One: "alert", Many: "alerts"}, Note: note}
}
