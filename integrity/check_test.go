package integrity_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// found is the kinds of a report with their places.
func found(r integrity.Report) (out []string) {
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s %d", f.Kind, f.Seq))
	}
	return out
}

// move moves the row at one index to another.
func (m *memory) move(from, to int) {
	r := m.rows[from]
	m.rows = slices.Insert(slices.Delete(m.rows, from, from+1), to, r)
}

// swap lets two rows change places.
func (m *memory) swap(a, b int) {
	m.rows[a], m.rows[b] = m.rows[b], m.rows[a]
	m.rows[a].Seq, m.rows[b].Seq = m.rows[b].Seq, m.rows[a].Seq
}

// forged is a row that was never sealed.
func forged(seq int64) integrity.Row {
	r := rowOf(eventOf(acme, 1_000_000))
	r.Seq = seq
	return r
}

func (m *memory) insert(at int) { m.rows = slices.Insert(m.rows, at, forged(0)) }

func (m *memory) remove(at int) { m.rows = slices.Delete(m.rows, at, at+1) }

func (m *memory) edit(at int, old, new string) {
	m.rows[at].Body = bytes.Replace(m.rows[at].Body, []byte(old), []byte(new), 1)
}

func (m *memory) flip(level int, n int64, at int) {
	id := ledger.TileID{Level: level, N: n}
	m.tiles[id] = bytes.Clone(m.tiles[id])
	m.tiles[id][at] ^= 1
}

