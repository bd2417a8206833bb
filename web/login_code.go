package web

import (
	"net/http"
	"net/url"

	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// secondStepCookie holds the token of a login that waits for its code.
const secondStepCookie = "backtrail_second_step"

// loginCodePage asks for the code of a login.
type loginCodePage struct {
	Base
	Email  string
	Next   string
	Fields []formField
	Errors *formErrors
}

// loggedIn goes on after a right password: in, or to the second step.
func (s *site) loggedIn(v *visit, in auth.LoggedIn, next string) error {
	if in.SecondStep != "" {
		setCookie(v, secondStepCookie, in.SecondStep, 600)
		http.Redirect(v.ResponseWriter, v.Request, "/login/code?"+url.Values{"next": {next}}.Encode(), http.StatusSeeOther)
		return nil
	}
	// It lives as long as a session can; whether it is still good, the server knows.
	setCookie(v, sessionCookie, in.Token, int(auth.MaxLifetime.Seconds()))
	http.Redirect(v.ResponseWriter, v.Request, next, http.StatusSeeOther)
	return nil
}

func (v *visit) secondStep() string {
	cookie, err := v.Cookie(secondStepCookie)
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (s *site) loginCode(v *visit) error {
	return s.showLoginCode(v, localAddress(v.FormValue("next")), nil)
}

func (s *site) showLoginCode(v *visit, next string, problem error) error {
	email, err := s.ws.Auth.WaitingFor(v.Context(), v.secondStep())
	if errs.Is(err, errs.Unauthenticated) {
		return s.loginOver(v)
	}
	if err != nil {
		return err
	}
	page := &loginCodePage{Base: s.base(v, "Log in", ""), Email: email, Next: next}
	field := codeField(problem)
	field.Hint = "The six digits of your authenticator app, or one of your recovery codes."
	page.Fields = []formField{field}
	page.Errors = summarizeFields(problem, page.Fields)
	status := http.StatusOK
	if e := errs.Of(problem); e != nil {
		setRetryAfter(v, e)
		status = e.Kind.Status()
	}
	return v.render(status, "login_code", page)
}

// loginOver begins again.
func (s *site) loginOver(v *visit) error {
	setCookie(v, secondStepCookie, "", -1)
	return v.redirect("/login", Warning("That login has waited too long for its code. Log in again."))
}

func (s *site) loginCodeSubmit(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	next := localAddress(form.Get("next"))
	in, problem := s.ws.Auth.FinishLogin(v.Context(), v.secondStep(), form.Get("code"), v.origin())
	switch {
	case errs.Code(problem) == "login_expired":
		return s.loginOver(v)
	case errs.Is(problem, errs.Unauthenticated) || errs.Is(problem, errs.TooMany):
		return s.showLoginCode(v, next, problem)
	case problem != nil:
		return problem
	}
	setCookie(v, secondStepCookie, "", -1)
	return s.loggedIn(v, in, next)
}
