//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package publish

import "sync"

var writing sync.Mutex

// lock keeps the writers of this process apart. A command that runs at the same moment is not kept out here.
func lock(string) (unlock func(), err error) {
	writing.Lock()
	return writing.Unlock, nil
}
