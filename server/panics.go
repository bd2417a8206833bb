package server

import (
	"encoding/json"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// recoverPanic keeps the panic of one request from ending the others. When the answer has begun it can only be cut off.
func (s *shell) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.Logger.ErrorContext(r.Context(), "a request panicked", "panic", p, "request", audit.ContextOf(r.Context()).Request, "stack", string(debug.Stack()))
			if a, ok := w.(*answer); ok && a.status != 0 {
				panic(http.ErrAbortHandler)
			}
			refuse(w, r, http.StatusInternalServerError, "internal", errs.Internal.Sentence(), errs.Internal.Sentence())
		}()
		next.ServeHTTP(w, r)
	})
}

// refuse answers what the shell itself refuses, in the form of the surface that was asked.
func refuse(w http.ResponseWriter, r *http.Request, status int, code, title, detail string) {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		plain(w, status, detail)
		return
	}
	body, err := json.Marshal(map[string]any{"type": "urn:backtrail:problem:" + code, "title": title, "status": status,
		"detail": detail, "code": code, "request": audit.ContextOf(r.Context()).Request})
	if err != nil {
		panic("server: problem: " + err.Error()) // texts
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}
