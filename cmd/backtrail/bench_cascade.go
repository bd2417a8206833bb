package main

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/restore"
)

// What the deletion of 50,000 opportunities may need.
const (
	maxDeletion       = 15 * time.Second
	maxDeletionMemory = 400_000_000
)

var noRequest restore.Request

// countPlan is the number of records that a plan brings back.
func countPlan(p *restore.Plan) (n int) {
	for _, c := range p.Restores {
		n += c.Count
	}
	return n
}

// askCascade deletes a pipeline with all its opportunities and brings it back, each step in a process of its own.
func (b *bench) askCascade(ctx context.Context) error {
	base, err := b.open(ctx, "cascade")
	if err != nil {
		return err
	}
	defer base.db.Close() // the file is thrown away
	cast, err := base.addCast(ctx, max(20, b.opportunities/10))
	if err != nil {
		return err
	}
	if _, err := base.addOpportunities(ctx, cast, b.opportunities); err != nil {
		return err
	}
	if err := base.db.Seal(ctx); err != nil {
		return err
	}
	deletion, err := base.step(ctx, "delete", "--record", string(cast.pipeline))
	if err != nil {
		return err
	}
	preview, err := base.step(ctx, "preview", "--record", string(deletion.Event))
	if err != nil {
		return err
	}
	restored, err := base.step(ctx, "restore", "--record", string(deletion.Event))
	if err != nil {
		return err
	}
	b.report.section("Deleting and restoring a pipeline with "+audit.Thousands(b.opportunities)+" opportunities",
		"Each opportunity points at a pipeline, a stage, a contact, a company and a person. Each step is one transaction, in a process of its own.")
	var rows [][]string
	for _, s := range []struct {
		name string
		stepForm
	}{{"Delete", deletion}, {"Preview of the restore", preview}, {"Restore", restored}} {
		rows = append(rows, []string{s.name, showDuration(s.Nanoseconds), showDuration(s.Processor), audit.Thousands(s.Records), audit.Thousands(s.Events), showBytes(s.Peak)})
	}
	b.report.table([]string{"Step", "Time", "Processor time", "Records", "Events", "Peak memory"}, rows)
	bound(b.report, "time of the deletion", deletion.Nanoseconds, maxDeletion, showDuration)
	bound(b.report, "peak memory of deletion and restore", max(deletion.Peak, preview.Peak, restored.Peak), maxDeletionMemory, showBytes)
	return nil
}
