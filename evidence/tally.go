package evidence

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"math/bits"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/sheet"
)

// tally compares two lists of rows that stand in different orders, in little memory: for each a hash is added up, with a
// key that is drawn for this check. Who made the pack did not know it, so no other rows give the same sum. The sums are
// kept by stretches of places, so that a difference can be looked for in one of them.
type tally struct {
	enc   *sheet.CSV
	line  []byte
	key   [sha256.Size]byte
	hash  hash.Hash
	buf   []byte
	shift int // a stretch has 2^shift places
	sums  []sum
}

// sum is a sum of hashes, and of what it is the sum of.
type sum struct {
	parts [4]uint64
	rows  int64
}

// stretches is about how many sums there are.
const stretches = 1024

func newTally(size int64) tally {
	t := tally{enc: sheet.NewCSV(time.UTC), hash: sha256.New(), shift: max(0, bits.Len64(uint64(size))-bits.Len64(stretches)+1)}
	t.sums = make([]sum, size>>t.shift+1)
	rand.Read(t.key[:])
	return t
}

func (t *tally) stretch(seq int64) int { return int(seq >> t.shift) }

// row adds what the sheet should have for a row.
func (t *tally) row(seq int64, d audit.Disclosed) error {
	r, err := t.expect(seq, d)
	if err == nil && t.stretch(seq) < len(t.sums) {
		t.count(r, 1)
	}
	return err
}

// expect is the row that the sheet should have for one of events.jsonl.
func (t *tally) expect(seq int64, d audit.Disclosed) (sheetRow, error) {
	line, err := t.enc.Append(t.line[:0], audit.Stored{Seq: seq, Body: d.Event})
	if err != nil {
		return sheetRow{}, err
	}
	t.line = line
	return parseSheetRow(line)
}

// count adds a row n times, which may be -1.
func (t *tally) count(r sheetRow, n int64) {
	t.hash.Reset()
	t.buf = binary.BigEndian.AppendUint64(append(t.buf[:0], t.key[:]...), uint64(r.at.UnixMicro()))
	t.hash.Write(t.buf)
	t.hash.Write(r.rest)
	t.buf = t.hash.Sum(t.buf[:0])
	h := t.buf
	s := &t.sums[t.stretch(r.seq)]
	s.rows += n
	for i := range s.parts {
		s.parts[i] += uint64(n) * binary.BigEndian.Uint64(h[8*i:])
	}
}

// sheetRow is a row of the sheet. The time is taken for itself: in which zone it is written depends on the rules that
// the maker's computer had for that zone.
type sheetRow struct {
	at   time.Time
	rest []byte // behind the timestamp
	seq  int64
}

var errNotRow = errors.New("it is not a row of a log")

func parseSheetRow(line []byte) (r sheetRow, err error) {
	stamp, rest, ok := bytes.Cut(line, []byte(","))
	last := bytes.LastIndexByte(rest, ',')
	if !ok || last < 0 {
		return r, errNotRow
	}
	if r.at, err = time.Parse(sheet.TimeLayout, string(stamp)); err != nil {
		return r, errNotRow
	}
	seq := string(bytes.TrimSuffix(rest[last+1:], []byte("\r\n")))
	if r.seq, err = strconv.ParseInt(seq, 10, 64); err != nil || r.seq < 1 || strconv.FormatInt(r.seq, 10) != seq {
		return r, errNotRow
	}
	r.rest = rest
	return r, nil
}

// id is the cell Event ID, the fourth from the end. The ids that the log gives have no commas.
func (r sheetRow) id() string {
	cells := r.rest
	for range 3 {
		cells = cells[:max(0, bytes.LastIndexByte(cells, ','))]
	}
	return string(cells[bytes.LastIndexByte(cells, ',')+1:])
}
