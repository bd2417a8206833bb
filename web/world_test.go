package web

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

const password = "correct horse battery"

// world is an account with its pages over a real database.
type world struct {
	t     *testing.T
	ws    *workspace.Workspace
	pages http.Handler
	owner *browser
	// admin and member are active staff of these roles; what they are called is their email's part before the @.
	admin, member *browser
	ownerID       audit.RecordID
	memberID      audit.RecordID
	account       auth.Account
	db            *store.DB
}

var testOptions = Options{Version: "test", SupportContact: "support@example.com"}

func newWorld(t *testing.T) *world {
	t.Helper()
	weak := &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	db := dbtest.Open(t)
	ws, err := workspace.New(db, workspace.Options{Hashing: weak, Seal: db.Seal, AllowPrivateSMTP: true})
	if err != nil {
		t.Fatal(err)
	}
	founded, err := ws.Found(t.Context(), workspace.Founding{Name: "Harbour", Timezone: "Europe/Lisbon", OwnerName: "Olga Owner", OwnerEmail: "owner@example.com", OwnerPassword: password})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ws: ws, pages: New(ws, testOptions), account: founded.Account, ownerID: founded.Owner.ID, db: db}
	w.staff("admin@example.com", "admin", "active")
	w.memberID = w.staff("member@example.com", "member", "active").ID
	w.owner, w.admin, w.member = w.login("owner@example.com"), w.login("admin@example.com"), w.login("member@example.com")
	return w
}

// staff adds somebody with the test's password.
func (w *world) staff(email, role, status string) *crm.Record {
	w.t.Helper()
	name, _, _ := strings.Cut(email, "@")
	rec := w.create("staff", "name", name, "email", email, "role", role, "status", status)
	err := w.ws.Auth.SetPassword(w.t.Context(), email, password, audit.Origin{Channel: audit.SystemChannel, Actor: audit.SystemActor("Test")})
	if err != nil {
		w.t.Fatal(err)
	}
	return rec
}

// caller is the owner, for what happens beside the pages.
func (w *world) caller() audit.Caller {
	actor := audit.Actor{Type: audit.User, ID: audit.ActorID(w.ownerID), Name: "Olga Owner"}
	return audit.Caller{Origin: audit.Origin{Account: w.account.ID, Channel: audit.API, Actor: actor}, Role: auth.Owner, Permissions: auth.Effective(auth.Owner, nil)}
}

// create makes a record; fields come as key, text, key, text.
func (w *world) create(object string, fields ...string) *crm.Record {
	w.t.Helper()
	rec, err := w.ws.Engine.Create(w.t.Context(), w.caller(), object, w.input(object, fields...))
	if err != nil {
		w.t.Fatal(err)
	}
	return rec
}

func (w *world) update(rec *crm.Record, fields ...string) *crm.Record {
	w.t.Helper()
	rec, err := w.ws.Engine.Update(w.t.Context(), w.caller(), rec.Object, rec.ID, w.input(rec.Object, fields...), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return rec
}

func (w *world) input(object string, fields ...string) crm.Input {
	o, err := w.ws.Schema.Object(object)
	if err != nil {
		w.t.Fatal(err)
	}
	texts := map[string]string{}
	for i := 0; i < len(fields); i += 2 {
		texts[fields[i]] = fields[i+1]
	}
	return crm.Texts(o, texts)
}

// record reads a record as it is now.
func (w *world) record(object string, id audit.RecordID) *crm.Record {
	w.t.Helper()
	rec, err := w.ws.Engine.Record(w.t.Context(), w.caller(), object, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return rec
}

// events lists the types of the newest events, the newest first.
func (w *world) events(n int) []audit.Type {
	w.t.Helper()
	page, err := w.ws.Log.Events(w.t.Context(), w.account.ID, audit.Query{Limit: n})
	if err != nil {
		w.t.Fatal(err)
	}
	var types []audit.Type
	for _, stored := range page.Events {
		e, err := stored.Event()
		if err != nil {
			w.t.Fatal(err)
		}
		types = append(types, e.Type)
	}
	return types
}

// browser asks for pages with its own cookies. It follows no redirects and runs no scripts.
type browser struct {
	w       *world
	cookies map[string]string
}

func (w *world) browser() *browser { return &browser{w, map[string]string{}} }

func (w *world) login(email string) *browser {
	w.t.Helper()
	b := w.browser()
	if a := b.post("/login", "email", email, "password", password); a.status != http.StatusSeeOther || b.cookies[sessionCookie] == "" {
		w.t.Fatalf("login of %s: %d %s", email, a.status, a.body)
	}
	return b
}

// answer is what came back.
type answer struct {
	status   int
	body     string
	location string
	header   http.Header
}

func (b *browser) get(path string) answer {
	return b.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// htmx asks as htmx does.
func (b *browser) htmx(path string) answer {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("HX-Request", "true")
	return b.do(r)
}

// post sends a form; fields come as key, value, key, value, and may repeat.
func (b *browser) post(path string, fields ...string) answer {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

// upload sends a form with a file.
func (b *browser) upload(path, fileName, content string, fields ...string) answer {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			b.w.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", fileName)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(r)
}

func (b *browser) do(r *http.Request) answer {
	b.w.t.Helper()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	b.w.pages.ServeHTTP(rec, r.WithContext(audit.WithContext(b.w.t.Context(), audit.Context{IP: "192.0.2.7", Request: "test-request"})))
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return answer{rec.Code, rec.Body.String(), rec.Header().Get("Location"), rec.Header()}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// text is the page as one reads it.
func (a answer) text() string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(a.body, " "))), " ")
}

// want checks the status, and that the page says each of the words.
func (a answer) want(t *testing.T, status int, words ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d; %s %s", a.status, status, a.location, a.text())
	}
	for _, w := range words {
		if !strings.Contains(a.text(), w) && !strings.Contains(a.body, w) {
			t.Errorf("the page does not say %q; it says: %s", w, a.text())
		}
	}
	return a
}

// wantNot checks that the page says none of the words.
func (a answer) wantNot(t *testing.T, words ...string) answer {
	t.Helper()
	for _, w := range words {
		if strings.Contains(a.body, w) {
			t.Errorf("the page says %q", w)
		}
	}
	return a
}

// to checks that the answer is a redirect to the address.
func (a answer) to(t *testing.T, address string) answer {
	t.Helper()
	if a.status != http.StatusSeeOther || a.location != address {
		t.Fatalf("status %d to %q, want a redirect to %q; %s", a.status, a.location, address, a.text())
	}
	return a
}

// httpRequest is a form to a whole address, with its scheme as package server sets it.
func httpRequest(method, address, form string) *http.Request {
	r := httptest.NewRequest(method, address, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}
