package automation

import (
	"context"
	"maps"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workflow"
)

// subject is what an event is about, as it is now.
type subject struct {
	object *crm.Object
	ref    *audit.Ref
	rec    *crm.Record // nil when it is gone
}

// subject reads what an event is about; nil when that is no record of an object that there is.
func (s *Service) subject(ctx context.Context, account audit.AccountID, v crm.View, e *audit.Event) (*subject, error) {
	o, err := s.Engine.Schema(account).Object(e.Record.Object)
	if errs.Is(err, errs.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := v.Rows(ctx, o.Key, []audit.RecordID{e.Record.ID})
	if err != nil {
		return nil, err
	}
	out := &subject{object: o, ref: e.Record}
	if len(rows) > 0 {
		out.rec = &rows[0].Record
	}
	return out, nil
}

// fields are the record's: as the event left those that it changed, and as they are now for all others; of a record that
// is gone those that the event names.
func (s *subject) fields(e *audit.Event) map[string]audit.Value {
	out := map[string]audit.Value{}
	if s.rec != nil {
		maps.Copy(out, s.rec.Fields)
	}
	for _, c := range e.Changes {
		if c.Record != nil || c.Secret {
			continue
		}
		value := c.After
		if e.Action == audit.Deleted {
			value = c.Before
		}
		if out[c.Field] = value; value == audit.None {
			delete(out, c.Field)
		}
	}
	return out
}

// target is the record that a step is about.
type target struct {
	object *crm.Object
	id     audit.RecordID
}

// target walks from an event's record along a path of references to another one.
func (s *Service) target(ctx context.Context, account audit.AccountID, v crm.View, e *audit.Event, path string) (target, error) {
	if e.Record == nil {
		return target{}, errs.New(errs.NotPossible, "no_record", "The event is about no record.")
	}
	sub, err := s.subject(ctx, account, v, e)
	if err != nil {
		return target{}, err
	}
	if sub == nil {
		return target{}, errs.New(errs.NotPossible, "object_gone", "There are no records of the kind %s any more.", audit.Quote(e.Record.Object))
	}
	at, fields := target{sub.object, sub.ref.ID}, sub.fields(e)
	if sub.rec != nil {
		fields = sub.rec.Fields // a step is about how things are now
	}
	if path == "" {
		return at, nil
	}
	for key := range strings.SplitSeq(path, ".") {
		f, ok := at.object.Field(key)
		if !ok || f.Type != crm.RefType {
			return at, errs.New(errs.NotPossible, "field_gone", "A %s has no reference %s any more.", at.object.Word().One, audit.Quote(key))
		}
		id := audit.RecordID(fields[key].Text())
		if id == "" {
			return at, errs.New(errs.NotPossible, "nothing_there", "The %s has no %s.", at.object.Word().One, strings.ToLower(f.Label))
		}
		o, err := s.Engine.Schema(account).Object(f.Object)
		if err != nil {
			return at, err
		}
		rows, err := v.Rows(ctx, o.Key, []audit.RecordID{id})
		if err != nil {
			return at, err
		}
		if len(rows) == 0 {
			return at, errs.New(errs.Gone, "deleted", "The %s that it points at was deleted.", o.Word().One)
		}
		at, fields = target{o, id}, rows[0].Fields
	}
	return at, nil
}

// caller is who acts when a workflow does: the workflow itself, which may change records and nothing else.
func caller(r Run) audit.Caller {
	return audit.Caller{
		Origin: audit.Origin{Account: r.Account, Actor: audit.Actor{Type: audit.Workflow, ID: audit.ActorID(r.Workflow), Name: r.Name},
			Channel: audit.WorkflowChannel, Cause: r.Event},
		Permissions: map[audit.Permission]bool{audit.RecordsRead: true, audit.RecordsWrite: true},
	}
}

// ref points at the run's workflow.
func (r Run) ref() *audit.Ref {
	return &audit.Ref{Object: workflow.Object, ID: r.Workflow, Name: r.Name}
}
