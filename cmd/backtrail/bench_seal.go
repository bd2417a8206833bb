package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// askSeal measures how fast a backlog is sealed, and how long an event waits while clients write.
func (b *bench) askSeal(ctx context.Context) error {
	base, err := b.open(ctx, "seal")
	if err != nil {
		return err
	}
	defer base.db.Close() // the file is thrown away
	l := &benchLog{benchBase: base}
	if err := l.fill(ctx, b.backlog, func(context.Context) error { return nil }); err != nil {
		return err
	}
	start, used := time.Now(), processorTime()
	if err := base.db.Seal(ctx); err != nil {
		return err
	}
	took := time.Since(start)
	used = processorTime() - used
	b.report.section("The sealer", "")
	b.report.table([]string{"Backlog", "Time", "Events/s", "Processor time an event"}, [][]string{
		{audit.Thousands(b.backlog), showDuration(took), audit.Thousands(int(float64(b.backlog) / took.Seconds())), showDuration(used / time.Duration(b.backlog))}})
	var rows [][]string
	for _, clients := range []int{1, 64} {
		row, err := base.sealLag(ctx, b, clients)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	b.report.printf("From the commit of an event until a reader sees its place in the ledger, looked at every 2 ms, while clients create contacts:\n\n")
	b.report.table([]string{"Clients", "Events/s", "Looked at", "Lag, p50", "p99", "Longest"}, rows)
	return nil
}

// sealLag lets clients write and follows some of their events until they are sealed.
func (b *benchBase) sealLag(ctx context.Context, s *bench, clients int) ([]string, error) {
	stop := b.startSealer(ctx)
	defer stop()
	var (
		mu      sync.Mutex // guards lags and failed
		lags    []time.Duration
		failed  error
		follows sync.WaitGroup
		every   = time.NewTicker(max(s.lag/300, time.Millisecond))
	)
	defer every.Stop()
	before := b.db.Stats()
	r, err := load(ctx, clients, s.lag, func(during context.Context, _ int) error {
		var op audit.OperationID
		err := b.Engine.Do(during, b.caller, func(o *crm.Operation) error {
			op = o.ID()
			_, err := b.create(during, o, "contact", map[string]string{"first_name": "Rita", "last_name": "Sousa", "city": "Lisbon"})
			return err
		})
		if err != nil {
			return err
		}
		select {
		case <-every.C:
			committed := time.Now()
			follows.Go(func() {
				lag, err := b.untilSealed(ctx, audit.EventID(op), committed)
				mu.Lock()
				defer mu.Unlock()
				if err != nil && failed == nil {
					failed = err
				}
				lags = append(lags, lag)
			})
		default:
		}
		return nil
	})
	follows.Wait()
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	if len(lags) == 0 {
		return nil, fmt.Errorf("no event was followed in %s", s.lag)
	}
	events := float64(b.db.Stats().Appended-before.Appended) / r.elapsed.Seconds()
	return []string{strconv.Itoa(clients), audit.Thousands(int(events)), audit.Thousands(len(lags)), showDuration(quantile(lags, 0.5)),
		showDuration(quantile(lags, 0.99)), showDuration(quantile(lags, 1))}, nil
}

func (b *benchBase) untilSealed(ctx context.Context, id audit.EventID, committed time.Time) (time.Duration, error) {
	for {
		s, err := b.Log.Event(ctx, b.caller.Account, id)
		if err != nil {
			return 0, err
		}
		if s.Seq > 0 {
			return time.Since(committed), nil
		}
		time.Sleep(2 * time.Millisecond)
	}
}
