package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/errs"
)

// noRoute answers what no route takes: 405 when the path takes other methods, 404 otherwise.
func (a *API) noRoute(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		problemOf(r.Context(), errs.New(errs.NotFound, "unknown_path", "There is nothing at this address.").
			WithFix("GET %s/openapi.json describes what there is.", Prefix)).write(w)
		return
	}
	p := problemOf(r.Context(), errs.New(errs.Invalid, "method_not_allowed", "This address does not take %s.", shown(r.Method)).
		WithFix("It takes %s.", strings.Join(allowed, ", ")))
	p.Status = http.StatusMethodNotAllowed
	p.header.Set("Allow", strings.Join(allowed, ", "))
	p.write(w)
}

// shown keeps odd methods out of an answer.
func shown(method string) string {
	if slices.Contains([]string{http.MethodPut, http.MethodPost, http.MethodPatch, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions}, method) {
		return method
	}
	return "this method"
}
