package web

import (
	"net/url"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

// takeBackRoute is the page of a way to take something back; scope reads from the address what.
func (s *site) takeBackRoute(scope func(*visit) (restore.Scope, error)) handler {
	return func(v *visit) error {
		if err := s.auditVisit(v); err != nil {
			return err
		}
		sc, err := scope(v)
		if err != nil {
			return err
		}
		if sc.Deletions != nil && len(sc.Deletions) == 0 {
			return v.redirect(deletedPath, Warning("Nothing was selected: tick what shall be restored."))
		}
		return s.takeBack(v, sc)
	}
}

// oneEvent, oneOperation and several are the scopes that addresses name.
func oneEvent(undo bool) func(*visit) (restore.Scope, error) {
	return func(v *visit) (restore.Scope, error) {
		id, err := v.recordID()
		return restore.Scope{Undo: undo, Event: audit.EventID(id)}, err
	}
}

func oneOperation(undo bool) func(*visit) (restore.Scope, error) {
	return func(v *visit) (restore.Scope, error) {
		id, err := v.recordID()
		return restore.Scope{Undo: undo, Operation: audit.OperationID(id)}, err
	}
}

func several(v *visit) (restore.Scope, error) {
	sc := restore.Scope{Deletions: []audit.OperationID{}}
	for _, id := range v.URL.Query()["id"] {
		if !audit.ValidID(id) {
			return sc, errs.New(errs.NotFound, "not_found", "There is no such operation.")
		}
		sc.Deletions = append(sc.Deletions, audit.OperationID(id))
	}
	return sc, nil
}

// scopeAddress is the page that previews a scope.
func scopeAddress(sc restore.Scope) string {
	act := "/restore"
	if sc.Undo {
		act = "/undo"
	}
	switch {
	case sc.Event != "":
		return eventAddress(sc.Event) + act
	case sc.Operation != "":
		return operationAddress(sc.Operation) + act
	}
	ids := url.Values{}
	for _, op := range sc.Deletions {
		ids.Add("id", string(op))
	}
	return deletedPath + act + queryOf(ids)
}
