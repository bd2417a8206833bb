//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package publish

import (
	"os"
	"path/filepath"
	"syscall"
)

// lock waits until no other process writes in the folder. The lock goes with its process.
func lock(folder string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(folder, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
