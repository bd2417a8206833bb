package evidence

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/sheet"
)

// sheet holds the sheet against the rows: the same ones, cell for cell, the newest first.
func (k *checker) sheet() error {
	e, err := k.pack.open(sheetName)
	if err != nil {
		return err
	}
	defer e.close()
	if err := k.readSheet(e); err != nil {
		return err
	}
	if err := e.rest(); err != nil {
		return err
	}
	k.sums[sheetName] = e.sum()
	if k.broken {
		return nil // nothing to compare with
	}
	for i, s := range k.rows.sums {
		if s != (sum{}) {
			return k.differs(i)
		}
	}
	return nil
}

// readSheet takes each row of the sheet off the tally.
func (k *checker) readSheet(e *entry) error {
	lines := newLineReader(e)
	fail := func(err error) error {
		if stops(k, err) {
			return err
		}
		k.broken = true
		k.find(Changed, sheetName, 0, "Row %d cannot be read: %v.", lines.n, err)
		return nil
	}
	if head, err := lines.row(); err != nil || string(head) != sheet.Header+"\r\n" {
		if err == nil || err == io.EOF {
			err = errNotRow
		}
		return fail(err)
	}
	var last struct {
		at time.Time
		id string
	}
	ordered := true
	for {
		line, err := lines.row()
		if err == io.EOF {
			return nil
		}
		var r sheetRow
		if err == nil {
			r, err = parseSheetRow(line)
		}
		if err != nil {
			return fail(err)
		}
		if k.rows.stretch(r.seq) >= len(k.rows.sums) {
			k.find(Inserted, sheetName, r.seq, "The sheet has a row with the sequence %d, which the log does not have.", r.seq)
			continue
		}
		k.rows.count(r, -1)
		id := r.id()
		c := r.at.Compare(last.at)
		later := c > 0 || c == 0 && id >= last.id && audit.ValidID(id) && audit.ValidID(last.id)
		if ordered && later && lines.n > 2 {
			ordered = false
			k.find(Reordered, sheetName, r.seq, "The row of event %d does not stand in its place: the newest comes first.", r.seq)
		}
		last.at, last.id = r.at, id
	}
}

// maxCompared is how many bytes of rows are kept to find the one that differs.
const maxCompared = 32 << 20

// differs finds the row that differs among those of one stretch, by reading rows and sheet a second time.
func (k *checker) differs(stretch int) error {
	from, to := int64(stretch)<<k.rows.shift, (int64(stretch)+1)<<k.rows.shift-1
	want, whole, err := k.rowsBetween(from, to)
	if err != nil {
		return err
	}
	e, err := k.pack.open(sheetName)
	if err != nil {
		return err
	}
	defer e.close()
	lines := newLineReader(e)
	lines.row() // the header; it was read before
	for whole {
		line, err := lines.row()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		r, err := parseSheetRow(line)
		if err != nil {
			return err
		}
		if r.seq < from || r.seq > to {
			continue
		}
		expected, there := want[r.seq]
		if !there {
			k.find(Inserted, sheetName, r.seq, "The sheet has a row of event %d that events.jsonl does not have, or a second one.", r.seq)
			return nil
		}
		delete(want, r.seq)
		if !r.at.Equal(expected.at) || !bytes.Equal(r.rest, expected.rest) {
			k.find(Changed, sheetName, r.seq, "The sheet says something else of event %d than events.jsonl, %s.", r.seq, difference(r, expected))
			return nil
		}
	}
	for seq := range want {
		k.find(Missing, sheetName, seq, "The sheet has no row of event %d, which events.jsonl has.", seq)
		return nil
	}
	k.find(Changed, sheetName, 0, "The sheet says something else than events.jsonl of an event between %d and %d.", from, to)
	return nil
}

// rowsBetween is the rows that the sheet should have in a stretch; whole is false when they are too long to keep.
func (k *checker) rowsBetween(from, to int64) (rows map[int64]sheetRow, whole bool, err error) {
	e, err := k.pack.open(rowsName)
	if err != nil {
		return nil, false, err
	}
	defer e.close()
	rows, size := map[int64]sheetRow{}, 0
	for lines := newLineReader(e); ; {
		line, err := lines.next()
		if err == io.EOF {
			return rows, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		seq, line, err := cutPlace(line)
		if err != nil {
			return nil, false, err
		}
		if seq < from || seq > to {
			continue
		}
		d, err := audit.OpenDisclosed(line)
		if err != nil {
			return nil, false, err
		}
		r, err := k.rows.expect(seq, d)
		if err != nil {
			return nil, false, err
		}
		r.rest = bytes.Clone(r.rest)
		if size += len(r.rest); size > maxCompared {
			return nil, false, nil
		}
		rows[seq] = r
	}
}

// difference says in which column two rows of one event differ.
func difference(a, b sheetRow) string {
	names := strings.Split(sheet.Header, ",")
	if !a.at.Equal(b.at) {
		return "in the column " + names[0]
	}
	x, errX := csv.NewReader(bytes.NewReader(a.rest)).Read()
	y, errY := csv.NewReader(bytes.NewReader(b.rest)).Read()
	if errX == nil && errY == nil && len(x) == len(y) {
		for i, name := range names[1:] {
			if i < len(x) && x[i] != y[i] {
				return "in the column " + name
			}
		}
	}
	return "or says it in another way"
}
