package auth

import (
	"context"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

const maxAsked = 200 // bytes of what was asked that the log keeps

// RecordDenied writes access.denied for a caller who was refused: what they asked for ("GET /api/v1/audit/events",
// without the query) and the permission that was missing. Errors of another kind than Forbidden, and callers who are
// in no account, write nothing.
func (s *Service) RecordDenied(ctx context.Context, origin audit.Origin, refusal *errs.Error, what string) error {
	if refusal == nil || refusal.Kind != errs.Forbidden || origin.Account == "" {
		return nil
	}
	origin = concerned(refusal, origin)
	asked := cut(strings.Join(strings.Fields(what), " "), maxAsked)
	changes := []audit.Change{{Field: "asked", Label: "Asked for", After: audit.String(asked)}}
	missing := refusal.Detail
	if refusal.Permission != "" {
		missing = "the permission " + refusal.Permission + " is missing"
		changes = append(changes, audit.Change{Field: "permission", Label: "Missing permission", After: audit.String(refusal.Permission)})
	}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		_, err := s.recorder.One(ctx, tx, origin, audit.Draft{Type: "access.denied", Outcome: audit.Denied,
			Note: asked + ": " + missing, Changes: changes})
		return err
	})
}
