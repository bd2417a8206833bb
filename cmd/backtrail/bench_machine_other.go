//go:build !linux

package main

import (
	"os"
	"runtime"
)

const syncName = "fsync"

func syncFile(f *os.File) error { return f.Sync() }

func thisMachine() machine {
	return machine{processor: runtime.GOARCH, memory: "not known here", system: runtime.GOOS + "/" + runtime.GOARCH}
}

// peakMemory is the largest resident size that this process has had, in bytes; 0 when it is not known.
func peakMemory() int64 { return 0 }
