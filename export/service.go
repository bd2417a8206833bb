package export

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Kind is the kind of the jobs that make exports.
const Kind jobs.Kind = "export"

// Options are what a Service needs.
type Options struct {
	Log      audit.Log       // required
	Recorder *audit.Recorder // required
	Runner   *jobs.Runner    // required; NewService gives it the handler
	// Keep is how long an export that ends now stays in the account; 30 days when nil.
	Keep func(ctx context.Context, account audit.AccountID) (time.Duration, error)
	// Count counts a filter's events for the progress. It runs beside the export, which does not wait for it; nil leaves
	// the total unknown until the end. It must be cheap: the facets of a million events take as much memory as the export.
	Count func(ctx context.Context, account audit.AccountID, f audit.Filter) (int64, error)
	// Packs is what evidence packs need; without it there are none.
	Packs Packs
}

// keepsFailed is how long what a failed export has written waits for somebody who tries it again.
const keepsFailed = 7 * 24 * time.Hour

// Service makes exports for people and programs. Every method asks for audit.read and audit.export of the caller and
// is errs.Forbidden without; every one is safe for concurrent use.
type Service struct{ Options }

// NewService returns a service and gives its handler to the runner; before Runner.Run.
func NewService(o Options) *Service {
	if o.Keep == nil {
		o.Keep = func(context.Context, audit.AccountID) (time.Duration, error) { return 30 * 24 * time.Hour, nil }
	}
	if o.Packs.Wait == 0 {
		o.Packs.Wait = 10 * time.Second
	}
	s := &Service{o}
	o.Runner.Handle(Kind, jobs.Handler{Run: s.run, Failed: s.failed, Keeps: keepsFailed})
	return s
}

func allowed(c audit.Caller) error {
	for _, p := range []audit.Permission{audit.AuditRead, audit.AuditExport} {
		if !c.May(p) {
			return errs.MissingPermission(string(p), "export the audit log")
		}
	}
	return nil
}

// Request enqueues an export and returns it; the event audit.export_requested commits with it. errs.Invalid names what is
// wrong in r.
func (s *Service) Request(ctx context.Context, c audit.Caller, r Request) (Export, error) {
	asked, err := s.check(c, r)
	if err != nil {
		return Export{}, err
	}
	id := s.Recorder.NewID()
	j := jobs.Job{Account: c.Account, ID: jobs.ID(id), Kind: Kind, RequestedBy: c.Actor.ID, Payload: asked.encode()}
	j, err = s.Runner.Enqueue(ctx, j, func(tx jobs.Tx, j *jobs.Job) (err error) {
		asked.Requested, err = s.Recorder.One(ctx, tx, c.Origin, asked.requested(id))
		j.Payload = asked.encode() // with the id of the event
		return err
	})
	if err != nil {
		return Export{}, err
	}
	return exportOf(j)
}

// Retry tries an export again that failed: from where it stood, with the events of its first request. The event
// audit.export_retried commits with that, and whoever tries it is the actor of its end. errs.NotFound, errs.Conflict not_failed.
func (s *Service) Retry(ctx context.Context, c audit.Caller, id jobs.ID) (Export, error) {
	e, err := s.Get(ctx, c, id)
	if err != nil {
		return e, err
	}
	j, err := s.Runner.Retry(ctx, c.Account, id, func(tx jobs.Tx, j *jobs.Job) error {
		e, err := exportOf(*j)
		if err != nil {
			return err
		}
		again, err := s.Recorder.One(ctx, tx, c.Origin, e.asked.retried(id))
		e.asked.Again = &attempt{Origin: c.Origin, Event: again}
		j.Payload = e.asked.encode()
		return err
	})
	if errs.Code(err) == "not_failed" {
		err = errs.New(errs.Conflict, "not_failed", "Only an export that failed can be tried again; this one is %s.", e.Status).
			WithFix("Ask for a new export with the same filter.")
	}
	if err != nil {
		return e, err
	}
	return exportOf(j)
}

// Anew asks for an export once more: a new one of the same filter and form, as of now. errs.NotFound, and errs.Invalid when the
// filter names what there is no longer.
func (s *Service) Anew(ctx context.Context, c audit.Caller, id jobs.ID) (Export, error) {
	e, err := s.Get(ctx, c, id)
	if err != nil {
		return e, err
	}
	return s.Request(ctx, c, Request{Format: string(e.Format), Filter: e.Filter, Timezone: e.Timezone, Withhold: e.Withhold, Complete: e.Complete})
}

// List returns the account's exports, the newest first, those older than after ("" for the start).
func (s *Service) List(ctx context.Context, c audit.Caller, after jobs.ID, limit int) ([]Export, error) {
	if err := allowed(c); err != nil {
		return nil, err
	}
	found, err := s.Runner.Jobs(ctx, c.Account, Kind, after, limit)
	exports := make([]Export, len(found))
	for i, j := range found {
		if err == nil {
			exports[i], err = exportOf(j)
		}
	}
	return exports, err
}

// Get returns an export; errs.NotFound.
func (s *Service) Get(ctx context.Context, c audit.Caller, id jobs.ID) (Export, error) {
	if err := allowed(c); err != nil {
		return Export{}, err
	}
	j, err := s.Runner.Job(ctx, c.Account, Kind, id)
	if err != nil {
		return Export{}, err
	}
	return exportOf(j)
}

// Open opens the file of an export that is done; the event audit.export_downloaded is durable when it returns. The file
// can be sought in and is read with ctx. errs.NotFound, errs.Conflict not_ready or no_file, errs.Gone expired.
func (s *Service) Open(ctx context.Context, c audit.Caller, id jobs.ID) (Export, *jobs.File, error) {
	e, err := s.Get(ctx, c, id)
	if err != nil {
		return e, nil, err
	}
	f, err := s.Runner.Open(ctx, e.job)
	if err != nil {
		return e, nil, err
	}
	d := draft("audit.export_downloaded", id, e.asked.Format)
	d.Note = "with " + rowsText(e.Rows) + " as " + e.asked.packWords()
	d.Cause = e.asked.Requested
	d.Changes = e.Summary.changes()
	return e, f, s.record(ctx, c.Origin, d)
}

// record writes one event of its own.
func (s *Service) record(ctx context.Context, origin audit.Origin, d audit.Draft) error {
	return s.Runner.Store.WriteJobs(ctx, origin.Account, func(tx jobs.Tx) error {
		_, err := s.Recorder.One(ctx, tx, origin, d)
		return err
	})
}

// Delete cancels an export that has not ended, with the event audit.export_completed and the outcome failed; of one that
// has, it removes the file before it expires. A second call changes nothing. errs.NotFound.
func (s *Service) Delete(ctx context.Context, c audit.Caller, id jobs.ID) error {
	e, err := s.Get(ctx, c, id)
	if err != nil {
		return err
	}
	err = s.Runner.Cancel(ctx, c.Account, id, func(tx jobs.Tx, j jobs.Job) error {
		d := e.asked.ended(id, audit.Failed, "was cancelled"+e.asked.after(j.Done))
		_, err := s.Recorder.One(ctx, tx, c.Origin, d)
		return err
	})
	if errs.Code(err) == "already_finished" {
		return s.Runner.Discard(ctx, c.Account, id)
	}
	return err
}
