package integrity

import (
	"context"
	"runtime"
	"sync"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// page is a stretch of the log on its way from the reader over a worker to the visitor.
type page struct {
	rows   []Row
	unread map[int64]error // by seq: places whose row is there and cannot be read; rows has an empty one for each
	seen   []seen
	looked chan struct{} // closed when seen is filled

	// tiles are those that the ledger must have filled with the rows up to this page; only when scan was asked for them.
	tiles  []ledger.Tile
	failed error // why tiles could not be read
}

// scan reads the sealed events, the lowest place first, and gives visit a page after the other. The source is read by one
// goroutine, which is done with it when scan returns; the rows are looked at by one for each processor.
func scan(ctx context.Context, src Source, account audit.AccountID, tiles bool, visit func(*page) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	work, ordered := make(chan *page, workers), make(chan *page, 2*workers)
	var running sync.WaitGroup
	defer running.Wait()
	var failed error
	running.Go(func() {
		defer close(ordered)
		defer close(work)
		r := reader{src: src, after: belowAll, tiles: tiles}
		failed = r.run(ctx, func(p *page) error {
			for _, to := range []chan<- *page{work, ordered} { // a page in ordered is being looked at
				select {
				case to <- p:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	for range workers {
		running.Go(func() {
			l := looker{account: account}
			for p := range work {
				l.lookAt(p)
				close(p.looked)
			}
		})
	}
	for p := range ordered {
		<-p.looked
		if err := visit(p); err != nil {
			cancel()
			return err
		}
	}
	return failed // set before ordered was closed
}

func (l *looker) lookAt(p *page) {
	p.seen = make([]seen, len(p.rows))
	for i := range p.rows {
		if err := p.unread[p.rows[i].Seq]; err != nil {
			p.seen[i] = seen{seq: p.rows[i].Seq, unread: err}
			continue
		}
		p.seen[i] = l.look(&p.rows[i])
	}
}
