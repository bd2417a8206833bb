package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/backtrail/backtrail/api"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/client"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/server"
	"github.com/backtrail/backtrail/workspace"
)

const password = "correct horse battery"

// unknownID is an id that nothing has.
const unknownID = "01890000-0000-7000-8000-000000000000"

// house is a whole server on a database of its own, with two accounts.
type house struct {
	t     *testing.T
	w     *workspace.Workspace
	api   *api.API
	url   string
	clock *clock
	// founded is the account of the clients below; owner, admin and member work with keys of these roles.
	founded              workspace.Founded
	owner, admin, member *client.Client
	// other is the owner of another account.
	other *client.Client
	logs  *lockedBuffer
}

// clock runs like the real one, moved by what advance adds.
type clock struct {
	mu    sync.Mutex
	moved time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.moved)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved += d
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, workspace.Options{})
}

// newHouseWith is a house whose workspace has more options.
func newHouseWith(t *testing.T, o workspace.Options) *house {
	t.Helper()
	db := dbtest.Open(t)
	h := &house{t: t, clock: &clock{}, logs: &lockedBuffer{}}
	logger := slog.New(slog.NewTextHandler(h.logs, nil))
	var err error
	o.Clock, o.Logger, o.AllowPrivateSMTP = h.clock.now, logger, true
	o.Hashing = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	h.w, err = workspace.New(db, o)
	must(t, err)
	h.api = api.New(h.w, "test")
	srv := httptest.NewServer(server.New(server.Parts{API: h.api, Web: http.NotFoundHandler(), Ready: db.Ping}, server.Options{Logger: logger}))
	ctx, cancel := context.WithCancel(context.Background())
	var background sync.WaitGroup
	background.Go(func() { db.RunSealer(ctx, nil) })
	background.Go(func() { h.w.Run(ctx) })
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		cancel()
		background.Wait()
	})
	h.url = srv.URL
	h.founded = h.found("Acme", "owner@acme.test")
	h.owner = h.client(h.founded.APIKey)
	for role, c := range map[string]**client.Client{auth.Admin: &h.admin, auth.MemberRole: &h.member} {
		_, key, err := h.w.Auth.CreateKey(t.Context(), systemCaller(h), "Key of "+role, role)
		must(t, err)
		*c = h.client(key)
	}
	h.other = h.client(h.found("Rival", "owner@rival.test").APIKey)
	return h
}

func (h *house) found(name, email string) workspace.Founded {
	h.t.Helper()
	f, err := h.w.Found(h.t.Context(), workspace.Founding{Name: name, Timezone: "Europe/Lisbon", OwnerName: "Olga Owner", OwnerEmail: email, OwnerPassword: password})
	must(h.t, err)
	return f
}

// client is a client whose every answer is held against the OpenAPI document.
func (h *house) client(key string) *client.Client {
	h.t.Helper()
	c, err := client.New(h.url, key)
	must(h.t, err)
	c.HTTP.Transport = &documented{h.t, documentValidator(h.t, h.api)}
	return c
}

func systemCaller(h *house) audit.Caller { return auth.SystemCaller(h.founded.Account.ID, "Test") }

// hire adds somebody who can log in.
func (h *house) hire(name, email, role string) client.Record {
	h.t.Helper()
	rec, err := h.owner.Create(h.t.Context(), "staff", client.Fields{"name": name, "email": email, "role": role, "status": "active"})
	must(h.t, err)
	must(h.t, h.w.Auth.SetPassword(h.t.Context(), email, password, audit.Origin{Actor: audit.SystemActor("Test"), Channel: audit.SystemChannel}))
	return rec
}

// loggedIn is a client with a session.
func (h *house) loggedIn(email string) *client.Client {
	h.t.Helper()
	c := h.client("")
	_, err := c.Login(h.t.Context(), email, password)
	must(h.t, err)
	return c
}

// create makes a record that must be possible.
func (h *house) create(object string, fields client.Fields) client.Record {
	h.t.Helper()
	rec, err := h.owner.Create(h.t.Context(), object, fields)
	must(h.t, err)
	return rec
}

