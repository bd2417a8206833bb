package savedviews

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Store keeps views. All methods are safe for concurrent use.
type Store interface {
	// SavedViews returns the account's shared views and those of the owner, in no order.
	SavedViews(ctx context.Context, account audit.AccountID, owner audit.ActorID) ([]View, error)
	// WriteViews runs fn in one transaction of the account; what it did is durable when it returns nil, and none of it is
	// there otherwise. A store may run fn again when another transaction came between.
	WriteViews(ctx context.Context, account audit.AccountID, fn func(Tx) error) error
}

// Tx writes the views of one account.
type Tx interface {
	audit.Appender
	// LockViews keeps every other transaction from writing views of the account until this one ends: limits and names that
	// are taken depend on several rows.
	LockViews(ctx context.Context) error
	// SavedViews is that of Store, and sees the transaction's own writes.
	SavedViews(ctx context.Context, owner audit.ActorID) ([]View, error)
	PutView(ctx context.Context, v View) error // creates or replaces by its id
	DeleteView(ctx context.Context, id ID) error
}

// Options are what a Service needs; all are required.
type Options struct {
	Store    Store
	Recorder *audit.Recorder
	// Zone returns the time zone of an account.
	Zone func(ctx context.Context, account audit.AccountID) (*time.Location, error)
}

// Service keeps views. Its methods ask for audit.read, and for audit.manage where a view is shared, before or after; they
// are errs.Forbidden without. It is safe for concurrent use.
type Service struct{ o Options }

// New returns a service.
func New(o Options) *Service { return &Service{o} }

func mayRead(c audit.Caller) error {
	if !c.May(audit.AuditRead) {
		return errs.MissingPermission(string(audit.AuditRead), "use saved views of the audit log")
	}
	return nil
}

func mayShare(c audit.Caller) error {
	if !c.May(audit.AuditManage) {
		return errs.MissingPermission(string(audit.AuditManage), "share views of the audit log, or change shared ones")
	}
	return nil
}

// Views returns what the caller sees: their own views first, then the shared ones, each by name.
func (s *Service) Views(ctx context.Context, c audit.Caller) ([]View, error) {
	if err := mayRead(c); err != nil {
		return nil, err
	}
	list, err := s.o.Store.SavedViews(ctx, c.Account, c.Self())
	return sorted(list), err
}

// NewView is a view to be made.
type NewView struct {
	Name, Query string
	Shared      bool
}

// Change is what shall be different; nil leaves it.
type Change struct {
	Name, Query *string
	Shared      *bool
}

// Save makes a view; audit.view_saved commits with it. errs.Invalid names name or query; errs.Conflict name_taken,
// too_many_views.
func (s *Service) Save(ctx context.Context, c audit.Caller, in NewView) (View, error) {
	if err := mayRead(c); err != nil {
		return View{}, err
	}
	if in.Shared {
		if err := mayShare(c); err != nil {
			return View{}, err
		}
	}
	now := s.o.Recorder.Now()
	view := View{Account: c.Account, ID: ID(s.o.Recorder.NewID()), Owner: c.Self(), OwnerName: selfName(c), Shared: in.Shared, CreatedAt: now, UpdatedAt: now}
	if err := s.set(ctx, &view, Change{Name: &in.Name, Query: &in.Query}); err != nil {
		return View{}, err
	}
	return view, s.o.Store.WriteViews(ctx, c.Account, func(tx Tx) error {
		list, err := s.locked(ctx, tx, view.Owner)
		if err != nil {
			return err
		}
		n := 0
		for _, v := range list {
			if v.Owner == view.Owner {
				n++
			}
		}
		if n >= MaxViews {
			return errs.New(errs.Conflict, "too_many_views", "You have %d views; the limit is %d.", n, MaxViews).WithFix("Delete one that you need no longer, or replace its filter.")
		}
		return s.put(ctx, tx, c, list, View{}, view, "audit.view_saved")
	})
}

// Update changes a view and returns what it is now; audit.view_updated commits with it. What is the same as before writes no
// event. errs.NotFound when the caller sees no such view; errs.Invalid and errs.Conflict as for Save.
func (s *Service) Update(ctx context.Context, c audit.Caller, id ID, change Change) (View, error) {
	if err := mayRead(c); err != nil {
		return View{}, err
	}
	var view View
	err := s.o.Store.WriteViews(ctx, c.Account, func(tx Tx) error {
		was, list, err := s.find(ctx, tx, c, id)
		if err != nil {
			return err
		}
		view = was
		if err := s.set(ctx, &view, change); err != nil {
			return err
		}
		if view.Shared && !was.Shared {
			if err := mayShare(c); err != nil {
				return err
			}
		}
		if view == was {
			return nil
		}
		view.UpdatedAt = s.o.Recorder.Now()
		if view.Owner != c.Self() && !view.Shared { // its name must be free among those of its owner
			if list, err = tx.SavedViews(ctx, view.Owner); err != nil {
				return err
			}
		}
		return s.put(ctx, tx, c, list, was, view, "audit.view_updated")
	})
	return view, err
}