// The ledger has 700 events: two full tiles, one that is open, and one above.
func TestTampering(t *testing.T) {
	const n = 700
	for _, c := range []struct {
		name   string
		tamper func(t *testing.T, m *memory)
		want   []string
	}{
		{"nothing", func(t *testing.T, m *memory) {}, nil},
		{"body", func(t *testing.T, m *memory) { m.edit(299, "number 299", "number 298") }, []string{"changed 300"}},
		{"body and its column", func(t *testing.T, m *memory) {
			m.edit(299, `"actor":{"type":"user","id":"ana"`, `"actor":{"type":"user","id":"eva"`)
			m.rows[299].Columns.Actor = "eva"
		}, []string{"changed 300"}},
		{"body that is none", func(t *testing.T, m *memory) { m.rows[299].Body = []byte("{") }, []string{"changed 300"}},
		{"body with a space", func(t *testing.T, m *memory) { m.edit(299, `,"id"`, `, "id"`) }, []string{"changed 300"}},
		{"salt", func(t *testing.T, m *memory) { m.rows[299].Salt = make([]byte, 16) }, []string{"changed 300"}},
		{"short salt", func(t *testing.T, m *memory) { m.rows[299].Salt = nil }, []string{"changed 300"}},
		{"two bodies", func(t *testing.T, m *memory) { m.edit(0, "number", "Number"); m.edit(699, "number", "Number") }, []string{"changed 1", "changed 700"}},
		{"column", func(t *testing.T, m *memory) { m.rows[299].Columns.Type = "contact.created" }, []string{"column 300"}},
		{"time", func(t *testing.T, m *memory) { m.rows[299].Columns.OccurredAt++ }, []string{"column 300"}},
		{"far time", func(t *testing.T, m *memory) { m.rows[299].Columns.RecordedAt = math.MinInt64 }, []string{"column 300"}},
		{"record", func(t *testing.T, m *memory) { m.rows[299].Columns.RecordID = "" }, []string{"column 300"}},
		{"swap", func(t *testing.T, m *memory) { m.swap(9, 600) }, []string{"reordered 10", "reordered 601"}},
		{"swap of neighbours", func(t *testing.T, m *memory) { m.swap(9, 10) }, []string{"reordered 10", "reordered 11"}},
		{"swap over one", func(t *testing.T, m *memory) { m.swap(9, 11) }, []string{"reordered 10", "reordered 12"}},
		{"swap of the first", func(t *testing.T, m *memory) { m.swap(0, 1) }, []string{"reordered 1", "reordered 2"}},
		{"swap of the last", func(t *testing.T, m *memory) { m.swap(698, 699) }, []string{"reordered 699", "reordered 700"}},
		{"move", func(t *testing.T, m *memory) { m.move(9, 500); m.renumber() }, []string{"reordered 501"}},
		{"gap", func(t *testing.T, m *memory) { m.remove(299) }, []string{"missing 300"}},
		{"gap of three", func(t *testing.T, m *memory) { m.rows = slices.Delete(m.rows, 299, 302) }, []string{"missing 300"}},
		{"first gone", func(t *testing.T, m *memory) { m.remove(0) }, []string{"missing 1"}},
		{"taken out", func(t *testing.T, m *memory) { m.remove(299); m.renumber() }, []string{"missing 300"}},
		{"taken out near the end", func(t *testing.T, m *memory) { m.remove(698); m.renumber() }, []string{"missing 699"}},
		{"put in", func(t *testing.T, m *memory) { m.insert(299); m.renumber() }, []string{"inserted 300"}},
		{"put in near the end", func(t *testing.T, m *memory) { m.insert(699); m.renumber() }, []string{"inserted 700"}},
		{"put in in front", func(t *testing.T, m *memory) { m.insert(0); m.renumber() }, []string{"inserted 1"}},
		{"put in and taken out", func(t *testing.T, m *memory) { m.insert(600); m.remove(20); m.renumber() }, []string{"missing 21", "inserted 600"}},
		{"put in, with a swap behind", func(t *testing.T, m *memory) { m.insert(20); m.renumber(); m.swap(600, 601) }, []string{"inserted 21", "reordered 601", "reordered 602"}},
		{"behind the end", func(t *testing.T, m *memory) { m.rows = append(m.rows, forged(701)) }, []string{"inserted 701"}},
		{"far behind the end", func(t *testing.T, m *memory) { m.rows = append(m.rows, forged(math.MaxInt64)) }, []string{"inserted 9223372036854775807"}},
		{"before the beginning", func(t *testing.T, m *memory) { m.rows = slices.Insert(m.rows, 0, forged(-7)) }, []string{"inserted -7"}},
		{"at the lowest number", func(t *testing.T, m *memory) { m.rows = slices.Insert(m.rows, 0, forged(math.MinInt64)) }, []string{"inserted -9223372036854775808"}},
		{"at a place that is taken", func(t *testing.T, m *memory) { m.rows = slices.Insert(m.rows, 256, forged(256)) }, []string{"inserted 256"}},
		{"a copy", func(t *testing.T, m *memory) { m.rows = slices.Insert(m.rows, 20, m.rows[500]); m.renumber() }, []string{"reordered 21", "inserted 502"}}, // which is the copy cannot be told
		{"cut off", func(t *testing.T, m *memory) { m.rows = m.rows[:690] }, []string{"cut_off 691"}},
		{"cut off, with the tiles", func(t *testing.T, m *memory) { m.rows = m.rows[:690]; m.build(t) }, []string{"cut_off 691"}},
		{"all gone", func(t *testing.T, m *memory) { m.rows = nil }, []string{"cut_off 1"}},
		{"all gone, with the tiles", func(t *testing.T, m *memory) { m.rows = nil; m.tiles = nil }, []string{"cut_off 1"}},
		{"renumbered", func(t *testing.T, m *memory) {
			for i := range m.rows[300:] {
				m.rows[300+i].Seq++
			}
		}, []string{"missing 301"}},
		{"leaf hash", func(t *testing.T, m *memory) { m.flip(0, 1, 40) }, []string{"tree 0"}},
		{"leaf hash of the open tile", func(t *testing.T, m *memory) { m.flip(0, 2, 40) }, []string{"tree 0"}},
		{"hash above", func(t *testing.T, m *memory) { m.flip(1, 0, 40) }, []string{"tree 0"}},
		{"tile gone", func(t *testing.T, m *memory) { delete(m.tiles, ledger.TileID{Level: 1}) }, []string{"tree 0"}},
		{"tile cut", func(t *testing.T, m *memory) { m.tiles[ledger.TileID{N: 1}] = m.tiles[ledger.TileID{N: 1}][:99] }, []string{"tree 0"}},
		{"tile longer", func(t *testing.T, m *memory) {
			m.tiles[ledger.TileID{N: 2}] = append(bytes.Clone(m.tiles[ledger.TileID{N: 2}]), make([]byte, 32)...)
		}, []string{"tree 0"}},
		{"all tiles gone", func(t *testing.T, m *memory) { m.tiles = nil }, []string{"tree 0", "tree 0", "tree 0", "tree 0"}},
		{"body and leaf hash elsewhere", func(t *testing.T, m *memory) { m.flip(0, 1, 40); m.edit(9, "number", "Number") }, []string{"tree 0", "changed 10"}},
		{"body with its leaf hash", func(t *testing.T, m *memory) {
			signed := m.signed
			above := m.tiles[ledger.TileID{Level: 1}]
			m.edit(9, "number", "Number")
			m.build(t)
			m.signed, m.tiles[ledger.TileID{Level: 1}] = signed, above
		}, []string{"tree 0", "tree 0"}},
		{"root", func(t *testing.T, m *memory) { m.signed.Root[3] ^= 1 }, []string{"head 0"}},
		{"size", func(t *testing.T, m *memory) { m.signed.Size-- }, []string{"head 0"}},
		{"enormous size", func(t *testing.T, m *memory) { m.signed.Size = math.MaxInt64 }, []string{"head 0"}},
		{"negative size", func(t *testing.T, m *memory) { m.signed.Size = -1 }, []string{"head 0"}},
		{"no head", func(t *testing.T, m *memory) { m.signed = integrity.Signed{Head: ledger.Empty} }, []string{"head 0"}},
		{"no head, no tiles", func(t *testing.T, m *memory) { m.signed, m.tiles = integrity.Signed{Head: ledger.Empty}, nil }, []string{"head 0", "tree 0", "tree 0", "tree 0", "tree 0"}},
		{"checkpoint", func(t *testing.T, m *memory) { m.signed.Checkpoint[len(m.signed.Checkpoint)-9] ^= 1 }, []string{"signature 0"}},
		{"no checkpoint", func(t *testing.T, m *memory) { m.signed.Checkpoint = nil }, []string{"signature 0"}},
		{"name of the signer", func(t *testing.T, m *memory) { m.signed.By = "me" }, []string{"head 0"}},
		{"written anew, not signed", func(t *testing.T, m *memory) {
			m.insert(299)
			m.renumber()
			m.signed.Head = m.build(t)
		}, []string{"head 0"}},
		{"written anew, signed with another key", func(t *testing.T, m *memory) {
			m.insert(298) // between two operations
			m.renumber()
			mine, _ := ledger.NewKey()
			m.signed.Head = m.build(t)
			m.signed.Checkpoint = m.sign(t, mine, m.signed.Head)
		}, []string{"signature 0"}},
		{"written anew, head as it was", func(t *testing.T, m *memory) { m.edit(9, "number", "Number"); m.build(t) }, []string{"head 0"}},
		{"older head", func(t *testing.T, m *memory) {
			rows := m.rows
			m.rows = m.rows[:690]
			m.seal(t)
			m.rows = rows
		}, []string{"inserted 691"}},
		{"older head, tiles of today", func(t *testing.T, m *memory) {
			rows := m.rows
			m.rows = m.rows[:690]
			m.seal(t)
			m.rows = rows
			m.build(t)
		}, []string{"inserted 691"}},
		{"half of an operation was taken away before it was sealed", func(t *testing.T, m *memory) {
			m.remove(304)
			m.renumber()
			m.seal(t)
		}, []string{"missing 304"}},
		{"a leading event was taken away before it was sealed", func(t *testing.T, m *memory) {
			m.remove(303)
			m.renumber()
			m.seal(t)
		}, []string{"missing 304"}},
		{"another ledger", func(t *testing.T, m *memory) {
			b := &memory{account: other, key: m.key}
			for i := range 3 {
				b.rows = append(b.rows, rowOf(eventOf(other, i)))
			}
			b.renumber()
			b.seal(t)
			m.rows, m.tiles, m.signed = b.rows, b.tiles, b.signed
		}, []string{"signature 0", "column 1", "column 2", "column 3"}},
		{"pending body", func(t *testing.T, m *memory) {
			m.waiting = []integrity.Row{rowOf(eventOf(acme, 700))}
			m.waiting[0].Body[5]++
		}, []string{"waiting 0"}},
		{"pending column", func(t *testing.T, m *memory) {
			m.waiting = []integrity.Row{rowOf(eventOf(acme, 700))}
			m.waiting[0].Columns.Actor = "eva"
		}, []string{"waiting 0"}},
		{"pending of another account", func(t *testing.T, m *memory) { m.waiting = []integrity.Row{rowOf(eventOf(other, 700))} }, []string{"waiting 0"}},
		{"pending salt", func(t *testing.T, m *memory) {
			m.waiting = []integrity.Row{rowOf(eventOf(acme, 700))}
			m.waiting[0].Salt = m.waiting[0].Salt[:15]
		}, []string{"waiting 0"}},
		{"unreadable row", func(t *testing.T, m *memory) { m.unreadable[300] = true }, []string{"unreadable 300"}},
		{"unreadable tile", func(t *testing.T, m *memory) { m.torn[ledger.TileID{N: 1}] = true }, []string{"unreadable 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory(t, n)
			c.tamper(t, m)
			r := m.check(t)
			if diff := cmp.Diff(c.want, found(r)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if r.OK() != (c.want == nil) {
				t.Errorf("OK() = %v", r.OK())
			}
			for _, f := range r.Findings {
				t.Logf("%s %d %s: %s", f.Kind, f.Seq, f.Event, f.Detail)
			}
		})
	}
}

// TestGiven compares with checkpoints that left the database earlier.
func TestGiven(t *testing.T) {
	m := newMemory(t, 300)
	var earlier [][]byte
	for _, n := range []int{1, 255, 256, 300} {
		now := *m
		now.rows = m.rows[:n]
		now.seal(t)
		earlier = append(earlier, now.signed.Checkpoint)
	}
	if r := m.check(t, earlier...); !r.OK() || r.Checkpoints != 4 {
		t.Errorf("%d of 4 agree, %v", r.Checkpoints, found(r))
	}

	stranger := newMemory(t, 10)
	b := &memory{account: other, key: m.key, rows: stranger.rows}
	for i := range b.rows {
		b.rows[i] = rowOf(eventOf(other, i))
	}
	b.renumber()
	b.seal(t)
	for name, text := range map[string][]byte{"another key": stranger.signed.Checkpoint, "another account": b.signed.Checkpoint,
		"nonsense": []byte("nonsense"), "empty": nil, "changed": bytes.Replace(earlier[0], []byte("\n1\n"), []byte("\n2\n"), 1)} {
		if r := m.check(t, text, earlier[3]); r.Checkpoints != 1 || !slices.Equal(found(r), []string{"checkpoint 0"}) {
			t.Errorf("%s: %d agree, %v", name, r.Checkpoints, found(r))
		}
	}

	// Somebody with the key puts an event in.
	m.insert(99)
	m.renumber()
	m.seal(t)
	if r := m.check(t); !r.OK() {
		t.Errorf("seen without a checkpoint: %v", found(r))
	}
	if r := m.check(t, earlier...); r.Checkpoints != 1 || strings.Join(found(r), ",") != "checkpoint 0,checkpoint 0,checkpoint 0" {
		t.Errorf("%d agree, %v", r.Checkpoints, found(r))
	}

	// And an older copy is put back.
	m.rows = m.rows[:50]
	m.seal(t)
	if r := m.check(t, earlier[0], earlier[3]); r.Checkpoints != 1 || !slices.Equal(found(r), []string{"rolled_back 0"}) {
		t.Errorf("%d agree, %v", r.Checkpoints, found(r))
	}
	m.rows, m.tiles, m.signed = nil, nil, integrity.Signed{Head: ledger.Empty}
	if r := m.check(t, earlier[3]); !slices.Equal(found(r), []string{"rolled_back 0"}) {
		t.Errorf("%v", found(r))
	}
}

func TestWithoutKey(t *testing.T) {
	m := newMemory(t, 300)
	check := func() integrity.Report {
		r, err := integrity.Check(t.Context(), m, integrity.Options{Account: acme, Checkpoints: [][]byte{m.signed.Checkpoint}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := check(); !r.OK() || r.KeyChecked || r.Checkpoints != 1 {
		t.Errorf("%+v", r)
	}
	m.signed.Checkpoint = bytes.ReplaceAll(m.signed.Checkpoint, []byte(acme), []byte(other))
	if r := check(); !slices.Equal(found(r), []string{"signature 0", "checkpoint 0"}) {
		t.Errorf("%v", found(r))
	}
}

func TestReport(t *testing.T) {
	m := newMemory(t, 300)
	m.waiting = []integrity.Row{rowOf(eventOf(acme, 300)), rowOf(eventOf(acme, 301))}
	var told [][2]int64
	r, err := integrity.Check(t.Context(), m, integrity.Options{Account: acme, Verifier: m.verifier(t), Progress: func(done, total int64) { told = append(told, [2]int64{done, total}) }})
	if err != nil {
		t.Fatal(err)
	}
	bytesRead := int64(0)
	for _, r := range slices.Concat(m.rows, m.waiting) {
		bytesRead += int64(len(r.Body))
	}
	want := integrity.Report{Account: acme, Size: 300, Root: m.signed.Root, Checkpoint: m.signed.Checkpoint, Events: 300, Waiting: 2, KeyChecked: true, Bytes: bytesRead}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if len(told) == 0 || told[len(told)-1] != [2]int64{300, 300} {
		t.Errorf("progress %v", told)
	}

	// A thousand findings of one kind do not hide the one of another.
	big := newMemory(t, 1000)
	for i := range big.rows {
		big.rows[i].Columns.Actor = "eva"
	}
	big.signed.Root[0] ^= 1
	r = big.check(t)
	if len(r.Findings) != integrity.MaxFindings || r.More != 901 || r.Findings[0].Kind != integrity.Head {
		t.Errorf("%d findings and %d more, the first is %s", len(r.Findings), r.More, r.Findings[0].Kind)
	}
}

func TestOperationOverTheEnd(t *testing.T) {
	m := newMemory(t, 305) // the event at place 304 leads three, of which two are sealed
	if r := m.check(t); !slices.Equal(found(r), []string{"missing 304"}) {
		t.Errorf("%v", found(r))
	}
	m.waiting = []integrity.Row{rowOf(eventOf(acme, 305)), rowOf(eventOf(acme, 306))}
	if r := m.check(t); !r.OK() {
		t.Errorf("%v", found(r))
	}
}

func TestCheckRefuses(t *testing.T) {
	m := newMemory(t, 3)
	for name, o := range map[string]integrity.Options{
		"nonsense":       {Account: acme, Verifier: "nonsense"},
		"another ledger": {Account: other, Verifier: m.verifier(t)},
	} {
		if _, err := integrity.Check(t.Context(), m, o); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEmpty(t *testing.T) {
	m := newMemory(t, 0)
	if r := m.check(t); !r.OK() || r.Size != 0 || r.Root != ledger.Empty.Root {
		t.Errorf("%+v", r)
	}
	m.rows = []integrity.Row{forged(1)}
	if r := m.check(t); r.OK() {
		t.Error("an event without a head is found right")
	}
}

// TestUnreadable: a database that gives nothing is an error, not a ledger that was tampered with.
func TestUnreadable(t *testing.T) {
	m := newMemory(t, 400)
	for i := range m.rows {
		m.unreadable[int64(i+1)] = true
	}
	if r, err := integrity.Check(t.Context(), m, integrity.Options{Account: acme}); err == nil {
		t.Errorf("%v", found(r))
	}
	m.unreadable = map[int64]bool{1: true, 2: true, 257: true, 399: true, 400: true}
	if r := m.check(t); !slices.Equal(found(r), []string{"unreadable 1", "unreadable 2", "unreadable 257", "unreadable 399", "unreadable 400"}) {
		t.Errorf("%v", found(r))
	}
}
