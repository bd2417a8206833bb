package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/errs"
)

func newPoster(allowPrivate bool) *Poster { return New("Test/1", allowPrivate) }

func TestPost(t *testing.T) {
	var got *http.Request
	var body string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got, body = r, string(b)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer srv.Close()
	header := map[string]string{"Content-Type": "text/plain; charset=utf-8", "Backtrail-Account": "acme"}
	const text = "a body"
	if err := newPoster(true).Post(t.Context(), srv.URL+"/hook?key=x", header, []byte(text)); err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.URL.String() != "/hook?key=x" || body != text {
		t.Errorf("%s %s\n%s", got.Method, got.URL, body)
	}
	for name, want := range map[string]string{"Content-Type": "text/plain; charset=utf-8", "Backtrail-Account": "acme", "User-Agent": "Test/1"} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q", name, got.Header.Get(name))
		}
	}
}

func TestPostAnswers(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was asked") }))
	defer elsewhere.Close()
	redirected := 0
	mux := http.NewServeMux()
	for _, status := range []int{200, 204, 299, 400, 401, 404, 410, 429, 500, 503} {
		mux.HandleFunc(fmt.Sprintf("/%d", status), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	}
	redirect := func(path, to string, status int) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, status) })
	}
	redirect("/here", "/end", http.StatusTemporaryRedirect)
	redirect("/get", "/end", http.StatusFound)
	redirect("/elsewhere", elsewhere.URL, http.StatusPermanentRedirect)
	redirect("/around", "/around", http.StatusTemporaryRedirect)
	mux.HandleFunc("POST /end", func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		redirected += len(b)
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X", strings.Repeat("x", 2*maxAnswer)) })
	mux.HandleFunc("/cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	p := newPoster(true)
	for path, want := range map[string]string{
		"/200": "", "/204": "", "/299": "", "/here": "", "/endless": "",
		"/400": "webhook_refused", "/401": "webhook_refused", "/404": "webhook_refused", "/410": "webhook_refused",
		"/429": "webhook_failed", "/500": "webhook_failed", "/503": "webhook_failed", "/cut": "webhook_unreachable", "/headers": "webhook_unreachable",
		"/get": "webhook_redirects", "/elsewhere": "webhook_redirects", "/around": "webhook_redirects",
	} {
		err := p.Post(t.Context(), srv.URL+path, nil, []byte("text"))
		if errs.Code(err) != want {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
		if retried := want == "webhook_failed" || want == "webhook_unreachable"; err != nil && errs.Is(err, errs.Unavailable) != retried {
			t.Errorf("%s: %v, tried again: %v", path, err, !retried)
		}
	}
	if redirected != len("text") {
		t.Errorf("%d bytes came behind the redirect", redirected)
	}
}

func TestPostSlow(t *testing.T) {
	hang := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer srv.Close()
	defer close(hang)
	p := newPoster(true)
	p.client.Timeout = 50 * time.Millisecond
	if err := p.Post(t.Context(), srv.URL, nil, nil); errs.Code(err) != "webhook_slow" || !errs.Is(err, errs.Unavailable) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newPoster(true).Post(ctx, srv.URL, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a server that stops: %v", err)
	}
}

// TestPostPrivate: the machine's own network is refused when the connection is made, by whatever name it is called, and
// a redirect does not help. No proxy is asked.
func TestPostPrivate(t *testing.T) {
	reached := 0
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ })
	srv, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer srv.Close()
	defer secure.Close()
	t.Setenv("HTTP_PROXY", srv.URL)
	t.Setenv("HTTPS_PROXY", srv.URL)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	p := newPoster(false)
	p.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	for _, address := range []string{srv.URL, secure.URL, "http://localhost:" + port, "http://0.0.0.0:" + port, "http://[::ffff:127.0.0.1]:" + port, "http://[::]:" + port} {
		err := p.Post(t.Context(), address, nil, nil)
		if errs.Code(err) != "private_address" || errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if reached > 0 {
		t.Errorf("%d requests came through", reached)
	}
}
