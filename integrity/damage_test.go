package integrity_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/store"
)

// TestDamagedFile writes nonsense over single pages of a database file. Whatever comes of it, an error or findings, it
// does not come as a panic, and it does not hang.
func TestDamagedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "backtrail.db")
	db, err := store.Open(t.Context(), "sqlite:"+path, dbtest.Options())
	if err != nil {
		t.Fatal(err)
	}
	l := newLife(t, db, 3)
	for range 150 {
		if err := l.step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	clean := checkStore(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	vkey, err := dbtest.Key().Verifier(ledger.Origin(string(acme)))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	failed, found := 0, map[integrity.Kind]int{}
	const page = 4096
	for range 60 {
		damaged := append([]byte(nil), file...)
		at := page * (1 + rng.IntN(len(file)/page-1))
		for i := at; i < at+page; i++ {
			damaged[i] = byte(rng.Uint32())
		}
		r, err := checkFile(t, damaged, vkey)
		if err != nil {
			failed++
			continue
		}
		for _, f := range r.Findings {
			found[f.Kind]++
		}
		if r.OK() && (r.Root != clean.Root || r.Events != clean.Events || r.Bytes != clean.Bytes) {
			t.Errorf("page %d: found right, but it is %+v", at/page, r)
		}
	}
	if failed+len(found) == 0 {
		t.Error("nothing was noticed")
	}
	t.Logf("%d times an error; findings %v", failed, found)
}

func checkFile(t *testing.T, file []byte, vkey string) (r integrity.Report, err error) {
	path := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(context.Background(), "sqlite:"+path, store.Options{})
	if err != nil {
		return r, err
	}
	defer db.Close()
	err = db.ReadLedger(t.Context(), acme, func(src integrity.Source) error {
		r, err = integrity.Check(t.Context(), src, integrity.Options{Account: acme, Verifier: vkey})
		return err
	})
	return r, err
}
