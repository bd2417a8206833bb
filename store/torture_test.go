package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/store"
)

// sealEnv makes the test binary a server that does nothing but seal the database of this URL.
const sealEnv = "TEST_SEALS"

func TestMain(m *testing.M) {
	if url := os.Getenv(sealEnv); url != "" {
		if err := sealForEver(url, os.Getenv(sealEnv+"_KEY")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func sealForEver(url, pem string) error {
	key, err := ledger.ParseKey([]byte(pem))
	if err != nil {
		return err
	}
	db, err := store.Open(context.Background(), url, store.Options{Ledger: store.Ledger{Key: func(context.Context) (*ledger.Key, error) { return key, nil }}})
	if err != nil {
		return err
	}
	db.RunSealer(context.Background(), nil)
	return nil
}

var errGivenUp = errors.New("given up on purpose")

// storm is 64 writers of every kind: some give up, some take long, some hold a transaction open while others pass.
type storm struct {
	db   *store.DB
	mu   sync.Mutex
	kept map[audit.AccountID][][]audit.EventID // the operations that were committed, the leading event first
}

func (s *storm) write(t *testing.T, rng *rand.Rand, kind int) {
	account := []audit.AccountID{"a", "b", "c"}[rng.IntN(3)]
	ctx := context.Background()
	var op []audit.EventID
	work := func(to audit.Appender) error {
		op = nil
		events := operationOf(account, 1+rng.IntN(4))
		for _, e := range slices.Concat(events[1:], events[:1]) { // the leading one last
			if err := to.AppendEvents(ctx, []audit.Encoded{e}); err != nil {
				return err
			}
			if rng.IntN(40) == 0 {
				time.Sleep(time.Duration(rng.IntN(300)) * time.Millisecond)
			}
		}
		for _, e := range events {
			op = append(op, e.ID)
		}
		if rng.IntN(5) == 0 {
			return errGivenUp
		}
		return nil
	}
	var err error
	switch kind % 4 {
	case 0:
		err = s.db.WriteRecords(ctx, account, func(tx crm.Tx) error { return work(tx) })
	case 1:
		err = s.db.WriteJobs(ctx, account, func(tx jobs.Tx) error { return work(tx) })
	default:
		err = s.db.WriteAuth(ctx, func(tx auth.Tx) error { return work(tx) })
	}
	switch {
	case err == nil:
		s.mu.Lock()
		s.kept[account] = append(s.kept[account], op)
		s.mu.Unlock()
	case !errors.Is(err, errGivenUp):
		t.Errorf("a write failed: %v", err)
	}
}

func operationOf(account audit.AccountID, n int) []audit.Encoded {
	var out []audit.Encoded
	for range n {
		e := event(account)
		if len(out) > 0 {
			e.Operation = out[0].Operation
		} else if n > 1 {
			e.Size = n
		}
		e.Body = e.AppendCanonical(nil)
		out = append(out, e)
	}
	return out
}

// TestSealingUnderFire seals with two servers in this process and two of their own that are killed again and again,
// while 64 writers write.
func TestSealingUnderFire(t *testing.T) {
	url := dbtest.PostgresURL(t)
	lasts := 8 * time.Second
	if testing.Short() {
		lasts = 2 * time.Second
	}
	s := &storm{db: dbtest.OpenURL(t, url+"&pool_max_conns=60"), kept: map[audit.AccountID][][]audit.EventID{}}
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	var wg sync.WaitGroup
	for w := range 64 {
		rng := rand.New(rand.NewPCG(uint64(w), 1))
		wg.Go(func() {
			for ctx.Err() == nil {
				s.write(t, rng, w)
			}
		})
	}
	for range 2 {
		other := dbtest.OpenURL(t, url)
		wg.Go(func() { other.RunSealer(ctx, func(err error) { t.Errorf("sealing: %v", err) }) })
	}
	for p := range 2 {
		rng := rand.New(rand.NewPCG(uint64(p), 2))
		wg.Go(func() {
			for ctx.Err() == nil {
				killed(t, url, time.Duration(50+rng.IntN(1500))*time.Millisecond)
			}
		})
	}
	wg.Wait()
	for {
		if err := s.db.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := s.db.Count(t.Context(), "*", "SELECT count(*) FROM pending"); err != nil {
			t.Fatal(err)
		} else if n == 0 {
			break
		}
	}
	for account, ops := range s.kept {
		checkSealed(t, s.db, account, ops)
	}
}

// killed runs a server that seals and kills it after a while.
func killed(t *testing.T, url string, after time.Duration) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), sealEnv+"="+url, sealEnv+"_KEY="+string(dbtest.Key().PEM()))
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return
	}
	time.Sleep(after)
	cmd.Process.Kill()
	cmd.Wait()
}

