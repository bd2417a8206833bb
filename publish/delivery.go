package publish

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/jobs"
)

// deliver is the handler: it sends the checkpoint of now to one target. Between the sending and the end of the job a
// server may die; then the same target gets a copy twice.
func (s *Service) deliver(ctx context.Context, t *jobs.Task) error {
	p, err := payloadOf(t.Job())
	if err != nil {
		return err
	}
	account := t.Job().Account
	state, err := s.Store.CheckpointTargets(ctx, account)
	if err != nil {
		return err
	}
	if state.target(p.Target).Address != p.Address {
		return nil // it was taken away meanwhile
	}
	signed, err := s.Store.CheckedHead(ctx, account)
	if err != nil {
		return integrity.Told(err)
	}
	if signed.Size == 0 {
		return errs.New(errs.Unavailable, "nothing_sealed", "Nothing is sealed yet.")
	}
	if err := s.send(ctx, account, p, signed); err != nil {
		return err
	}
	return t.Finish(ctx, func(tx jobs.Tx, j *jobs.Job) error {
		d := exported(j.ID, fmt.Sprintf("with %s was sent to %s", events(signed.Size), p.Target.shown(p.Address)))
		d.Changes = []audit.Change{
			{Field: "size", Label: "Events in the ledger", After: number(signed.Size)},
			{Field: "root", Label: "Root of the ledger", After: audit.String(signed.Root.String())},
		}
		return s.record(ctx, tx, p, d, func(t *Target) { t.SentAt, t.Size, t.Error = j.FinishedAt, signed.Size, "" })
	})
}

// send sends a checkpoint on its way.
func (s *Service) send(ctx context.Context, account audit.AccountID, p payload, signed integrity.Signed) error {
	if p.Target == webhook {
		return s.poster.Post(ctx, p.Address, map[string]string{"Content-Type": "text/plain; charset=utf-8", "Backtrail-Account": string(account)}, signed.Checkpoint)
	}
	if s.Mailer == nil {
		return errs.New(errs.NotPossible, "no_mail_server", "This server sends no mail any more.")
	}
	name, err := s.Name(ctx, account)
	if err != nil {
		return err
	}
	return s.Mailer.Send(ctx, letterOf(account, name, p.Address, signed))
}

// undelivered records a delivery that is given up.
func (s *Service) undelivered(ctx context.Context, tx jobs.Tx, j jobs.Job) error {
	s.failed.Add(1)
	p, err := payloadOf(j)
	if err != nil {
		return err
	}
	d := exported(j.ID, fmt.Sprintf("was not sent to %s: %s", p.Target.shown(p.Address), j.Error))
	d.Outcome = audit.Failed
	return s.record(ctx, tx, p, d, func(t *Target) { t.FailedAt, t.Error = j.FinishedAt, j.Error })
}

// record notes in the target, unless it is another one by now, and in the log how a delivery ended.
func (s *Service) record(ctx context.Context, jobTx jobs.Tx, p payload, d audit.Draft, note func(*Target)) error {
	tx := jobTx.(Tx) // the store's transactions are
	state, err := tx.LockTargets(ctx)
	if err != nil {
		return err
	}
	if t := state.target(p.Target); t.Address == p.Address {
		note(t)
		if err := tx.PutTargets(ctx, state); err != nil {
			return err
		}
	}
	_, err = s.Recorder.One(ctx, tx, p.Origin, d)
	return err
}

func payloadOf(j jobs.Job) (p payload, err error) {
	if err = json.Unmarshal(j.Payload, &p); err != nil {
		err = fmt.Errorf("publish: payload of job %s: %w", j.ID, err)
	}
	return p, err
}
