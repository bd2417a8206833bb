package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/store"
)

func writeAuth(t *testing.T, db *store.DB, fn func(ctx context.Context, tx auth.Tx) error) {
	t.Helper()
	if err := db.WriteAuth(t.Context(), func(tx auth.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// same checks what a lookup gave.
func same[T any](t *testing.T, want T) func(T, error) {
	return func(got T, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	}
}

// absent checks that a lookup found nothing.
func absent[T any](t *testing.T) func(T, error) {
	return func(_ T, err error) {
		t.Helper()
		if !errs.Is(err, errs.NotFound) {
			t.Errorf("got %v, want not found", err)
		}
	}
}

func testAuth(t *testing.T, db *store.DB) {
	ctx := t.Context()
	account := auth.Account{ID: acme, Name: "Acme", Timezone: "Europe/Lisbon", RestoreWindowDays: 60, ExportExpiryDays: 30, CreatedAt: start}
	ana := auth.Person{ID: "p1", Email: "ana@example.com", PasswordHash: "$argon2id$", CreatedAt: start}
	old := auth.Session{ID: "s1", TokenHash: "h1", Person: ana.ID, Account: acme, CreatedAt: start, LastSeenAt: start, ExpiresAt: start.Add(time.Hour), IP: "192.0.2.1", UserAgent: "x"}
	young := auth.Session{ID: "s2", TokenHash: "h2", Person: ana.ID, Account: acme, CreatedAt: start, LastSeenAt: start.Add(time.Minute), ExpiresAt: start.Add(2 * time.Hour), AuditSeen: map[audit.AccountID]time.Time{acme: start, other: start.Add(time.Second)}}
	key := auth.Key{Account: acme, ID: "k1", Name: "CI", Role: "admin", SecretHash: "x", CreatedBy: "staff", CreatedAt: start}
	tries := auth.Attempts{Bucket: "ip:192.0.2.1", Failures: 3, Since: start}

	absent[auth.Account](t)(db.Account(ctx, acme))
	absent[auth.Person](t)(db.Person(ctx, ana.ID))
	absent[auth.Session](t)(db.Session(ctx, "h1"))
	absent[auth.Key](t)(db.Key(ctx, acme, "k1"))
	same(t, auth.Attempts{Bucket: tries.Bucket})(db.Attempts(ctx, tries.Bucket))

	writeAuth(t, db, func(ctx context.Context, tx auth.Tx) error {
		for _, err := range []error{tx.PutAccount(ctx, account), tx.PutPerson(ctx, ana), tx.PutSession(ctx, old), tx.PutSession(ctx, young),
			tx.PutKey(ctx, key), tx.PutAttempts(ctx, tries)} {
			if err != nil {
				return err
			}
		}
		// It sees its own writes.
		same(t, account)(tx.Account(ctx, acme))
		same(t, ana)(tx.PersonByEmail(ctx, ana.Email))
		same(t, old)(tx.Session(ctx, "h1"))
		same(t, []auth.Session{young, old})(tx.Sessions(ctx, ana.ID))
		same(t, key)(tx.Key(ctx, acme, "k1"))
		same(t, []auth.Key{key})(tx.Keys(ctx, acme))
		same(t, tries)(tx.Attempts(ctx, tries.Bucket))
		return nil
	})
	same(t, account)(db.Account(ctx, acme))
	same(t, ana)(db.Person(ctx, ana.ID))
	same(t, ana)(db.PersonByEmail(ctx, ana.Email))
	same(t, young)(db.Session(ctx, "h2"))
	same(t, []auth.Session{young, old})(db.Sessions(ctx, ana.ID))
	same(t, []auth.Session{old})(db.ExpiredSessions(ctx, start.Add(90*time.Minute), 10))
	same(t, []auth.Session{old})(db.ExpiredSessions(ctx, start.Add(9*time.Hour), 1))
	same(t, key)(db.Key(ctx, acme, "k1"))
	absent[auth.Key](t)(db.Key(ctx, other, "k1"))
	same(t, tries)(db.Attempts(ctx, tries.Bucket))

	account.Name, account.RetentionDays, account.ExportExpiryDays = "Acme Ltd", 400, 365
	ana.PasswordHash, young.LastSeenAt = "$new", start.Add(3*time.Hour)
	key.RevokedAt, key.LastUsedAt = start.Add(time.Hour), start.Add(time.Minute)
	tries.Failures = 4
	writeAuth(t, db, func(ctx context.Context, tx auth.Tx) error {
		for _, err := range []error{tx.PutAccount(ctx, account), tx.PutPerson(ctx, ana), tx.PutSession(ctx, young), tx.DeleteSession(ctx, old.ID),
			tx.DeleteSession(ctx, "no such session"), tx.PutKey(ctx, key), tx.PutAttempts(ctx, tries)} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	same(t, account)(db.Account(ctx, acme))
	same(t, ana)(db.Person(ctx, ana.ID))
	same(t, []auth.Session{young})(db.Sessions(ctx, ana.ID))
	same(t, []auth.Key{key})(db.Keys(ctx, acme))
	same(t, tries)(db.Attempts(ctx, tries.Bucket))

	err := db.WriteAuth(ctx, func(tx auth.Tx) error {
		return tx.PutPerson(ctx, auth.Person{ID: "p2", Email: ana.Email, CreatedAt: start})
	})
	if !errs.Is(err, errs.Conflict) {
		t.Errorf("two people with one email: %v", err)
	}
}

func testMembers(t *testing.T, db *store.DB) {
	staff := func(id audit.RecordID, name, email string) crm.Row {
		r := row("staff", id, name)
		r.Fields = map[string]audit.Value{"name": audit.String(name), "email": audit.String(email), "role": audit.String("admin"),
			"status": audit.String("active"), "permissions": audit.List([]string{"audit.read"})}
		r.Keys = []crm.UniqueKey{{Object: "staff", Field: "email", Value: email}}
		return r
	}
	for i, a := range []audit.AccountID{other, acme} {
		records(t, db, a, func(ctx context.Context, tx crm.Tx) error {
			return tx.Insert(ctx, []crm.Row{staff(numbered(i), "Ana", "ana@example.com"), staff(numbered(10+i), "Bob", string(a)+"@example.com"),
				// A contact with that email is no member.
				{Record: crm.Record{Object: "contact", ID: numbered(20), Name: "x", Version: 1}, Keys: []crm.UniqueKey{{Object: "contact", Field: "email", Value: "ana@example.com"}}}})
		})
	}
	member := func(a audit.AccountID, n int) auth.Member {
		return auth.Member{Account: a, ID: numbered(n), Name: "Ana", Email: "ana@example.com", Role: "admin", Status: "active", Permissions: []audit.Permission{"audit.read"}}
	}
	same(t, []auth.Member{member(acme, 1), member(other, 0)})(db.Memberships(t.Context(), "ana@example.com"))
	// An invitation that was accepted by the email of the record, and by no other.
	accept := func(a audit.AccountID, n int, email string, at time.Time) {
		t.Helper()
		i := auth.Invitation{Account: a, Staff: numbered(n), Email: email, SecretHash: "x", CreatedAt: start, ExpiresAt: start.Add(time.Hour), AcceptedAt: at}
		if err := db.WriteAuth(t.Context(), func(tx auth.Tx) error { return tx.PutInvitation(t.Context(), i) }); err != nil {
			t.Fatal(err)
		}
	}
	accept(acme, 1, "ana@example.com", time.Time{})
	accept(other, 0, "before@example.com", start)
	same(t, []auth.Member{member(acme, 1), member(other, 0)})(db.Memberships(t.Context(), "ana@example.com"))
	accept(acme, 1, "ana@example.com", start)
	accepted := member(acme, 1)
	accepted.Accepted = true
	same(t, []auth.Member{accepted, member(other, 0)})(db.Memberships(t.Context(), "ana@example.com"))
	same(t, []auth.Member(nil))(db.Memberships(t.Context(), "nobody@example.com"))
	same(t, member(acme, 1))(db.Member(t.Context(), acme, "ana@example.com"))
	same(t, member(acme, 1))(db.MemberByID(t.Context(), acme, numbered(1)))
	absent[auth.Member](t)(db.Member(t.Context(), acme, string(other)+"@example.com"))
	absent[auth.Member](t)(db.MemberByID(t.Context(), acme, numbered(0)))
	absent[auth.Member](t)(db.MemberByID(t.Context(), acme, numbered(20)))
}
