package main

import (
	"os"
	"path/filepath"
	"time"
)

// machine is what a report says about where it was made.
type machine struct {
	processor, memory, system string
	busy                      string // what else wants the processors: the load before the start
}

// probeSyncs counts how many writes of 4 KiB a second the disk makes durable, one after the other: the upper end of
// what one client that waits for each of its writes can have.
func probeSyncs(dir string, d time.Duration) (int, error) {
	f, err := os.Create(filepath.Join(dir, "probe"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	const rounds, page = 1 << 10, 4 << 10
	block := make([]byte, page)
	if _, err := f.Write(make([]byte, rounds*page)); err != nil { // the file does not grow while it is measured
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	n, start := 0, time.Now()
	for ; time.Since(start) < d; n++ {
		if _, err := f.WriteAt(block, int64(n%rounds)*page); err != nil {
			return 0, err
		}
		if err := syncFile(f); err != nil {
			return 0, err
		}
	}
	return int(float64(n) / time.Since(start).Seconds()), nil
}
