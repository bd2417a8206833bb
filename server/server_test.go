package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// shown answers with what the shell found out about the request.
var shown = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	c := audit.ContextOf(r.Context())
	fmt.Fprintf(w, "%s %s %s %s", c.IP, r.URL.Scheme, c.UserAgent, c.Request)
})

func newTest(parts Parts, o Options) http.Handler {
	if parts.API == nil {
		parts.API = shown
	}
	if parts.Web == nil {
		parts.Web = shown
	}
	if parts.Ready == nil {
		parts.Ready = func(context.Context) error { return nil }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return New(parts, o)
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHealth(t *testing.T) {
	var broken error
	h := newTest(Parts{Ready: func(context.Context) error { return broken }}, Options{})
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200} {
		if w := serve(h, httptest.NewRequest("GET", path, nil)); w.Code != want {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
	broken = errors.New("disk gone: secret path")
	w := serve(h, httptest.NewRequest("GET", "/readyz", nil))
	if w.Code != 503 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("without a store /readyz answers %d %s", w.Code, w.Body)
	}
	if w := serve(h, httptest.NewRequest("GET", "/healthz", nil)); w.Code != 200 {
		t.Errorf("without a store /healthz answers %d", w.Code)
	}
}

func TestOrigin(t *testing.T) {
	h := newTest(Parts{}, Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for _, test := range []struct {
		name, remote string
		header       http.Header
		tls          bool
		want         string
	}{
		{"direct", "192.0.2.1:1234", nil, false, "192.0.2.1 "},
		{"direct by TLS", "192.0.2.1:1234", nil, true, "192.0.2.1 https"},
		{"a stranger's headers", "192.0.2.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.7"}, "X-Forwarded-Proto": {"https"}}, false, "192.0.2.1 "},
		{"by a proxy", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.7"}, "X-Forwarded-Proto": {"https"}}, false, "198.51.100.7 https"},
		{"by two proxies", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"198.51.100.7, 10.9.9.9"}}, false, "198.51.100.7 "},
		{"a forged first hop", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"1.1.1.1, 198.51.100.7"}}, false, "198.51.100.7 "},
		{"hops in several headers", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"1.1.1.1", "198.51.100.7"}}, false, "198.51.100.7 "},
		{"nonsense", "10.0.0.1:1234", http.Header{"X-Forwarded-For": {"nonsense"}}, false, "10.0.0.1 "},
		{"a proxy that says nothing", "10.0.0.1:1234", nil, false, "10.0.0.1 "},
		{"IPv4 as IPv6", "[::ffff:192.0.2.1]:1234", nil, false, "192.0.2.1 "},
	} {
		r := httptest.NewRequest("GET", "/x", nil)
		r.RemoteAddr, r.TLS = test.remote, nil
		if test.tls {
			r.TLS = &tls.ConnectionState{}
		}
		if test.header != nil {
			r.Header = test.header
		}
		r.Header.Set("User-Agent", "Tester/1")
		w := serve(h, r)
		id := w.Header().Get("X-Request-ID")
		if want := test.want + " Tester/1 " + id; w.Body.String() != want || !audit.ValidID(id) {
			t.Errorf("%s: %q, want %q", test.name, w.Body, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	h := newTest(Parts{}, Options{})
	for _, path := range []string{"/", "/api/v1/objects", "/healthz"} {
		w := serve(h, httptest.NewRequest("GET", path, nil))
		for name, want := range map[string]string{"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Error("the policy allows something unsafe")
	}
}

func TestSameOrigin(t *testing.T) {
	h := newTest(Parts{}, Options{})
	for _, test := range []struct {
		method, path, auth string
		status             int
	}{
		{"POST", "/contacts", "", 403}, {"POST", "/api/v1/objects", "", 403}, {"DELETE", "/api/v1/objects", "Basic x", 403},
		{"GET", "/contacts", "", 200}, {"POST", "/api/v1/objects", "Bearer bt_x", 200},
	} {
		r := httptest.NewRequest(test.method, test.path, nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if test.auth != "" {
			r.Header.Set("Authorization", test.auth)
		}
		w := serve(h, r)
		if w.Code != test.status {
			t.Errorf("%s %s with %q: %d, want %d", test.method, test.path, test.auth, w.Code, test.status)
		}
		if w.Code == 403 && strings.HasPrefix(test.path, "/api/") && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("the refusal is %s", w.Header().Get("Content-Type"))
		}
	}
}

func TestPanic(t *testing.T) {
	var logs strings.Builder
	h := newTest(Parts{API: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret") })}, Options{Logger: slog.New(slog.NewTextHandler(&logs, nil))})
	w := serve(h, httptest.NewRequest("GET", "/api/v1/objects", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), w.Header().Get("X-Request-ID")) {
		t.Errorf("a panic answers %d %s", w.Code, w.Body)
	}
	if !strings.Contains(logs.String(), "panic=secret") || !strings.Contains(logs.String(), w.Header().Get("X-Request-ID")) {
		t.Errorf("a panic is logged as %s", logs.String())
	}
}

func TestMetrics(t *testing.T) {
	var failing error
	h := newTest(Parts{Log: func(context.Context) (LogNumbers, error) {
		return LogNumbers{Recorded: 7, Sealed: 5, SealFailures: 4, Refused: 3, Waiting: 2, WaitingSince: time.Now().Add(-90 * time.Second), Published: 8,
			PublishFailures: 2, PublishedAt: time.UnixMilli(1_500), PublishLate: 90 * time.Second, DeliveryFailures: 1,
			RunsDone: 11, RunsFailed: 12, RunsStopped: 13, StepsRetried: 14, Unfollowed: 15, RunsDue: 16, AlertsFired: 17, AlertsUndelivered: 18, Unwatched: 19}, failing
	}}, Options{})
	serve(h, httptest.NewRequest("GET", "/healthz", nil))
	body := serve(h, httptest.NewRequest("GET", "/metrics", nil)).Body.String()
	for _, line := range []string{`backtrail_http_requests_total{route="GET /healthz",status="200"} 1`, "backtrail_events_recorded_total 7", "backtrail_events_pending 2",
		"backtrail_seal_failures_total 4", "backtrail_ledger_refused 3", "backtrail_checkpoints_published_total 8", "backtrail_checkpoints_failed_total 2",
		"backtrail_checkpoint_published_timestamp_seconds 1.5", "backtrail_checkpoint_oldest_unpublished_seconds 90", "backtrail_checkpoint_deliveries_failed_total 1",
		"backtrail_workflow_events_behind 15", "backtrail_workflow_lag_seconds 0", "backtrail_workflow_runs_due 16", "backtrail_workflow_runs_due_seconds 0", "backtrail_workflow_runs_done_total 11",
		"backtrail_workflow_runs_failed_total 12", "backtrail_workflow_runs_stopped_total 13", "backtrail_workflow_steps_retried_total 14",
		"backtrail_alerts_fired_total 17", "backtrail_alert_deliveries_failed_total 18", "backtrail_alert_events_behind 19", "backtrail_alert_lag_seconds 0",
		`backtrail_http_request_seconds_count{route="GET /healthz"} 1`, "go_goroutines ", "process_"} {
		if !strings.Contains(body, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
	if !regexp.MustCompile(`(?m)^backtrail_events_pending_seconds 9\d`).MatchString(body) {
		t.Errorf("the age of what waits is wrong: %s", body)
	}
	failing = errors.New("the database does not answer")
	body = serve(h, httptest.NewRequest("GET", "/metrics", nil)).Body.String()
	if strings.Contains(body, "backtrail_events_pending 0") || !strings.Contains(body, "go_goroutines ") {
		t.Errorf("without an answer of the database, the metrics are %s", body)
	}
}

// A stop ends the streams at once and lets the other requests come to their end.
func TestRunStops(t *testing.T) {
	entered, release := make(chan string, 2), make(chan struct{})
	web := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		http.NewResponseController(w).Flush()
		entered <- r.URL.Path
		if r.URL.Path == "/stream" {
			<-r.Context().Done()
			close(release) // the request that runs ends behind the stream, or the test hangs
			return
		}
		<-release
		io.WriteString(w, "whole")
	})
	ctx, stop := context.WithCancel(t.Context())
	address, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() {
		ended <- Run(ctx, "127.0.0.1:0", newTest(Parts{Web: web}, Options{}), func(a net.Addr) { address <- a })
	}()
	url := "http://" + (<-address).String()
	bodies := make(chan string, 2)
	for _, path := range []string{"/stream", "/slow"} {
		go func() {
			resp, err := http.Get(url + path)
			if err != nil {
				bodies <- err.Error()
				return
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			bodies <- fmt.Sprint(string(b), err)
		}()
		<-entered
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	got := []string{<-bodies, <-bodies}
	if !(got[0] == "<nil>" && got[1] == "whole<nil>" || got[1] == "<nil>" && got[0] == "whole<nil>") {
		t.Errorf("the requests ended as %q", got)
	}
	if _, err := http.Get(url + "/healthz"); err == nil {
		t.Error("the server still answers")
	}
}

func TestRunNoAddress(t *testing.T) {
	err := Run(t.Context(), "256.0.0.1:1", http.NotFoundHandler(), func(net.Addr) { t.Error("ready") })
	if err == nil || !strings.Contains(err.Error(), "256.0.0.1:1") {
		t.Errorf("error is %v", err)
	}
}
