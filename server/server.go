package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Parts are what is mounted.
type Parts struct {
	API http.Handler // answers under /api/v1/
	Web http.Handler // answers everything else
	// Ready reports whether the store answers.
	Ready func(context.Context) error
	// Log tells how the log fares; nil leaves its metrics out.
	Log func(context.Context) (LogNumbers, error)
}

// LogNumbers tell how the log fares. Those that count, count what this process did since it started.
type LogNumbers struct {
	Recorded     int64 // events committed to the log
	Sealed       int64 // events given their place in the ledger
	SealFailures int64 // rounds of the sealer that failed
	Refused      int64 // accounts whose ledger the sealer refuses to go on with; 0 where another process seals

	Published        int64         // checkpoints written to the folder
	PublishFailures  int64         // attempts to do so that failed
	PublishedAt      time.Time     // of the last one, zero for none
	PublishLate      time.Duration // since when the oldest one could not be written
	DeliveryFailures int64         // copies to accounts' own targets that were given up

	// Of the whole database, whichever process did it:
	Waiting         int64     // events that are not sealed yet
	WaitingSince    time.Time // when the oldest of them was recorded, zero for none
	OpenTransaction time.Duration

	// Of workflows: what this process did, and how far all are behind.
	RunsDone, RunsFailed, RunsStopped, StepsRetried int64
	Unfollowed                                      int64     // sealed events that no server has looked at for workflows
	UnfollowedSince                                 time.Time // when the oldest of them was recorded, zero for none
	RunsDue                                         int64     // runs whose next step is due
	RunsDueSince                                    time.Time

	// Of alerts: what this process did, and how far all are behind.
	AlertsFired, AlertsUndelivered int64
	Unwatched                      int64     // sealed events that no server has looked at for alerts
	UnwatchedSince                 time.Time // when the oldest of them was recorded, zero for none
}

// Options are what an installation decides.
type Options struct {
	// TrustedProxies are the addresses whose X-Forwarded-For and X-Forwarded-Proto are believed; none by default.
	TrustedProxies []netip.Prefix
	Logger         *slog.Logger // slog.Default when nil
}

// maxBody is the most that any request may carry: the largest file that an import takes, and its form. The API has a
// lower limit of its own.
const maxBody = 64 << 20

// shell is the middleware with what it shares.
type shell struct {
	Parts
	Options
	ids     *audit.IDSource
	metrics *metrics
}

// New returns the handler of the whole server.
func New(p Parts, o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &shell{Parts: p, Options: o, ids: audit.NewIDSource(time.Now), metrics: newMetrics(p.Log)}
	mux := http.NewServeMux()
	mux.Handle("/api/v1/", p.API)
	mux.Handle("/", p.Web)
	mux.HandleFunc("GET /healthz", s.healthy)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics.handler())

	// From the inside out. What copies the request stands outside of measure: the mux notes the route in it.
	return s.identify(s.limitTime(s.measure(s.recoverPanic(secure(s.sameOrigin(limitBody(mux)))))))
}

func (s *shell) healthy(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }

func (s *shell) ready(w http.ResponseWriter, r *http.Request) {
	if err := s.Ready(r.Context()); err != nil {
		s.Logger.ErrorContext(r.Context(), "the store does not answer", "err", err)
		plain(w, http.StatusServiceUnavailable, "the store does not answer")
		return
	}
	plain(w, http.StatusOK, "ready")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(text + "\n"))
}
