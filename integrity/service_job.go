package integrity

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
)

// VerificationObject is the object of the record that the events of verifications are about: its id is the job's.
const VerificationObject = "audit_verification"

// run is the handler: it verifies the log from its beginning, whether it ran before or not.
func (s *Service) run(ctx context.Context, t *jobs.Task) error {
	v, err := verificationOf(t.Job())
	if err != nil {
		return err
	}
	account := t.Job().Account
	o := Options{Account: account, Progress: func(done, total int64) {
		t.SetTotal(total)
		t.SetDone(done)
	}}
	// The key that the database names vouches for nothing: who can edit the events can edit that too. So without a key
	// of our own, the signatures are not checked, and the report says so.
	if key, err := s.Key(ctx); err == nil {
		if o.Verifier, err = key.Verifier(ledger.Origin(string(account))); err != nil {
			return err
		}
	}
	if v.Given != nil {
		o.Checkpoints = [][]byte{v.Given}
	}
	var r Report
	err = s.Store.ReadLedger(ctx, account, func(src Source) error {
		r, err = Check(ctx, src, o)
		return err
	})
	if err != nil {
		return err
	}
	return s.finish(ctx, t, v, r)
}

// finish writes the result and the event of it in one transaction.
func (s *Service) finish(ctx context.Context, t *jobs.Task, v Verification, r Report) error {
	result, err := json.Marshal(r)
	if err != nil {
		return err
	}
	t.SetTotal(r.Events)
	t.SetDone(r.Events)
	return t.Finish(ctx, func(tx jobs.Tx, j *jobs.Job) error {
		j.Result = result
		d := verified(j.ID)
		d.Note = "found nothing wrong in " + eventsText(r.Events)
		if !r.OK() {
			d.Outcome, d.Note = audit.Failed, "found "+problemsText(r)+" in "+eventsText(r.Events)
		}
		d.Changes = changesOf(r)
		_, err := s.Recorder.One(ctx, tx, v.asked.Origin, d)
		return err
	})
}

// failed records the end of a verification that could not be done.
func (s *Service) failed(ctx context.Context, tx jobs.Tx, j jobs.Job) error {
	v, err := verificationOf(j)
	if err != nil {
		return err
	}
	d := verified(j.ID)
	d.Outcome, d.Note = audit.Failed, "could not be done: "+j.Error
	_, err = s.Recorder.One(ctx, tx, v.asked.Origin, d)
	return err
}

// verified begins the event of a verification.
func verified(id jobs.ID) audit.Draft {
	return audit.Draft{Type: "audit.verified", Word: audit.Word{One: "verification", Many: "verifications"},
		Record: &audit.Ref{Object: VerificationObject, ID: audit.RecordID(id), Name: "Audit log"}}
}

func eventsText(n int64) string { return audit.Word{One: "event", Many: "events"}.Count(int(n)) }

func problemsText(r Report) string {
	return audit.Word{One: "problem", Many: "problems"}.Count(len(r.Findings) + int(r.More))
}

func changesOf(r Report) []audit.Change {
	number := func(n int64) audit.Value { return audit.String(strconv.FormatInt(n, 10)) }
	signature := "checked"
	if !r.KeyChecked {
		signature = "not checked: the server has no key"
	}
	return []audit.Change{
		{Field: "events", Label: "Events", After: number(r.Events)},
		{Field: "problems", Label: "Problems", After: number(int64(len(r.Findings)) + r.More)},
		{Field: "size", Label: "Size of the ledger", After: number(r.Size)},
		{Field: "root", Label: "Root of the ledger", After: audit.String(r.Root.String())},
		{Field: "signature", Label: "Signature", After: audit.String(signature)},
	}
}
