//go:build !linux

package main

import (
	"os"
	"runtime"
	"time"
)

const syncName = "fsync"

func syncFile(f *os.File) error { return f.Sync() }

func thisMachine() machine {
	return machine{processor: runtime.GOARCH, memory: "not known here", busy: "not known here", system: runtime.GOOS + "/" + runtime.GOARCH}
}

// peakMemory is the largest resident size that this process has had, in bytes; 0 when it is not known.
func peakMemory() int64 { return 0 }

// processorTime is what this process has used of the processors; 0 when it is not known.
func processorTime() time.Duration { return 0 }
