package evidence_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/evidence"
)

// raw makes a ZIP of headers as they are given; what they leave open is that of the entry.
func raw(t testing.TB, entries ...*rawEntry) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range entries {
		w, err := z.CreateRaw(&e.FileHeader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type rawEntry struct {
	zip.FileHeader
	data []byte
}

// plainEntry is a stored entry.
func plainEntry(name string, b []byte) *rawEntry {
	return &rawEntry{zip.FileHeader{Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(b),
		CompressedSize64: uint64(len(b)), UncompressedSize64: uint64(len(b))}, b}
}

func plainEntries(f files) (entries []*rawEntry) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		entries = append(entries, plainEntry(name, f[name]))
	}
	return entries
}

// deflated is n zeros, which deflate packs a thousand times.
func deflated(t testing.TB, name string, n int64) *rawEntry {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	sum := crc32.NewIEEE()
	if _, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(zeros{}, n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &rawEntry{zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: sum.Sum32(),
		CompressedSize64: uint64(out.Len()), UncompressedSize64: uint64(n)}, out.Bytes()}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// end is where the record at the end of a ZIP begins.
func end(pack []byte) int { return bytes.LastIndex(pack, []byte("PK\x05\x06")) }

func put16(at int, v uint16) func([]byte) {
	return func(b []byte) { binary.LittleEndian.PutUint16(b[at:], v) }
}

func put32(at int, v uint32) func([]byte) {
	return func(b []byte) { binary.LittleEndian.PutUint32(b[at:], v) }
}

func TestHostileFiles(t *testing.T) {
	b := samples(t, 30)
	pack := b.pack(t, nil)
	f := unpack(t, pack)
	edit := func(from []byte, edits ...func([]byte)) []byte {
		out := bytes.Clone(from)
		for _, e := range edits {
			e(out)
		}
		return out
	}
	with := func(change func(f files) []*rawEntry) []byte { return raw(t, change(maps.Clone(f))...) }
	stored := raw(t, plainEntries(f)...)
	directory := int(binary.LittleEndian.Uint32(stored[end(stored)+16:]))
	for _, tt := range []struct {
		name string
		pack []byte
		code string
	}{
		{"nothing", nil, "not_a_pack"},
		{"a text", []byte(strings.Repeat("hello ", 100)), "not_a_pack"},
		{"an empty ZIP", raw(t), "not_a_pack"},
		{"half of it", pack[:len(pack)/2], "not_a_pack"},
		{"without its last byte", pack[:len(pack)-1], "not_a_pack"},
		{"something behind it", append(bytes.Clone(pack), 0), "not_a_pack"},
		{"another pack behind it", append(bytes.Clone(pack), pack...), "not_a_pack"},
		{"something before it", append([]byte("#!/bin/sh\n"), pack...), "not_a_pack"},
		{"a comment", edit(append(bytes.Clone(pack), "hi"...), put16(end(pack)+20, 2)), "not_a_pack"},
		{"an entry less", with(func(f files) []*rawEntry { delete(f, "key.txt"); return plainEntries(f) }), "not_a_pack"},
		{"an entry more", with(func(f files) []*rawEntry { f["run.sh"] = nil; return plainEntries(f) }), "not_a_pack"},
		{"an entry that leads out", with(func(f files) []*rawEntry { f["../manifest.json"] = nil; return plainEntries(f) }), "not_a_pack"},
		{"a folder", with(func(f files) []*rawEntry { f["events.csv/"] = nil; return plainEntries(f) }), "not_a_pack"},
		{"an entry twice", with(func(f files) []*rawEntry {
			return append(plainEntries(f), plainEntry("README.txt", []byte("other")))
		}), "not_a_pack"},
		{"headers in a pack that is not complete", with(func(f files) []*rawEntry { f["headers.jsonl"] = nil; return plainEntries(f) }), "not_a_pack"},
		{"a link", with(func(f files) []*rawEntry {
			e := plainEntries(f)
			e[0].SetMode(fs.ModeSymlink | 0o777)
			return e
		}), "not_a_pack"},
		{"encrypted", edit(stored, put16(6, 1), put16(directory+8, 1)), "not_a_pack"},
		{"another method", with(func(f files) []*rawEntry { e := plainEntries(f); e[3].Method = 14; return e }), "not_a_pack"},
		{"another name in front of the entry", edit(stored, func(b []byte) { b[30] = 'X' }), "not_a_pack"},
		{"another name in the directory", edit(stored, func(b []byte) { b[directory+46] = 'X' }), "not_a_pack"},
		{"an entry that begins elsewhere", edit(stored, put32(directory+42, 1)), "not_a_pack"},
		{"an entry behind the end", edit(stored, put32(directory+42, 1<<31)), "not_a_pack"},
		{"an entry that is longer than the file", edit(stored, put32(directory+20, 1<<31), put32(directory+24, 1<<31)), "not_a_pack"},
		{"overlapping entries", edit(stored, put32(directory+20, binary.LittleEndian.Uint32(stored[directory+20:])+40), put32(directory+24, binary.LittleEndian.Uint32(stored[directory+24:])+40)), "not_a_pack"},
		{"entries of one place", overlapped(t, f), "not_a_pack"},
		{"another checksum in the directory", edit(stored, put32(directory+16, 1)), "not_a_pack"},
		{"another checksum", edit(stored, put32(14, 1), put32(directory+16, 1)), "damaged_pack"},
		{"another length in front of the entry", edit(stored, put32(18, 1)), "not_a_pack"},
		{"a length in front of a streamed entry", edit(pack, put32(18, 1)), "not_a_pack"},
		{"another name in an extra field", with(func(f files) []*rawEntry {
			e := plainEntries(f)
			e[0].Extra = append([]byte{0x75, 0x70, 15, 0, 1, 0, 0, 0, 0}, "events.csv"...)
			return e
		}), "not_a_pack"},
		{"half an extra field", with(func(f files) []*rawEntry { e := plainEntries(f); e[0].Extra = []byte{1, 0, 9}; return e }), "not_a_pack"},
		{"a damaged entry", edit(pack, func(b []byte) { b[60] ^= 0xff }), "damaged_pack"},
		{"more entries than there are", edit(pack, put16(end(pack)+8, 8), put16(end(pack)+10, 8)), "not_a_pack"},
		{"fewer entries than there are", edit(pack, put16(end(pack)+8, 6), put16(end(pack)+10, 6)), "not_a_pack"},
		{"millions of entries", edit(pack, put16(end(pack)+8, 0xfffe), put16(end(pack)+10, 0xfffe)), "not_a_pack"},
		{"a directory that is elsewhere", edit(pack, put32(end(pack)+16, 0)), "not_a_pack"},
		{"a directory of another size", edit(pack, put32(end(pack)+12, 1)), "not_a_pack"},
		{"a second end that is not there", edit(pack, put32(end(pack)+16, 0xffffffff)), "not_a_pack"},
		{"a second end that points to itself", zip64(pack, 8, 100, uint64(end(pack)), uint64(end(pack))+20), "not_a_pack"},
		{"a second end with a large directory", zip64(pack, 1<<40, 1<<40, 0, uint64(end(pack))), "not_a_pack"},
		{"a second end with a negative offset", zip64(pack, 7, 100, 1<<63, uint64(end(pack))), "not_a_pack"},
		{"a large directory", largeDirectory(t), "not_a_pack"},
		{"a bomb", with(func(f files) []*rawEntry {
			delete(f, "events.jsonl")
			return append(plainEntries(f), deflated(t, "events.jsonl", 64<<20))
		}), "zip_bomb"},
		{"a bomb that lies about its length", with(func(f files) []*rawEntry {
			delete(f, "events.jsonl")
			e := deflated(t, "events.jsonl", 64<<20)
			e.UncompressedSize64 = 1000
			return append(plainEntries(f), e)
		}), "damaged_pack"},
		{"a bomb that lies about its size", with(func(f files) []*rawEntry {
			delete(f, "events.jsonl")
			e := plainEntry("events.jsonl", f["events.jsonl"])
			e.UncompressedSize64 = 1 << 50
			return append(plainEntries(f), e)
		}), "too_large"},
		{"many that are too large together", with(func(f files) []*rawEntry {
			e := plainEntries(f)
			for i := range e {
				e[i].UncompressedSize64, e[i].CompressedSize64 = 40<<30, 1<<30
			}
			return e
		}), "too_large"},
		{"a long readme", with(func(f files) []*rawEntry { f["README.txt"] = make([]byte, 2<<20); return plainEntries(f) }), "not_a_pack"},
		{"a long manifest", with(func(f files) []*rawEntry { f["manifest.json"] = make([]byte, 2<<20); return plainEntries(f) }), "not_a_pack"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := check(t, tt.pack, evidence.Options{Verifier: b.verifier(t)})
			if err == nil || errs.Code(err) != tt.code || !errs.Is(err, errs.Unverified) {
				t.Errorf("%v (%s), %+v", err, errs.Code(err), r.Findings)
			}
			t.Log(err)
		})
	}
	good(t, stored, evidence.Options{Verifier: b.verifier(t)}) // packed again, by another program
	good(t, zip64(pack, 7, uint64(binary.LittleEndian.Uint32(pack[end(pack)+12:])), uint64(binary.LittleEndian.Uint32(pack[end(pack)+16:])), uint64(end(pack))), evidence.Options{Verifier: b.verifier(t)})
}

