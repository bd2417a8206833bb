package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/demo"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// TestIntegrity verifies the whole log, and checks an entry with what the pages hand out.
func TestIntegrity(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		files := b.downloads()
		b.open("/settings/audit-logs")
		b.at("link", "Integrity").follow()
		b.waitForPath("/settings/audit-logs/integrity")
		b.css("#verifications").says("Nothing wrong.") // four days ago
		b.at("button", "Verify the whole log").follow()
		b.css("#verifications").says("Nothing wrong.")
		b.at("button", "Verify the whole log").follow()
		b.css("#verifications .verifications-table").says("Nothing wrong")
		b.css("#verifications .flash").says("Nothing wrong.")
		b.look("audit-integrity-verified", width)

		b.at("link", "Download the key").click()
		vkey := strings.TrimSpace(string(files.next().content))
		if shown := read[string](b.at("textbox", "Verifier key of this account's ledger"), `function() { return this.value; }`); shown != vkey {
			t.Errorf("the page shows the key %q, the file has %q", shown, vkey)
		}
		b.at("link", "Download the checkpoint").click()
		note := files.next()
		c, err := ledger.OpenCheckpoint(note.content, vkey)
		if err != nil || c.Size < 1000 || !strings.HasSuffix(note.name, ".txt") {
			t.Errorf("the checkpoint %s: %+v, %v", note.name, c, err)
		}
		b.at("summary", "Compare it with a checkpoint that you kept").click()
		b.at("textbox", "The text of the checkpoint").fill(string(note.content))
		b.at("button", "Verify the whole log").follow()
		b.css("#verifications").says("It has grown out of the checkpoint that was given.")

		b.open("/settings/audit-logs?type=pipeline.deleted")
		b.css("#audit-results tr[id] a[data-row-link]").click()
		drawer := b.at("complementary", "Entry of the audit log")
		drawer.says("In the ledger")
		drawer.at("link", "its proof").click()
		proof, err := ledger.ParseProof(files.next().content)
		if err != nil {
			t.Fatal(err)
		}
		place, err := w.Integrity.Place(t.Context(), w.caller(owner), proof.Index+1)
		if err == nil {
			_, err = proof.Check(place.Leaf, vkey)
		}
		if err != nil || !place.Holds {
			t.Errorf("the proof of place %d: %v", place.Seq, err)
		}
	})
}

// TestIntegrityWithoutJavaScript does the same with scripts switched off: the page comes again by itself.
func TestIntegrityWithoutJavaScript(t *testing.T) {
	w := newWorld(t)
	b := w.tab(phone)
	b.withoutScripts()
	b.open("/settings/audit-logs/integrity")
	b.logIn(admin, demo.Password)
	b.waitForPath("/settings/audit-logs/integrity")
	b.at("button", "Verify the whole log").follow()
	b.css("#verifications").says("Nothing wrong.")
	b.at("textbox", "Verifier key of this account's ledger").see()
	if b.at("button", "Copy").there() {
		t.Error("without scripts there is a button that copies")
	}
	b.expect("status of 422")
	b.at("summary", "Compare it with a checkpoint that you kept").click()
	b.at("textbox", "The text of the checkpoint").fill("nonsense")
	b.at("button", "Verify the whole log").follow()
	b.at("alert", "").says("This is not a checkpoint")
}

// TestIntegrityKeyboard starts a verification with the keys alone, and cancels nothing by accident.
func TestIntegrityKeyboard(t *testing.T) {
	w := newWorld(t)
	b := w.tabOf(owner, desk)
	b.open("/settings/audit-logs/integrity")
	b.tabTo(b.at("summary", "Compare it with a checkpoint that you kept"))
	b.focusIsSeen()
	b.tabTo(b.at("button", "Verify the whole log"))
	b.focusIsSeen()
	b.press("\r")
	b.css("#verifications").says("Nothing wrong.")
}

// TestIntegrityFinds looks at what a verification found, at the page that says that sealing stands still, and at an
// entry that was changed.
func TestIntegrityFinds(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		w.Integrity.Store = changedStore{w.Integrity.Store, w.newestEvent("pipeline.deleted")}
		w.Integrity.CheckedHead = func(context.Context, audit.AccountID) (integrity.Signed, error) {
			return integrity.Signed{}, errs.New(errs.Unavailable, "ledger_rolled_back", "A checkpoint with more events was published.").WithFix("Restore a newer backup.")
		}
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs/integrity")
		b.at("button", "Verify the whole log").follow()
		b.css("#verifications").says("problem")
		b.css("#verifications").says("Show the entry")
		b.at("alert", "").says("Sealing stands still")
		b.look("audit-integrity-findings", width)
		b.at("link", "Show the entry").follow()
		b.at("alert", "").says("Do not rely on this entry")
		b.look("audit-entry-changed", width)
	})
}

// changedStore shows ledgers in which somebody changed one event, and another has waited for an hour.
type changedStore struct {
	integrity.Store
	event audit.EventID
}

type changedSource struct {
	integrity.Source
	event audit.EventID
}

func (s changedStore) ReadLedger(ctx context.Context, account audit.AccountID, fn func(integrity.Source) error) error {
	return s.Store.ReadLedger(ctx, account, func(src integrity.Source) error { return fn(changedSource{src, s.event}) })
}

func (s changedSource) change(rows []integrity.Row) {
	for i := range rows {
		if rows[i].Columns.ID == s.event {
			rows[i].Body = []byte(strings.Replace(string(rows[i].Body), "Deleted pipeline", "Renamed pipeline", 1))
		}
	}
}

func (s changedSource) Row(ctx context.Context, seq int64) (integrity.Row, error) {
	row, err := s.Source.Row(ctx, seq)
	rows := []integrity.Row{row}
	s.change(rows)
	return rows[0], err
}

func (s changedSource) Rows(ctx context.Context, after int64, limit int) ([]integrity.Row, error) {
	rows, err := s.Source.Rows(ctx, after, limit)
	s.change(rows)
	return rows, err
}

func (s changedSource) Backlog(context.Context) (events, since int64, err error) {
	return 1, time.Now().Add(-time.Hour).UnixMicro(), nil
}

func (s changedSource) Waiting(context.Context, audit.EventID, int) ([]integrity.Row, error) {
	return []integrity.Row{{Columns: integrity.Columns{ID: s.event, RecordedAt: time.Now().Add(-time.Hour).UnixMicro()}}}, nil
}
