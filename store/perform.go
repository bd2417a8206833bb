package store

import (
	"reflect"
	"runtime"
	"sync"

	"github.com/backtrail/backtrail/errs"
)

// perform runs a write closure. A panic, or the Goexit of a test, passes through it on its own stack.
//
//go:noinline
func perform(c *writeConn, fn func(*writeConn) error) error {
	err := fn(c)
	if err == nil {
		err = c.failed
	}
	return err
}

var performEntry = sync.OnceValue(func() uintptr { return reflect.ValueOf(perform).Pointer() })

// refuseNested is the error of a write that is started inside a write: it would wait for itself.
func refuseNested() error {
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		for _, pc := range pcs[:n] {
			if f := runtime.FuncForPC(pc - 1); f != nil && f.Entry() == performEntry() {
				return errs.New(errs.Internal, "nested_write", "A write was started inside a write; it would wait for itself.")
			}
		}
		if n < len(pcs) {
			return nil
		}
	}
}
