package main

import (
	"context"
	"sync"
	"time"
)

// benchRound is what the clients of one round saw.
type benchRound struct {
	latencies []time.Duration
	elapsed   time.Duration
}

func (r benchRound) perSecond() float64 { return float64(len(r.latencies)) / r.elapsed.Seconds() }

// load lets clients call do, each one call after the other, for d.
func load(ctx context.Context, clients int, d time.Duration, do func(ctx context.Context, client int) error) (benchRound, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	seen := make([][]time.Duration, clients)
	start := time.Now()
	for client := range clients {
		wg.Go(func() {
			for time.Since(start) < d {
				begun := time.Now()
				if err := do(ctx, client); err != nil {
					cancel(err)
					return
				}
				seen[client] = append(seen[client], time.Since(begun))
			}
		})
	}
	wg.Wait()
	r := benchRound{elapsed: time.Since(start)}
	for _, s := range seen {
		r.latencies = append(r.latencies, s...)
	}
	return r, context.Cause(ctx)
}
