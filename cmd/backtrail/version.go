package main

import (
	"fmt"
	"runtime"
)

type versionCommand struct{}

// Run prints the version of the program and of what it was built with.
func (versionCommand) Run(io streams) error {
	_, err := fmt.Fprintf(io.out, "backtrail %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