// zip64 gives a ZIP the end of one over 4 GiB.
func zip64(pack []byte, count, length, start, at uint64) []byte {
	le := binary.LittleEndian
	out := bytes.Clone(pack[:end(pack)])
	out = le.AppendUint32(out, 0x06064b50)
	out = le.AppendUint64(out, 44)
	out = append(out, 45, 0, 45, 0)
	out = append(out, make([]byte, 8)...)
	out = le.AppendUint64(le.AppendUint64(le.AppendUint64(le.AppendUint64(out, count), count), length), start)
	out = le.AppendUint32(out, 0x07064b50)
	out = le.AppendUint32(out, 0)
	out = le.AppendUint64(out, at)
	out = le.AppendUint32(out, 1)
	out = append(out, pack[end(pack):end(pack)+8]...)
	return append(out, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0)
}

// overlapped is a ZIP whose directory names one entry's bytes for two.
func overlapped(t testing.TB, f files) []byte {
	t.Helper()
	pack := raw(t, plainEntries(f)...)
	le := binary.LittleEndian
	at := int(le.Uint32(pack[end(pack)+16:]))
	next := at + 46 + int(le.Uint16(pack[at+28:])) + int(le.Uint16(pack[at+30:]))
	copy(pack[next+16:next+28], pack[at+16:at+28]) // checksum and sizes
	copy(pack[next+42:next+46], pack[at+42:at+46]) // place
	return pack
}

