package importer

import (
	"os"
	"path/filepath"
	"testing"
)

// RealPath is one of the real files beside the repository, or, where they are not there, its excerpt in testdata: the same
// shape and the same oddities, with counts of its own. want picks the count for the one that was found. It is exported for
// the tests of package importer_test.
func RealPath(t testing.TB, name string) (path string, want func(real, excerpt int) int) {
	t.Helper()
	found := false
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
	return path, func(real, excerpt int) int {
		if found {
			return real
		}
		return excerpt
	}
}

// realFile opens the file of RealPath.
func realFile(t testing.TB, name string) (f *File, want func(real, excerpt int) int) {
	t.Helper()
	path, want := RealPath(t, name)
	src, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	if f, err = Open(src, Options{}); err != nil {
		t.Fatal(err)
	}
	return f, want
}
