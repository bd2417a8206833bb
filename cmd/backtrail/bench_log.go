package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// benchLog is an account with a long log. Its events are made by a recorder with a moved clock, and sealed; its records
// are not there: nothing that is measured on it looks at them.
type benchLog struct {
	*benchBase
	first, last time.Time     // of its events
	record      audit.Ref     // one with a usual history
	operation   audit.EventID // a deletion with many parts
}

// bigLog is the log that is read and exported; it is made once.
func (b *bench) bigLog(ctx context.Context) (*benchLog, error) {
	if b.big != nil {
		return b.big, nil
	}
	base, err := b.open(ctx, "log")
	if err != nil {
		return nil, err
	}
	b.big = &benchLog{benchBase: base}
	return b.big, b.big.fill(ctx, b.events, base.db.Seal)
}

func (b *bench) closeBig() error {
	if b.big == nil {
		return nil
	}
	return b.big.db.Close()
}

// logFiller makes a year of events.
type logFiller struct {
	*benchLog
	recorder *audit.Recorder
	now      time.Time
	step     time.Duration // from one event to the next
	rng      *rand.Rand    // of a fixed seed: every run has the same log
	total, n int
	people   []audit.Actor
	// What is rare has been there so many times.
	rarePeople, rareWords, cascades int
}

// Values of the filled log that filters ask for. rarePerson and rareWord have rareEvents events each.
const (
	rarePerson   = "019a0000-0000-7000-8000-0000000000aa"
	nobody       = "019a0000-0000-7000-8000-0000000000bb"
	rareWord     = "Zanzibar"
	frequentWord = "Lisbon"
	absentWord   = "Samarkand"
	rareEvents   = 7
)

// fill adds n events, and calls after now and then.
func (l *benchLog) fill(ctx context.Context, n int, after func(context.Context) error) error {
	l.last = time.Now().Add(-time.Minute)
	l.first = l.last.AddDate(-1, 0, 0)
	f := &logFiller{benchLog: l, now: l.first, step: l.last.Sub(l.first) / time.Duration(n), rng: rand.New(rand.NewPCG(1, 2)), total: n}
	clock := func() time.Time { return f.now }
	f.recorder = audit.NewRecorder(clock, audit.NewIDSource(clock), l.Catalog)
	for i := range 40 {
		f.people = append(f.people, audit.Actor{Type: audit.User, ID: audit.ActorID(recordID(1, i)), Name: fmt.Sprintf("%s %s",
			pick(f.rng, "Ana", "Rui", "Eva", "Tom", "Ines", "Paul"), pick(f.rng, "Silva", "Costa", "Meyer", "Novak", "Brown")), Email: fmt.Sprintf("person%d@example.com", i)})
	}
	l.record = f.contact(77)
	const some, sealAfter = 2000, 50_000
	sealed := 0
	for f.n < n {
		err := l.db.WriteRecords(ctx, l.caller.Account, func(tx crm.Tx) error {
			for end := min(n, f.n+some); f.n < end; {
				if err := f.operation(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if f.n/sealAfter > sealed || f.n >= n {
			sealed = f.n / sealAfter
			if err := after(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// operation adds what somebody did.
func (f *logFiller) operation(ctx context.Context, tx crm.Tx) error {
	origin := audit.Origin{Account: f.caller.Account, Actor: f.people[f.rng.IntN(len(f.people))], Channel: audit.Web, Context: benchContext(f.recorder)}
	if f.due(&f.rarePeople) {
		origin.Actor.ID = rarePerson
	}
	if f.rng.IntN(10) == 0 {
		origin.Channel = audit.API
	}
	op := f.recorder.Begin(tx, origin)
	var err error
	switch {
	case f.cascadeDue():
		err = f.cascade(ctx, op)
	case f.rng.IntN(1000) == 0:
		err = f.imported(ctx, op)
	case f.due(&f.rareWords):
		d := f.contactDraft("updated")
		d.Changes[0].After = audit.String(rareWord)
		_, err = op.Record(ctx, d)
	default:
		_, err = op.Record(ctx, f.draft())
	}
	if err != nil {
		return err
	}
	f.n += op.Size()
	f.now = f.now.Add(time.Duration(op.Size()) * f.step)
	return op.Close(ctx)
}

// due says that it is time for one more of something rare, rareEvents of which lie evenly in the log, and counts it.
func (f *logFiller) due(seen *int) bool {
	if *seen == rareEvents || f.n < (2**seen+1)*f.total/(2*rareEvents) {
		return false
	}
	*seen++
	return true
}

// cascadeDue says that a large deletion is due: at a quarter, half and three quarters of the log, and shortly before its end.
func (f *logFiller) cascadeDue() bool {
	at := []int{f.total / 4, f.total / 2, f.total / 4 * 3, f.total - f.cascadeSize() - 20}
	if f.cascades == len(at) || f.n < at[f.cascades] {
		return false
	}
	f.cascades++
	return true
}

func (f *logFiller) cascadeSize() int { return max(10, f.total/200) }

func (f *logFiller) cascade(ctx context.Context, op *audit.Operation) error {
	lead, err := op.Record(ctx, audit.Draft{Type: "pipeline.deleted", Record: &audit.Ref{Object: "pipeline", ID: f.recorder.NewID(), Name: "Sales", Version: 3},
		Word: f.word("pipeline"), Changes: []audit.Change{{Field: "name", Label: "Name", Before: audit.String("Sales")}}})
	f.benchLog.operation = lead
	for range f.cascadeSize() - 1 {
		if err != nil {
			return err
		}
		d := f.opportunity("deleted")
		d.Cause = lead
		_, err = op.Record(ctx, d)
	}
	return err
}

func (f *logFiller) imported(ctx context.Context, op *audit.Operation) error {
	lead, err := op.Record(ctx, audit.Draft{Type: "contacts.imported", Record: &audit.Ref{Object: "import", ID: f.recorder.NewID(), Name: "contacts.csv"},
		Word: audit.Word{One: "import", Many: "imports"}, Note: "contacts.csv"})
	for range 20 + f.rng.IntN(100) {
		if err != nil {
			return err
		}
		d := f.contactDraft("created")
		d.Cause = lead
		_, err = op.Record(ctx, d)
	}
	return err
}

func (f *logFiller) word(object string) audit.Word {
	o, err := f.Schema.Object(object)
	if err != nil {
		return audit.Word{One: object, Many: object}
	}
	return o.Word()
}

// recordID is the id of the i-th record of a kind.
func recordID(kind, i int) audit.RecordID {
	return audit.RecordID(fmt.Sprintf("019a0000-0000-7000-8%03x-%012x", kind, i))
}

func pick[T any](rng *rand.Rand, items ...T) T { return items[rng.IntN(len(items))] }
