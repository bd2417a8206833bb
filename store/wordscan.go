package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// A scan for words goes about it in one of three ways. It begins to walk down the log and looks at each event: a word that
// many have fills the page at once. Otherwise it asks the index. Few places are all there is, and are put in order; when
// there are many it walks further, and where they turn out to be far away it goes down the index by time, which is narrow,
// and reads of the events on the way only those that the index of words has.

// searching is when one gives way to the next; tests make it small.
var searching = struct {
	first int // how many events are looked at before the index is asked
	more  int // how many more when it has many
	few   int // how many places are few
	chunk int // how many rows of the index by time are read at once
}{150, 4000, 10_000, 10_000}

// wordScan is what a scan does about words.
type wordScan struct {
	query  *wordQuery
	way    wordWay
	walked int
	mark   wordMark
	size   int64 // of the ledger
	hits   bitmap
}

type wordWay int

const (
	walk    wordWay = iota // the index was not asked yet
	walkOn                 // it has many
	byHits                 // hits has them all
	settled                // the scan has what it needs: there are few, or the index is of no use
)

// bitmap is a set of seqs.
type bitmap []uint64

func (b bitmap) has(seq int64) bool {
	i := int(seq >> 6)
	return i < len(b) && b[i]&(1<<(seq&63)) != 0
}

func (b *bitmap) add(seq int64) {
	if i := int(seq >> 6); i >= len(*b) {
		*b = append(*b, make([]uint64, i+1-len(*b))...)
	}
	(*b)[seq>>6] |= 1 << (seq & 63)
}

// search settles how the scan's words are found. all tells that it will be read to its end.
func (s *scan) search(ctx context.Context, all bool) error {
	w := s.words
	if w.way == walk && (all || w.walked >= searching.first) {
		if err := s.ask(ctx); err != nil {
			return err
		}
	}
	if w.way == walkOn && s.record == "" && (all || w.walked >= searching.first+searching.more) {
		return s.gather(ctx)
	}
	return nil
}

// ask asks the index whether there are few.
func (s *scan) ask(ctx context.Context) error {
	w := s.words
	w.way = settled
	if w.query.impossible() {
		s.none = true
		return nil
	}
	if err := s.readMark(ctx); err != nil {
		return err
	}
	if w.size-w.mark.upto > int64(searching.few) { // the index has far to go
		return nil
	}
	hits, err := s.hits(ctx, int64(searching.few)+1)
	if err != nil {
		return err
	}
	if len(hits) <= searching.few {
		for seq := w.mark.upto + 1; seq <= w.size; seq++ {
			hits = append(hits, seq)
		}
		s.narrow, s.record, s.places = s.c.words().amongNumbers("seq", hits), "", true
		return nil
	}
	w.way = walkOn
	return nil
}

// readMark reads how far the index reaches, in the same state of the database as everything else.
func (s *scan) readMark(ctx context.Context) error {
	w := s.words
	size, _, err := one(ctx, s.c, scanInt, "SELECT size FROM heads WHERE account = $1", s.account)
	if err != nil {
		return err
	}
	w.size = size
	w.mark, _, err = one(ctx, s.c, scanWordMark, "SELECT number, upto FROM word_marks WHERE account = $1", s.account)
	return err
}

// hits are places that the index has, in no order, at most limit.
func (s *scan) hits(ctx context.Context, limit int64) ([]int64, error) {
	d := s.c.words()
	f := d.findWords(s.account, s.words.mark.number, s.words.query.text(d.wordSyntax, s.words.mark.number), limit)
	return all(ctx, s.c, scanInt, f.numbered(), f.args...)
}

// gather reads all places.
func (s *scan) gather(ctx context.Context) error {
	w := s.words
	hits, err := s.hits(ctx, 1<<seqBits)
	if err != nil {
		return err
	}
	for _, seq := range hits {
		w.hits.add(seq)
	}
	w.way = byHits
	return nil
}

// mayHave reports whether the index has a sealed event, or does not reach so far.
func (w *wordScan) mayHave(seq int64) bool { return seq > w.mark.upto || w.hits.has(seq) }

// spot is a row of the index by time.
type spot struct {
	seq, at int64
	id      audit.EventID
}

func (p spot) position() audit.Position {
	return audit.Position{OccurredAt: time.UnixMicro(p.at).UTC(), ID: p.id}
}

// nextOfHits is next by way of the hits.
func (s *scan) nextOfHits(ctx context.Context, n int) (rows []logged, more bool, err error) {
	for {
		rows, more, err = s.chunkOfHits(ctx, n)
		if err != nil || len(rows) > 0 || !more {
			return rows, more, err
		}
	}
}

// chunkOfHits goes down a part of the index by time. It ends where the part ends, or with the n-th row.
func (s *scan) chunkOfHits(ctx context.Context, n int) ([]logged, bool, error) {
	pending := s.pending(n)
	waiting, err := all(ctx, s.c, scanLogged, pending.numbered(), pending.args...)
	if err != nil {
		return nil, false, err
	}
	f := sqlf("SELECT seq, occurred_at, id FROM events WHERE account = ?", s.account)
	f.put("", s.place(), newest)
	f.args = append(f.args, searching.chunk)
	spots, err := all(ctx, s.c, func(r row) (p spot, err error) { return p, r.Scan(&p.seq, &p.at, &p.id) }, f.numbered(), f.args...)
	if err != nil {
		return nil, false, err
	}
	more := len(spots) == searching.chunk
	var seqs []int64
	for i, p := range spots {
		if !s.words.mayHave(p.seq) || slices.ContainsFunc(s.skips, func(k skip) bool { return k.from > 0 && p.seq >= k.from && p.seq <= k.to }) {
			continue
		}
		if seqs = append(seqs, p.seq); len(seqs) == n {
			more = more || i < len(spots)-1
			spots = spots[:i+1]
			break
		}
	}
	g := sqlf("SELECT "+sealedColumns+" FROM events WHERE account = ?", s.account)
	g.put(" AND ", s.c.words().amongNumbers("seq", seqs), "")
	g.put(" AND (", s.where, ")")
	rows, err := all(ctx, s.c, scanLogged, g.numbered(), g.args...)
	if err != nil {
		return nil, false, err
	}
	if more { // what waits behind the part comes later
		end := spots[len(spots)-1]
		waiting = slices.DeleteFunc(waiting, func(l logged) bool { return cmp.Or(cmp.Compare(l.at, end.at), cmp.Compare(l.id, end.id)) < 0 })
	}
	rows = merged(waiting, rows, newestFirst)
	switch {
	case len(rows) >= n:
		rows, more = rows[:n], true
		s.advance(rows[n-1])
	case more:
		s.goBehind(spots[len(spots)-1].position())
	}
	return rows, more, nil
}

// numbers is a list for dialect.amongNumbers.
func numbers(open, end string, seqs []int64) string {
	var b strings.Builder
	b.WriteString(open)
	for i, n := range seqs {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(n, 10))
	}
	b.WriteString(end)
	return b.String()
}
