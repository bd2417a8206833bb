package publish_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
)

// wantRefused fails unless the ledger of acme is refused for a reason, with everything that belongs to a refusal: what
// happens is recorded and seen, it waits, it is counted, nothing is published, and the other account does not notice.
func wantRefused(t *testing.T, h *house, code string) {
	t.Helper()
	published, err := h.folder.Last(acme)
	if code != "ledger_checkpoint_unreadable" {
		must(t, err)
	}
	sealed, waiting := h.sizes(acme)
	h.write(acme, 2)
	h.write(rival, 2)
	err = h.Seal(t.Context())
	if !errs.Is(err, errs.Unavailable) || errs.Code(err) != code || errs.Of(err).Fix == "" {
		t.Fatalf("sealing: %v, want %s", err, code)
	}
	if s, w := h.sizes(acme); s != sealed || w != waiting+2 {
		t.Errorf("%d are sealed and %d wait, want %d and %d", s, w, sealed, waiting+2)
	}
	if _, w := h.sizes(rival); w > 0 {
		t.Errorf("%d events of another account wait", w)
	}
	if n := h.Stats().Refused; n != 1 {
		t.Errorf("%d accounts are refused", n)
	}
	head := h.head(acme) // what is gone, or was published as it is, need not be looked at to be published
	if err := h.publish(); errs.Code(err) != code && head.Size > 0 && string(head.Checkpoint) != string(published) {
		t.Errorf("publishing: %v", err)
	}
	if now, _ := h.folder.Last(acme); string(now) != string(published) {
		t.Errorf("published was\n%s", now)
	}
}

// wantSealed fails unless all events of acme are sealed, in this many places, and published.
func wantSealed(t *testing.T, h *house, size int) {
	t.Helper()
	must(t, h.Seal(t.Context()))
	must(t, h.publish())
	if s, w := h.sizes(acme); s != size || w != 0 || h.Stats().Refused != 0 {
		t.Errorf("%d are sealed and %d wait, want %d and none; %d accounts are refused", s, w, size, h.Stats().Refused)
	}
	text, err := h.folder.Last(acme)
	must(t, err)
	c, err := ledger.ParseUnverified(text)
	if err != nil || c.Size != int64(size) {
		t.Errorf("published are %d events: %v", c.Size, err)
	}
}

// TestRolledBack puts back an older copy of the database: what a restored backup is.
func TestRolledBack(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		_, older, folder := e.twoStates(t, 3, 5)
		h := open(t, older, choices{folder: folder})
		wantRefused(t, h, "ledger_rolled_back")
		r, err := h.service.Rollback(t.Context(), boss(acme), h.folder)
		must(t, err)
		if r.Now.Size != 3 || r.Published.Size != 8 || r.Forked {
			t.Errorf("rollback %+v", r)
		}
		kept, err := h.service.Accept(t.Context(), boss(acme), h.folder, r)
		must(t, err)
		text, err := os.ReadFile(kept)
		must(t, err)
		if c, err := ledger.ParseUnverified(text); err != nil || c.Head != r.Published {
			t.Errorf("kept is %+v %v", c, err)
		}
		wantSealed(t, h, 6) // 3, the 2 that waited, and the event of the acceptance
		ev := h.newest(acme, "audit.settings_updated")
		want := []audit.Change{
			{Field: "ledger_size", Label: "Events in the ledger", Before: audit.String("8"), After: audit.String("3")},
			{Field: "ledger_root", Label: "Root of the ledger", Before: audit.String(r.Published.Root.String()), After: audit.String(r.Now.Root.String())},
		}
		if diff := cmp.Diff(want, ev.Changes); diff != "" || ev.Description != "Accepted that the ledger goes on from 3 events, although a checkpoint with 8 events was published" {
			t.Errorf("%s %s", ev.Description, diff)
		}
		if _, err := h.service.Rollback(t.Context(), boss(acme), h.folder); errs.Code(err) != "nothing_to_accept" {
			t.Errorf("again: %v", err)
		}
		if _, err := h.service.Rollback(t.Context(), audit.Caller{Origin: boss(acme).Origin}, h.folder); !errs.Is(err, errs.Forbidden) {
			t.Errorf("without permission: %v", err)
		}
	})
}

// TestForked seals other events into an older copy where nobody knows what was published.
func TestForked(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		_, older, folder := e.twoStates(t, 3, 2)
		h := open(t, older, choices{})
		h.write(acme, 4)
		must(t, h.Seal(t.Context()))
		h.close()

		h = open(t, older, choices{folder: folder})
		wantRefused(t, h, "ledger_forked")
		r, err := h.service.Rollback(t.Context(), boss(acme), h.folder)
		must(t, err)
		if r.Now.Size != 7 || r.Published.Size != 5 || !r.Forked {
			t.Errorf("rollback %+v", r)
		}
		_, err = h.service.Accept(t.Context(), boss(acme), h.folder, r)
		must(t, err)
		wantSealed(t, h, 10)
		if got := h.newest(acme, "audit.settings_updated").Description; !strings.HasSuffix(got, "of another history") {
			t.Errorf("the event says %s", got)
		}
	})
}

// TestRunning takes the head back under a server that runs: it remembers what it saw, without any folder.
func TestRunning(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		address := e.url(t)
		h := open(t, address, choices{folder: t.TempDir()})
		h.found()
		h.grow(3)
		before := h.head(acme)
		h.write(acme, 1)
		must(t, h.Seal(t.Context()))
		e.edit(t, address, fmt.Sprintf("UPDATE heads SET size = %d, root = %s, checkpoint = '%s' WHERE account = '%s'",
			before.Size, e.blob(before.Root[:]), before.Checkpoint, acme))
		wantRefused(t, h, "ledger_rolled_back")
	})
}

