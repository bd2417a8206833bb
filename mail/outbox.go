package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Kind is the kind of the jobs that send messages. A message has one job at most, whose id is the message's.
const Kind jobs.Kind = "mail"

// JobsTx is what the transactions of the engine's store are as well.
type JobsTx interface {
	crm.Tx
	// Jobs is the same transaction for jobs.
	Jobs() jobs.Tx
}

// payload is what a job sends: the message of its id. It says on whose behalf.
type payload struct {
	Origin audit.Origin  `json:"origin"`
	Cause  audit.EventID `json:"cause"` // the event by which the message was queued
}

// state is the checkpoint of a job.
type state struct {
	// Sending says that the message was handed to the mail server, or is at this moment.
	Sending bool `json:"sending"`
	// Error is why the last attempt came to nothing.
	Error string `json:"error,omitempty"`
}

func stateOf(j jobs.Job) (st state) {
	if err := json.Unmarshal(j.State, &st); err != nil {
		return state{} // none yet
	}
	return st
}

func (st state) encode() []byte {
	b, err := json.Marshal(st)
	if err != nil {
		panic("mail: state: " + err.Error()) // a flag and a string
	}
	return b
}

// followMessage lets a message that becomes Queued be sent, by whichever way it became that, and takes it back when it
// does not stay so. It runs in the transaction of the write: neither is there without the other.
func (s *Service) followMessage(ctx context.Context, op *crm.Operation, did crm.Written) error {
	was, is := isQueued(did.Before), isQueued(did.After)
	if was == is {
		return nil
	}
	both, ok := op.Tx().(JobsTx)
	if !ok {
		return errors.New("mail: the transactions of the engine's store write no jobs")
	}
	rec := did.After
	if rec == nil {
		rec = did.Before
	}
	tx := both.Jobs()
	j, err := tx.LockJob(ctx, jobs.ID(rec.ID))
	known := err == nil
	if err != nil && !errs.Is(err, errs.NotFound) {
		return err
	}
	switch {
	case is && known && did.Before == nil:
		return nil // it came back from the log as it was; sending it is for a person to decide
	case is && known && !j.Status.Final() && stateOf(j).Sending:
		return beingSent(rec) // somebody called it failed in the meantime: a second job would send it twice
	case is:
		return s.enqueue(ctx, tx, j, rec.ID, op.Caller().Origin, did.Event)
	case known && !j.Status.Final():
		return s.takeBack(ctx, tx, j, did)
	}
	return nil
}

func isQueued(rec *crm.Record) bool { return rec != nil && rec.Fields["status"].Text() == "queued" }

// enqueue adds the message's job, in the place of j, an earlier one.
func (s *Service) enqueue(ctx context.Context, tx jobs.Tx, j jobs.Job, id audit.RecordID, origin audit.Origin, cause audit.EventID) error {
	b, err := json.Marshal(payload{origin, cause})
	if err != nil {
		return err
	}
	// The claim goes on: who runs the earlier job has lost it.
	return tx.PutJob(ctx, jobs.Job{Account: origin.Account, ID: jobs.ID(id), Kind: Kind, Status: jobs.Queued, RequestedBy: origin.Actor.ID,
		Payload: b, CreatedAt: s.Recorder.Now(), Claim: j.Claim})
}

// takeBack ends the job of a message that is not to be sent any more.
func (s *Service) takeBack(ctx context.Context, tx jobs.Tx, j jobs.Job, did crm.Written) error {
	if did.After != nil && did.After.Fields["status"].Text() != "draft" {
		return nil // it is sent or failed: the job says so itself, or somebody knows better
	}
	if stateOf(j).Sending {
		return beingSent(did.Before)
	}
	j.Status, j.FinishedAt = jobs.Cancelled, s.Recorder.Now()
	return tx.PutJob(ctx, j)
}

func beingSent(rec *crm.Record) error {
	return errs.New(errs.Conflict, "being_sent", "The message %s is being sent at this moment.", audit.Quote(rec.Name)).
		WithFix("Look again in a minute whether it was sent or failed.")
}

// SendAgain gives a draft or a failed message to be sent, or one that waits though nothing sends it any more: it came
// back from the log. errs.Conflict is_queued when it waits already, being_sent when it leaves at this moment.
func (s *Service) SendAgain(ctx context.Context, c audit.Caller, id audit.RecordID) (*crm.Record, error) {
	var rec *crm.Record
	err := s.Engine.Do(ctx, c, func(op *crm.Operation) (err error) {
		if rec, err = op.Record(ctx, "message", id); err != nil {
			return err
		}
		if !isQueued(rec) {
			rec, err = op.Update(ctx, "message", id, s.texts("message", map[string]string{"status": "queued"}), 0)
			return err
		}
		o, err := s.Engine.Schema(c.Account).Object("message")
		if err != nil {
			return err
		}
		if err := s.Engine.MayWrite(c, o); err != nil {
			return err
		}
		tx := op.Tx().(JobsTx).Jobs() // followMessage would have complained
		j, err := tx.LockJob(ctx, jobs.ID(id))
		if err == nil && !j.Status.Final() {
			return errs.New(errs.Conflict, "is_queued", "The message waits to be sent already.")
		}
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		return s.enqueue(ctx, tx, j, id, c.Origin, "")
	})
	if err == nil {
		s.Runner.Wake()
	}
	return rec, err
}

// Delivery is how the sending of a message stands.
type Delivery struct {
	Waiting  bool   // something will send it; false for a queued message says that nothing does
	Attempts int    // that began
	Error    string // why the last one came to nothing, "" for none
}

// Delivery returns how the sending of a message stands.
func (s *Service) Delivery(ctx context.Context, account audit.AccountID, id audit.RecordID) (Delivery, error) {
	j, err := s.Runner.Job(ctx, account, Kind, jobs.ID(id))
	if errs.Is(err, errs.NotFound) {
		return Delivery{}, nil
	}
	return Delivery{Waiting: err == nil && !j.Status.Final(), Attempts: j.Attempts, Error: stateOf(j).Error}, err
}

func payloadOf(j jobs.Job) (p payload, err error) {
	if err = json.Unmarshal(j.Payload, &p); err != nil {
		err = fmt.Errorf("mail: payload of job %s: %w", j.ID, err)
	}
	return p, err
}

// texts makes input for a built-in object.
func (s *Service) texts(object string, texts map[string]string) crm.Input {
	o, err := s.Engine.Schema("").Object(object)
	if err != nil {
		panic("mail: " + err.Error()) // built in
	}
	return crm.Texts(o, texts)
}
