package web

import (
	"net/http"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// auditNarrowPage is what the list can be narrowed to from one of its rows, or freed of.
type auditNarrowPage struct{ Narrow []narrowTerm }

// auditNarrow answers the script of the list's rows. With by it leads to the list with only what the entry has there, or with
// not=1 to all else; without, it lists all of these. The rows hold no addresses of their own: fifty times a dozen would be the
// heaviest thing on the page. Without a script the entry's own page lists them.
func (s *site) auditNarrow(v *visit) error {
	if err := s.auditVisitOwn(v); err != nil {
		return err
	}
	id, err := v.recordID()
	if err != nil {
		return err
	}
	stored, err := s.logFor(v.caller()).Event(v.Context(), v.caller().Account, audit.EventID(id))
	if err != nil {
		return err
	}
	e, err := stored.Event()
	if err != nil {
		return err
	}
	params := v.URL.Query()
	f := s.auditFilter(v, params)
	terms := s.chipMaker(v.id, nil, nil, nil).narrowTerms(&f, e)
	by := params.Get("by")
	if by == "" && v.htmx() {
		return v.renderPart(http.StatusOK, "audit_narrow", "content", &auditNarrowPage{terms})
	}
	i := slices.IndexFunc(terms, func(t narrowTerm) bool { return t.Key == by })
	switch {
	case by == "":
		return v.leadTo(eventAddress(e.ID) + f.query())
	case i < 0:
		return errs.InvalidField("by", "nothing_to_narrow_by", "The search cannot ask for that value of this entry.")
	case params.Has("not"):
		return v.leadTo(terms[i].Not)
	}
	return v.leadTo(terms[i].Only)
}
