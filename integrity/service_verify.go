package integrity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
)

// VerifyKind is the kind of the jobs that verify a whole log.
const VerifyKind jobs.Kind = "verify"

// Verification is a check of the whole log, under way or done.
type Verification struct {
	ID          jobs.ID
	Status      jobs.Status
	RequestedBy audit.Actor
	// Given is the checkpoint that the log is compared with, beside its own; nil for none.
	Given      []byte
	Progress   jobs.Progress // in events
	Report     *Report       // nil until it is done
	Error      string        // why it failed, for a person
	CreatedAt  time.Time
	StartedAt  time.Time
	FinishedAt time.Time

	asked verifyRequest
}

// verifyRequest is the payload of the job.
type verifyRequest struct {
	Given  []byte       `json:"given,omitempty"`
	Origin audit.Origin `json:"origin"` // who asked, for the event of its end
}

func verificationOf(j jobs.Job) (Verification, error) {
	v := Verification{ID: j.ID, Status: j.Status, Progress: j.Progress, Error: j.Error, CreatedAt: j.CreatedAt, StartedAt: j.StartedAt, FinishedAt: j.FinishedAt}
	if err := json.Unmarshal(j.Payload, &v.asked); err != nil {
		return v, fmt.Errorf("integrity: payload of job %s: %w", j.ID, err)
	}
	if j.Result != nil {
		v.Report = &Report{}
		if err := json.Unmarshal(j.Result, v.Report); err != nil {
			return v, fmt.Errorf("integrity: result of job %s: %w", j.ID, err)
		}
	}
	v.RequestedBy, v.Given = v.asked.Origin.Actor, v.asked.Given
	return v, nil
}

// RequestVerify starts a verification of the caller's log and returns it; of one that is not at its end it returns that
// one. checkpoint is one that left the database earlier, nil for none. errs.Invalid when it is no checkpoint of this
// ledger, errs.Conflict verify_running when a verification without it is under way.
//
// One runs at a time. Two servers that are asked in the same moment may run one each, which does no harm.
func (s *Service) RequestVerify(ctx context.Context, c audit.Caller, checkpoint []byte) (Verification, error) {
	if err := mayVerify(c); err != nil {
		return Verification{}, err
	}
	if err := checkGiven(c.Account, checkpoint); err != nil {
		return Verification{}, err
	}
	s.asking.Lock()
	defer s.asking.Unlock()
	last, err := s.Runner.Jobs(ctx, c.Account, VerifyKind, "", 1)
	if err != nil {
		return Verification{}, err
	}
	if len(last) == 1 && !last[0].Status.Final() {
		v, err := verificationOf(last[0])
		if err == nil && checkpoint != nil && !bytes.Equal(checkpoint, v.Given) {
			err = errs.New(errs.Conflict, "verify_running", "A verification is under way that does not look at this checkpoint.").
				WithFix("Wait for its end, or cancel it.")
		}
		return v, err
	}
	payload, err := json.Marshal(verifyRequest{checkpoint, c.Origin})
	if err != nil {
		return Verification{}, err
	}
	j := jobs.Job{Account: c.Account, ID: jobs.ID(s.Recorder.NewID()), Kind: VerifyKind, RequestedBy: c.Actor.ID, Payload: payload}
	j, err = s.Runner.Enqueue(ctx, j, func(jobs.Tx, *jobs.Job) error { return nil })
	if err != nil {
		return Verification{}, err
	}
	return verificationOf(j)
}

// checkGiven looks at the form of a checkpoint that somebody kept. Its signature is the verification's to check.
func checkGiven(account audit.AccountID, text []byte) error {
	if text == nil {
		return nil
	}
	given, err := ledger.ParseUnverified(text)
	if err != nil {
		return errs.InvalidField("checkpoint", "invalid_checkpoint", "This is not a checkpoint.").
			WithFix("Give the whole text of one, as GET /api/v1/ledger/checkpoint sends it: with the line of the signature, and the line feed at its end.").Because(err)
	}
	if origin := ledger.Origin(string(account)); given.Origin != origin {
		return errs.InvalidField("checkpoint", "other_ledger", "This is a checkpoint of the ledger %s, not of %s.", audit.Quote(given.Origin), audit.Quote(origin))
	}
	return nil
}

// Verification returns one; errs.NotFound.
func (s *Service) Verification(ctx context.Context, c audit.Caller, id jobs.ID) (Verification, error) {
	if err := mayRead(c); err != nil {
		return Verification{}, err
	}
	j, err := s.Runner.Job(ctx, c.Account, VerifyKind, id)
	if err != nil {
		return Verification{}, err
	}
	return verificationOf(j)
}

// Verifications returns the account's, the newest first, those older than after ("" for the start).
func (s *Service) Verifications(ctx context.Context, c audit.Caller, after jobs.ID, limit int) ([]Verification, error) {
	if err := mayRead(c); err != nil {
		return nil, err
	}
	found, err := s.Runner.Jobs(ctx, c.Account, VerifyKind, after, limit)
	list := make([]Verification, len(found))
	for i, j := range found {
		if err == nil {
			list[i], err = verificationOf(j)
		}
	}
	return list, err
}

// CancelVerify ends a verification, with the event of its end. errs.NotFound, errs.Conflict already_finished.
func (s *Service) CancelVerify(ctx context.Context, c audit.Caller, id jobs.ID) error {
	if err := mayVerify(c); err != nil {
		return err
	}
	if _, err := s.Verification(ctx, c, id); err != nil {
		return err
	}
	return s.Runner.Cancel(ctx, c.Account, id, func(tx jobs.Tx, j jobs.Job) error {
		d := verified(id)
		d.Outcome, d.Note = audit.Failed, "was cancelled after "+eventsText(j.Done)
		_, err := s.Recorder.One(ctx, tx, c.Origin, d)
		return err
	})
}
