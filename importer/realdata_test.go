package importer

import (
	"os"
	"path/filepath"
	"testing"
)

// realFile opens one of the real files beside the repository. Where they are not there, its excerpt in testdata stands
// in: the same shape and the same oddities, with counts of its own. want picks the count for the one that was found.
func realFile(t testing.TB, name string) (f *File, want func(real, excerpt int) int) {
	t.Helper()
	path, found := "", false
	for dir, _ := os.Getwd(); !found && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		path = filepath.Join(dir, "..", "shared", "data", name)
		_, err := os.Stat(path)
		found = err == nil
	}
	if os.Getenv("BACKTRAIL_TEST_EXCERPTS") != "" {
		found = false
	}
	if !found {
		path = filepath.Join("testdata", filepath.Base(name))
	}
	src, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	if f, err = Open(src, Options{}); err != nil {
		t.Fatal(err)
	}
	return f, func(real, excerpt int) int {
		if found {
			return real
		}
		return excerpt
	}
}