func largeDirectory(t testing.TB) []byte {
	t.Helper()
	var entries []*rawEntry
	for i := range 70_000 {
		entries = append(entries, plainEntry(fmt.Sprint(i), nil))
	}
	return raw(t, entries...)
}

// Wherever a pack is cut off, and whichever byte is another one, it is an error or a finding.
func TestEveryByteCounts(t *testing.T) {
	b := samples(t, 6).where(t, map[string][]string{"action": {"deleted"}})
	pack := b.pack(t, complete)
	o := evidence.Options{Verifier: b.verifier(t)}
	step := 1
	if testing.Short() {
		step = 17
	}
	for n := 0; n < len(pack); n += step {
		if _, err := check(t, pack[:n], o); !errs.Is(err, errs.Unverified) {
			t.Fatalf("cut off at %d of %d bytes: %v", n, len(pack), err)
		}
	}
	passed, whole := 0, good(t, pack, o)
	for n := 0; n < len(pack); n += step {
		changed := bytes.Clone(pack)
		changed[n] ^= 0x40
		r, err := check(t, changed, o)
		if err == nil && r.OK() {
			passed++ // of times, versions and attributes, which say nothing
			if diff := cmp.Diff(whole, r); diff != "" {
				t.Errorf("byte %d changed, and the result: %s", n, diff)
			}
		} else if err != nil && !errs.Is(err, errs.Unverified) {
			t.Fatalf("byte %d of %d changed: %v", n, len(pack), err)
		}
	}
	if most := 8 * 64; passed > most {
		t.Errorf("%d bytes of %d may be others", passed, len(pack))
	}
}

