package dbtest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/backtrail/backtrail/store"
)

// Original is a database that is filled once for the process, and copied for each test. It is of the kind that the run is
// for, as with Open.
type Original struct {
	// Fill makes what the copies begin with.
	Fill func(*store.DB) error
	// Folder is where the file of a SQLite database is kept until the process ends.
	Folder func() string

	once sync.Once
	err  error
}

const originalName = "backtrail_original"

// Copy opens a copy, and closes it at the end of the test.
func (o *Original) Copy(t testing.TB) *store.DB {
	t.Helper()
	if os.Getenv("BACKTRAIL_TEST_DATABASE") == "postgres" {
		s := Shared(t)
		o.once.Do(func() {
			o.err = errors.Join(s.makeOwner(), s.Exec("postgres", "CREATE DATABASE "+originalName+" OWNER "+Owner))
			if o.err == nil {
				o.err = o.make(s.URL(Owner, originalName))
			}
		})
		o.check(t)
		return OpenURL(t, s.newDatabase(t, " TEMPLATE "+originalName))
	}
	file := filepath.Join(o.Folder(), "original.db")
	o.once.Do(func() { o.err = o.make("sqlite:" + file) })
	o.check(t)
	path := filepath.Join(t.TempDir(), "backtrail.db")
	if err := copyFile(file, path); err != nil {
		t.Fatal(err)
	}
	return Reopen(t, path)
}

func (o *Original) check(t testing.TB) {
	t.Helper()
	if o.err != nil {
		t.Fatalf("fill the original: %v", o.err)
	}
}

func (o *Original) make(url string) error {
	db, err := store.Open(context.Background(), url, Options())
	if err != nil {
		return err
	}
	return errors.Join(o.Fill(db), db.Close())
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
