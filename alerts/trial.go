package alerts

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// testAgain is how long somebody must wait before they test an alert again.
const testAgain = time.Minute

// Tried is what came of a test to one of those who are told.
type Tried struct {
	To      string // an email, or the webhook as it is shown
	Problem string // "" when it arrived
}

// Test sends a test message to everybody whom an alert tells, now; it may take 30 seconds. audit.alert_tested says what came
// of it. errs.NotFound; errs.Conflict tested_already, too_many_tests.
func (s *Service) Test(ctx context.Context, c audit.Caller, id ID) ([]Tried, error) {
	if err := mayManage(c); err != nil {
		return nil, err
	}
	a, err := s.Alert(ctx, c, id)
	if err != nil {
		return nil, err
	}
	s.reach("test: read")
	if err := s.claimTest(ctx, a); err != nil {
		return nil, err
	}
	m, err := s.emptyMessage(ctx, a)
	if err != nil {
		return nil, err
	}
	m.test = true
	list, err := s.Recipients(ctx, a)
	if err != nil {
		return nil, err
	}
	trial := string(s.Recorder.NewID())
	out := make([]Tried, len(list), len(list)+1)
	var wg sync.WaitGroup
	for i, r := range list {
		out[i].To = r.Email
		if r.Why != "" {
			out[i] = Tried{r.Email, "Left out: " + r.Why + "."}
			continue
		}
		wg.Go(func() {
			out[i].Problem = problem(s.Mailer.Send(ctx, c.Account, m.letter(r.Reader, fmt.Sprint(trial, ".", i))))
		})
	}
	if a.Webhook != "" {
		out = append(out, Tried{To: a.ShownWebhook()})
		last := &out[len(out)-1]
		wg.Go(func() { last.Problem = problem(s.post(ctx, a, trial, m)) })
	}
	wg.Wait()
	return out, s.recordTest(context.WithoutCancel(ctx), c, a, out)
}

func problem(err error) string {
	if err == nil {
		return ""
	}
	return errs.Of(errs.Whole(err)).Detail
}

// claimTest refuses a test so soon after the last one: each sends mail. A ready-made alert that nobody touched becomes a
// row by it, as it is.
func (s *Service) claimTest(ctx context.Context, a Alert) error {
	return s.Store.WriteAlerts(ctx, a.Account, func(tx Tx) error {
		list, err := tx.LockAlerts(ctx)
		if err != nil {
			return err
		}
		now := s.Recorder.Now()
		i := find(list, a.ID)
		switch {
		case i >= 0:
			a = list[i]
		case !a.Ready(): // it was deleted in the meantime
			return notFound()
		}
		if now.Before(a.TestedAt.Add(testAgain)) {
			return errs.New(errs.Conflict, "tested_already", "The alert was tested less than a minute ago.").WithFix("Wait a minute.")
		}
		if got, _, until, err := s.spend(ctx, tx, Tests, 1); err != nil || got == 0 {
			return cmp.Or(err, tooManyTests(until, now))
		}
		a.TestedAt = now
		return tx.PutAlert(ctx, a)
	})
}

func (s *Service) recordTest(ctx context.Context, c audit.Caller, a Alert, tried []Tried) error {
	d := audit.Draft{Type: "audit.alert_tested", Record: a.Ref(), Word: audit.Word{One: "alert", Many: "alerts"}}
	var arrived, failed []string
	for _, t := range tried {
		if t.Problem == "" {
			arrived = append(arrived, t.To)
		} else {
			failed = append(failed, t.To+" ("+strings.TrimSuffix(t.Problem, ".")+")")
		}
	}
	switch {
	case len(failed) == 0:
		d.Note = "sent to " + strings.Join(arrived, ", ")
	case len(arrived) == 0:
		d.Outcome, d.Note = audit.Failed, "not sent to "+strings.Join(failed, ", ")
	default:
		d.Outcome, d.Note = audit.Failed, "sent to "+strings.Join(arrived, ", ")+"; not sent to "+strings.Join(failed, ", ")
	}
	return s.Store.WriteAlerts(ctx, c.Account, func(tx Tx) error {
		_, err := s.Recorder.One(ctx, tx, c.Origin, d)
		return err
	})
}