// checkSealed compares the ledger with the operations that were committed: each event once, at dense places, operations
// in one piece, and the tree over exactly these leaves.
func checkSealed(t *testing.T, db *store.DB, account audit.AccountID, ops [][]audit.EventID) {
	t.Helper()
	at := map[audit.EventID]int64{}
	var leaves []ledger.Hash
	var signed integrity.Signed
	if err := db.ReadLedger(t.Context(), account, func(src integrity.Source) (err error) {
		if signed, err = src.Signed(t.Context()); err != nil {
			return err
		}
		for {
			rows, err := src.Rows(t.Context(), int64(len(leaves)), 1000)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, r := range rows {
				leaf, err := audit.AppendLeaf(nil, r.Body, audit.Salt(r.Salt))
				if err != nil {
					return err
				}
				leaves = append(leaves, ledger.LeafHash(leaf))
				if r.Seq != int64(len(leaves)) {
					t.Fatalf("account %s: place %d of the ledger has seq %d", account, len(leaves), r.Seq)
				}
				at[r.Columns.ID] = r.Seq
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, op := range ops {
		for i, id := range op {
			n++
			if at[id] == 0 {
				t.Errorf("account %s: the event %s was committed and is not sealed", account, id)
			} else if at[id] != at[op[0]]+int64(i) {
				t.Errorf("account %s: an operation lies apart in the ledger", account)
			}
		}
	}
	if n != len(at) || n != len(leaves) {
		t.Errorf("account %s: %d events were committed, %d sealed at %d places", account, n, len(at), len(leaves))
	}
	all := make([]int64, len(leaves))
	for i := range all {
		all[i] = int64(i)
	}
	root, err := ledger.BatchRoot(int64(len(leaves)), all, leaves, nil)
	if err != nil || root != signed.Root || signed.Size != int64(len(leaves)) {
		t.Errorf("account %s: the head is of %d leaves with the root %s; %d leaves give %s: %v", account, signed.Size, signed.Root, len(leaves), root, err)
	}
	vkey, err := dbtest.Key().Verifier(ledger.Origin(string(account)))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := ledger.OpenCheckpoint(signed.Checkpoint, vkey); err != nil || c.Head != signed.Head {
		t.Errorf("account %s: the checkpoint is of %+v, %v", account, c.Head, err)
	}
	t.Logf("account %s: %d events in %d operations", account, n, len(ops))
}

// TestOpenTransactionHoldsTheSealer has one transaction open while others commit: what has a higher number waits for it,
// for it may still commit something that belongs before them.
func TestOpenTransactionHoldsTheSealer(t *testing.T) {
	db := dbtest.Postgres(t)
	begun, end, done := make(chan bool), make(chan bool), make(chan error)
	go func() {
		done <- db.WriteAuth(context.Background(), func(tx auth.Tx) error {
			err := tx.AppendEvents(context.Background(), []audit.Encoded{event("a")})
			close(begun)
			<-end
			return err
		})
	}()
	<-begun
	if err := db.WriteAuth(t.Context(), func(tx auth.Tx) error { return tx.AppendEvents(t.Context(), []audit.Encoded{event("a")}) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w, err := db.Waiting(t.Context()); err != nil || w.Events != 1 || w.Since.IsZero() || w.Transaction <= 0 {
		t.Errorf("what waits is %+v, %v", w, err)
	}
	if events := pagesOf(t, db, "a"); len(events) != 1 || events[0].Seq != 0 {
		t.Errorf("the event behind an open transaction was sealed, or is not seen: %+v", events)
	}
	close(end)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range pagesOf(t, db, "a") {
		if s.Seq == 0 {
			t.Error("an event was not sealed after the transaction had ended")
		}
	}
}

// TestEventsOfAnotherServer has events that waited when a backup was made, under numbers that this server has not come
// to: they are sealed, and before what was recorded here.
func TestEventsOfAnotherServer(t *testing.T) {
	db := dbtest.Postgres(t)
	appendTo(t, db, "a", 1)
	var brought []audit.EventID
	for i := range 3 {
		e := event("a")
		brought = append(brought, e.ID)
		if err := db.Change(t.Context(), "a", fmt.Sprintf("INSERT INTO pending (account, tx, id, occurred_at, recorded_at, actor, type, module, action, outcome, channel, object, record_id, operation, cause, undo_of, body, salt) "+
			"VALUES ('a', %d, '%s', %d, %d, '', '', '', '', '', '', '', '', '%s', '', '', '%s', decode(repeat('ab', 16), 'hex'))",
			1_000_000_000_000+i, e.ID, e.OccurredAt.UnixMicro(), e.RecordedAt.UnixMicro(), e.Operation, e.Body)); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if _, err := db.SealBatch(t.Context(), "a", 2); err != nil {
			t.Fatal(err)
		}
	}
	places := map[audit.EventID]int64{}
	for _, s := range pagesOf(t, db, "a") {
		e, err := s.Event()
		if err != nil {
			t.Fatal(err)
		}
		places[e.ID] = s.Seq
	}
	for i, id := range brought {
		if places[id] != int64(i+1) {
			t.Errorf("event %d of the backup has place %d", i, places[id])
		}
	}
	if len(places) != 4 {
		t.Errorf("%d events", len(places))
	}
}

// TestSealStops has what a sealer must not build on.
func TestSealStops(t *testing.T) {
	for _, tt := range []struct{ name, change, code string }{
		{"another root", "UPDATE heads SET root = decode(repeat('00', 32), 'hex')", "ledger_head_forged"},
		{"another size", "UPDATE heads SET size = size + 1", "ledger_head_forged"},
		{"another signature", "UPDATE heads SET checkpoint = 'x'", "ledger_head_forged"},
		{"another key", "UPDATE heads SET signed_by = 'x'", "ledger_other_key"},
		{"no head", "DELETE FROM heads", ""},
		{"a tile", "UPDATE tiles SET hashes = decode(repeat('00', 64), 'hex')", ""},
		{"no tile", "DELETE FROM tiles", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := dbtest.Postgres(t)
			appendTo(t, db, "a", 2)
			appendTo(t, db, "b", 1)
			if err := db.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
			appendTo(t, db, "a", 1)
			if err := db.Change(t.Context(), "a", tt.change); err != nil {
				t.Fatal(err)
			}
			appendTo(t, db, "b", 1)
			err := db.Seal(t.Context())
			if err == nil || tt.code != "" && !hasCode(err, tt.code) {
				t.Errorf("sealed on: %v", err)
			}
			if events := pagesOf(t, db, "a"); len(events) != 3 {
				t.Errorf("recording stopped too: %d events", len(events))
			}
			if events := pagesOf(t, db, "b"); len(events) != 2 || events[0].Seq != 2 {
				t.Errorf("another account was not sealed: %+v", events)
			}
		})
	}
}

func hasCode(err error, code string) bool {
	e, ok := errors.AsType[*errs.Error](err)
	return ok && e.Code == code
}
