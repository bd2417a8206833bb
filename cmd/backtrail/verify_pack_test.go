package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/ledger"
)

// packHouse is a folder with a database, and the key of its account as an auditor got it.
type packHouse struct {
	t            *testing.T
	folder       string
	db, account  string
	out, err     bytes.Buffer
	key, another string
}

func newPackHouse(t *testing.T) *packHouse {
	t.Helper()
	folder := t.TempDir()
	a := &packHouse{t: t, folder: folder, db: "sqlite:" + filepath.Join(folder, "log.db")}
	password := a.file("password.txt", "a few good words")
	a.run(0, "account", "create", "--db", a.db, "--name", "Acme", "--owner-email", "ana@acme.test", "--owner-password-file", password)
	var made struct{ Account string }
	if err := json.Unmarshal(a.out.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	a.account = made.Account
	for _, name := range []string{"One", "Two", "Three"} {
		a.run(0, "key", "create", "--db", a.db, "--account", a.account, "--name", name, "--role", "admin")
	}
	key, err := ledger.LoadKey(filepath.Join(folder, "log.db.ledger-key"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := ledger.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	a.key, a.another = a.verifier("key.txt", key), a.verifier("other.txt", other)
	return a
}

func (a *packHouse) verifier(name string, key *ledger.Key) string {
	a.t.Helper()
	v, err := key.Verifier(ledger.Origin(a.account))
	if err != nil {
		a.t.Fatal(err)
	}
	return a.file(name, "# of Acme\n"+v+"\n")
}

func (a *packHouse) file(name, content string) string {
	a.t.Helper()
	path := filepath.Join(a.folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// run runs a command that must end with this exit code.
func (a *packHouse) run(code int, args ...string) {
	a.t.Helper()
	a.out.Reset()
	a.err.Reset()
	if got := run(args, streams{in: strings.NewReader(""), out: &a.out, err: &a.err}); got != code {
		a.t.Fatalf("%v ends with %d, want %d: %s%s", args, got, code, a.out.String(), a.err.String())
	}
}

func (a *packHouse) export(name string, more ...string) (path string) {
	a.t.Helper()
	path = filepath.Join(a.folder, name)
	a.run(0, append([]string{"export", "--db", a.db, "--account", a.account, "--format", "evidence", "--out", path}, more...)...)
	return path
}

func (a *packHouse) says(where *bytes.Buffer, all ...string) {
	a.t.Helper()
	for _, want := range all {
		if !strings.Contains(where.String(), want) {
			a.t.Errorf("%q is not said in:\n%s", want, where)
		}
	}
}

func TestVerifyPack(t *testing.T) {
	a := newPackHouse(t)
	pack := a.export("pack.zip", "--complete", "--withhold", "email,user", "--type", "api_key.*")
	a.says(&a.out, `"file":`, `"rows":4`, `"sha256":`)
	// The database is not needed any more.
	if err := os.Rename(filepath.Join(a.folder, "log.db"), filepath.Join(a.folder, "away.db")); err != nil {
		t.Fatal(err)
	}
	a.run(0, "verify", pack, "--key", a.key)
	a.says(&a.out, "pack.zip", "Verified: each row is in the log, untouched, and nothing was left out.", "4 rows: each is in the log",
		"are all in the pack, 4 as rows", "The filter: of the type api_key.*.", "Withheld: email, user.", "Acme")
	a.run(0, "verify", pack, "--key", a.key, "--complete", "--format", "json")
	var said struct {
		OK       bool
		Rows     int
		Complete bool
		Findings []any
		Root     string
	}
	if err := json.Unmarshal(a.out.Bytes(), &said); err != nil || !said.OK || said.Rows != 4 || !said.Complete || said.Findings == nil || len(said.Root) != 44 {
		t.Errorf("%v: %s", err, a.out.String())
	}

	a.run(3, "verify", pack, "--key", a.another)
	a.says(&a.err, "not signed with this key", "hint: ")
	a.run(2, "verify", pack, "--key", pack)
	a.says(&a.err, "holds no verifier key")
	a.run(1, "verify", pack, "--key", pack+".none")
	a.run(1, "verify", pack+".none", "--key", a.key)
	a.run(1, "verify", a.folder, "--key", a.key)
	a.run(3, "verify", a.key, "--key", a.key)
	a.says(&a.err, "This is not an evidence pack")
	a.run(2, "verify", pack)
}

func TestVerifyChangedPack(t *testing.T) {
	a := newPackHouse(t)
	pack := a.export("pack.zip")
	a.run(3, "verify", pack, "--key", a.key, "--complete")
	a.says(&a.err, "was not made as a complete one", "hint: Ask for a complete pack")
	edited := filepath.Join(a.folder, "edited.zip")
	editPack(t, pack, edited, func(name string, b []byte) []byte {
		if name == "events.csv" {
			return bytes.Replace(b, []byte("success"), []byte("failed"), 1)
		}
		return b
	})
	a.run(3, "verify", edited, "--key", a.key)
	a.says(&a.out, "NOT VERIFIED: 2 things are wrong", "changed:", "in the column Outcome")
	a.says(&a.err, "The pack is not what is in the log, or it is not whole.")
	a.run(3, "verify", edited, "--key", a.key, "--format", "json")
	a.says(&a.out, `"ok":false`, `"kind":"changed"`)
}

// What withholding means is refused where it means nothing, and a pack on the standard output is a pack.
func TestExportPack(t *testing.T) {
	a := newPackHouse(t)
	args := []string{"export", "--db", a.db, "--account", a.account, "--out", "-"}
	a.run(2, append(args, "--withhold", "email")...)
	a.says(&a.err, "withhold is for evidence packs")
	a.run(2, append(args, "--complete", "--format", "jsonl")...)
	a.run(2, append(args, "--format", "evidence", "--withhold", "shoes")...)
	a.says(&a.err, `"shoes"`, "user_agent")
	a.run(0, append(args, "--format", "evidence")...)
	a.run(0, "verify", a.file("piped.zip", a.out.String()), "--key", a.key)
	a.run(0, "events", "--db", a.db, "--account", a.account, "--type", "audit.export_requested", "--format", "jsonl")
	a.says(&a.out, "Asked for an export of the audit log as evidence pack")
}

// editPack writes a pack again, with other entries.
func editPack(t *testing.T, from, to string, edit func(name string, b []byte) []byte) {
	t.Helper()
	in, err := zip.OpenReader(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := zip.NewWriter(f)
	for _, e := range in.File {
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		w, err := out.Create(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(edit(e.Name, b)); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
