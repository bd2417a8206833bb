package publish_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/publish"
)

func newKey(t *testing.T) *ledger.Key {
	t.Helper()
	k, err := ledger.NewKey()
	must(t, err)
	return k
}

func TestRekey(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		address, folder := e.url(t), t.TempDir()
		h := open(t, address, choices{folder: folder})
		h.found()
		h.grow(3)
		before := h.head(acme)
		h.close()

		key := newKey(t)
		h = open(t, address, choices{folder: folder, key: key})
		wanted := func(l publish.LostKey) { // both ledgers, compared
			t.Helper()
			if len(l.Ledgers) != 2 || l.Ledgers[0].Account != acme || l.Ledgers[1].Account != rival || l.Compared != 2 || l.Old != dbtest.Key().Public() {
				t.Errorf("lost %+v", l)
			}
		}
		unmade, err := h.service.LostKey(t.Context(), h.folder, nil)
		must(t, err)
		wanted(unmade)
		lost, err := h.service.LostKey(t.Context(), h.folder, key)
		must(t, err)
		wanted(lost)
		must(t, h.service.Rekey(t.Context(), boss(acme), lost.Ledgers[0], key))

		// It is cut off here, and done again.
		lost, err = h.service.LostKey(t.Context(), h.folder, key)
		must(t, err)
		if len(lost.Ledgers) != 1 || lost.Ledgers[0].Account != rival {
			t.Fatalf("left are %+v", lost)
		}
		must(t, h.service.Rekey(t.Context(), boss(rival), lost.Ledgers[0], key))
		if _, err := h.service.LostKey(t.Context(), h.folder, key); errs.Code(err) != "nothing_to_sign" {
			t.Errorf("once more: %v", err)
		}

		after := h.head(acme)
		if after.Head != before.Head || after.By != key.Public() {
			t.Errorf("the head is %+v, was %+v", after, before)
		}
		vkey, err := key.Verifier(ledger.Origin(string(acme)))
		must(t, err)
		if c, err := ledger.OpenCheckpoint(after.Checkpoint, vkey); err != nil || c.Head != before.Head {
			t.Errorf("signed is %+v %v", c, err)
		}
		must(t, h.publish()) // the same size under the new key
		wantSealed(t, h, 4)
		ev := h.newest(rival, "audit.settings_updated")
		want := []audit.Change{{Field: "ledger_key", Label: "Public key of the ledger", Before: audit.String(dbtest.Key().Public()), After: audit.String(key.Public())}}
		if diff := cmp.Diff(want, ev.Changes); diff != "" || ev.Description != "Gave the ledger another signing key" || ev.Record.Name != "Rival" {
			t.Errorf("%s %s", ev.Description, diff)
		}
		h.close()
		h = open(t, address, choices{folder: folder}) // a server that still has the old key
		h.write(acme, 1)
		if err := h.Seal(t.Context()); errs.Code(err) != "ledger_other_key" {
			t.Errorf("the old key: %v", err)
		}
	})
}

// TestRekeyRefused: no other key signs what the old one did not sign, or what is not what was published.
func TestRekeyRefused(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		address, older, folder := e.twoStates(t, 2, 1)

		evil := newKey(t)
		forged := ledger.Head{Size: 3, Root: ledger.LeafHash([]byte("another history"))}
		theirs, err := evil.Sign(ledger.Origin(string(acme)), forged)
		must(t, err)
		ofAcme := " WHERE account = '" + string(acme) + "'"
		whole := fmt.Sprintf("UPDATE heads SET size = 3, root = %s, checkpoint = '%s', signed_by = '%s'", e.blob(forged.Root[:]), theirs, evil.Public()) + ofAcme
		for _, test := range []struct{ name, edit, code string }{
			{"the root", "UPDATE heads SET root = " + e.blob(forged.Root[:]) + ofAcme, "ledger_not_signed"},
			{"the key of one", "UPDATE heads SET signed_by = '" + evil.Public() + "'" + ofAcme, "ledger_not_signed"},
			{"no key", "UPDATE heads SET signed_by = ''" + ofAcme, "ledger_not_signed"},
			{"head and key of one", whole, "ledger_not_signed"},
			{"head and key of the only one", "DELETE FROM heads WHERE account <> '" + string(acme) + "'; " + whole, "ledger_not_signed"},
			{"the key of the last", "UPDATE heads SET signed_by = '" + evil.Public() + "' WHERE account = '" + string(rival) + "'", "ledger_other_key"},
		} {
			spoilt := e.copy(t, address)
			e.edit(t, spoilt, test.edit)
			h := open(t, spoilt, choices{folder: folder})
			if _, err := h.service.LostKey(t.Context(), h.folder, nil); errs.Code(err) != test.code || !errs.Is(err, errs.Conflict) {
				t.Errorf("%s: %v", test.name, err)
			}
			h.close()
		}
		h := open(t, older, choices{folder: folder})
		if _, err := h.service.LostKey(t.Context(), h.folder, nil); errs.Code(err) != "ledger_not_signed" {
			t.Errorf("an older database: %v", err)
		}
		unknown := publish.NewFolder(t.TempDir())
		lost, err := h.service.LostKey(t.Context(), unknown, nil)
		must(t, err)
		if lost.Compared != 0 || len(lost.Ledgers) != 2 {
			t.Errorf("without a folder: %+v", lost)
		}
		h.write(acme, 1)
		must(t, open(t, older, choices{}).Seal(t.Context()))
		if err := h.service.Rekey(t.Context(), boss(acme), lost.Ledgers[0], evil); errs.Code(err) != "ledger_moved" || !errs.Is(err, errs.Stale) {
			t.Errorf("a ledger that moved: %v", err)
		}
		if n := len(h.events(acme, "audit.settings_updated")); n != 0 {
			t.Errorf("%d events of it", n)
		}
		if err := h.service.Rekey(t.Context(), audit.Caller{Origin: boss(acme).Origin}, lost.Ledgers[0], evil); !errs.Is(err, errs.Forbidden) {
			t.Errorf("without permission: %v", err)
		}
	})
}
