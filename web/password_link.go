package web

import (
	"net/http"

	"github.com/backtrail/backtrail/errs"
)

// forgottenPage asks for the email of somebody who forgot their password.
type forgottenPage struct {
	Base
	Sent   bool
	Fields []formField
	Errors *formErrors
}

func (s *site) forgotten(v *visit) error { return s.showForgotten(v, "", nil) }

func (s *site) showForgotten(v *visit, email string, problem error) error {
	page := &forgottenPage{Base: s.base(v, "Forgotten password", "")}
	page.Fields = []formField{{Key: "email", Label: "Email", Kind: "input", Type: "email", Required: true, Fill: "username", Value: email, Error: mistakeAt(problem, "email")}}
	page.Errors = summarizeFields(problem, page.Fields)
	status := statusOfForm(problem)
	if errs.Is(problem, errs.TooMany) {
		setRetryAfter(v, errs.Of(problem))
		status = http.StatusTooManyRequests
	}
	return v.render(status, "password_forgotten", page)
}

// forgottenSubmit answers the same for every email.
func (s *site) forgottenSubmit(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	problem := s.ws.RequestPasswordLink(v.Context(), form.Get("email"), v.origin())
	if problem != nil && shownOnForm(problem) {
		return s.showForgotten(v, form.Get("email"), problem)
	}
	if problem != nil {
		return problem
	}
	return v.render(http.StatusOK, "password_forgotten", &forgottenPage{Base: s.base(v, "Forgotten password", ""), Sent: true})
}

// newPasswordPage lets somebody with a link choose a new password.
type newPasswordPage struct {
	Base
	Email  string
	Fields []formField
	Errors *formErrors
}

func (s *site) newPassword(v *visit) error {
	if passwordLink.take(v) {
		return nil
	}
	return s.showNewPassword(v, nil)
}

func (s *site) showNewPassword(v *visit, problem error) error {
	email, err := s.ws.Auth.PasswordLinkOwner(v.Context(), passwordLink.token(v))
	if err != nil {
		return err
	}
	page := &newPasswordPage{Base: s.base(v, "New password", ""), Email: email,
		Fields: newPasswordFields("new", "A long one that you use nowhere else. All your sessions end.", problem)}
	page.Errors = summarizeFields(problem, page.Fields)
	return v.render(statusOfForm(problem), "password_new", page)
}

func (s *site) newPasswordSave(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	v.ResponseWriter.Header().Set("Referrer-Policy", "no-referrer")
	if form.Get("new") != form.Get("again") {
		return s.showNewPassword(v, errs.InvalidField("again", "not_the_same", "The two new passwords differ."))
	}
	problem := s.ws.Auth.ResetPassword(v.Context(), passwordLink.token(v), form.Get("new"), v.origin())
	if problem != nil && shownOnForm(problem) {
		return s.showNewPassword(v, problem)
	}
	if problem != nil {
		return problem
	}
	passwordLink.forget(v)
	return v.redirect("/login", Success("Your new password is set. Log in with it."))
}
