package export

import (
	"bytes"
	"context"
	"iter"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Selection is the events of an export: those that the filter lets through, as of one moment.
type Selection struct {
	Account audit.AccountID
	Filter  audit.Filter
	// Until leaves out what was recorded later, whatever time it claims; zero leaves out nothing.
	Until time.Time
	// Before leaves out, of what was recorded at Until itself, this event and those with a later id: that of the request
	// and what followed at the same instant.
	Before audit.EventID
	// After is where to go on, the zero Position for the start.
	After audit.Position
}

// A page is bounded in events and, by the size of the events before, in bytes: most events have less than a kilobyte,
// but one may have a megabyte.
const (
	firstPage = 64
	mostPage  = 2000
	pageBytes = 2 << 20
)

// Rows walks over the events of a selection, newest first. It holds one page of them in memory. After an error it ends.
func Rows(ctx context.Context, log audit.Log, sel Selection) iter.Seq2[audit.Stored, error] {
	var until []byte
	if !sel.Until.IsZero() {
		until = audit.Instant(sel.Until).AppendFormat(nil, audit.TimeLayout)
	}
	return func(yield func(audit.Stored, error) bool) {
		q := audit.Query{Filter: sel.Filter, After: sel.After, Limit: firstPage}
		for {
			page, err := log.Events(ctx, sel.Account, q)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(audit.Stored{}, err)
				return
			}
			size := 0
			for _, s := range page.Events {
				size += len(s.Body)
				if sel.leavesOut(s.Body, until) {
					continue
				}
				if !yield(s, nil) {
					return
				}
			}
			if q.After = page.Next; q.After.IsZero() {
				return
			}
			q.Limit = nextLimit(q.Limit, len(page.Events), size)
		}
	}
}

// nextLimit grows the page by four at most, to what fits by the size of the events before.
func nextLimit(limit, events, size int) int {
	if events == 0 || size == 0 {
		return limit
	}
	return max(1, min(4*limit, mostPage, pageBytes*events/size))
}

func (sel Selection) leavesOut(body, until []byte) bool {
	if until == nil {
		return false
	}
	order := bytes.Compare(headText(body, "recorded_at"), until)
	return order > 0 || order == 0 && sel.Before != "" && string(headText(body, "id")) >= string(sel.Before)
}

// headText is the text of one of the keys that stand in front of the event's first free text, where the first match is
// the key itself: id, occurred_at, recorded_at. nil when it is not there.
func headText(body []byte, key string) []byte {
	var quoted [32]byte
	k := append(append(append(quoted[:0], '"'), key...), `":"`...)
	i := bytes.Index(body, k)
	if i < 0 {
		return nil
	}
	rest := body[i+len(k):]
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return nil
	}
	return rest[:end]
}

// position is the place of an event in the order of the log.
func position(s audit.Stored) (audit.Position, error) {
	t, err := time.Parse(audit.TimeLayout, string(headText(s.Body, "occurred_at")))
	id := audit.EventID(headText(s.Body, "id"))
	if err != nil || id == "" {
		return audit.Position{}, errDamaged
	}
	return audit.Position{OccurredAt: t, ID: id}, nil
}
