package alerts

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// deliver is the handler: it sends one message to one person, or to a webhook. Rights are asked for again: time has passed.
func (s *Service) deliver(ctx context.Context, t *jobs.Task) error {
	p, err := payloadOf(t.Job())
	if err != nil {
		return err
	}
	a := p.alert(t.Job().Account)
	m, err := s.message(ctx, a, p)
	if err != nil {
		return err
	}
	if p.Staff == "" {
		err = s.callWebhook(ctx, a, string(t.Job().ID), m)
	} else {
		err = s.writeTo(ctx, a, p.Staff, string(t.Job().ID), m)
	}
	if err != nil {
		return errs.Whole(err)
	}
	s.reach("deliver: sent")
	return t.Finish(ctx, func(tx jobs.Tx, j *jobs.Job) error {
		return s.notice(ctx, tx, p.Alert, func(a *Alert) {
			a.SentAt = j.FinishedAt
			if a.FailedAt.Before(j.CreatedAt) {
				a.Problem = ""
			}
		})
	})
}

// callWebhook posts a message, signed.
func (s *Service) callWebhook(ctx context.Context, a Alert, id string, m message) error {
	if err := s.People.Manages(ctx, a.Account, a.Owner); err != nil {
		return err
	}
	return s.post(ctx, a, id, m)
}

// writeTo sends a message to a staff member who may read the log.
func (s *Service) writeTo(ctx context.Context, a Alert, staff audit.RecordID, id string, m message) error {
	r, why, err := s.People.Reader(ctx, a.Account, staff)
	if err != nil {
		return err
	}
	if why != "" {
		return errs.New(errs.NotPossible, "not_a_reader", "They get nothing: %s.", Recipient{r, why}.leftOut())
	}
	return s.Mailer.Send(ctx, a.Account, m.letter(r, id))
}

// undelivered records a message that is given up.
func (s *Service) undelivered(ctx context.Context, tx jobs.Tx, j jobs.Job) error {
	s.failed.Add(1)
	p, err := payloadOf(j)
	if err != nil {
		return err
	}
	to := "the webhook"
	if p.Staff != "" {
		r, _, err := s.People.Reader(ctx, j.Account, p.Staff)
		if err != nil {
			return err
		}
		if to = r.Email; to == "" {
			to = "a recipient who is gone"
		}
	}
	a := p.alert(j.Account)
	if p.Staff == "" {
		to = a.ShownWebhook()
	}
	err = s.notice(ctx, tx, p.Alert, func(found *Alert) {
		found.FailedAt, found.Problem = j.FinishedAt, fmt.Sprintf("To %s: %s", to, j.Error)
	})
	if err != nil {
		return err
	}
	d := a.failure(to + ": " + j.Error)
	d.Cause = p.Fired[0]
	_, err = s.Recorder.One(ctx, tx, system(j.Account), d)
	return err
}

// notice writes what came of a delivery into its alert, unless that is gone.
func (s *Service) notice(ctx context.Context, jobTx jobs.Tx, id ID, fn func(*Alert)) error {
	tx := jobTx.(Tx) // the store's transactions are
	list, err := tx.LockAlerts(ctx)
	if err != nil {
		return err
	}
	i := find(list, id)
	if i < 0 {
		return nil
	}
	fn(&list[i])
	return tx.PutAlert(ctx, list[i])
}

func payloadOf(j jobs.Job) (p payload, err error) {
	if err = json.Unmarshal(j.Payload, &p); err != nil {
		err = fmt.Errorf("alerts: payload of job %s: %w", j.ID, err)
	}
	return p, err
}
