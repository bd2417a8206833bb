package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
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
	packed map[string][]byte // scripts and style sheets with gzip, by name: a quarter of what they are
}

func newStaticFiles() *staticFiles {
	sub, err := fs.Sub(staticFS, "static")
	if err != nil {
		panic(err) // the name is a constant
	}
	f := &staticFiles{fs: sub, hashes: map[string]string{}, packed: map[string][]byte{}, made: map[string][]byte{"calendar-grid.css": calendarSheet()}}
	err = fs.WalkDir(sub, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(sub, name)
		f.add(name, b)
		return err
	})
	if err != nil {
		panic(err) // embedded: it can be read
	}
	for name, b := range f.made {
		f.add(name, b)
	}
	return f
}

func (f *staticFiles) add(name string, b []byte) {
	f.hashes[name] = hashOf(b)
	if ext := path.Ext(name); ext != ".js" && ext != ".css" {
		return
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // into memory
	}
	f.packed[name] = packed.Bytes()
}

// unpacks reports whether the browser takes gzip.
func unpacks(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return strings.Trim(strings.TrimPrefix(strings.TrimSpace(q), "q="), "0.") != "" || strings.TrimSpace(q) == ""
		}
	}
	return false
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
	w.Header().Set("Vary", "Accept-Encoding")
	if b, ok := f.packed[name]; ok && unpacks(r) {
		w.Header().Set("ETag", `"`+own+`-gzip"`)
		w.Header().Set("Content-Encoding", "gzip")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
		return
	}
	w.Header().Set("ETag", `"`+own+`"`)
	if b, ok := f.made[name]; ok {
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
		return
	}
	http.ServeFileFS(w, r, f.fs, name)
}
