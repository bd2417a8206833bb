package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

//go:embed static
var staticFS embed.FS

// staticFiles serves what is under static. An address holds the hash of the content, so that browsers keep a file for
// good and still see a new one at once: /static/HASH/app.css.
type staticFiles struct {
	fs     fs.FS
	hashes map[string]string
	made   map[string][]byte // those that are made at the start, by name
}

func newStaticFiles() *staticFiles {
	sub, err := fs.Sub(staticFS, "static")
	if err != nil {
		panic(err) // the name is a constant
	}
	f := &staticFiles{fs: sub, hashes: map[string]string{}, made: map[string][]byte{"calendar-grid.css": calendarSheet()}}
	err = fs.WalkDir(sub, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(sub, name)
		f.hashes[name] = hashOf(b)
		return err
	})
	if err != nil {
		panic(err) // embedded: it can be read
	}
	for name, b := range f.made {
		f.hashes[name] = hashOf(b)
	}
	return f
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

// address is where a file is, "" when it is not built in (the browser libraries before `make assets`).
func (f *staticFiles) address(name string) string {
	hash, ok := f.hashes[name]
	if !ok {
		return ""
	}
	return "/static/" + hash + "/" + name
}

// ServeHTTP serves a file. Under another hash than its own (a page from before an upgrade asks) it is served too, but
// not to be kept.
func (f *staticFiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/static/"), "/")
	own, ok := f.hashes[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	if hash == own {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Header().Set("ETag", `"`+own+`"`)
	if b, ok := f.made[name]; ok {
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
		return
	}
	http.ServeFileFS(w, r, f.fs, name)
}
