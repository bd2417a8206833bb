package alerts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// What the alerts of an account may send, however many there are, and were. Each counts from its first on, for as long as Per.
var (
	Letters = Limit{"letters", 200, 24 * time.Hour} // emails that tell what fired
	Notices = Limit{"notices", 200, 24 * time.Hour} // emails that tell what became of an alert
	Tests   = Limit{"tests", 20, time.Hour}
)

// Limit is how many of something there may be.
type Limit struct {
	What string
	Most int
	Per  time.Duration
}

// Spent is how many of something there were since then.
type Spent struct {
	Since time.Time
	Count int
}

// spend takes n of what is left and returns how many there are of it; over says that this is the first time that they do not suffice. The
// account's alerts are locked.
func (s *Service) spend(ctx context.Context, tx Tx, l Limit, n int) (got int, over bool, until time.Time, err error) {
	spent, err := tx.AlertsSpent(ctx, l)
	if err != nil || n == 0 {
		return 0, false, time.Time{}, err
	}
	if now := s.Recorder.Now(); !now.Before(spent.Since.Add(l.Per)) {
		spent = Spent{Since: now}
	}
	got = max(min(n, l.Most-spent.Count), 0)
	over = got < n && spent.Count <= l.Most
	spent.Count = min(spent.Count+n, l.Most+1) // one more than the most says that it was told
	return got, over, spent.Since.Add(l.Per), tx.PutAlertsSpent(ctx, l, spent)
}

// ration leaves out of an audience whom the account has no letters left for.
func (s *Service) ration(ctx context.Context, tx Tx, a *Alert, to *audience) error {
	got, over, until, err := s.spend(ctx, tx, Letters, len(to.people))
	if err != nil {
		return err
	}
	for _, r := range to.people[got:] {
		to.leftOut = append(to.leftOut, Recipient{r, spentWords(Letters)}.leftOut())
		to.rationed = true
	}
	to.people = to.people[:got]
	if over {
		return s.tellSpent(ctx, tx, a, Letters, until)
	}
	return nil
}

func spentWords(l Limit) string {
	return fmt.Sprintf("the account has sent its %d emails of alerts of the day", l.Most)
}

// tellSpent records that the account may send no more for now, and tells everybody whom one of its alerts tells: an alert must not go
// silent because somebody made another one noisy.
func (s *Service) tellSpent(ctx context.Context, tx Tx, a *Alert, l Limit, until time.Time) error {
	_, zone, err := s.Account(ctx, a.Account)
	if err != nil {
		return err
	}
	event, err := s.Recorder.One(ctx, tx, system(a.Account), a.failure(fmt.Sprintf("%s; more of these emails (%s) leave from %s on, webhooks are called all the same", spentWords(l), l.What, until.In(zone).Format("2 January 2006, 15:04 MST"))))
	if err != nil {
		return err
	}
	s.failed.Add(1)
	list, err := tx.LockAlerts(ctx)
	if err != nil {
		return err
	}
	var told []audit.RecordID
	for _, one := range append(list, *a) {
		people, err := s.Recipients(ctx, one)
		if err != nil {
			return err
		}
		for _, r := range people {
			if r.Why != "" || slices.Contains(told, r.ID) || !one.Enabled {
				continue
			}
			told = append(told, r.ID)
			if err := s.enqueue(ctx, tx, &one, payload{Staff: r.ID, Fired: []audit.EventID{event}, Notice: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

func tooManyTests(until time.Time, now time.Time) error {
	return errs.New(errs.Conflict, "too_many_tests", "The alerts of the account were tested %d times within the hour.", Tests.Most).
		WithFix("Wait %s.", minutes.Count(int(until.Sub(now)/time.Minute)+1))
}
