package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// errorPage says that a page cannot be shown.
type errorPage struct {
	Base
	Status  int
	Heading string
	Detail  string
	Fix     string
	Request string   // id of the request, for the operator; only of an internal error
	Into    *navLink // the record that the one which is gone was merged into
	Log     string   // what the audit log says of a record that is gone; "" without audit.read
}

// fail answers a visit that ended with an error: it logs what is ours to mend, records a refusal once, and shows the
// error as a page, or as a problem document to a script.
func (s *site) fail(v *visit, err error) {
	e := errs.Of(err)
	ctx := v.Context()
	if e.Kind == errs.Internal && ctx.Err() == nil { // who went away in the meantime is no fault of ours
		s.ws.Logger.ErrorContext(ctx, "a page failed", "method", v.Method, "path", v.URL.Path, "request", audit.ContextOf(ctx).Request, "err", err)
	}
	if e.Kind == errs.Forbidden && v.id.Session != nil {
		if err := s.ws.Auth.RecordDenied(ctx, v.id.Caller.Origin, e, v.Method+" "+v.URL.Path); err != nil {
			s.ws.Logger.ErrorContext(ctx, "a refusal could not be recorded", "path", v.URL.Path, "err", err)
			e = errs.Of(err) // nothing that should be in the log happens without it
		}
	}
	setRetryAfter(v, e)
	switch {
	case e.Kind == errs.Unauthenticated && !v.wantsJSON():
		http.Redirect(v.ResponseWriter, v.Request, loginAddress(v), http.StatusSeeOther)
	case e.Kind == errs.Unauthenticated && v.htmx():
		v.ResponseWriter.Header().Set("HX-Redirect", "/login")
		v.WriteHeader(http.StatusNoContent)
	case v.wantsJSON():
		s.failScript(v, e)
	default:
		s.failPage(v, e)
	}
}

// setRetryAfter says how long to wait after too many attempts.
func setRetryAfter(v *visit, e *errs.Error) {
	if wait := auth.RetryAfter(e); wait > 0 {
		v.ResponseWriter.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
	}
}

// loginAddress is the login page that leads back here; a POST cannot be led back to.
func loginAddress(v *visit) string {
	if v.Method != http.MethodGet || v.URL.Path == "/" {
		return "/login"
	}
	return "/login?" + url.Values{"next": {v.URL.RequestURI()}}.Encode()
}

// failScript answers app.js and htmx with a problem document, from which app.js makes a message.
func (s *site) failScript(v *visit, e *errs.Error) {
	status := e.Kind.Status()
	if status == http.StatusUnprocessableEntity && v.htmx() {
		status = http.StatusConflict // htmx takes 422 for the form again, with its errors
	}
	detail := e.Detail
	if e.Fix != "" {
		detail += " " + e.Fix
	}
	v.ResponseWriter.Header().Set("Content-Type", "application/problem+json")
	v.ResponseWriter.Header().Set("Cache-Control", "no-store")
	v.WriteHeader(status)
	// When the browser is gone there is nobody to tell.
	_ = json.NewEncoder(v.ResponseWriter).Encode(map[string]any{"title": e.Kind.Sentence(), "status": status, "detail": detail, "code": e.Code})
}

func (s *site) failPage(v *visit, e *errs.Error) {
	p := errorPage{Base: s.base(v, e.Kind.Sentence(), ""), Status: e.Kind.Status(), Heading: e.Kind.Sentence(), Detail: e.Detail, Fix: e.Fix}
	if e.Kind == errs.Internal {
		p.Request = audit.ContextOf(v.Context()).Request
	}
	if id := audit.RecordID(v.PathValue("id")); e.Kind == errs.Gone && v.may(audit.AuditRead) && audit.ValidID(id) {
		p.Log = "/settings/audit-logs?record=" + string(id)
	}
	if into, ok := e.Extra[crm.MergedIntoKey].(*audit.Ref); ok {
		p.Into = &navLink{into.Name, recordAddress(into.Object, into.ID)}
		p.Fix = ""
	}
	if p.Detail == p.Heading {
		p.Detail = ""
	}
	name := "error"
	if v.id.Session == nil {
		name = "error_solo"
	}
	if err := v.render(p.Status, name, &p); err != nil {
		s.ws.Logger.ErrorContext(v.Context(), "the error page failed", "err", err)
		http.Error(v.ResponseWriter, e.Kind.Sentence(), p.Status)
	}
}

// nowhere answers addresses that no page has.
func (s *site) nowhere(*visit) error {
	return errs.New(errs.NotFound, "not_found", "There is no page at this address.")
}
