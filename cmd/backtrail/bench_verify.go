package main

import (
	"context"
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// maxVerifyTime is what the verification of a million events may take.
const maxVerifyTime = time.Minute

// askVerify verifies the whole log, and proves single events of it.
func (b *bench) askVerify(ctx context.Context) error {
	l, err := b.bigLog(ctx)
	if err != nil {
		return err
	}
	s, err := l.step(ctx, "verify-log")
	if err != nil {
		return err
	}
	b.report.section("Verifying a log of "+audit.Thousands(b.events)+" events", "The command verify in a process of its own: every value is read and hashed again, every hash of the tree compared.")
	b.report.table([]string{"Time", "Processor time", "Events/s", "Peak memory"}, [][]string{{showDuration(s.Nanoseconds), showDuration(s.Processor),
		audit.Thousands(int(float64(b.events) / s.Nanoseconds.Seconds())), showBytes(s.Peak)}})
	bound(b.report, "time of the verification", s.Nanoseconds, maxVerifyTime, showDuration)
	return b.proveSome(ctx, l)
}

// proveSome proves events from all over the log, and checks the proofs as an auditor does.
func (b *bench) proveSome(ctx context.Context, l *benchLog) error {
	vkey, err := l.Integrity.VerifierKey(ctx, l.caller)
	if err != nil {
		return err
	}
	const proofs = 300
	var made, checked []time.Duration
	size := 0
	for i := range min(proofs, b.events) {
		seq := int64(1 + i*b.events/min(proofs, b.events))
		start := time.Now()
		p, err := l.Integrity.Place(ctx, l.caller, seq)
		if err != nil {
			return err
		}
		text := p.Proof()
		made = append(made, time.Since(start))
		size = max(size, len(text))
		start = time.Now()
		proof, err := ledger.ParseProof(text)
		if err == nil {
			_, err = proof.Check(p.Leaf, vkey)
		}
		if err != nil {
			return fmt.Errorf("the proof of event %d: %w", seq, err)
		}
		checked = append(checked, time.Since(start))
	}
	b.report.printf("Proofs of single events from all over the log:\n\n")
	b.report.table([]string{"Proofs", "Size, at most", "To make, p50", "p99", "To check, p50", "p99"}, [][]string{{audit.Thousands(len(made)), fmt.Sprintf("%d bytes", size),
		showDuration(quantile(made, 0.5)), showDuration(quantile(made, 0.99)), showDuration(quantile(checked, 0.5)), showDuration(quantile(checked, 0.99))}})
	return nil
}
