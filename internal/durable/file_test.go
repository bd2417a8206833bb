package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/backtrail/backtrail/internal/durable"
)

func content(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("the file holds %q, %v; want %q", got, err, want)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
}

// alone wants nothing beside the file.
func alone(t *testing.T, path string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	var made atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			switch err := durable.Create(path, []byte(fmt.Sprintf("%02d", i))); {
			case err == nil:
				made.Add(1)
			case !errors.Is(err, fs.ErrExist):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("%d made it", made.Load())
	}
	got, err := os.ReadFile(path)
	if err != nil || len(got) != 2 {
		t.Errorf("the file holds %q, %v", got, err)
	}
	content(t, path, string(got))
	alone(t, path)
	if err := durable.Create(filepath.Join(path, "under a file"), nil); err == nil {
		t.Error("a file was made under a file")
	}
}

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "newest")
	for _, text := range []string{"one", "two", ""} {
		if err := durable.Replace(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		content(t, path, text)
		alone(t, path)
	}
	folder := filepath.Join(t.TempDir(), "taken")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(folder, []byte("x")); err == nil {
		t.Error("a folder was replaced")
	}
	alone(t, folder)
}
