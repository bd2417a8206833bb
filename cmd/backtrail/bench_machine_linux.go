package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const syncName = "fdatasync"

func syncFile(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

func thisMachine() machine {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	load, _ := os.ReadFile("/proc/loadavg")
	before, _, _ := strings.Cut(string(load), " ")
	return machine{processor: procLine("/proc/cpuinfo", "model name"), system: runtime.GOOS + "/" + runtime.GOARCH + " " + strings.TrimSpace(string(kernel)),
		busy: before, memory: fmt.Sprintf("%.0f GB", float64(procSize("/proc/meminfo", "MemTotal"))/1e9)}
}

// peakMemory is the largest resident size that this process has had, in bytes; 0 when it is not known. It is not
// ru_maxrss: that one begins with the size of the process that started this one.
func peakMemory() int64 { return procSize("/proc/self/status", "VmHWM") }

// processorTime is what this process has used of the processors.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// procSize reads a line like "VmHWM:  1234 kB".
func procSize(path, key string) int64 {
	number, _, _ := strings.Cut(procLine(path, key), " ")
	n, _ := strconv.ParseInt(number, 10, 64) // 0 is "not known"
	return n << 10
}

// procLine is what stands behind key in a file of /proc, "" when it is not there.
func procLine(path, key string) string {
	b, _ := os.ReadFile(path)
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
