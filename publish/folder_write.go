package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// history is the path of an account's history.
func (f *Folder) history(account audit.AccountID) string {
	return filepath.Join(f.path, string(account)+".history")
}

func line(h ledger.Head, now time.Time) string {
	return fmt.Sprintf("%s %d %s\n", now.UTC().Format(time.RFC3339Nano), h.Size, h.Root)
}

// maxLine is longer than any line of a history.
const maxLine = 256

// addLine adds a line to a history, durably and whole. The line that is last already, but for its time, is not added
// again: the checkpoint that belongs to it could not be written then.
func addLine(path, text string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close() // it is synced
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	tail := make([]byte, min(size, maxLine))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if _, what, _ := bytes.Cut(lastLine(tail), []byte(" ")); string(what) == text[bytes.IndexByte([]byte(text), ' ')+1:] {
		return nil
	}
	if len(tail) > 0 && tail[len(tail)-1] != '\n' { // a crash cut the line before off
		text = "\n" + text
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(size)) // no part of it stays
	}
	return nil
}

// lastLine is the last whole line with its end, nothing when there is none.
func lastLine(tail []byte) []byte {
	if len(tail) == 0 || tail[len(tail)-1] != '\n' {
		return nil
	}
	return tail[bytes.LastIndexByte(tail[:len(tail)-1], '\n')+1:]
}