// pipeline makes a pipeline with two stages and n opportunities in the first.
func (h *house) pipeline(name string, n int) (pipeline client.Record, stages, opportunities []client.Record) {
	h.t.Helper()
	pipeline = h.create("pipeline", client.Fields{"name": name})
	for i, stage := range []string{"New", "Won"} {
		stages = append(stages, h.create("stage", client.Fields{"pipeline": pipeline.ID, "name": stage, "position": i + 1}))
	}
	var b client.Batch
	for i := range n {
		b.Create = append(b.Create, client.BatchCreate{Fields: client.Fields{"name": name + " " + string(rune('A'+i)), "pipeline": pipeline.ID, "stage": stages[0].ID, "value": "100"}})
	}
	if n > 0 {
		res, err := h.owner.Batch(h.t.Context(), "opportunity", b)
		must(h.t, err)
		opportunities = res.Created
	}
	return pipeline, stages, opportunities
}

// last is the newest event of a type.
func (h *house) last(eventType string) client.Event {
	h.t.Helper()
	page, err := h.owner.EventPage(h.t.Context(), client.Filter{Type: []string{eventType}}, client.Paging{Limit: 1})
	must(h.t, err)
	if len(page.Items) == 0 {
		h.t.Fatalf("there is no event %s", eventType)
	}
	return page.Items[0]
}

// raw sends a request as it is and returns the answer, held against the document.
func (h *house) raw(c *client.Client, method, path string, body io.Reader, header http.Header) (*http.Response, problem) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, body)
	must(h.t, err)
	for name, values := range header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Key != "" && req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer "+c.Key)
	}
	resp, err := c.HTTP.Do(req)
	must(h.t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(h.t, err)
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	var p problem
	if resp.StatusCode >= 400 && !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") {
		h.t.Errorf("%s %s: the error has the type %q", method, path, resp.Header.Get("Content-Type"))
	}
	if resp.StatusCode >= 400 {
		must(h.t, json.Unmarshal(answer, &p))
	}
	return resp, p
}

type problem struct {
	Status int
	Code   string
	Detail string
	Fields []struct{ Field, Code, Detail string }
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode fails unless err is the problem.
func wantCode(t *testing.T, err error, status int, code string) {
	t.Helper()
	if client.Status(err) != status || client.Code(err) != code {
		t.Errorf("error is %v, want %d %s", err, status, code)
	}
}

// wantStatus fails unless err has the status.
func wantStatus(t *testing.T, err error, status int) {
	t.Helper()
	if client.Status(err) != status {
		t.Errorf("error is %v, want status %d", err, status)
	}
}

var (
	validatorOnce sync.Once
	validating    validator.Validator
	validatorLock sync.Mutex
)

func documentValidator(t *testing.T, a *api.API) validator.Validator {
	t.Helper()
	validatorOnce.Do(func() {
		doc, err := libopenapi.NewDocument(a.Document())
		must(t, err)
		v, wrong := validator.NewValidator(doc)
		for _, err := range wrong {
			t.Fatal(err)
		}
		validating = v
	})
	return validating
}

// documented is a transport that fails the test when an answer is not as the OpenAPI document says.
type documented struct {
	t *testing.T
	v validator.Validator
}

func (d *documented) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	kind := resp.Header.Get("Content-Type")
	if !strings.HasPrefix(kind, "application/json") && !strings.HasPrefix(kind, "application/problem+json") || r.URL.Path == "/api/v1/openapi.json" {
		return resp, nil
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if resp.StatusCode != http.StatusMethodNotAllowed && !bytes.Contains(body, []byte(`"code":"unknown_path"`)) && len(body) < 1<<20 {
		validatorLock.Lock()
		defer validatorLock.Unlock()
		copied := *resp
		copied.Body = io.NopCloser(bytes.NewReader(body))
		if ok, wrong := d.v.ValidateHttpResponse(r, &copied); !ok {
			for _, e := range wrong {
				d.t.Errorf("%s %s answers %d, not as documented: %s: %s %v\n%.600s", r.Method, r.URL.Path, resp.StatusCode, e.Message, e.Reason, e.SchemaValidationErrors, body)
			}
		}
	}
	return resp, nil
}
