package integrity

import (
	"context"
	"math"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
)

const (
	// rowsAtOnce bounds the rows of a page, and bytesAtOnce, by the size of those before, its bytes: most events have less
	// than two kilobytes, but one may have a megabyte.
	firstRows   = 16
	rowsAtOnce  = 256
	bytesAtOnce = 1 << 20
	// stepByStep is how many places are tried one by one when a page cannot be read.
	stepByStep = 64
	// tilesAtOnce is how many tiles are due before they are read.
	tilesAtOnce = 64
	// belowAll is below every place a row can have: those below 1 are seen by readers of the log too.
	belowAll = math.MinInt64
)

// reader reads rows, and the tiles that belong to them, in one goroutine.
type reader struct {
	src   Source
	limit int   // of the next page; 0 before the first
	after int64 // the last place that was read
	tiles bool  // as long as they are wanted and the rows stand at 1, 2, 3, ...
	dense int64 // so many do
	asked int64 // the tiles were read that a ledger of this size has filled
}

// run gives all pages to emit, in order.
func (r *reader) run(ctx context.Context, emit func(*page) error) error {
	for more := true; more; {
		p := &page{looked: make(chan struct{})}
		var err error
		if more, err = r.next(ctx, p); err != nil {
			return err
		}
		r.count(p.rows)
		if ids := fullTiles(r.asked, r.dense); r.tiles && (len(ids) >= tilesAtOnce || !more) {
			r.asked = r.dense
			if !more {
				ids = append(ids, openTiles(r.dense)...)
			}
			if p.tiles, p.failed = r.src.Tiles(ctx, ids); p.failed != nil {
				r.tiles = false
			}
		}
		if err := emit(p); err != nil {
			return err
		}
	}
	return nil
}

// count follows whether the rows stand at 1, 2, 3, ...: only then are their tiles known.
func (r *reader) count(rows []Row) {
	for i := range rows {
		if rows[i].Seq != r.dense+1 {
			r.tiles = false
			return
		}
		r.dense++
	}
}

// next reads the next rows into the page and reports whether there may be more.
func (r *reader) next(ctx context.Context, p *page) (more bool, err error) {
	if r.after == belowAll { // nothing was read yet, and Rows never gives this place itself
		if row, err := r.src.Row(ctx, belowAll); !errs.Is(err, errs.NotFound) {
			p.rows = []Row{row}
			r.after++
			return true, err
		}
	}
	limit := r.limit
	if limit == 0 {
		limit = firstRows
	}
	p.rows, err = r.src.Rows(ctx, r.after, limit)
	if err != nil {
		return r.oneByOne(ctx, p, err)
	}
	if len(p.rows) == 0 {
		return false, nil
	}
	r.limit = nextLimit(limit, p.rows)
	if more = len(p.rows) == limit; more {
		p.rows = wholePlaces(p.rows)
	}
	r.after = p.rows[len(p.rows)-1].Seq
	return more, nil
}

// nextLimit grows the page by four at most, to what fits by the size of the rows before.
func nextLimit(limit int, rows []Row) int {
	size := 0
	for i := range rows {
		size += len(rows[i].Body)
	}
	return max(2, min(4*limit, rowsAtOnce, bytesAtOnce*len(rows)/max(size, 1)))
}

// wholePlaces leaves the rows of the last place to the next page. Where the key was dropped, two may have one place, and
// the second would be stepped over.
func wholePlaces(rows []Row) []Row {
	for n := len(rows) - 1; n > 0; n-- {
		if rows[n-1].Seq != rows[n].Seq {
			return rows[:n]
		}
	}
	return rows
}

// oneByOne reads the next places singly, after reading them together has failed: a page of the file may be damaged. When
// nothing is there, or every one of them fails, it is not that, and the error comes back.
func (r *reader) oneByOne(ctx context.Context, p *page, failed error) (more bool, err error) {
	p.unread = map[int64]error{}
	r.after = max(r.after, 0)
	for range stepByStep {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		r.after++
		row, err := r.src.Row(ctx, r.after)
		if errs.Is(err, errs.NotFound) {
			continue
		}
		if err != nil {
			p.unread[r.after] = err
			row = Row{Seq: r.after}
		}
		p.rows = append(p.rows, row)
	}
	if len(p.rows) == 0 || len(p.unread) == stepByStep {
		return false, failed
	}
	return true, nil
}

// fullTiles names the tiles that become full while a ledger grows from one size to another.
func fullTiles(from, to int64) (ids []ledger.TileID) {
	for level := 0; to > 0; level++ {
		from, to = from/tileWidth, to/tileWidth
		for n := from; n < to; n++ {
			ids = append(ids, ledger.TileID{Level: level, N: n})
		}
	}
	return ids
}

// openTiles names the tiles that a ledger of a size has begun and not filled.
func openTiles(size int64) (ids []ledger.TileID) {
	for level := 0; size > 0; level, size = level+1, size/tileWidth {
		if size%tileWidth > 0 {
			ids = append(ids, ledger.TileID{Level: level, N: size / tileWidth})
		}
	}
	return ids
}