// Delete removes a view; audit.view_deleted commits with it. errs.NotFound when the caller sees no such view.
func (s *Service) Delete(ctx context.Context, c audit.Caller, id ID) error {
	if err := mayRead(c); err != nil {
		return err
	}
	return s.o.Store.WriteViews(ctx, c.Account, func(tx Tx) error {
		was, _, err := s.find(ctx, tx, c, id)
		if err != nil {
			return err
		}
		if err := tx.DeleteView(ctx, id); err != nil {
			return err
		}
		return s.record(ctx, tx, c, was, View{}, "audit.view_deleted")
	})
}

// selfName is how whoever Self is is called.
func selfName(c audit.Caller) string {
	if b := c.Actor.OnBehalfOf; b != nil {
		return b.Name
	}
	return c.Actor.Name
}

// locked is the views that an owner sees, which stay so until the transaction ends.
func (s *Service) locked(ctx context.Context, tx Tx, owner audit.ActorID) ([]View, error) {
	if err := tx.LockViews(ctx); err != nil {
		return nil, err
	}
	return tx.SavedViews(ctx, owner)
}

// find is a view that the caller may change, with all that they see.
func (s *Service) find(ctx context.Context, tx Tx, c audit.Caller, id ID) (View, []View, error) {
	list, err := s.locked(ctx, tx, c.Self())
	if err != nil {
		return View{}, nil, err
	}
	i := slices.IndexFunc(list, func(v View) bool { return v.ID == id && v.sees(c.Self()) })
	if i < 0 {
		return View{}, nil, notFound()
	}
	if !list[i].MayChange(c) {
		return View{}, nil, mayShare(c)
	}
	return list[i], list, nil
}

// set puts what a change gives into a view, after it was checked.
func (s *Service) set(ctx context.Context, v *View, change Change) error {
	var wrong, more []errs.Field
	if change.Name != nil {
		v.Name, wrong = CheckName(*change.Name, "The view needs a name that says what it shows.")
	}
	if change.Query != nil {
		loc, err := s.o.Zone(ctx, v.Account)
		if err != nil {
			return err
		}
		v.Query, more = CheckQuery(*change.Query, s.o.Recorder.Catalog(), s.o.Recorder.Now(), loc)
	}
	if change.Shared != nil {
		v.Shared = *change.Shared
	}
	return errs.InvalidFields(append(wrong, more...))
}

// put writes a view whose name is free among those that stand in the list with it.
func (s *Service) put(ctx context.Context, tx Tx, c audit.Caller, list []View, was, v View, kind audit.Type) error {
	for _, o := range list {
		if o.ID != v.ID && o.Shared == v.Shared && strings.EqualFold(o.Name, v.Name) {
			e := errs.New(errs.Conflict, "name_taken", "There is a view %s already.", audit.Quote(o.Name)).WithFix("Choose another name, or replace the filter of that one.")
			e.Fields = []errs.Field{{Field: "name", Code: "name_taken", Detail: e.Detail}}
			return e
		}
	}
	if err := tx.PutView(ctx, v); err != nil {
		return err
	}
	return s.record(ctx, tx, c, was, v, kind)
}

// record writes the event of what became of a view; the zero View stands for none.
func (s *Service) record(ctx context.Context, tx Tx, c audit.Caller, was, v View, kind audit.Type) error {
	shown := v
	if v.ID == "" {
		shown = was
	}
	_, err := s.o.Recorder.One(ctx, tx, c.Origin, audit.Draft{Type: kind, Word: audit.Word{One: "view", Many: "views"},
		Record: &audit.Ref{Object: "audit_view", ID: audit.RecordID(shown.ID), Name: shown.Name}, Changes: changes(was, v)})
	return err
}

// changes are the differences between two states of a view.
func changes(was, v View) []audit.Change {
	var out []audit.Change
	text := func(field, label, before, after string) {
		if before != after {
			out = append(out, audit.Change{Field: field, Label: label, Before: textOf(before), After: textOf(after)})
		}
	}
	text("name", "Name", was.Name, v.Name)
	text("query", "Filter", was.Query, v.Query)
	if before, after := sharedOf(was), sharedOf(v); before != after {
		out = append(out, audit.Change{Field: "shared", Label: "Shared", Before: before, After: after})
	}
	return out
}

func textOf(s string) audit.Value {
	if s == "" {
		return audit.None
	}
	return audit.String(s)
}

func sharedOf(v View) audit.Value {
	if v.ID == "" {
		return audit.None
	}
	return audit.Bool(v.Shared)
}
