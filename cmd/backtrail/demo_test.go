package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/backtrail/backtrail/internal/replay"
)

// TestDemoKilledInFill kills the demo while it fills its folder: the next start does it anew, and wholly.
func TestDemoKilledInFill(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "demo.db")
	kill := start(t, "demo", "--dir", dir, "--listen", "127.0.0.1:0")
	const some = 1 << 20 // bytes: the fill is well under way
	for end := time.Now().Add(time.Minute); size(path+".filling")+size(path+".filling-wal") < some; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the fill does not begin")
		}
	}
	kill()
	if size(path) > 0 {
		t.Fatal("the demo is there before it is whole")
	}
	if err := fillOnce(t.Context(), path, io.Discard); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("the folder holds %q, %v; want the database and its key alone", left, err)
	}
	db := openFile(t, path)
	accounts, err := db.Accounts(t.Context())
	if err != nil || len(accounts) != 3 {
		t.Fatalf("accounts: %v, %v", accounts, err)
	}
	for i, least := range []int{4000, 20, 20} { // the studio is the oldest
		if n := len(replay.Check(t, db, accounts[i].ID)); n < least {
			t.Errorf("the account %s of the demo has %d events", accounts[i].Name, n)
		}
	}
}

// BenchmarkDemoRestart is how long a demo that is filled takes from its start to its first answer; 5 s are promised.
func BenchmarkDemoRestart(b *testing.B) {
	dir := b.TempDir()
	if err := fillOnce(b.Context(), filepath.Join(dir, "demo.db"), io.Discard); err != nil {
		b.Fatal(err)
	}
	address := freeAddress(b)
	for b.Loop() {
		kill := start(b, "demo", "--dir", dir, "--listen", address)
		waitFor("http://" + address + "/readyz")
		kill()
	}
}

// size is the size of a file, 0 when it is not there.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
