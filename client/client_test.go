package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The calls are tested against the real API (package api); here is what a good server never does.

func serverOf(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := New(srv.URL, "bt_key")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNewRefusesNoAddress(t *testing.T) {
	for _, address := range []string{"", "backtrail", "://", "/api"} {
		if _, err := New(address, ""); err == nil {
			t.Errorf("%q was taken as the address of a server", address)
		}
	}
}

func TestRequest(t *testing.T) {
	c := serverOf(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"key":%q,"label":%q,"module":%q}`, r.URL.EscapedPath(), r.Header.Get("Authorization"), r.Header.Get("Backtrail-Account"))
	})
	c.Account = "acc"
	o, err := c.Object(t.Context(), "a/b ?ñ")
	if err != nil || o.Key != "/api/v1/objects/a%2Fb%20%3F%C3%B1" || o.Label != "Bearer bt_key" || o.Module != "acc" {
		t.Errorf("the request was %+v, %v", o, err)
	}
}

func TestProblems(t *testing.T) {
	for name, test := range map[string]struct {
		status         int
		body, code, in string
	}{
		"a problem":        {400, `{"status":400,"code":"invalid_fields","detail":"2 fields are not valid.","fields":[{"field":"a","detail":"A is wrong."}],"fix":"Mend it."}`, "invalid_fields", "a: A is wrong. Mend it."},
		"a proxy's page":   {502, `<html>Bad gateway</html>`, "", "502 Bad Gateway"},
		"nothing":          {503, ``, "", "503"},
		"JSON of its own":  {500, `{"error":"x"}`, "", "500"},
		"another's status": {429, `{"status":200,"code":"too_many_attempts","detail":"Slow."}`, "too_many_attempts", "Slow."},
	} {
		c := serverOf(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(test.status)
			io.WriteString(w, test.body)
		})
		_, err := c.Session(t.Context())
		if Status(err) != test.status || Code(err) != test.code || !strings.Contains(err.Error(), test.in) {
			t.Errorf("%s: %v", name, err)
		}
		if p, ok := errors.AsType[*Problem](err); !ok || p.RetryAfter != 7*time.Second {
			t.Errorf("%s: retry after %+v", name, p)
		}
	}
	if Status(io.EOF) != 0 || Code(nil) != "" {
		t.Error("an error of another kind has a status or a code")
	}
}

func TestAnswerThatIsNoJSON(t *testing.T) {
	c := serverOf(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	if _, err := c.Session(t.Context()); err == nil || !strings.Contains(err.Error(), "GET session") {
		t.Errorf("error is %v", err)
	}
}

func TestIteratorStops(t *testing.T) {
	pages := 0
	c := serverOf(t, func(w http.ResponseWriter, r *http.Request) {
		if pages++; r.URL.Query().Get("cursor") == "2" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprintf(w, `{"records":[{"id":"a"},{"id":"b"}],"next_cursor":"%d"}`, pages)
	})
	n := 0
	for range c.Records(t.Context(), "contact", Query{}) {
		if n++; n == 1 {
			break
		}
	}
	if n != 1 || pages != 1 {
		t.Errorf("%d records of %d pages were read, want one of one", n, pages)
	}
	pages, n = 0, 0
	var last error
	for _, err := range c.Records(t.Context(), "contact", Query{}) {
		n++
		last = err
	}
	if n != 5 || Status(last) != http.StatusBadGateway {
		t.Errorf("the iterator gave %d values and ended with %v", n, last)
	}
}

func TestStreamCutOff(t *testing.T) {
	c := serverOf(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, ": begins\n\nid: 1\nevent: event\ndata: {\"id\":\"1\"}\n\ndata: {\"id")
	})
	events, err := c.Stream(t.Context(), Filter{}, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for e, err := range events {
		got = append(got, fmt.Sprint(e.ID, err))
	}
	if want := "1<nil> EOF"; strings.Join(got, " ") != want {
		t.Errorf("the stream gave %q, want %q", got, want)
	}
}
