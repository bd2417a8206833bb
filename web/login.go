package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/backtrail/backtrail/errs"
)

// sessionCookie holds the session's token, for the pages and the API alike.
const sessionCookie = "backtrail_session"

// loginPage asks for email and password.
type loginPage struct {
	Base
	Email string
	Next  string
	Error string
	Fix   string
	Hint  string
}

func (s *site) login(v *visit) error {
	next := localAddress(v.FormValue("next"))
	if _, err := s.identify(v); err == nil {
		http.Redirect(v.ResponseWriter, v.Request, next, http.StatusSeeOther)
		return nil
	} else if !errs.Is(err, errs.Unauthenticated) {
		return err
	}
	return v.render(http.StatusOK, "login", &loginPage{Base: s.base(v, "Log in", ""), Next: next, Hint: s.LoginHint})
}

func (s *site) loginSubmit(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	next := localAddress(form.Get("next"))
	in, err := s.ws.Auth.Login(v.Context(), form.Get("email"), form.Get("password"), v.origin())
	if err != nil {
		e := errs.Of(err)
		if e.Kind != errs.Unauthenticated && e.Kind != errs.TooMany {
			return err
		}
		page := &loginPage{Base: s.base(v, "Log in", ""), Next: next, Email: form.Get("email"), Error: e.Detail, Fix: e.Fix, Hint: s.LoginHint}
		setRetryAfter(v, e)
		return v.render(e.Kind.Status(), "login", page)
	}
	return s.loggedIn(v, in, next)
}

func (s *site) logout(v *visit) error {
	if err := s.ws.Auth.Logout(v.Context(), v.id); err != nil {
		return err
	}
	setCookie(v, sessionCookie, "", -1)
	return v.redirect("/login", nil)
}

// home is the first page after the login: the first of the navigation.
func (s *site) home(v *visit) error {
	for _, e := range navigation(v.id.Caller.Permissions, "", nil) {
		if e.Href != "" {
			http.Redirect(v.ResponseWriter, v.Request, e.Href, http.StatusSeeOther)
			return nil
		}
	}
	return s.nowhere(v)
}

// localAddress is address when it is one of this site, "/" otherwise: whoever makes a link to the login page must not
// choose another site to come out at.
func localAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(address, "/") ||
		strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\t\r\n") || strings.HasPrefix(u.Path, "//") ||
		u.Path == "/login" || u.Path == "/logout" {
		return "/"
	}
	return address
}
