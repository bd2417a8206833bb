package automation_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/automation"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// held is a database in which somebody holds the records of an account.
type held struct {
	automation.Store
	account audit.AccountID
	tries   []audit.AccountID               // whose records were to be written
	look    func(without []audit.AccountID) // is called when due runs are looked for
}

func (h *held) WriteRecords(ctx context.Context, account audit.AccountID, fn func(crm.Tx) error) error {
	h.tries = append(h.tries, account)
	if account == h.account {
		return errs.New(errs.Unavailable, "database_slow", "The database took too long for this.")
	}
	return h.Store.WriteRecords(ctx, account, fn)
}

func (h *held) DueRuns(ctx context.Context, now time.Time, without []audit.AccountID, limit int) ([]automation.Run, error) {
	if h.look != nil {
		h.look(without)
	}
	return h.Store.DueRuns(ctx, now, without, limit)
}

// An account whose records cannot be written is tried once, and left alone for a minute; the others have their turns.
func TestSlowAccount(t *testing.T) {
	w := newWorld(t)
	founded, err := w.ws.Found(t.Context(), workspace.Founding{Name: "Other", OwnerName: "Otto", OwnerEmail: "otto@example.com", OwnerPassword: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	slow := w.account
	flow := w.flow("Tag", "contact.created", "", "add_tag", `{"tag":"new"}`)
	for i := range 5 {
		w.create("contact", "first_name", fmt.Sprint("C", i))
	}
	w.account, w.owner = founded.Account.ID, founded.Owner.ID
	w.flow("Tag", "contact.created", "", "add_tag", `{"tag":"new"}`)
	w.create("contact", "first_name", "Ana")
	w.create("contact", "first_name", "Bo")
	if err := w.db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}

	ctx, stop := context.WithCancel(t.Context())
	looks := 0
	db := &held{Store: w.db, account: slow}
	db.look = func(without []audit.AccountID) {
		switch looks++; looks {
		case 2:
			if want := []audit.AccountID{w.account, slow, w.account}; !slices.Equal(db.tries, want) || !slices.Contains(without, slow) {
				t.Errorf("records of %q were to be written, want %q; left out are %q", db.tries, want, without)
			}
			w.pass(61 * time.Second)
		case 3:
			if slices.Contains(without, slow) {
				t.Errorf("after a minute %q are left out still", without)
			}
			db.account = ""
		case 4:
			stop()
		}
	}
	if err := w.ws.Automation.Follow(ctx); err != nil {
		t.Fatal(err)
	}
	w.ws.Automation.Store = db
	w.ws.Automation.Work(ctx)
	w.account = slow
	w.wantRuns(flow, "done", "done", "done", "done", "done")
}
