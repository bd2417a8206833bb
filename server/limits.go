package server

import (
	"context"
	"net/http"
	"strings"
	"time"
)

const (
	// ordinary is how long a request may take that neither streams nor carries a file.
	ordinary = 2 * time.Minute
	// stalled is how long one write of a long answer may take: the reader may be slow, but not gone.
	stalled = time.Minute
	// upload is how long a file may take to arrive.
	upload = 10 * time.Minute
)

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, bodyOf(r))
		next.ServeHTTP(w, r)
	})
}

// bodyOf is how much a request may bring, which is little wherever somebody who is not logged in could send it.
func bodyOf(r *http.Request) int64 {
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"), r.URL.Path == "/import" && r.Method == http.MethodPost:
		return maxBody // the API has lower limits of its own
	case r.Method == http.MethodGet, r.Method == http.MethodHead, r.URL.Path == "/login":
		return 64 << 10
	}
	return 2 << 20
}

// limitTime ends requests that take too long. Files and streams take the time they need, as long as they are read; a
// stream ends when the server stops.
func (s *shell) limitTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isStream(r):
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(stopping(ctx), cancel)()
			next.ServeHTTP(&patient{w}, r.WithContext(ctx))
		case isFile(r):
			if r.Method == http.MethodPost {
				http.NewResponseController(w).SetReadDeadline(time.Now().Add(upload)) // not every writer knows deadlines
			}
			next.ServeHTTP(&patient{w}, r)
		default:
			ctx, cancel := context.WithTimeout(r.Context(), ordinary)
			defer cancel()
			if deadline, ok := ctx.Deadline(); ok {
				control := http.NewResponseController(w) // not every writer knows deadlines
				control.SetReadDeadline(deadline)
				control.SetWriteDeadline(deadline.Add(stalled))
			}
			next.ServeHTTP(w, r.WithContext(ctx))
		}
	})
}

func isStream(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/stream")
}

// isFile tells requests that send or bring a file.
func isFile(r *http.Request) bool {
	for _, end := range []string{"/file", "/export", "/import"} {
		if strings.HasSuffix(r.URL.Path, end) {
			return true
		}
	}
	return false
}

// patient is a writer that gives every write its own time.
type patient struct{ http.ResponseWriter }

func (p *patient) Write(b []byte) (int, error) {
	http.NewResponseController(p.ResponseWriter).SetWriteDeadline(time.Now().Add(stalled)) // not every writer knows deadlines
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }
