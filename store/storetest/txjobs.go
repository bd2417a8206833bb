package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/store"
)

// testTxJobs has jobs that are written by a transaction of records: both are there, or neither, whichever came first.
func testTxJobs(t *testing.T, db *store.DB) {
	ctx := t.Context()
	queued := func(id jobs.ID) jobs.Job {
		return jobs.Job{Account: acme, ID: id, Kind: "mail", Status: jobs.Queued, CreatedAt: start}
	}
	there := func(id audit.RecordID) (is bool) {
		view(t, db, acme, func(ctx context.Context, v crm.View) error {
			rows, err := v.Rows(ctx, "deal", []audit.RecordID{id})
			is = len(rows) == 1
			return err
		})
		return is
	}
	failed := errors.New("given up")
	for i, test := range []struct {
		name     string
		jobFirst bool
		fails    error
	}{
		{"the record first", false, nil},
		{"the job first", true, nil},
		{"the record first, given up", false, failed},
		{"the job first, given up", true, failed},
	} {
		rec := row("deal", numbered(i+1), test.name)
		j := queued(jobs.ID(rec.ID))
		err := db.WriteRecords(ctx, acme, func(tx crm.Tx) error {
			parts := []func() error{
				func() error { return tx.Insert(ctx, []crm.Row{rec}) },
				func() error { return tx.(*store.Tx).Jobs().PutJob(ctx, j) },
			}
			if test.jobFirst {
				parts[0], parts[1] = parts[1], parts[0]
			}
			for _, part := range parts {
				if err := part(); err != nil {
					return err
				}
			}
			same(t, j)(tx.(*store.Tx).Jobs().LockJob(ctx, j.ID)) // its own writes
			return test.fails
		})
		if !errors.Is(err, test.fails) {
			t.Fatalf("%s: %v", test.name, err)
		}
		got, err := db.Job(ctx, acme, j.ID)
		if kept := test.fails == nil; there(rec.ID) != kept || kept && (err != nil || got.Status != jobs.Queued) || !kept && !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: the record is there: %v; the job %+v: %v", test.name, there(rec.ID), got, err)
		}
	}

	// A job of another account is not in it, and what is put is the transaction's own.
	theirs := queued("theirs")
	theirs.Account = other
	if err := db.WriteRecords(ctx, other, func(tx crm.Tx) error { return tx.(*store.Tx).Jobs().PutJob(ctx, theirs) }); err != nil {
		t.Fatal(err)
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error {
		absent[jobs.Job](t)(tx.(*store.Tx).Jobs().LockJob(ctx, theirs.ID))
		return tx.(*store.Tx).Jobs().PutJob(ctx, theirs)
	})
	same(t, theirs)(db.Job(ctx, other, theirs.ID))
	ours := theirs
	ours.Account = acme
	same(t, ours)(db.Job(ctx, acme, theirs.ID))
}
