package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/backtrail/backtrail/audit"
)

// maxExportMemory is what an export may need at most, however long the log is.
const maxExportMemory = 100_000_000

// askExport writes the whole log to a file with the command export, in a process of its own.
func (b *bench) askExport(ctx context.Context) error {
	l, err := b.bigLog(ctx)
	if err != nil {
		return err
	}
	out := filepath.Join(b.dir, "log.csv")
	s, err := l.step(ctx, "export", "--out", out)
	if err != nil {
		return err
	}
	defer os.Remove(out)
	b.report.section("Exporting "+audit.Thousands(b.events)+" events as CSV", "The command export in a process of its own, from its start to the file on the disk.")
	rate := float64(b.events) / s.Nanoseconds.Seconds()
	b.report.table([]string{"Time", "Processor time", "Rows/s", "File", "Peak memory"}, [][]string{
		{showDuration(s.Nanoseconds), showDuration(s.Processor), audit.Thousands(int(rate)), showBytes(fileSize(out)), showBytes(s.Peak)}})
	bound(b.report, "peak memory of the export", s.Peak, maxExportMemory, showBytes)
	return nil
}

// fileSize is the size of a file, or of a database with what has not been moved into its file yet.
func fileSize(url string) (n int64) {
	path := strings.TrimPrefix(url, "sqlite:")
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(fmt.Sprint(path, suffix)); err == nil {
			n += info.Size()
		}
	}
	return n
}
