package evidence_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/ledger"
)

// files are the entries of a pack.
type files map[string][]byte

func unpack(t testing.TB, pack []byte) files {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	f := files{}
	for _, e := range z.File {
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		if f[e.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// pack makes a ZIP again.
func (f files) pack(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// manifest changes the manifest.
func (f files) manifest(t testing.TB, change func(m *evidence.Manifest)) {
	t.Helper()
	var m evidence.Manifest
	if err := json.Unmarshal(f["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	change(&m)
	var err error
	if f["manifest.json"], err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
}

// adapt makes the manifest say what the other files are.
func (f files) adapt(t testing.TB) {
	f.manifest(t, func(m *evidence.Manifest) {
		for name, b := range f {
			if name != "manifest.json" {
				sum := sha256.Sum256(b)
				m.Files[name] = hex.EncodeToString(sum[:])
			}
		}
		m.Rows, m.Headers = int64(bytes.Count(f["events.jsonl"], []byte("\n"))), int64(bytes.Count(f["headers.jsonl"], []byte("\n")))
	})
}

func (f files) replace(t testing.TB, name, old, new string) {
	t.Helper()
	changed := bytes.Replace(f[name], []byte(old), []byte(new), 1)
	if bytes.Equal(changed, f[name]) {
		t.Fatalf("nothing was replaced in %s", name)
	}
	f[name] = changed
}

// lines edits the lines of a file.
func (f files) lines(name, end string, edit func([]string) []string) {
	lines := strings.SplitAfter(string(f[name]), end)
	f[name] = []byte(strings.Join(edit(lines[:len(lines)-1]), ""))
}

func drop(at int) func([]string) []string {
	return func(lines []string) []string { return slices.Delete(lines, at, at+1) }
}

func swap(a, b int) func([]string) []string {
	return func(lines []string) []string {
		lines[a], lines[b] = lines[b], lines[a]
		return lines
	}
}

func twice(at int) func([]string) []string {
	return func(lines []string) []string { return slices.Insert(lines, at, lines[at]) }
}

// kinds are the kinds of the findings, each once, with the place of the first that has one.
func kinds(r evidence.Result) (kinds []string) {
	for _, f := range r.Findings {
		if k := string(f.Kind) + " " + f.File; !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

func TestTampered(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(t *testing.T, f files)
		adapted []string // findings when the manifest is made to fit; those for the hash of a file come on top otherwise
	}{
		{"nothing", func(t *testing.T, f files) {}, nil},
		{"a row in the sheet", func(t *testing.T, f files) { f.replace(t, "events.csv", "203.0.113.9", "203.0.113.8") }, []string{"changed events.csv"}},
		{"the time of a row in the sheet", func(t *testing.T, f files) { f.replace(t, "events.csv", "T09:50:00.000000", "T09:51:00.000000") }, []string{"changed events.csv"}},
		{"an apostrophe in the sheet", func(t *testing.T, f files) { f.replace(t, "events.csv", "'=Deleted", "=Deleted") }, []string{"changed events.csv"}},
		{"quotes in the sheet", func(t *testing.T, f files) { f.replace(t, "events.csv", ",Ana Silva,", `,"Ana Silva",`) }, []string{"changed events.csv"}},
		{"a place in the sheet", func(t *testing.T, f files) { f.replace(t, "events.csv", ",20\r\n", ",21\r\n") }, []string{"missing events.csv"}},
		{"a place behind the log in the sheet", func(t *testing.T, f files) { f.replace(t, "events.csv", ",20\r\n", ",5000\r\n") }, []string{"inserted events.csv", "missing events.csv"}},
		{"the header of the sheet", func(t *testing.T, f files) { f.replace(t, "events.csv", "Timestamp", "Time") }, []string{"changed events.csv"}},
		{"a value in a line", func(t *testing.T, f files) { f.replace(t, "events.jsonl", "203.0.113.9", "203.0.113.8") }, []string{"changed events.jsonl", "changed events.csv"}},
		{"a value in both", func(t *testing.T, f files) {
			f.replace(t, "events.jsonl", "203.0.113.9", "203.0.113.8")
			f.lines("events.csv", "\r\n", func(lines []string) []string {
				last := len(lines) - 1
				lines[last] = strings.Replace(lines[last], "203.0.113.9", "203.0.113.8", 1)
				return lines
			})
		}, []string{"changed events.jsonl"}},
		{"a salt", func(t *testing.T, f files) { f.replace(t, "events.jsonl", `"salt":"0`, `"salt":"1`) }, []string{"changed events.jsonl"}},
		{"white space in a line", func(t *testing.T, f files) { f.replace(t, "events.jsonl", `"v":1`, `"v": 1`) }, []string{"changed events.jsonl"}},
		{"the place of a line", func(t *testing.T, f files) { f.replace(t, "events.jsonl", `{"seq":20,`, `{"seq":21,`) }, []string{"missing events.jsonl", "reordered headers.jsonl"}},
		{"another form of a place", func(t *testing.T, f files) { f.replace(t, "events.jsonl", `{"seq":20,`, `{"seq":020,`) }, []string{"changed events.jsonl"}},
		{"a place that is none", func(t *testing.T, f files) { f.replace(t, "events.jsonl", `{"seq":20,`, `{"seq":-20,`) }, []string{"changed events.jsonl"}},
		{"a place behind the log", func(t *testing.T, f files) {
			f.lines("events.jsonl", "\n", func(l []string) []string {
				return append(l, strings.Replace(l[0], `{"seq":15,`, `{"seq":999999999999999999,`, 1))
			})
		}, []string{"missing events.jsonl", "reordered events.jsonl"}},
		{"no line feed at the end", func(t *testing.T, f files) { f["events.jsonl"] = bytes.TrimSuffix(f["events.jsonl"], []byte("\n")) }, []string{"changed events.jsonl"}},
		{"a row less in the sheet", func(t *testing.T, f files) { f.lines("events.csv", "\r\n", drop(3)) }, []string{"missing events.csv"}},
		{"a row twice in the sheet", func(t *testing.T, f files) { f.lines("events.csv", "\r\n", twice(3)) }, []string{"reordered events.csv", "inserted events.csv"}},
		{"rows of the sheet in another order", func(t *testing.T, f files) { f.lines("events.csv", "\r\n", swap(2, 3)) }, []string{"reordered events.csv"}},
		{"a row less", func(t *testing.T, f files) { f.lines("events.jsonl", "\n", drop(2)) }, []string{"missing events.jsonl", "changed events.jsonl", "inserted events.csv"}},
		{"a row less in both", func(t *testing.T, f files) {
			f.lines("events.jsonl", "\n", drop(0))
			f.lines("events.csv", "\r\n", func(l []string) []string { return l[:len(l)-1] })
		}, []string{"missing events.jsonl", "changed events.jsonl"}},
		{"a row twice", func(t *testing.T, f files) { f.lines("events.jsonl", "\n", twice(2)) }, []string{"reordered events.jsonl"}},
		{"rows in another order", func(t *testing.T, f files) { f.lines("events.jsonl", "\n", swap(2, 3)) }, []string{"missing events.jsonl", "reordered events.jsonl"}},
		{"a header less", func(t *testing.T, f files) { f.lines("headers.jsonl", "\n", drop(2)) }, []string{"missing events.jsonl", "changed events.jsonl"}},
		{"a header less at the end", func(t *testing.T, f files) {
			f.lines("headers.jsonl", "\n", func(l []string) []string { return l[:len(l)-1] })
		}, []string{"missing events.jsonl", "changed events.jsonl"}},
		{"headers in another order", func(t *testing.T, f files) { f.lines("headers.jsonl", "\n", swap(2, 3)) }, []string{"missing events.jsonl", "reordered headers.jsonl"}},
		{"a header of another type", func(t *testing.T, f files) {
			f.replace(t, "headers.jsonl", "opportunity.stage_changed", "opportunity.lost")
		}, []string{"changed events.jsonl"}},
		{"an event of another account", func(t *testing.T, f files) {
			f.replace(t, "headers.jsonl", string(account), "00000000-0000-7000-8000-00000000000b")
		}, []string{"foreign headers.jsonl", "changed events.jsonl"}},
		{"a header for a row", func(t *testing.T, f files) { f["headers.jsonl"] = append(f["events.jsonl"], f["headers.jsonl"]...) }, []string{"missing events.jsonl", "changed headers.jsonl"}},
		{"a row of the headers", func(t *testing.T, f files) { f["events.jsonl"] = append(f["events.jsonl"], f["headers.jsonl"]...) }, []string{"changed events.jsonl"}},
		{"half a proof", func(t *testing.T, f files) { f["proof.bin"] = f["proof.bin"][:31] }, []string{"changed events.jsonl"}},
		{"a hash of the proof", func(t *testing.T, f files) { f["proof.bin"][5] ^= 1 }, []string{"changed events.jsonl"}},
		{"a hash more in the proof", func(t *testing.T, f files) { f["proof.bin"] = append(f["proof.bin"], make([]byte, 32)...) }, []string{"changed events.jsonl"}},
		{"the readme", func(t *testing.T, f files) { f["README.txt"] = []byte("Send money.") }, nil},
		{"the copy of the key", func(t *testing.T, f files) { f["key.txt"] = []byte("another") }, []string{"changed key.txt"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := samples(t, 60).where(t, url.Values{"from": {start.Add(14 * time.Minute).Format(time.RFC3339)}, "action": {"deleted"}})
			o := evidence.Options{Verifier: b.verifier(t), Complete: true}
			f := unpack(t, b.pack(t, complete))
			was := maps.Clone(f)
			for name := range was {
				was[name] = bytes.Clone(was[name])
			}
			tt.change(t, f)
			r, err := check(t, f.pack(t), o)
			if err != nil {
				t.Fatal(err)
			}
			for name := range f {
				named := slices.ContainsFunc(r.Findings, func(x evidence.Finding) bool {
					return x.File == name && strings.Contains(x.Detail, "SHA-256")
				})
				if named == bytes.Equal(was[name], f[name]) {
					t.Errorf("the hash of %s is told: %v", name, named)
				}
			}
			f.adapt(t)
			if r, err = check(t, f.pack(t), o); err != nil {
				t.Fatal(err)
			}
			if got := kinds(r); !slices.Equal(got, tt.adapted) {
				t.Errorf("found %q\n%+v", got, r.Findings)
			}
			for _, f := range r.Findings {
				t.Log(f.Kind, f.Seq, f.Detail)
			}
		})
	}
}

// What a pack claims is held against what it shows.
func TestFalseClaims(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(m *evidence.Manifest)
		want   []string
	}{
		{"a narrower filter", func(m *evidence.Manifest) { m.Filter["type"] = []string{"*.created"} }, []string{"outside events.jsonl"}},
		{"a wider filter", func(m *evidence.Manifest) { delete(m.Filter, "action") }, []string{"left_out headers.jsonl"}},
		{"an earlier time", func(m *evidence.Manifest) { delete(m.Filter, "from") }, []string{"left_out headers.jsonl"}},
		{"a stretch that begins late", func(m *evidence.Manifest) { m.Stretch.First += 3 }, []string{"outside headers.jsonl", "outside events.jsonl", "left_out headers.jsonl"}},
		{"a stretch that begins early", func(m *evidence.Manifest) { m.Stretch.First-- }, []string{"missing events.jsonl"}},
		{"nothing withheld", func(m *evidence.Manifest) { m.Withheld = []string{} }, []string{"concealed events.jsonl"}},
		{"something else withheld", func(m *evidence.Manifest) { m.Withheld = []string{"ip", "email"} }, []string{"concealed events.jsonl"}},
		{"another number of rows", func(m *evidence.Manifest) { m.Rows-- }, []string{"changed manifest.json"}},
		{"another number of headers", func(m *evidence.Manifest) { m.Headers-- }, []string{"changed manifest.json"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := samples(t, 60).where(t, url.Values{"from": {start.Add(14 * time.Minute).Format(time.RFC3339)}, "action": {"deleted"}})
			f := unpack(t, b.pack(t, func(p *evidence.Plan) { p.Complete, p.Withhold = true, []string{"ip", "session"} }))
			f.manifest(t, tt.change)
			r, err := check(t, f.pack(t), evidence.Options{Verifier: b.verifier(t)})
			if err != nil {
				t.Fatal(err)
			}
			if got := kinds(r); !slices.Equal(got, tt.want) {
				t.Errorf("found %q\n%+v", got, r.Findings)
			}
		})
	}
}

// Whoever hides a row among the headers, and knows how to make the proof fit, is found out by the header.
func TestRowAmongTheHeaders(t *testing.T) {
	b := samples(t, 60).where(t, url.Values{"action": {"deleted"}})
	f := unpack(t, b.pack(t, complete))
	var all []string
	f.lines("headers.jsonl", "\n", func(l []string) []string { all = l; return l })
	line, err := audit.HeaderLine(nil, b.events[9].AppendCanonical(nil), b.salts[9])
	if err != nil {
		t.Fatal(err)
	}
	f["headers.jsonl"] = []byte(strings.Join(slices.Insert(all, 8, `{"seq":10,`+string(line[1:])+"\n"), ""))
	f.lines("events.jsonl", "\n", drop(1))
	f.lines("events.csv", "\r\n", func(l []string) []string { return slices.Delete(l, len(l)-2, len(l)-1) })
	f.adapt(t)
	r, err := check(t, f.pack(t), evidence.Options{Verifier: b.verifier(t)})
	if err != nil || len(r.Findings) != 1 || r.Findings[0].Kind != evidence.LeftOut || r.Findings[0].Seq != 10 {
		t.Errorf("%+v, %v", r.Findings, err)
	}
}

// The sheet may be in any zone, with the rules that the maker's computer has for it.
func TestZonesOfTheSheet(t *testing.T) {
	b := samples(t, 20)
	f := unpack(t, b.pack(t, nil))
	sheet := string(f["events.csv"])
	sheet = strings.ReplaceAll(sheet, ":00.000000+00:00,", ":00.000000+01:00,")
	sheet = strings.ReplaceAll(sheet, "2026-03-01T09:", "2026-03-01T10:")
	f["events.csv"] = []byte(sheet)
	f.adapt(t)
	good(t, f.pack(t), evidence.Options{Verifier: b.verifier(t)})
}

func TestWrongKeys(t *testing.T) {
	b, other := samples(t, 20), samples(t, 20)
	elsewhere := ledger.Origin("00000000-0000-7000-8000-00000000000b")
	pack := b.pack(t, nil)
	verifier := func(k *ledger.Key, origin string) string {
		v, err := k.Verifier(origin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	sign := func(origin string, h ledger.Head) []byte {
		c, err := b.key.Sign(origin, h)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	here := ledger.Origin(string(account))
	for _, tt := range []struct {
		name, verifier string
		checkpoint     []byte
		code           string
	}{
		{"another key", other.verifier(t), nil, "other_key"},
		{"the key of another account", verifier(b.key, elsewhere), nil, "other_account"},
		{"no key", "", nil, "bad_key"},
		{"a private key", "PRIVATE+KEY+" + b.verifier(t), nil, "bad_key"},
		{"a checkpoint of another account", b.verifier(t), sign(elsewhere, b.head), "other_account"},
		{"a checkpoint and key of another account", verifier(b.key, elsewhere), sign(elsewhere, b.head), "other_account"},
		{"a checkpoint of another size", b.verifier(t), sign(here, samples(t, 19).head), "other_checkpoint"},
		{"a changed checkpoint", b.verifier(t), bytes.Replace(sign(here, b.head), []byte("\n20\n"), []byte("\n21\n"), 1), "bad_signature"},
		{"no checkpoint", b.verifier(t), []byte("x"), "bad_checkpoint"},
		{"a long checkpoint", b.verifier(t), make([]byte, 100<<10), "bad_checkpoint"},
		{"a very long checkpoint", b.verifier(t), make([]byte, 2<<20), "not_a_pack"},
	} {
		f := unpack(t, pack)
		if tt.checkpoint != nil {
			f["checkpoint.txt"] = tt.checkpoint
			f.adapt(t)
		}
		r, err := check(t, f.pack(t), evidence.Options{Verifier: tt.verifier})
		if !errs.Is(err, errs.Unverified) || errs.Code(err) != tt.code || r.Rows != 0 {
			t.Errorf("%s: %v (%s)", tt.name, err, errs.Code(err))
		}
	}
	// Another ledger of the same account and size, signed with the key: another history.
	f := unpack(t, pack)
	e := sample(20)
	e.Description = "Nothing happened"
	forked := newBook(t, append(slices.Clone(b.events[:19]), e)...)
	f["checkpoint.txt"] = sign(here, forked.head)
	f.adapt(t)
	if r, err := check(t, f.pack(t), evidence.Options{Verifier: b.verifier(t)}); err != nil || !slices.Equal(kinds(r), []string{"changed events.jsonl"}) {
		t.Errorf("another history: %v %+v", err, r.Findings)
	}
}

func TestAskedToBeComplete(t *testing.T) {
	b := samples(t, 20)
	_, err := check(t, b.pack(t, nil), evidence.Options{Verifier: b.verifier(t), Complete: true})
	if errs.Code(err) != "not_complete" || !errs.Is(err, errs.Unverified) {
		t.Errorf("err = %v", err)
	}
}