// TestHeadGone: a ledger that is taken away whole is one that was rolled back, to nothing.
func TestHeadGone(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		address, folder := e.url(t), t.TempDir()
		h := open(t, address, choices{folder: folder})
		h.found()
		h.grow(3)
		h.close()
		e.edit(t, address, "DELETE FROM heads WHERE account = '"+string(acme)+"'")
		h = open(t, address, choices{folder: folder})
		wantRefused(t, h, "ledger_rolled_back")
	})
}

// TestForgedHead edits what stands in the head. Whatever it is, the signature does not fit.
func TestForgedHead(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		address, folder := e.url(t), t.TempDir()
		h := open(t, address, choices{folder: folder})
		h.found()
		h.grow(3)
		forged := ledger.Head{Size: 9, Root: ledger.LeafHash([]byte("other events"))}
		key, err := ledger.NewKey()
		must(t, err)
		theirs, err := key.Sign(ledger.Origin(string(acme)), forged)
		must(t, err)
		for name, set := range map[string]string{
			"the size":     "size = 9",
			"the root":     "root = " + e.blob(forged.Root[:]),
			"the note":     "checkpoint = 'nothing'",
			"all of it":    fmt.Sprintf("size = 9, root = %s, checkpoint = '%s'", e.blob(forged.Root[:]), theirs),
			"another's":    "checkpoint = (SELECT o.checkpoint FROM heads AS o WHERE o.account = '" + string(rival) + "')",
			"a short root": "root = " + e.blob(forged.Root[:5]),
		} {
			h.close()
			spoilt := e.copy(t, address)
			e.edit(t, spoilt, "UPDATE heads SET "+set+" WHERE account = '"+string(acme)+"'")
			t.Run(name, func(t *testing.T) {
				own := t.TempDir()
				must(t, os.CopyFS(own, os.DirFS(folder)))
				h := open(t, spoilt, choices{folder: own})
				if name == "a short root" { // an error of its own
					h.write(acme, 1)
					if err := h.Seal(t.Context()); err == nil || h.Stats().Refused != 1 {
						t.Errorf("sealed: %v", err)
					}
					return
				}
				wantRefused(t, h, "ledger_head_forged")
				if _, err := h.service.Rollback(t.Context(), boss(acme), h.folder); errs.Code(err) != "ledger_head_forged" {
					t.Errorf("it can be accepted: %v", err)
				}
			})
		}
	})
}

// TestOtherKey has a server with the wrong key: no ledger goes on, and none begins.
func TestOtherKey(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		address, folder := e.url(t), t.TempDir()
		h := open(t, address, choices{folder: folder})
		h.found()
		h.write(acme, 3)
		must(t, h.Seal(t.Context()))
		must(t, h.publish())
		h.close()
		other, err := ledger.NewKey()
		must(t, err)
		h = open(t, address, choices{folder: folder, key: other})
		h.write(acme, 1)
		h.write(rival, 1)
		if err := h.Seal(t.Context()); errs.Code(err) != "ledger_other_key" || !strings.Contains(err.Error(), string(acme)) || !strings.Contains(err.Error(), string(rival)) {
			t.Errorf("sealing: %v", err)
		}
		if n := h.Stats().Refused; n != 2 {
			t.Errorf("%d accounts are refused", n)
		}
		h.close()
		h = open(t, address, choices{folder: folder})
		wantSealed(t, h, 4)
	})
}

// TestUnreadableCheckpoint: a checkpoint that cannot be read could hide a rollback.
func TestUnreadableCheckpoint(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		address, folder := e.url(t), t.TempDir()
		h := open(t, address, choices{folder: folder})
		h.found()
		h.grow(3)
		h.close()
		path := filepath.Join(folder, string(acme)+".checkpoint")
		must(t, os.WriteFile(path, []byte("damaged"), 0o600))
		h = open(t, address, choices{folder: folder})
		wantRefused(t, h, "ledger_checkpoint_unreadable")
		must(t, os.Remove(path)) // a person has decided
		wantSealed(t, h, 5)
	})
}

// TestRefusedAlone: a running sealer tries a ledger that it refuses again by itself, and the others do not wait for it.
func TestRefusedAlone(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		address, folder := e.url(t), t.TempDir()
		h := open(t, address, choices{folder: folder})
		h.found()
		h.grow(3)
		path := filepath.Join(folder, string(acme)+".checkpoint")
		genuine, err := os.ReadFile(path)
		must(t, err)
		h.close()
		must(t, os.WriteFile(path, []byte("damaged"), 0o600))

		h = open(t, address, choices{folder: folder})
		ctx, cancel := context.WithCancel(t.Context())
		reports, ended := make(chan error, 1000), make(chan struct{})
		go func() {
			defer close(ended)
			h.RunSealer(ctx, func(err error) { reports <- err })
		}()
		h.write(acme, 1)
		if err := <-reports; errs.Code(err) != "ledger_checkpoint_unreadable" {
			t.Errorf("reported is %v", err)
		}
		time.Sleep(time.Second) // its pauses grow
		begun := time.Now()
		h.write(rival, 1)
		await(t, "the other account", func() bool { _, w := h.sizes(rival); return w == 0 })
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("another account waited %v", took)
		}
		if n := h.Stats(); n.Refused != 1 || n.SealFailures == 0 {
			t.Errorf("stats %+v", n)
		}
		must(t, os.WriteFile(path, genuine, 0o600))
		await(t, "the account that was refused", func() bool { _, w := h.sizes(acme); return w == 0 && h.Stats().Refused == 0 })
		cancel()
		<-ended
		if n := len(reports); n > 10 {
			t.Errorf("it was reported %d times", n)
		}
	})
}

// await waits until something has come about; the database has its own time.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it does not come about", what)
		}
	}
}
