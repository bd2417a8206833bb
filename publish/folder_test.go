package publish

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/durable"
	"github.com/backtrail/backtrail/ledger"
)

const (
	acme  audit.AccountID = "01890000-0000-7000-8000-00000000000a"
	rival audit.AccountID = "01890000-0000-7000-8000-00000000000b"
)

var (
	noon    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	testKey = sync.OnceValue(newKey)
)

func newKey() *ledger.Key {
	k, err := ledger.NewKey()
	if err != nil {
		panic(err)
	}
	return k
}

// head is a head of so many events; mark tells one history from another.
func head(size int64, mark byte) ledger.Head {
	return ledger.Head{Size: size, Root: ledger.LeafHash([]byte{mark, byte(size)})}
}

func sign(t testing.TB, k *ledger.Key, account audit.AccountID, h ledger.Head) []byte {
	t.Helper()
	text, err := k.Sign(ledger.Origin(string(account)), h)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// lastSize is the size of what a folder has of an account, -1 for nothing.
func lastSize(t *testing.T, f *Folder, account audit.AccountID) int64 {
	t.Helper()
	last, err := f.last(account)
	if err != nil {
		t.Fatal(err)
	}
	if last.text == nil {
		return -1
	}
	return last.checkpoint.Size
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFolder(t *testing.T) {
	f := NewFolder(filepath.Join(t.TempDir(), "some", "where"))
	if got := lastSize(t, f, acme); got != -1 {
		t.Errorf("a folder that is not there has %d", got)
	}
	renewed := newKey()
	for _, step := range []struct {
		name  string
		key   *ledger.Key
		head  ledger.Head
		code  string
		after int64
	}{
		{"the first", testKey(), head(3, 'a'), "", 3},
		{"the same again", testKey(), head(3, 'a'), "", 3},
		{"a larger one", testKey(), head(5, 'a'), "", 5},
		{"a smaller one", testKey(), head(4, 'a'), "checkpoint_older", 5},
		{"another root", testKey(), head(5, 'b'), "checkpoint_older", 5},
		{"another key", renewed, head(5, 'a'), "", 5},
		{"a larger one again", renewed, head(6, 'a'), "", 6},
	} {
		text := sign(t, step.key, acme, step.head)
		if err := f.Put(acme, text, noon); errs.Code(err) != step.code {
			t.Fatalf("%s: %v, want %q", step.name, err, step.code)
		}
		if got := lastSize(t, f, acme); got != step.after {
			t.Errorf("%s: the folder has %d events, want %d", step.name, got, step.after)
		}
		if last, err := f.Last(acme); step.code == "" && (err != nil || string(last) != string(text)) {
			t.Errorf("%s: %s %v", step.name, last, err)
		}
	}
	if got := lastSize(t, f, rival); got != -1 {
		t.Errorf("another account has %d", got)
	}
	var want strings.Builder
	for _, h := range []ledger.Head{head(3, 'a'), head(5, 'a'), head(6, 'a')} {
		fmt.Fprintf(&want, "2026-03-01T12:00:00Z %d %s\n", h.Size, h.Root)
	}
	if got := readFile(t, filepath.Join(f.Path(), string(acme)+".history")); got != want.String() {
		t.Errorf("history:\n%swant:\n%s", got, want.String())
	}
	left, err := filepath.Glob(filepath.Join(f.Path(), ".*-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestFolderSeesOthers: what another process puts, or takes away, is seen at once.
func TestFolderSeesOthers(t *testing.T) {
	path := t.TempDir()
	server, command := NewFolder(path), NewFolder(path)
	for _, size := range []int64{1, 2} {
		if err := command.Put(acme, sign(t, testKey(), acme, head(size, 'a')), noon); err != nil {
			t.Fatal(err)
		}
		if got := lastSize(t, server, acme); got != size {
			t.Errorf("the server sees %d, want %d", got, size)
		}
	}
	aside, err := command.SetAside(acme, noon)
	if err != nil {
		t.Fatal(err)
	}
	if got := lastSize(t, server, acme); got != -1 {
		t.Errorf("the server sees %d after it was set aside", got)
	}
	if want := filepath.Join(path, string(acme)+".checkpoint.rolled-back-20260301T120000.000000Z"); aside != want || readFile(t, aside) == "" {
		t.Errorf("set aside as %s", aside)
	}
	if err := server.Put(acme, sign(t, testKey(), acme, head(1, 'b')), noon); err != nil {
		t.Errorf("a smaller one afterwards: %v", err)
	}
	if _, err := NewFolder(path).SetAside(rival, noon); errs.Code(err) != "checkpoint_unwritable" {
		t.Errorf("setting nothing aside: %v", err)
	}
}

func TestFolderUnreadable(t *testing.T) {
	genuine := sign(t, testKey(), acme, head(3, 'a'))
	for name, text := range map[string]string{
		"empty": "", "not a checkpoint": "hello\n", "cut off": string(genuine[:len(genuine)/2]), "of another account": string(sign(t, testKey(), rival, head(3, 'a'))),
		"too long": string(genuine) + strings.Repeat("x", maxFile),
	} {
		f := NewFolder(t.TempDir())
		if err := os.WriteFile(filepath.Join(f.Path(), string(acme)+suffix), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Last(acme); errs.Code(err) != "ledger_checkpoint_unreadable" || !errs.Is(err, errs.Unavailable) || errs.Of(err).Fix == "" {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.Put(acme, genuine, noon); errs.Code(err) != "ledger_checkpoint_unreadable" {
			t.Errorf("%s is replaced: %v", name, err)
		}
	}
	f := NewFolder(filepath.Join(t.TempDir(), "file"))
	if err := os.WriteFile(f.Path(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Last(acme); errs.Code(err) != "ledger_checkpoint_unreadable" {
		t.Errorf("a file in place of the folder: %v", err)
	}
	if err := f.Put(acme, genuine, noon); errs.Code(err) != "checkpoint_unwritable" {
		t.Errorf("a file in place of the folder: %v", err)
	}
	for _, account := range []audit.AccountID{"", "..", "../../etc/passwd", "acme"} {
		if _, err := f.Last(account); errs.Code(err) != "ledger_checkpoint_name" {
			t.Errorf("account %q: %v", account, err)
		}
	}
}

// TestFolderUnwritable: when the history cannot be written the checkpoint is not either, and both are when it can.
func TestFolderUnwritable(t *testing.T) {
	f := NewFolder(t.TempDir())
	history := f.history(acme)
	if err := os.Mkdir(history, 0o700); err != nil {
		t.Fatal(err)
	}
	text := sign(t, testKey(), acme, head(3, 'a'))
	if err := f.Put(acme, text, noon); errs.Code(err) != "checkpoint_unwritable" || lastSize(t, f, acme) != -1 {
		t.Errorf("without a history: %v", err)
	}
	if err := os.Remove(history); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(f.Path(), string(acme)+suffix)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(path, text); err == nil {
		t.Error("a folder was replaced")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(acme, text, noon); err != nil {
		t.Fatal(err)
	}
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	whole := line(head(3, 'a'), noon)
	for _, test := range []struct{ name, before, want string }{
		{"none", "", whole},
		{"another one", line(head(2, 'a'), noon), line(head(2, 'a'), noon) + whole},
		{"the same at another time", line(head(3, 'a'), noon.Add(-time.Hour)), line(head(3, 'a'), noon.Add(-time.Hour))},
		{"one that was cut off", whole + "2026-03-01T12:0", whole + "2026-03-01T12:0\n" + whole},
		{"longer than what is looked at", strings.Repeat(line(head(2, 'a'), noon), 10), strings.Repeat(line(head(2, 'a'), noon), 10) + whole},
	} {
		if err := os.WriteFile(path, []byte(test.before), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := addLine(path, whole); err != nil {
			t.Fatal(err)
		}
		if got := readFile(t, path); got != test.want {
			t.Errorf("%s:\n%swant:\n%s", test.name, got, test.want)
		}
	}
}

// TestFolderShared lets several processes put the checkpoints of a growing ledger, in any order: the largest stays, and
// the history only grows.
func TestFolderShared(t *testing.T) {
	path := t.TempDir()
	const most = 60
	texts := make([][]byte, most)
	for i := range texts {
		texts[i] = sign(t, testKey(), acme, head(int64(i+1), 'a'))
	}
	var wg sync.WaitGroup
	for p := range 4 {
		wg.Go(func() {
			f := NewFolder(path)
			for i := p; i < most; i += 1 + p%2 {
				if err := f.Put(acme, texts[i], noon); err != nil && errs.Code(err) != "checkpoint_older" {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := lastSize(t, NewFolder(path), acme); got != most {
		t.Errorf("the folder has %d events", got)
	}
	var last int64
	for text := range strings.Lines(readFile(t, NewFolder(path).history(acme))) {
		var at, root string
		var size int64
		if _, err := fmt.Sscanf(text, "%s %d %s\n", &at, &size, &root); err != nil || size <= last {
			t.Fatalf("the line %q follows %d: %v", text, last, err)
		}
		last = size
	}
}

func TestFolderAccounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	f := NewFolder(path)
	if got, err := f.Accounts(); err != nil || len(got) != 0 {
		t.Errorf("without the folder: %v, %v", got, err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{string(acme) + ".checkpoint", string(acme) + ".history", "notes.checkpoint", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(path, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := f.Accounts(); err != nil || len(got) != 1 || got[0] != acme {
		t.Errorf("got %v, %v", got, err)
	}
}
