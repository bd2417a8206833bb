package integrity

import (
	"slices"

	"github.com/backtrail/backtrail/ledger"
)

// placed is a row by its place and its leaf.
type placed struct {
	seq  int64
	leaf ledger.Hash
	// sound says that leaf is the hash of the row. A row without one can only be something else than what was sealed.
	sound  bool
	unread bool // it is there, and nobody knows what it says
}

// difference is one thing that was done to the rows.
type difference struct {
	Kind     Kind
	From, To int64 // places: those of the ledger for Missing and CutOff, those of the rows for all others
	Home     int64 // of Reordered: where it belongs
	// Before and After are the places of the rows beside it that are right, 0 for none.
	Before, After int64
	Renumbered    bool  // those behind it have other places for it
	Empty         bool  // of Missing: the place is empty, but the ledger lacks no event
	Size          int64 // of Inserted: the size of the ledger when From lies behind its end
}

// align says what was done to a ledger, whose leaves are want, so that rows came of it. A zero hash in want is one that
// nobody knows.
//
// Every row whose leaf is in want has a shift: how far it stands from its home. Rows that were put in or taken out shift all
// that follow, by the same number; so the rows are cut into runs of one shift, and the heaviest chain of runs that are in
// order, both in rows and in want, is what was left alone (see chain). What lies between the rows of the chain was
// tampered with: rows that are in no place of want were changed or put in, leaves that no row has were changed or taken
// out, and rows that are outside of the chain were moved.
func align(want []ledger.Hash, rows []placed) []difference {
	a := &aligned{want: want, rows: rows, home: homes(want, rows), last: pair{-1, -1}}
	a.there = make([]bool, len(want))
	for _, p := range a.home {
		if p >= 0 {
			a.there[p] = true
		}
	}
	stays := chain(rows, a.home, len(want))
	for i := range rows {
		if stays[i] {
			a.gap(pair{rows[i].seq - 1, a.home[i]}, false)
			continue
		}
		a.between = append(a.between, i)
	}
	a.gap(pair{a.last.x + int64(len(want)) - a.last.p, int64(len(want))}, true)
	return a.found
}

// homes finds for each row the index of its leaf in want, -1 for none.
func homes(want []ledger.Hash, rows []placed) []int64 {
	home := make([]int64, len(rows))
	right := make([]bool, len(want))
	at := func(i int) bool { return rows[i].seq >= 1 && rows[i].seq <= int64(len(want)) }
	for i, r := range rows {
		home[i] = -1
		if at(i) && r.sound && want[r.seq-1] == r.leaf && !right[r.seq-1] {
			home[i], right[r.seq-1] = r.seq-1, true
		}
	}
	elsewhere := map[ledger.Hash]int64{}
	for p, h := range want {
		if !right[p] && h != (ledger.Hash{}) {
			elsewhere[h] = int64(p)
		}
	}
	for i, r := range rows {
		if p, ok := elsewhere[r.leaf]; ok && home[i] < 0 && r.sound {
			home[i] = p
			delete(elsewhere, r.leaf) // a copy of an event is another row, which was put in
		}
	}
	return home
}

// pair is a row at the place x, from 0, whose home is the index p.
type pair struct{ x, p int64 }

func (a pair) shift() int64 { return a.x - a.p }

// aligned walks along the chain.
type aligned struct {
	want    []ledger.Hash
	rows    []placed
	home    []int64
	there   []bool // by index in want: some row has it
	last    pair   // of the chain
	between []int  // the rows behind it that are not in the chain
	found   []difference
}

// gap explains what lies between the last row of the chain and the next.
func (a *aligned) gap(next pair, end bool) {
	before := len(a.found)
	lost := a.lost(next)
	moved := next.p-a.last.p-1 > int64(len(lost)) // a row that belongs here stands elsewhere, or the other way round
	var strange []int                             // rows that are nowhere in want
	for _, i := range a.between {
		x := a.rows[i].seq - 1
		switch {
		case a.home[i] >= 0:
			moved = true
			a.note(difference{Kind: Reordered, From: x + 1, To: x + 1, Home: a.home[i] + 1})
		case a.unknown(x - a.last.shift()):
		default:
			if at, ok := slices.BinarySearch(lost, x-a.last.shift()); ok {
				lost = slices.Delete(lost, at, at+1)
				a.changed(i)
				continue
			}
			strange = append(strange, i)
		}
	}
	for len(strange) > 0 && len(lost) > 0 { // which is which cannot be told
		a.changed(strange[0])
		strange, lost = strange[1:], lost[1:]
	}
	shifted := !end && next.shift() != a.last.shift()
	a.inserted(strange, shifted)
	a.missing(lost, next, end)
	if !moved && shifted && len(a.found) == before {
		a.renumbered(next)
	}
	a.last, a.between = next, a.between[:0]
}

// lost are the indexes before the next row of the chain whose leaf no row has.
func (a *aligned) lost(next pair) (lost []int64) {
	for p := a.last.p + 1; p < next.p; p++ {
		if !a.there[p] && !a.unknown(p) {
			lost = append(lost, p)
		}
	}
	return lost
}

// unknown reports whether nobody knows the leaf of an index: then any row may stand there.
func (a *aligned) unknown(p int64) bool {
	return p >= 0 && p < int64(len(a.want)) && a.want[p] == (ledger.Hash{})
}

func (a *aligned) note(d difference) { a.found = append(a.found, d) }

// changed notes that a row is not what was sealed; one that cannot be read is a finding already.
func (a *aligned) changed(i int) {
	if r := a.rows[i]; !r.unread {
		a.note(difference{Kind: Changed, From: r.seq, To: r.seq})
	}
}

// inserted notes rows that were put in.
func (a *aligned) inserted(strange []int, shifted bool) {
	var places []int64
	for _, i := range strange {
		if !a.rows[i].unread {
			places = append(places, a.rows[i].seq)
		}
	}
	for _, r := range stretches(places) {
		d := difference{Kind: Inserted, From: r.from, To: r.to, Before: a.last.x + 1, Renumbered: shifted}
		if r.from > int64(len(a.want)) {
			d.Size = int64(len(a.want))
		}
		a.note(d)
	}
}

// missing notes leaves that no row has.
func (a *aligned) missing(lost []int64, next pair, end bool) {
	for _, r := range stretches(lost) {
		d := difference{Kind: Missing, From: r.from + 1, To: r.to + 1, Before: a.last.x + 1, After: next.x + 1, Renumbered: next.shift() != a.last.shift()}
		if end {
			d.After, d.Renumbered = 0, false
			if r.to == int64(len(a.want))-1 {
				d.Kind = CutOff
			}
		}
		a.note(d)
	}
}

// renumbered explains rows that are all there and have got other places: they leave one empty, or share one.
func (a *aligned) renumbered(next pair) {
	d := difference{Kind: Missing, Empty: true, From: a.last.x + 2, To: next.x, Before: a.last.x + 1, After: next.x + 1}
	if next.shift() < a.last.shift() {
		d = difference{Kind: Reordered, From: next.x + 1, To: next.x + 1, Home: next.p + 1}
	}
	a.note(d)
}

// stretch is a run of neighbouring numbers.
type stretch struct{ from, to int64 }

func stretches(numbers []int64) (out []stretch) {
	for _, n := range numbers {
		if last := len(out) - 1; last >= 0 && out[last].to+1 >= n {
			out[last].to = n
			continue
		}
		out = append(out, stretch{n, n})
	}
	return out
}
