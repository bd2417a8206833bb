package web

import (
	"net/http"
	"strconv"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// auditCompletePage is the options of the list under the search box.
type auditCompletePage struct{ audit.Completion }

// auditComplete answers the script of the search box with what may stand where one types.
func (s *site) auditComplete(v *visit) error {
	if err := s.auditVisitOwn(v); err != nil {
		return err
	}
	at, err := strconv.Atoi(v.FormValue("at"))
	if err != nil || at < 0 {
		return errs.InvalidField("at", "invalid_at", "at must be a place in the question, in characters from 0.")
	}
	c := audit.Completer{Log: s.logFor(v.caller()), Account: v.caller().Account, Catalog: s.ws.Catalog, Objects: v.schema().Choices(),
		Now: s.now().In(workspace.Zone(v.id.Account))}
	found, err := c.Complete(v.Context(), v.FormValue("q"), at)
	if err != nil {
		return err
	}
	return v.renderPart(http.StatusOK, "audit_complete", "content", &auditCompletePage{found})
}
