package storetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/savedviews"
	"github.com/backtrail/backtrail/store"
)

// testViews: an account sees its own, a person theirs and the shared ones, and writers of an account wait for each other.
func testViews(t *testing.T, db *store.DB) {
	ctx := t.Context()
	do := func(account audit.AccountID, fn func(tx savedviews.Tx) error) {
		t.Helper()
		if err := db.WriteViews(ctx, account, fn); err != nil {
			t.Fatal(err)
		}
	}
	see := func(account audit.AccountID, owner audit.ActorID, want ...savedviews.View) {
		t.Helper()
		got, err := db.SavedViews(ctx, account, owner)
		slices.SortFunc(got, func(a, b savedviews.View) int { return cmp.Compare(a.Name, b.Name) })
		same(t, want)(got, err)
	}
	see(acme, "ana")
	first := savedviews.View{Account: acme, ID: "1", Owner: "ana", OwnerName: "Ana é", Name: "A", Query: "action=deleted", CreatedAt: start, UpdatedAt: start.Add(time.Microsecond)}
	shared := savedviews.View{Account: acme, ID: "2", Owner: "bo", Name: "B", Query: "range=7d", Shared: true, CreatedAt: start, UpdatedAt: start}
	theirs := savedviews.View{Account: acme, ID: "3", Owner: "bo", Name: "C", Query: "q=%22", CreatedAt: start, UpdatedAt: start}
	rival := savedviews.View{Account: other, ID: "1", Owner: "ana", Name: "D", Query: "q=x", Shared: true, CreatedAt: start, UpdatedAt: start}
	do(acme, func(tx savedviews.Tx) error {
		return errors.Join(tx.PutView(ctx, first), tx.PutView(ctx, shared), tx.PutView(ctx, theirs))
	})
	do(other, func(tx savedviews.Tx) error { return tx.PutView(ctx, rival) })
	see(acme, "ana", first, shared)
	see(acme, "bo", shared, theirs)
	see(other, "ana", rival)
	see(other, "bo", rival)

	// What another account does under the same id is its own.
	do(other, func(tx savedviews.Tx) error {
		return errors.Join(tx.DeleteView(ctx, shared.ID), tx.DeleteView(ctx, rival.ID))
	})
	see(acme, "ana", first, shared)
	see(other, "ana")

	first.Name, first.Query, first.Shared, first.UpdatedAt = "AA", "q=y", true, start.Add(time.Hour)
	do(acme, func(tx savedviews.Tx) error {
		if err := errors.Join(tx.PutView(ctx, first), tx.DeleteView(ctx, theirs.ID)); err != nil {
			return err
		}
		got, err := tx.SavedViews(ctx, "nobody")
		if len(got) != 2 {
			t.Errorf("inside: %+v", got)
		}
		return err
	})
	see(acme, "bo", first, shared)

	// Each counts what is there and adds one when there are fewer than four: two of them do.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := db.WriteViews(context.WithoutCancel(ctx), acme, func(tx savedviews.Tx) error {
				if err := tx.LockViews(ctx); err != nil {
					return err
				}
				list, err := tx.SavedViews(ctx, "ana")
				if err != nil || len(list) >= 4 {
					return err
				}
				return tx.PutView(ctx, savedviews.View{ID: savedviews.ID(newID()), Owner: "ana", Name: "E", CreatedAt: start, UpdatedAt: start})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := db.SavedViews(ctx, acme, "ana"); err != nil || len(got) != 4 {
		t.Errorf("%d views, %v", len(got), err)
	}
}
