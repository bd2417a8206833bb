package main

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// silentStore is a store whose transactions drop the events: all else is the same code.
type silentStore struct{ *store.DB }

func (s silentStore) WriteRecords(ctx context.Context, account audit.AccountID, fn func(crm.Tx) error) error {
	return s.DB.WriteRecords(ctx, account, func(tx crm.Tx) error { return fn(silentTx{tx.(workspace.Tx)}) })
}

type silentTx struct{ workspace.Tx }

func (silentTx) AppendEvents(context.Context, []audit.Encoded) error { return nil }

// writers are what the write question needs.
type writers struct {
	*benchBase
	cast          benchCast
	opportunities []audit.RecordID
	silent        *crm.Engine
	made          atomic.Int64
	moved         [64]int // by client: the times that its opportunity was moved
}

// writeKind is something that people do all day.
type writeKind struct {
	name string
	do   func(w *writers, ctx context.Context, e *crm.Engine, client int) error
}

var writeKinds = []writeKind{
	{"Create a contact", func(w *writers, ctx context.Context, e *crm.Engine, client int) error {
		n := w.made.Add(1)
		_, err := e.Create(ctx, w.caller, "contact", crm.Input{"first_name": benchText("Rita"), "last_name": benchText("Sousa"), "city": benchText("Lisbon"),
			"email": benchText(fmt.Sprintf("rita%d@example.com", n)), "phone": benchText("+351 21 765 43 21"),
			"company": benchText(string(w.cast.companies[client%len(w.cast.companies)])), "owner": benchText(string(w.cast.staff[client%len(w.cast.staff)]))})
		return err
	}},
	{"Move an opportunity to another stage", func(w *writers, ctx context.Context, e *crm.Engine, client int) error {
		w.moved[client]++
		to := w.cast.stages[(client+w.moved[client])%len(w.cast.stages)]
		_, err := e.Update(ctx, w.caller, "opportunity", w.opportunities[client], crm.Input{"stage": benchText(string(to))}, 0)
		return err
	}},
}

func benchText(s string) []byte { return []byte(audit.String(s)) }

// The ways to write that are compared. The first one is what the others are measured by.
const (
	unaudited = iota
	audited
	auditedAndSealed
	writeWays
)

var writeWayNames = [writeWays]string{"without the log", "with the log", "with the log, sealer running"}

// askWrite compares writes with the log and without it, in turns: what slows the machine down for a while slows all.
func (b *bench) askWrite(ctx context.Context) error {
	base, err := b.open(ctx, "write")
	if err != nil {
		return err
	}
	defer base.db.Close() // the file is thrown away
	silent, err := workspace.New(silentStore{base.db}, workspace.Options{})
	if err != nil {
		return err
	}
	w := &writers{benchBase: base, silent: silent.Engine}
	if w.cast, err = w.addCast(ctx, 1000); err != nil {
		return err
	}
	if w.opportunities, err = w.addOpportunities(ctx, w.cast, len(w.moved)); err != nil {
		return err
	}
	b.report.section("What the log costs a write", fmt.Sprintf("The same engine and database; without the log, the transaction drops the events. "+
		"%d rounds of %s in turns; the cost is the median of the ratios within a round.", b.rounds, b.round))
	for _, k := range writeKinds {
		var rows [][]string
		for _, clients := range []int{1, 16, 64} {
			more, err := w.compare(ctx, b, k, clients)
			if err != nil {
				return err
			}
			rows = append(rows, more...)
		}
		b.report.printf("%s:\n\n", k.name)
		b.report.table([]string{"Clients", "Way", "Writes/s", "p50", "p99", "Cost at p50", "Cost in writes/s"}, rows)
	}
	return nil
}

func (w *writers) compare(ctx context.Context, b *bench, k writeKind, clients int) ([][]string, error) {
	var latencies [writeWays][]time.Duration
	var rates, slower, fewer [writeWays][]float64
	for n := range b.rounds + 1 { // the first one warms up
		var p50, rate [writeWays]float64
		for turn := range writeWays {
			way := (n + turn) % writeWays
			r, err := w.round(ctx, k, way, clients, b.round)
			if err != nil {
				return nil, err
			}
			p50[way], rate[way] = float64(quantile(r.latencies, 0.5)), r.perSecond()
			if n > 0 {
				latencies[way] = append(latencies[way], r.latencies...)
			}
		}
		if n == 0 {
			continue
		}
		for way := range writeWays {
			rates[way] = append(rates[way], rate[way])
			slower[way] = append(slower[way], p50[way]/p50[unaudited])
			fewer[way] = append(fewer[way], rate[way]/rate[unaudited])
		}
	}
	var rows [][]string
	for way := range writeWays {
		row := []string{strconv.Itoa(clients), writeWayNames[way], audit.Thousands(int(median(rates[way]))), showDuration(quantile(latencies[way], 0.5)),
			showDuration(quantile(latencies[way], 0.99)), "", ""}
		if way != unaudited {
			row[5], row[6] = showPercent(median(slower[way])), showPercent(median(fewer[way]))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// round lets the clients write in one way. Where no sealer runs, it seals behind the measured time.
func (w *writers) round(ctx context.Context, k writeKind, way, clients int, d time.Duration) (benchRound, error) {
	engine := w.Engine
	if way == unaudited {
		engine = w.silent
	}
	stop := func() {}
	if way == auditedAndSealed {
		stop = w.startSealer(ctx)
	}
	r, err := load(ctx, clients, d, func(ctx context.Context, client int) error { return k.do(w, ctx, engine, client) })
	stop()
	if err != nil {
		return r, err
	}
	return r, w.db.Seal(ctx)
}

// startSealer runs the sealer until stop.
func (b *benchBase) startSealer(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.db.RunSealer(ctx, nil)
	}()
	return func() {
		cancel()
		<-ended
	}
}
