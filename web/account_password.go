package web

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// passwordPage changes the visitor's own password.
type passwordPage struct {
	Base
	Tabs   accountTabs
	Fields []formField
	Errors *formErrors
}

func (s *site) password(v *visit) error { return s.showPassword(v, nil) }

func (s *site) showPassword(v *visit, problem error) error {
	page := &passwordPage{Base: s.base(v, "Change password", ""), Tabs: accountTabs{"password"}}
	page.Fields = slices.Concat([]formField{passwordField("current", "Current password", problem)},
		newPasswordFields("new", "A long one that you use nowhere else. Your other sessions end.", problem))
	page.Errors = summarizeFields(problem, page.Fields)
	if e := errs.Of(problem); e != nil {
		setRetryAfter(v, e)
	}
	return v.render(statusOfForm(problem), "account_password", page)
}

func (s *site) passwordSave(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if form.Get("new") != form.Get("again") {
		return s.showPassword(v, errs.InvalidField("again", "not_the_same", "The two new passwords differ."))
	}
	problem := s.ws.Auth.ChangePassword(v.Context(), v.id, form.Get("current"), form.Get("new"))
	if problem != nil && shownOnForm(problem) {
		return s.showPassword(v, problem)
	}
	if problem != nil {
		return problem
	}
	return v.redirect("/", Success("Your password is changed. Your other sessions have ended."))
}

// switchAccount shows another of the person's accounts from now on, and begins with the page that the form names.
func (s *site) switchAccount(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	account := audit.AccountID(form.Get("account"))
	if err := s.ws.Auth.SwitchAccount(v.Context(), v.id, account); err != nil {
		return err
	}
	next := localAddress(form.Get("next"))
	if account == v.id.Account.ID {
		return v.redirect(next, nil)
	}
	places, err := s.ws.Auth.Places(v.Context(), v.id.Memberships)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(places, func(p auth.Place) bool { return p.Account.ID == account })
	return v.redirect(next, Success("You are in "+audit.Quote(places[i].Account.Name)+" now."))
}
