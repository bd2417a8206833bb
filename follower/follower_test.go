package follower

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// logs are the sealed events of accounts, each of some bytes, and how far they were followed.
type logs struct {
	accounts []audit.AccountID // those that are furthest behind last
	sizes    map[audit.AccountID][]int
	seq      map[audit.AccountID]int64
}

func (l *logs) Behind(context.Context, Reader, int) (out []Cursor, err error) {
	for _, account := range l.accounts {
		if head := int64(len(l.sizes[account])); head > l.seq[account] {
			out = append(out, Cursor{account, l.seq[account], head})
		}
	}
	return out, nil
}

func (l *logs) Unfollowed(context.Context, Reader) (int64, time.Time, error) {
	return 0, time.Time{}, nil
}

func (l *logs) SealedAfter(_ context.Context, account audit.AccountID, seq int64, limit, bytes int) (out []audit.Stored, err error) {
	for total := 0; int(seq) < len(l.sizes[account]) && len(out) < limit && total < bytes; {
		size := l.sizes[account][seq]
		seq, total = seq+1, total+size
		out = append(out, audit.Stored{Seq: seq, Body: make([]byte, size)})
	}
	return out, nil
}

// An account with large events gives way to the others as soon as one with many.
func TestTurns(t *testing.T) {
	for name, c := range map[string]struct {
		sizes []int
		turn  int // events that the first account gets before the others
		batch int
	}{
		"many":  {slices.Repeat([]int{100}, 10_000), eventsAtOnce * batchesAtOnce, eventsAtOnce},
		"large": {slices.Repeat([]int{1 << 20}, 100), 4, 1},
		"half":  {slices.Repeat([]int{300 << 10}, 100), 16, 4},
	} {
		t.Run(name, func(t *testing.T) {
			l := &logs{[]audit.AccountID{"busy", "calm"}, map[audit.AccountID][]int{"busy": c.sizes, "calm": {1}}, map[audit.AccountID]int64{}}
			before := int64(-1)
			f := Follower{Store: l, Take: func(_ context.Context, at Cursor, batch []audit.Stored) (Outcome, error) {
				if at.Account == "calm" {
					before = l.seq["busy"]
				} else if len(batch) > c.batch {
					t.Errorf("a batch has %d events", len(batch))
				}
				l.seq[at.Account] = batch[len(batch)-1].Seq
				return Took, nil
			}}
			if err := f.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			if before != int64(c.turn) || l.seq["busy"] != int64(len(c.sizes)) {
				t.Errorf("the other came after %d events, want %d; in the end there were %d", before, c.turn, l.seq["busy"])
			}
		})
	}
}
