package web

import "github.com/backtrail/backtrail/audit"

// actingBar says on every page that the visitor works as somebody else.
type actingBar struct {
	Self  string
	As    string
	Until Moment
}

// act lets an owner work as the staff member in the address.
func (s *site) act(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	if err := s.ws.Auth.ActAs(v.Context(), v.id, id); err != nil {
		return s.staffProblem(v, id, err)
	}
	return v.redirect("/", nil)
}

// actEnd makes the visitor themselves again, on the page of whom they were.
func (s *site) actEnd(v *visit) error {
	acting := v.id.Acting
	if err := s.ws.Auth.StopActing(v.Context(), v.id); err != nil {
		return err
	}
	if acting == nil {
		return v.redirect("/", nil)
	}
	return v.redirect(s.views["staff"].address(acting.As), Success("You are yourself again. What you did as "+audit.Quote(acting.Name)+" stands in the log under your name."))
}
