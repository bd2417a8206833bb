package restore

import (
	"context"
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// View reads records and events as of one moment.
type View interface {
	crm.View
	// Event returns one event; errs.NotFound when the account has none of this id.
	Event(ctx context.Context, id audit.EventID) (audit.Stored, error)
	// Operation returns the events of an operation in their order behind after, at most limit.
	Operation(ctx context.Context, id audit.OperationID, after audit.EventID, limit int) ([]audit.Stored, error)
	// UndoneEvents returns those of the events that were taken back, each with the event that did it.
	UndoneEvents(ctx context.Context, ids []audit.EventID) (map[audit.EventID]audit.EventID, error)
}

// Tx writes what a plan asks for.
type Tx interface {
	View
	crm.Tx
	// MarkUndone notes that the event by took the events back.
	MarkUndone(ctx context.Context, ids []audit.EventID, by audit.EventID) error
}

// Store opens the transactions of this package; see crm.Store for what they promise.
type Store interface {
	ReadRestore(ctx context.Context, account audit.AccountID, fn func(View) error) error
	WriteRestore(ctx context.Context, account audit.AccountID, fn func(Tx) error) error
}

// Window tells how long a deletion of the account can be restored.
type Window func(ctx context.Context, account audit.AccountID) (time.Duration, error)

// Service plans and applies.
type Service struct {
	store  Store
	engine *crm.Engine
	// catalog says what can be undone.
	catalog *audit.Catalog
	clock   audit.Clock
	window  Window
}

// New returns a service that writes through engine.
func New(store Store, engine *crm.Engine, catalog *audit.Catalog, clock audit.Clock, window Window) *Service {
	return &Service{store: store, engine: engine, catalog: catalog, clock: clock, window: window}
}

// Request asks for a restore or an undo.
type Request struct {
	Resolutions []Resolution
	// Fields narrows an undo to these fields, nil for all.
	Fields []string
	// Token is the plan that the caller saw, "" to take what is there.
	Token string
}

// Scope is what is to be taken back.
type Scope struct {
	// Undo puts changed fields back; otherwise what was deleted comes back.
	Undo bool `json:"undo,omitempty"`
	// Event is one deletion or update with what it caused. Of Event, Operation and Deletions one is set.
	Event audit.EventID `json:"event,omitempty"`
	// Operation is everything that one operation did.
	Operation audit.OperationID `json:"operation,omitempty"`
	// Deletions are several operations, everything of which that was deleted comes back together. Not with Undo.
	Deletions []audit.OperationID `json:"deletions,omitempty"`
}

// Preview makes the plan of restoring the deletion event.
func (s *Service) Preview(ctx context.Context, caller audit.Caller, event audit.EventID, req Request) (*Plan, error) {
	return s.PreviewScope(ctx, caller, Scope{Event: event}, req)
}

// PreviewOperation makes the plan of restoring everything that an operation deleted.
func (s *Service) PreviewOperation(ctx context.Context, caller audit.Caller, op audit.OperationID, req Request) (*Plan, error) {
	return s.PreviewScope(ctx, caller, Scope{Operation: op}, req)
}

// Apply restores what the event deleted. errs.Conflict with the code conflicts or plan_stale carries the plan under
// "plan"; already_restored, restore_expired and not_restorable say why there is none.
func (s *Service) Apply(ctx context.Context, caller audit.Caller, event audit.EventID, req Request) (*Plan, error) {
	return s.ApplyScope(ctx, caller, Scope{Event: event}, req)
}

// ApplyOperation restores everything that an operation deleted; see Apply.
func (s *Service) ApplyOperation(ctx context.Context, caller audit.Caller, op audit.OperationID, req Request) (*Plan, error) {
	return s.ApplyScope(ctx, caller, Scope{Operation: op}, req)
}

// PreviewUndo makes the plan of putting back the fields that an update changed.
func (s *Service) PreviewUndo(ctx context.Context, caller audit.Caller, event audit.EventID, req Request) (*Plan, error) {
	return s.PreviewScope(ctx, caller, Scope{Undo: true, Event: event}, req)
}

// PreviewUndoOperation makes the plan of putting back all that an operation changed.
func (s *Service) PreviewUndoOperation(ctx context.Context, caller audit.Caller, op audit.OperationID, req Request) (*Plan, error) {
	return s.PreviewScope(ctx, caller, Scope{Undo: true, Operation: op}, req)
}

// Undo puts back the fields that an update changed; see Apply.
func (s *Service) Undo(ctx context.Context, caller audit.Caller, event audit.EventID, req Request) (*Plan, error) {
	return s.ApplyScope(ctx, caller, Scope{Undo: true, Event: event}, req)
}

// UndoOperation puts back all that an operation changed; see Apply.
func (s *Service) UndoOperation(ctx context.Context, caller audit.Caller, op audit.OperationID, req Request) (*Plan, error) {
	return s.ApplyScope(ctx, caller, Scope{Undo: true, Operation: op}, req)
}

// work is a plan with what carries it out; done is called after each record.
type work interface {
	plan() *Plan
	run(ctx context.Context, tx Tx, op *crm.Operation, done func()) error
}

// make makes the plan of a scope. window is the account's.
func (s *Service) make(ctx context.Context, v View, caller audit.Caller, sc Scope, req Request, window time.Duration) (work, error) {
	if sc.Undo {
		return s.planUndo(ctx, v, caller, sc, req, window)
	}
	return s.planRestore(ctx, v, caller, sc, req, window)
}

// Allowed is errs.Forbidden for who may neither take something back nor see a plan of it, whether it was done or not.
func Allowed(caller audit.Caller) error {
	// A plan shows what the log holds, and acts on more than what is assigned to one person.
	for _, p := range []audit.Permission{audit.AuditRead, audit.AuditRestore} {
		if !caller.May(p) {
			return errs.MissingPermission(string(p), "restore from the audit log")
		}
	}
	if caller.OnlyAssigned() {
		return errs.New(errs.Forbidden, "forbidden", "Who sees only the records assigned to them cannot restore from the audit log.").
			WithFix("Ask an owner of the account to do it.")
	}
	return nil
}

// prepare checks the permission and reads what a plan needs from outside the records.
func (s *Service) prepare(ctx context.Context, caller audit.Caller) (time.Duration, error) {
	if err := Allowed(caller); err != nil {
		return 0, err
	}
	return s.window(ctx, caller.Account)
}

// PreviewScope makes the plan of taking a scope back.
func (s *Service) PreviewScope(ctx context.Context, caller audit.Caller, sc Scope, req Request) (*Plan, error) {
	window, err := s.prepare(ctx, caller)
	if err != nil {
		return nil, err
	}
	var plan *Plan
	err = s.store.ReadRestore(ctx, caller.Account, func(v View) error {
		w, err := s.planWithToken(ctx, v, caller, sc, req, window)
		if err != nil {
			return err
		}
		plan = w.plan()
		return nil
	})
	return plan, err
}

// planWithToken makes the plan. Its token is of the plan without any decision, so that it stays the same while a
// person works through the conflicts.
func (s *Service) planWithToken(ctx context.Context, v View, caller audit.Caller, sc Scope, req Request, window time.Duration) (work, error) {
	if n := len(req.Resolutions); n > maxResolutions {
		return nil, errs.InvalidField("resolutions", "too_many", "There are %s resolutions; the limit is %s.", audit.Thousands(n), audit.Thousands(maxResolutions)).
			WithFix("Leave the id out of a resolution: it then decides every conflict of its object, field and kind.")
	}
	w, err := s.make(ctx, v, caller, sc, req, window)
	if err != nil || len(req.Resolutions) == 0 {
		return w, err
	}
	bare := req
	bare.Resolutions = nil
	base, err := s.make(ctx, v, caller, sc, bare, window)
	if err != nil {
		return nil, err
	}
	w.plan().Token = base.plan().Token
	return w, nil
}

// ApplyScope takes a scope back; see Apply.
func (s *Service) ApplyScope(ctx context.Context, caller audit.Caller, sc Scope, req Request) (*Plan, error) {
	window, err := s.prepare(ctx, caller)
	if err != nil {
		return nil, err
	}
	var plan *Plan
	err = s.store.WriteRestore(ctx, caller.Account, func(tx Tx) (err error) {
		plan, err = s.applyIn(ctx, tx, caller, sc, req, window, func() {})
		return err
	})
	if err != nil {
		return nil, err
	}
	s.engine.SchemaChanged(caller.Account) // it may have: forgetting costs one look
	return plan, nil
}

// Join is ApplyScope inside a transaction that was opened for something else, which must be crm.Joined and whose records must
// be restored in: what takes the scope back commits with it. done is called after each record. Committed says that it did.
func (s *Service) Join(ctx context.Context, tx any, caller audit.Caller, sc Scope, req Request, done func()) (*Plan, error) {
	window, err := s.prepare(ctx, caller)
	if err != nil {
		return nil, err
	}
	joined, ok := tx.(crm.Joined)
	if !ok {
		return nil, fmt.Errorf("restore: no records can be written in a %T", tx)
	}
	records, err := joined.Records(ctx)
	if err != nil {
		return nil, err
	}
	own, ok := records.(Tx)
	if !ok {
		return nil, fmt.Errorf("restore: nothing can be restored in a %T", records)
	}
	return s.applyIn(ctx, own, caller, sc, req, window, done)
}

// Committed follows a Join whose transaction has committed.
func (s *Service) Committed(account audit.AccountID) { s.engine.SchemaChanged(account) }

func (s *Service) applyIn(ctx context.Context, tx Tx, caller audit.Caller, sc Scope, req Request, window time.Duration, done func()) (*Plan, error) {
	w, err := s.planWithToken(ctx, tx, caller, sc, req, window)
	if err != nil {
		return nil, err
	}
	plan := w.plan()
	if err := plan.Check(req.Token); err != nil {
		return nil, err
	}
	if err := s.engine.In(ctx, tx, caller, func(op *crm.Operation) error { return w.run(ctx, tx, op, done) }); err != nil {
		return nil, err
	}
	plan.State = Restored
	return plan, nil
}

// Check is why a plan cannot be applied, nil when it can; token is of the plan that was seen, "" for any.
func (p *Plan) Check(token string) error {
	switch p.State {
	case Restored:
		return errs.New(errs.Conflict, "already_restored", "This was taken back already.").WithFix("Look at the entries that follow it in the log.")
	case Expired:
		return errs.New(errs.Gone, "restore_expired", "This could be restored until %s.", p.Until.Format("2 January 2006 15:04 UTC"))
	}
	if token != "" && token != p.Token {
		return withPlan(errs.New(errs.Conflict, "plan_stale", "Something changed since the preview was made.").
			WithFix("Look at the new preview and confirm again."), p)
	}
	if p.Unresolved > 0 {
		return withPlan(errs.New(errs.Conflict, "conflicts", "%s must be decided first.", audit.Word{One: "conflict", Many: "conflicts"}.Count(p.Unresolved)).
			WithFix("Give a resolution for each conflict of the plan."), p)
	}
	if p.Refused != nil {
		return p.Refused
	}
	return nil
}

// PlanKey is the name under which an error carries the plan.
const PlanKey = "plan"

func withPlan(e *errs.Error, p *Plan) error {
	e.Extra = map[string]any{PlanKey: p}
	return e
}

func notRestorable(format string, args ...any) error {
	return errs.New(errs.NotPossible, "not_restorable", format, args...)
}

// StateOf tells whether an event can be restored, and until when, without making a plan. It is what lists show.
func (s *Service) StateOf(e *audit.Event, undoneBy audit.EventID, window time.Duration) (State, time.Time) {
	until := audit.Instant(e.OccurredAt.Add(window))
	switch {
	case !s.deletes(e) && !s.leadsMerge(e) && !(leadsSelection(e) && e.Action == audit.Deleted):
		return None, time.Time{}
	case undoneBy != "":
		return Restored, until
	case s.clock().After(until):
		return Expired, until
	}
	return Available, until
}

// deletes reports whether e is the deletion of a record.
func (s *Service) deletes(e *audit.Event) bool {
	return e.Action == audit.Deleted && e.Outcome == audit.Success && e.Record != nil && e.Record.Version > 0
}