func TestBadManifests(t *testing.T) {
	b := samples(t, 10)
	pack := b.pack(t, complete)
	for _, tt := range []struct{ name, old, new, code string }{
		{"no JSON", `{`, `[`, "bad_manifest"},
		{"a list", "{\n", "[1,2,3]{", "bad_manifest"},
		{"another version", `"version": 1`, `"version": 2`, "bad_manifest"},
		{"an unknown key", `"version": 1`, `"version": 1, "x": 1`, "bad_manifest"},
		{"a key twice", `"complete": true`, `"complete": false, "complete": true`, "bad_manifest"},
		{"a key twice in capitals", `"complete": true`, `"complete": true, "Complete": true`, "bad_manifest"},
		{"a file twice", `"README.txt":`, `"readme.txt": "", "README.txt":`, "bad_manifest"},
		{"a key in capitals", `"complete"`, `"Complete"`, "bad_manifest"},
		{"more behind it", "\n}\n", "\n} {}", "bad_manifest"},
		{"deep", `"filter": {}`, `"filter": {"q": [[[[[]]]]]}`, "bad_manifest"},
		{"no account", string(account), "acme", "bad_manifest"},
		{"another account", string(account), "00000000-0000-7000-8000-00000000000b", "other_account"},
		{"no size", `"size": 10`, `"size": 0`, "bad_manifest"},
		{"an endless size", `"size": 10`, `"size": 9223372036854775807`, "bad_manifest"},
		{"a size beyond 64 bits", `"size": 10`, `"size": 1e30`, "bad_manifest"},
		{"another size", `"size": 10`, `"size": 11`, "bad_manifest"},
		{"negative rows", `"rows": 10`, `"rows": -1`, "bad_manifest"},
		{"a stretch from nowhere", `"first": 1`, `"first": 0`, "bad_manifest"},
		{"a stretch behind the log", `"first": 1`, `"first": 12`, "bad_manifest"},
		{"a stretch that ends early", `"last": 10`, `"last": 9`, "bad_manifest"},
		{"not complete", `"complete": true`, `"complete": false`, "bad_manifest"},
		{"an unknown class", `"withheld": []`, `"withheld": ["all"]`, "bad_manifest"},
		{"an unknown filter", `"filter": {}`, `"filter": {"mood": ["good"]}`, "unknown_filter"},
		{"a wrong filter", `"filter": {}`, `"filter": {"from": ["yesterday"]}`, "unknown_filter"},
		{"no hash", `"proof.bin": "`, `"proof.bin": "x`, "bad_manifest"},
		{"a hash of nothing", `"proof.bin"`, `"proof.txt"`, "bad_manifest"},
		{"no time", `"made_at": "2026`, `"made_at": "26`, "bad_manifest"},
	} {
		f := unpack(t, pack)
		f.replace(t, "manifest.json", tt.old, tt.new)
		if _, err := check(t, f.pack(t), evidence.Options{Verifier: b.verifier(t)}); errs.Code(err) != tt.code || !errs.Is(err, errs.Unverified) {
			t.Errorf("%s: %v (%s)", tt.name, err, errs.Code(err))
		}
	}
	f := unpack(t, pack)
	f.replace(t, "manifest.json", `"name": "Acme"`, `"name": "Acme\u001b[2J\u202e"`)
	r := good(t, f.pack(t), evidence.Options{Verifier: b.verifier(t)})
	if words := strings.Join(r.Words(), ""); strings.ContainsAny(words, "\x1b\u202e") || !strings.Contains(words, "Acme\uFFFD[2J") {
		t.Errorf("the terminal gets %q", words)
	}
}

// A line may be long, but not endless.
func TestLongLines(t *testing.T) {
	b := samples(t, 10)
	for _, name := range []string{"events.csv", "events.jsonl"} {
		f := unpack(t, b.pack(t, nil))
		f[name] = append(f[name], bytes.Repeat([]byte(`"long" `), 4<<20)...)
		r, err := check(t, raw(t, plainEntries(f)...), evidence.Options{Verifier: b.verifier(t)})
		if err != nil || !slices.ContainsFunc(r.Findings, func(x evidence.Finding) bool {
			return x.File == name && strings.Contains(x.Detail, "longer than any event")
		}) {
			t.Errorf("%s: %v, %+v", name, err, r.Findings)
		}
	}
}

func TestManyFindings(t *testing.T) {
	b := samples(t, 300).where(t, map[string][]string{"action": {"deleted"}})
	f := unpack(t, b.pack(t, complete))
	f.manifest(t, func(m *evidence.Manifest) { m.Filter = map[string][]string{} })
	r, err := check(t, f.pack(t), evidence.Options{Verifier: b.verifier(t)})
	if err != nil || len(r.Findings) != evidence.MaxFindings || r.More != 240-evidence.MaxFindings {
		t.Errorf("%d findings and %d more: %v", len(r.Findings), r.More, err)
	}
}

// unreadable is a file whose disk fails.
type unreadable struct {
	io.ReaderAt
	from int64
}

func (u unreadable) ReadAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > u.from {
		return 0, errors.New("disk on fire")
	}
	return u.ReaderAt.ReadAt(b, at)
}

func TestFileThatCannotBeRead(t *testing.T) {
	b := samples(t, 500)
	pack := b.pack(t, nil)
	for _, from := range []int64{0, 100} {
		_, err := evidence.Check(t.Context(), unreadable{bytes.NewReader(pack), from}, int64(len(pack)), evidence.Options{Verifier: b.verifier(t)})
		if !errs.Is(err, errs.Unavailable) || errs.Code(err) != "file_unreadable" {
			t.Errorf("err = %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := evidence.Check(ctx, bytes.NewReader(pack), int64(len(pack)), evidence.Options{Verifier: b.verifier(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestProgress(t *testing.T) {
	b := samples(t, 500)
	pack := b.pack(t, nil)
	var last, all int64
	_, err := evidence.Check(t.Context(), bytes.NewReader(pack), int64(len(pack)), evidence.Options{Verifier: b.verifier(t), Progress: func(done, total int64) {
		if done < last {
			t.Errorf("from %d back to %d", last, done)
		}
		last, all = done, total
	}})
	if err != nil || last != all || all == 0 {
		t.Errorf("%d of %d: %v", last, all, err)
	}
}
