package audit

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/errs"
)

// ReadsOwn reports whether the caller reads no more of the log than what they did themselves.
func (c Caller) ReadsOwn() bool { return c.Permissions[AuditReadOwn] && !c.Permissions[AuditRead] }

// MayReadLog is errs.Forbidden for who may read nothing of the log; how much others may is up to [ReadableBy].
func (c Caller) MayReadLog() error {
	if c.May(AuditRead) || c.ReadsOwn() && c.Self() != "" {
		return nil
	}
	return errs.MissingPermission(string(AuditRead), "read the audit log")
}

// ReadableBy is the log as the caller may read it: the whole of it with audit.read, what they did themselves with
// audit.read_own alone, and without either a log whose methods are errs.Forbidden. Of another's event the second says what
// it says of one that is not there. Whatever shows events to somebody reads them here.
func ReadableBy(log Log, c Caller) Log {
	switch err := c.MayReadLog(); {
	case err != nil:
		return noLog{err}
	case c.ReadsOwn():
		return ownLog{log, c.Self()}
	}
	return log
}

// ownLog is a log without what others did.
type ownLog struct {
	log   Log
	actor ActorID
}

func (l ownLog) narrow(f Filter) Filter {
	own := Is{Property: ByUser, Values: []string{string(l.actor)}}
	if f.Where == nil {
		f.Where = own
	} else {
		f.Where = All{own, f.Where}
	}
	return f
}

func (l ownLog) Events(ctx context.Context, account AccountID, q Query) (Page, error) {
	q.Filter = l.narrow(q.Filter)
	return l.log.Events(ctx, account, q)
}

func (l ownLog) Event(ctx context.Context, account AccountID, id EventID) (Stored, error) {
	s, err := l.log.Event(ctx, account, id)
	if err != nil {
		return Stored{}, err
	}
	e, err := s.Event()
	if err == nil && e.Actor.ID != l.actor {
		err = NoEvent(id)
	}
	if err != nil {
		return Stored{}, err
	}
	return s, nil
}

// Operation asks whose the operation is by its leading event: it is one actor's.
func (l ownLog) Operation(ctx context.Context, account AccountID, id OperationID, after EventID, limit int) ([]Stored, error) {
	_, err := l.Event(ctx, account, EventID(id))
	if errs.Is(err, errs.NotFound) {
		err = NoOperation(id)
	}
	if err != nil {
		return nil, err
	}
	return l.log.Operation(ctx, account, id, after, limit)
}

func (l ownLog) Facets(ctx context.Context, account AccountID, f Filter, most int) (Facets, error) {
	return l.log.Facets(ctx, account, l.narrow(f), most)
}

func (l ownLog) Histogram(ctx context.Context, account AccountID, f Filter, interval Interval, loc *time.Location) (Histogram, error) {
	return l.log.Histogram(ctx, account, l.narrow(f), interval, loc)
}

// noLog is the log of who may read none.
type noLog struct{ err error }

func (l noLog) Events(context.Context, AccountID, Query) (Page, error)    { return Page{}, l.err }
func (l noLog) Event(context.Context, AccountID, EventID) (Stored, error) { return Stored{}, l.err }
func (l noLog) Facets(context.Context, AccountID, Filter, int) (Facets, error) {
	return Facets{}, l.err
}
func (l noLog) Operation(context.Context, AccountID, OperationID, EventID, int) ([]Stored, error) {
	return nil, l.err
}
func (l noLog) Histogram(context.Context, AccountID, Filter, Interval, *time.Location) (Histogram, error) {
	return Histogram{}, l.err
}
