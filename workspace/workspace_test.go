package workspace_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

var _ workspace.Store = (*store.DB)(nil)

// weak is a cost of passwords for tests.
var weak = &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const password = "correct horse battery"

func open(t *testing.T) *workspace.Workspace {
	t.Helper()
	w, err := workspace.New(dbtest.Open(t), workspace.Options{Hashing: weak})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func found(t *testing.T, w *workspace.Workspace) workspace.Founded {
	t.Helper()
	f, err := w.Found(t.Context(), workspace.Founding{Name: "Acme", OwnerName: "Ana", OwnerEmail: "ana@example.com", OwnerPassword: password})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func types(t *testing.T, w *workspace.Workspace, account audit.AccountID) []string {
	t.Helper()
	page, err := w.Log.Events(t.Context(), account, audit.Query{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range page.Events {
		e, err := s.Event()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(e.Type))
	}
	slices.Reverse(out)
	return out
}

func TestFoundedAccountWorks(t *testing.T) {
	w := open(t)
	f := found(t, w)
	if got := types(t, w, f.Account.ID); !slices.Equal(got, []string{"staff.added", "business_profile.created", "api_key.created"}) {
		t.Errorf("the log begins with %v", got)
	}
	id, err := w.Auth.Authenticate(t.Context(), auth.Credentials{Bearer: f.APIKey})
	if err != nil || id.Account.ID != f.Account.ID || !id.Caller.May(audit.AuditRead) {
		t.Errorf("the key gives %+v, %v", id, err)
	}
	if _, err := w.Auth.Login(t.Context(), "ana@example.com", password, audit.Origin{Channel: audit.Web}); err != nil {
		t.Errorf("the owner cannot log in: %v", err)
	}
	if _, err := w.Found(t.Context(), workspace.Founding{Name: "", OwnerEmail: "x", OwnerPassword: "short"}); !errs.Is(err, errs.Invalid) {
		t.Errorf("bad founding: %v", err)
	}
}

// A long write holds the database; who only reads must not wait for it.
func TestReadersDoNotWaitForALongWrite(t *testing.T) {
	now := time.Now()
	db := dbtest.Open(t)
	w, err := workspace.New(db, workspace.Options{Hashing: weak, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	f := found(t, w)
	login, err := w.Auth.Login(t.Context(), "ana@example.com", password, audit.Origin{Channel: audit.Web})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(5 * time.Minute) // time to note the use again
	started, release, done := make(chan bool), make(chan bool), make(chan error)
	go func() {
		done <- db.WriteAuth(context.Background(), func(auth.Tx) error {
			close(started)
			<-release
			return nil
		})
	}()
	<-started
	for name, c := range map[string]auth.Credentials{"session": {Cookie: login.Token}, "key": {Bearer: f.APIKey}} {
		if _, err := w.Auth.Authenticate(t.Context(), c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	close(release)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// A key can do no more than its maker can now, and what somebody asked for does not run after they have gone.
func TestRightsAreThoseOfToday(t *testing.T) {
	w := open(t)
	f := found(t, w)
	owner := auth.SystemCaller(f.Account.ID, "Test")
	staff, err := w.Schema.Object("staff")
	if err != nil {
		t.Fatal(err)
	}
	bo, err := w.Engine.Create(t.Context(), owner, "staff", crm.Texts(staff, map[string]string{"name": "Bo", "email": "bo@example.com", "role": "admin", "status": "active"}))
	if err != nil {
		t.Fatal(err)
	}
	caller := owner
	caller.Actor = audit.Actor{Type: audit.User, ID: audit.ActorID(bo.ID), Name: "Bo"}
	_, key, err := w.Auth.CreateKey(t.Context(), caller, "Bo's key", auth.Admin)
	if err != nil {
		t.Fatal(err)
	}
	become := func(texts map[string]string) {
		t.Helper()
		if _, err := w.Engine.Update(t.Context(), owner, "staff", bo.ID, crm.Texts(staff, texts), 0); err != nil {
			t.Fatal(err)
		}
	}
	may := func() bool {
		t.Helper()
		id, err := w.Auth.Authenticate(t.Context(), auth.Credentials{Bearer: key})
		if err != nil {
			t.Fatal(err)
		}
		if id.Caller.Role == auth.Admin != id.Caller.May(audit.AuditRead) {
			t.Errorf("the role %s does not go with the permissions", id.Caller.Role)
		}
		return id.Caller.May(audit.AuditRead)
	}
	if !may() {
		t.Error("the key of an admin cannot read the log")
	}
	become(map[string]string{"role": "member"})
	if may() {
		t.Error("the key can do what its maker cannot any more")
	}
	if now, err := w.Auth.Renew(t.Context(), caller); err != nil || now.May(audit.AuditRead) || !now.May(audit.RecordsWrite) {
		t.Errorf("a caller of before the demotion: %v, %v", now.Permissions, err)
	}
	become(map[string]string{"status": "deactivated"})
	if _, err := w.Auth.Renew(t.Context(), caller); !errs.Is(err, errs.Forbidden) {
		t.Errorf("a caller who is deactivated: %v", err)
	}
}

// Somebody who is deactivated is out at once, and stays out of what was open when they come back.
func TestDeactivationEndsSessionsAndKeys(t *testing.T) {
	for _, how := range []string{"deactivated", "removed"} {
		t.Run(how, func(t *testing.T) {
			w := open(t)
			f := found(t, w)
			owner := auth.SystemCaller(f.Account.ID, "Test")
			staff, err := w.Schema.Object("staff")
			if err != nil {
				t.Fatal(err)
			}
			bo, err := w.Engine.Create(t.Context(), owner, "staff", crm.Texts(staff, map[string]string{"name": "Bo", "email": "bo@example.com", "role": "admin", "status": "active"}))
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Auth.SetPassword(t.Context(), "bo@example.com", password, audit.Origin{}); err != nil {
				t.Fatal(err)
			}
			login, err := w.Auth.Login(t.Context(), "bo@example.com", password, audit.Origin{Channel: audit.Web})
			if err != nil {
				t.Fatal(err)
			}
			id, err := w.Auth.Authenticate(t.Context(), auth.Credentials{Cookie: login.Token})
			if err != nil {
				t.Fatal(err)
			}
			_, key, err := w.Auth.CreateKey(t.Context(), id.Caller, "Bo's key", auth.Admin)
			if err != nil {
				t.Fatal(err)
			}

			if how == "removed" {
				_, err = w.Engine.Delete(t.Context(), owner, "staff", bo.ID)
			} else {
				_, err = w.Engine.Update(t.Context(), owner, "staff", bo.ID, crm.Texts(staff, map[string]string{"status": "deactivated"}), 0)
			}
			if err != nil {
				t.Fatal(err)
			}
			got := types(t, w, f.Account.ID)
			if want := []string{"staff." + how, "api_key.revoked", "session.revoked"}; !slices.Equal(got[len(got)-3:], want) {
				t.Errorf("the log ends with %v", got)
			}
			if how == "deactivated" {
				if _, err := w.Engine.Update(t.Context(), owner, "staff", bo.ID, crm.Texts(staff, map[string]string{"status": "active"}), 0); err != nil {
					t.Fatal(err)
				}
			}
			for name, c := range map[string]auth.Credentials{"session": {Cookie: login.Token}, "key": {Bearer: key}} {
				if _, err := w.Auth.Authenticate(t.Context(), c); !errs.Is(err, errs.Unauthenticated) {
					t.Errorf("the %s still works: %v", name, err)
				}
			}
		})
	}
}

// Jobs of one account that take for ever leave workers to the others.
func TestAccountsShareTheJobs(t *testing.T) {
	w := open(t)
	if w.Jobs.PerAccount >= w.Jobs.Workers {
		t.Fatalf("one account may hold all %d workers", w.Jobs.Workers)
	}
	began, ran := make(chan struct{}, 2*w.Jobs.Workers), make(chan struct{})
	w.Jobs.Handle("endless", jobs.Handler{Run: func(ctx context.Context, _ *jobs.Task) error {
		began <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}})
	w.Jobs.Handle("short", jobs.Handler{Run: func(context.Context, *jobs.Task) error { close(ran); return nil }})
	mine, err := w.Found(t.Context(), workspace.Founding{Name: "Acme", OwnerEmail: "ana@example.com", OwnerPassword: password})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := w.Found(t.Context(), workspace.Founding{Name: "Rival", OwnerEmail: "rui@example.com", OwnerPassword: password})
	if err != nil {
		t.Fatal(err)
	}
	put := func(account audit.AccountID, kind jobs.Kind) {
		j := jobs.Job{Account: account, ID: jobs.ID(w.Recorder.NewID()), Kind: kind}
		if _, err := w.Jobs.Enqueue(t.Context(), j, func(jobs.Tx, *jobs.Job) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 * w.Jobs.Workers {
		put(mine.Account.ID, "endless")
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.Jobs.Run(ctx); close(ended) }()
	defer func() { stop(); <-ended }()
	for range w.Jobs.PerAccount {
		<-began
	}
	put(theirs.Account.ID, "short")
	<-ran
}
