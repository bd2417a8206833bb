// Package past tells what a record was like at a time, from the log alone: whatever was recorded can be seen again, also of
// a record that is gone. Who may see it is for the caller to check.
package past

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// readAtOnce is how many events are held in memory.
const readAtOnce = 500

// Record is a record as it was.
type Record struct {
	*crm.Record
	// Texts are the words that the log has for its values, by field: names of what references pointed at among them.
	Texts map[string]string
}

// Reader reads the past of one account.
type Reader struct {
	Log     audit.Log
	Account audit.AccountID
}

// Record is a record after everything that happened up to and with a time. errs.NotFound before it was made, errs.Gone while
// it was deleted. It reads back to the event with which the record began, a part at a time: a long history takes time, not
// memory.
func (r Reader) Record(ctx context.Context, o *crm.Object, id audit.RecordID, at time.Time) (Record, error) {
	if !audit.ValidID(id) {
		return Record{}, notThere(o)
	}
	was := crm.NewRewind(o, id)
	for over, events := false, r.back(o, id, at); !over; {
		e, err := events.next(ctx)
		if err != nil {
			return Record{}, err
		}
		if e == nil {
			break
		}
		over = was.Take(e)
	}
	switch e := was.Deleted; {
	case e != nil:
		return Record{}, errs.New(errs.Gone, "deleted", "The %s %s was deleted at that time, since %s.", o.Word().One, audit.Quote(e.Record.Name), e.OccurredAt.UTC().Format(audit.TimeLayout)).
			WithFix("The event %s tells who deleted it.", e.ID)
	case !was.Made:
		return Record{}, notThere(o)
	}
	return Record{was.Record, was.Texts}, nil
}

func notThere(o *crm.Object) error {
	return errs.New(errs.NotFound, "not_found", "There is no such %s, or there was none yet at that time.", o.Word().One)
}

// back is the events that tell of a record, newest first: its own, and those of its place among others, which are of the
// record that it belongs to.
func (r Reader) back(o *crm.Object, id audit.RecordID, at time.Time) *merged {
	until := at.Add(time.Microsecond) // a filter's end is exclusive
	own := audit.History(id, false, nil)
	own.To = until
	m := &merged{{reader: r, filter: own}}
	var moved []string
	for _, rule := range o.Rules {
		if rule.Kind == crm.OnOrder {
			moved = append(moved, string(o.Type(rule.Verb)))
		}
	}
	if len(moved) > 0 {
		about := audit.History(id, true, nil)
		about.To = until
		about.Where = audit.All{about.Where, audit.Is{Property: audit.ByType, Values: moved}}
		*m = append(*m, &stream{reader: r, filter: about})
	}
	return m
}

// merged is streams as one.
type merged []*stream

// next is the newest event that was not read yet, nil when there is none.
func (m *merged) next(ctx context.Context) (*audit.Event, error) {
	var newest *stream
	for _, s := range *m {
		if err := s.fill(ctx); err != nil {
			return nil, err
		}
		if len(s.read) > 0 && (newest == nil || later(s.read[0], newest.read[0])) {
			newest = s
		}
	}
	if newest == nil {
		return nil, nil
	}
	e := newest.read[0]
	newest.read = newest.read[1:]
	return e, nil
}

// later reports whether a stands before b in the order of the log.
func later(a, b *audit.Event) bool {
	if c := a.OccurredAt.Compare(b.OccurredAt); c != 0 {
		return c > 0
	}
	return a.ID > b.ID
}

// stream is the events of a filter, newest first.
type stream struct {
	reader Reader
	filter audit.Filter
	read   []*audit.Event
	after  audit.Position
	ended  bool
}

// fill reads the next part when the one before is used up.
func (s *stream) fill(ctx context.Context) error {
	if len(s.read) > 0 || s.ended {
		return nil
	}
	page, err := s.reader.Log.Events(ctx, s.reader.Account, audit.Query{Filter: s.filter, After: s.after, Limit: readAtOnce})
	if err != nil {
		return err
	}
	for _, stored := range page.Events {
		e, err := stored.Event()
		if err != nil {
			return err
		}
		s.read = append(s.read, e)
	}
	s.after, s.ended = page.Next, page.Next.IsZero()
	return nil
}
