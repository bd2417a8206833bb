package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// visit is one request to a page.
type visit struct {
	http.ResponseWriter
	*http.Request
	site *site
	// id is who asks; the zero Identity on pages that anybody may see.
	id auth.Identity
	// flash is the message that came with the request's cookie, nil for none.
	flash *Flash
}

// handler answers a visit. What it returns as an error is logged and shown by site.fail; until then it has written nothing.
type handler func(v *visit) error

// open wraps a page that needs no login.
func (s *site) open(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{ResponseWriter: w, Request: r, site: s}
		v.flash = takeFlash(v)
		if err := h(v); err != nil {
			s.fail(v, err)
		}
	})
}

// page wraps a page for people who are logged in.
func (s *site) page(h handler) http.Handler {
	return s.open(func(v *visit) error {
		id, err := s.identify(v)
		if err != nil {
			return err
		}
		v.id = id
		return h(v)
	})
}

func (s *site) identify(v *visit) (auth.Identity, error) {
	c := auth.Credentials{Origin: v.origin()}
	if cookie, err := v.Cookie(sessionCookie); err == nil {
		c.Cookie = cookie.Value
	}
	return s.ws.Auth.Authenticate(v.Context(), c)
}

// origin is from where the request comes, without its actor.
func (v *visit) origin() audit.Origin {
	return audit.Origin{Channel: audit.Web, Context: audit.ContextOf(v.Context())}
}

// caller is who asks, for the services.
func (v *visit) caller() audit.Caller { return v.id.Caller }

// may reports whether the visitor has the permission.
func (v *visit) may(p audit.Permission) bool { return v.id.Caller.May(p) }

// htmx reports whether htmx asks for a part of a page.
func (v *visit) htmx() bool {
	return v.Request.Header.Get("HX-Request") == "true" && v.Request.Header.Get("HX-History-Restore-Request") != "true"
}

// wantsJSON reports whether a script asks and understands a problem document.
func (v *visit) wantsJSON() bool {
	return v.htmx() || strings.Contains(v.Request.Header.Get("Accept"), "application/json")
}

// maxForm is how many bytes a form may have, files apart.
const maxForm = 2 << 20

// form reads the fields of a POST. errs.TooLarge or errs.Invalid when it cannot be read.
func (v *visit) form() (url.Values, error) {
	v.Body = http.MaxBytesReader(v.ResponseWriter, v.Body, maxForm)
	err := v.ParseForm()
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, errs.New(errs.TooLarge, "too_large", "The form has more than %s bytes.", audit.Thousands(int(tooLarge.Limit)))
	}
	if err != nil {
		return nil, errs.New(errs.Invalid, "invalid_form", "The form cannot be read.").Because(err)
	}
	return v.PostForm, nil
}

// recordID is the id in the address; errs.NotFound when it is none.
func (v *visit) recordID() (audit.RecordID, error) {
	id := audit.RecordID(v.PathValue("id"))
	if !audit.ValidID(id) {
		return "", errs.New(errs.NotFound, "not_found", "There is no page at this address.")
	}
	return id, nil
}

// redirect sends the visitor to a page of this site after a POST, with a message to show there (nil for none).
func (v *visit) redirect(to string, f *Flash) error {
	if f != nil {
		putFlash(v, *f)
	}
	if v.htmx() {
		v.ResponseWriter.Header().Set("HX-Redirect", to)
		v.WriteHeader(http.StatusNoContent)
		return nil
	}
	if v.wantsJSON() {
		v.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(v.ResponseWriter, v.Request, to, http.StatusSeeOther)
	return nil
}
