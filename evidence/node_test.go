package evidence_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/ledger"
)

// script is the checker that was written from docs/ledger.md, in another language and without a line of ours.
const script = "../docs/examples/verify-evidence.mjs"

// otherChecker runs it on a pack and returns what it says, with its exit code.
func otherChecker(t *testing.T, pack []byte, verifier string, more ...string) (said string, code int) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is not installed (Debian: apt-get install nodejs); make needs it, too")
	}
	folder := t.TempDir()
	packFile, keyFile := filepath.Join(folder, "pack.zip"), filepath.Join(folder, "key.txt")
	for path, content := range map[string][]byte{packFile: pack, keyFile: []byte(verifier + "\n")} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), node, append([]string{script, packFile, keyFile}, more...)...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// TestDescribed holds docs/ledger.md against what we write: another program agrees on packs of every kind of event.
func TestDescribed(t *testing.T) {
	paths, err := filepath.Glob("../audit/testdata/leaf/*.json")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d vectors: %v", len(paths), err)
	}
	var events []*audit.Event
	for _, path := range paths {
		var v struct{ Body string }
		raw, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(raw, &v)
		}
		var e *audit.Event
		if err == nil {
			e, err = audit.ParseEvent([]byte(v.Body))
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if e.Account = account; audit.ValidID(e.ID) { // several have the same
			e.ID = eventID(len(events) + 1)
		}
		events = append(events, e)
	}
	vectors := newBook(t)
	vectors.add(t, events...)
	late := start.Add(30 * time.Minute).Format(audit.TimeLayout)
	for _, tt := range []struct {
		name   string
		pack   *book
		change func(*evidence.Plan)
	}{
		{"the vectors", vectors, nil},
		{"the vectors, everything withheld", vectors, func(p *evidence.Plan) { p.Withhold = audit.Withholdable }},
		{"the vectors, ids of outside withheld", vectors, func(p *evidence.Plan) { p.Withhold = []string{"user", "record"} }},
		{"rows among many", samples(t, 700).where(t, map[string][]string{"action": {"deleted"}}), nil},
		{"complete", samples(t, 300).where(t, map[string][]string{"type": {"*.deleted"}, "from": {late}, "user": {string(eventID(900))}}), func(p *evidence.Plan) { p.Complete, p.Withhold = true, []string{"ip"} }},
		{"complete with words", samples(t, 60).where(t, map[string][]string{"q": {"9th"}}), complete},
		{"no rows", samples(t, 60).where(t, map[string][]string{"action": {"created"}}), nil},
		{"nothing since", samples(t, 60).where(t, map[string][]string{"from": {"2027-01-01T00:00:00.000000Z"}}), complete},
		{"one event", samples(t, 1), complete},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pack := tt.pack.pack(t, tt.change)
			r := good(t, pack, evidence.Options{Verifier: tt.pack.verifier(t)})
			said, code := otherChecker(t, pack, tt.pack.verifier(t))
			var other struct {
				OK              bool
				Rows, Headers   int64
				Undecided, Size int64
				Complete        bool
			}
			if err := json.Unmarshal([]byte(said), &other); code != 0 || err != nil || !other.OK || other.Rows != r.Rows || other.Headers != r.Headers ||
				other.Undecided != r.UndecidedHeaders || other.Complete != r.Complete || other.Size != r.Checkpoint.Size {
				t.Errorf("exit code %d: %s", code, said)
			}
		})
	}
}

// TestDescribedTamperings shows that the other program sees what is wrong, too.
func TestDescribedTamperings(t *testing.T) {
	b := samples(t, 60).where(t, map[string][]string{"action": {"deleted"}, "from": {start.Add(14 * time.Minute).Format(audit.TimeLayout)}})
	whole := b.pack(t, func(p *evidence.Plan) { p.Complete, p.Withhold = true, []string{"ip"} })
	edit := func(change func(f files)) []byte {
		f := unpack(t, whole)
		change(f)
		f.adapt(t)
		return f.pack(t)
	}
	other := samples(t, 1).verifier(t)
	elsewhere, err := b.key.Verifier(ledger.Origin(string(eventID(5))))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, verifier, want string
		pack                 []byte
	}{
		{"another key", other, "not signed with this key", whole},
		{"the key of another account", elsewhere, "the key of backtrail/", whole},
		{"half of it", "", "", whole[:len(whole)/2]},
		{"a value", "", "not those of the log", edit(func(f files) { f.replace(t, "events.jsonl", "Ana Silva", "Ana Souza") })},
		{"a salt", "", "", edit(func(f files) { f.replace(t, "events.jsonl", `["actor.name","`, `["actor.name","0`) })},
		{"a commitment", "", "", edit(func(f files) { f.replace(t, "events.jsonl", `["context.ip",null,"`, `["context.ip",null,"A`) })},
		{"a value in place of a withheld one", "", "", edit(func(f files) { f.replace(t, "events.jsonl", `"ip":null`, `"ip":"::1"`) })},
		{"a row", "", "", edit(func(f files) { f.lines("events.jsonl", "\n", drop(3)) })},
		{"a header", "", "", edit(func(f files) { f.lines("headers.jsonl", "\n", drop(3)) })},
		{"the last header", "", "", edit(func(f files) {
			f.lines("headers.jsonl", "\n", func(l []string) []string { return l[:len(l)-1] })
		})},
		{"the order", "", "", edit(func(f files) { f.lines("events.jsonl", "\n", swap(3, 4)) })},
		{"the proof", "", "", edit(func(f files) { f["proof.bin"] = f["proof.bin"][:len(f["proof.bin"])-32] })},
		{"a wider filter", "", "fits the filter", edit(func(f files) { f.manifest(t, func(m *evidence.Manifest) { delete(m.Filter, "action") }) })},
		{"a stretch that begins late", "", "", edit(func(f files) { f.manifest(t, func(m *evidence.Manifest) { m.Stretch.First++ }) })},
		{"the sheet", "", "events.csv is not the file", func() []byte {
			f := unpack(t, whole)
			f.replace(t, "events.csv", "Ana Silva", "Ana Souza")
			return f.pack(t)
		}()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.verifier == "" {
				tt.verifier = b.verifier(t)
			}
			said, code := otherChecker(t, tt.pack, tt.verifier, "--complete")
			if code != 3 || !strings.HasPrefix(said, "NOT VERIFIED: ") || !strings.Contains(said, tt.want) {
				t.Errorf("exit code %d: %s", code, said)
			}
		})
	}
}
