package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/store"
)

// testWays is what lets somebody in beside a password: invitations, links, second factors.
func testWays(t *testing.T, db *store.DB) {
	ctx := t.Context()
	invitation := auth.Invitation{Account: acme, Staff: numbered(1), Email: "ana@example.com", SecretHash: "h", CreatedAt: start, ExpiresAt: start.Add(time.Hour)}
	link := auth.PasswordLink{TokenHash: "l1", Person: "p1", VouchedBy: acme, Account: acme, CreatedAt: start, ExpiresAt: start.Add(time.Hour)}
	young := auth.PasswordLink{TokenHash: "l2", Person: "p2", Account: acme, CreatedAt: start, ExpiresAt: start.Add(2 * time.Hour)}
	factor := auth.SecondFactor{Person: "p1", Secret: "S", Recovery: []string{"a", "b"}, CreatedAt: start, LastStep: 5}
	step := auth.SecondStep{TokenHash: "s1", Person: "p1", ExpiresAt: start.Add(time.Hour)}
	other1, other2 := auth.SecondStep{TokenHash: "s2", Person: "p1", ExpiresAt: start.Add(2 * time.Hour)}, auth.SecondStep{TokenHash: "s3", Person: "p2", ExpiresAt: start.Add(2 * time.Hour)}
	session := auth.Session{ID: "s1", TokenHash: "h1", Person: "p1", Account: acme, CreatedAt: start, LastSeenAt: start, ExpiresAt: start.Add(time.Hour),
		Acting: &auth.Acting{As: numbered(2), Name: "Bob", By: numbered(1), ByName: "Ana", Email: "ana@example.com", Until: start.Add(time.Minute)}}
	person := auth.Person{ID: "p1", Email: "ana@example.com", VouchedBy: acme, CreatedAt: start}

	absent[auth.Invitation](t)(db.Invitation(ctx, acme, numbered(1)))
	absent[auth.PasswordLink](t)(db.PasswordLink(ctx, "l1"))
	absent[auth.SecondFactor](t)(db.SecondFactor(ctx, "p1"))
	absent[auth.SecondStep](t)(db.SecondStep(ctx, "s1"))
	writeAuth(t, db, func(ctx context.Context, tx auth.Tx) error {
		absent[auth.SecondFactor](t)(tx.SecondFactor(ctx, "p1"))
		for _, err := range []error{tx.PutInvitation(ctx, invitation), tx.PutPasswordLink(ctx, link), tx.PutPasswordLink(ctx, young), tx.PutSecondFactor(ctx, factor),
			tx.PutSecondStep(ctx, step), tx.PutSecondStep(ctx, other1), tx.PutSecondStep(ctx, other2), tx.PutSession(ctx, session), tx.PutPerson(ctx, person)} {
			if err != nil {
				return err
			}
		}
		same(t, invitation)(tx.Invitation(ctx, acme, numbered(1)))
		same(t, link)(tx.PasswordLink(ctx, "l1"))
		same(t, factor)(tx.SecondFactor(ctx, "p1"))
		same(t, step)(tx.SecondStep(ctx, "s1"))
		return nil
	})
	same(t, invitation)(db.Invitation(ctx, acme, numbered(1)))
	absent[auth.Invitation](t)(db.Invitation(ctx, other, numbered(1)))
	same(t, link)(db.PasswordLink(ctx, "l1"))
	same(t, factor)(db.SecondFactor(ctx, "p1"))
	same(t, session)(db.Session(ctx, "h1"))
	same(t, person)(db.Person(ctx, "p1"))
	same(t, []auth.Session(nil))(db.ExpiredSessions(ctx, start.Add(time.Minute), 10))
	same(t, []auth.Session{session})(db.ExpiredSessions(ctx, start.Add(2*time.Minute), 10))

	invitation.AcceptedAt, factor.EnabledAt, factor.Recovery, session.Acting = start.Add(time.Minute), start, []string{"b"}, nil
	writeAuth(t, db, func(ctx context.Context, tx auth.Tx) error {
		for _, err := range []error{tx.PutInvitation(ctx, invitation), tx.PutSecondFactor(ctx, factor), tx.PutSession(ctx, session),
			tx.DeleteSecondStep(ctx, "s2"), tx.DeleteExpired(ctx, start.Add(time.Hour+1000))} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	same(t, invitation)(db.Invitation(ctx, acme, numbered(1)))
	same(t, factor)(db.SecondFactor(ctx, "p1"))
	same(t, session)(db.Session(ctx, "h1"))
	same(t, young)(db.PasswordLink(ctx, "l2"))
	same(t, other2)(db.SecondStep(ctx, "s3"))
	absent[auth.PasswordLink](t)(db.PasswordLink(ctx, "l1"))
	absent[auth.SecondStep](t)(db.SecondStep(ctx, "s1"))
	absent[auth.SecondStep](t)(db.SecondStep(ctx, "s2"))
	writeAuth(t, db, func(ctx context.Context, tx auth.Tx) error {
		for _, err := range []error{tx.DeletePasswordLinks(ctx, "p2"), tx.DeleteSecondSteps(ctx, "p2")} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	absent[auth.PasswordLink](t)(db.PasswordLink(ctx, "l2"))
	absent[auth.SecondStep](t)(db.SecondStep(ctx, "s3"))
	testSteps(t, db)
}

// testSteps takes one step many times at once: one of them has it.
func testSteps(t *testing.T, db *store.DB) {
	take := func(step int64) (taken bool) {
		err := db.WriteAuth(t.Context(), func(tx auth.Tx) (err error) {
			taken, err = tx.TakeStep(t.Context(), "p1", step)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		return taken
	}
	var n atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if take(6) {
				n.Add(1)
			}
		})
	}
	wg.Wait()
	if n.Load() != 1 || take(6) || take(5) || !take(7) {
		t.Errorf("the step was taken %d times, or an old one again", n.Load())
	}
	writeAuth(t, db, func(ctx context.Context, tx auth.Tx) error {
		if taken, err := tx.TakeStep(ctx, "nobody", 9); taken || err != nil {
			t.Errorf("a step of nobody: %v %v", taken, err)
		}
		return tx.DeleteSecondFactor(ctx, "p1")
	})
	absent[auth.SecondFactor](t)(db.SecondFactor(t.Context(), "p1"))
}
