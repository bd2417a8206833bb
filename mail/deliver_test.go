package mail_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/mail/mailtest"
)

// patient is a database that is asked to record that a mail has left.
type patient struct {
	jobs.Store
	server *mailtest.Server
}

func (s *patient) WriteJobs(ctx context.Context, account audit.AccountID, fn func(jobs.Tx) error) error {
	if _, has := ctx.Deadline(); has && len(s.server.Mails()) > 0 {
		return errors.New("the word of a mail that has left has a deadline")
	}
	return s.Store.WriteJobs(ctx, account, fn)
}

// The word that a mail has left waits for the database for as long as that takes; otherwise the mail would leave twice.
func TestMessageIsRecordedWithoutADeadline(t *testing.T) {
	s := &mailtest.Server{}
	p := openPost(t, s)
	p.runner.Store = &patient{Store: p.db, server: s}
	rec := p.write(mail.Outgoing{Subject: "Once", Body: "Text"})
	p.run()
	p.becomes(rec.ID, "sent")
	if n := len(s.Mails()); n != 1 {
		t.Errorf("it left %d times", n)
	}
}

func TestPersist(t *testing.T) {
	final := errs.New(errs.Invalid, "x", "x")
	for name, test := range map[string]struct {
		fails  error // what the first times end with
		times  int
		writes int // that there are
		want   error
	}{
		"at once":                          {nil, 0, 1, nil},
		"the database does not take it":    {errs.New(errs.Unavailable, "database_busy", "busy"), 1000, 1001, nil},
		"a deadline of the database":       {context.DeadlineExceeded, 1000, 1001, nil},
		"something on our side":            {errors.ErrUnsupported, 1000, 1001, nil},
		"it would end the same way":        {final, 1000, 1, final},
		"another process has taken it":     {jobs.ErrLost, 1000, 1, jobs.ErrLost},
		"somebody has taken it back since": {jobs.ErrCancelled, 1000, 1, jobs.ErrCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				writes := 0
				err := mail.Persist(t.Context(), slog.New(slog.DiscardHandler), func(context.Context) error {
					if writes++; writes <= test.times {
						return test.fails
					}
					return nil
				})
				if !errors.Is(err, test.want) || writes != test.writes {
					t.Errorf("%d writes: %v", writes, err)
				}
			})
		})
	}
}

// A write lasts for as long as the process lives, and a while longer than the stop; so does a pause between two.
func TestPersistOutlastsAStop(t *testing.T) {
	for name, write := range map[string]func(context.Context) error{
		"in a write": func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
		"between writes": func(context.Context) error { return errs.New(errs.Unavailable, "database_busy", "busy") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				began := time.Now()
				time.AfterFunc(time.Hour, stop)
				err := mail.Persist(ctx, slog.New(slog.DiscardHandler), write)
				if took := time.Since(began); err == nil || took != time.Hour+30*time.Second {
					t.Errorf("it lasted %s: %v", took, err)
				}
			})
		})
	}
}
