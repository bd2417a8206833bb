package web

import (
	"github.com/backtrail/backtrail/errs"
)

// invitationPage lets somebody in who was invited.
type invitationPage struct {
	Base
	Firm   string // the account
	Name   string
	Email  string
	Known  bool // they have a password, and confirm with it
	Fields []formField
	Errors *formErrors
}

func (s *site) invitation(v *visit) error {
	if invitationLink.take(v) {
		return nil
	}
	return s.showInvitation(v, nil)
}

func (s *site) showInvitation(v *visit, problem error) error {
	in, err := s.ws.Auth.Invited(v.Context(), invitationLink.token(v))
	if err != nil {
		return err
	}
	page := &invitationPage{Base: s.base(v, "Invitation", ""), Firm: in.Account.Name, Name: in.Member.Name, Email: in.Member.Email, Known: in.Known}
	if in.Known {
		page.Fields = []formField{passwordField("password", "Your password", problem)}
	} else {
		page.Fields = newPasswordFields("password", "A long one that you use nowhere else, with at least 10 characters.", problem)
	}
	page.Errors = summarizeFields(problem, page.Fields)
	if e := errs.Of(problem); e != nil {
		setRetryAfter(v, e)
	}
	return v.render(statusOfForm(problem), "invitation", page)
}

func (s *site) invitationAccept(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	v.ResponseWriter.Header().Set("Referrer-Policy", "no-referrer")
	password := form.Get("password")
	if form.Has("again") && password != form.Get("again") {
		return s.showInvitation(v, errs.InvalidField("again", "not_the_same", "The two passwords differ."))
	}
	m, problem := s.ws.AcceptInvitation(v.Context(), invitationLink.token(v), password, v.origin())
	if problem != nil && shownOnForm(problem) {
		return s.showInvitation(v, problem)
	}
	if problem != nil {
		return problem
	}
	invitationLink.forget(v)
	in, err := s.ws.Auth.Login(v.Context(), m.Email, password, v.origin())
	if err != nil { // they are in all the same
		return v.redirect("/login", Success("Your invitation is accepted. Log in."))
	}
	if in.Token != "" {
		putFlash(v, *Success("Welcome, " + m.Name + "."))
	}
	return s.loggedIn(v, in, "/")
}
