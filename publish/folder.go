package publish

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/durable"
	"github.com/backtrail/backtrail/ledger"
)

// Folder is a folder of published checkpoints. It is made when the first one is put. It is safe for concurrent use, and
// several processes may use one folder. It implements store.Witness.
type Folder struct {
	path string

	mu     sync.Mutex
	cached map[audit.AccountID]found // guarded by mu
}

// NewFolder returns the folder at path, which need not be there.
func NewFolder(path string) *Folder {
	return &Folder{path: path, cached: map[audit.AccountID]found{}}
}

// Accounts lists those of which a checkpoint was published; none when the folder is not there.
func (f *Folder) Accounts() ([]audit.AccountID, error) {
	files, err := os.ReadDir(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(f.path, err)
	}
	var accounts []audit.AccountID
	for _, file := range files {
		if id, ok := strings.CutSuffix(file.Name(), suffix); ok && audit.ValidID(id) {
			accounts = append(accounts, audit.AccountID(id))
		}
	}
	return accounts, nil
}

// Path is where the folder is.
func (f *Folder) Path() string { return f.path }

// found is a file as it was read.
type found struct {
	info       fs.FileInfo
	text       []byte
	checkpoint ledger.Checkpoint
}

const (
	suffix = ".checkpoint"
	// maxFile is far more than a checkpoint.
	maxFile = 64 << 10
)

// Last returns the newest checkpoint that was published of an account, nil for none. It reads the file when that is
// another one than before. The error is errs.Unavailable ledger_checkpoint_unreadable.
func (f *Folder) Last(account audit.AccountID) ([]byte, error) {
	last, err := f.last(account)
	return last.text, err
}

func (f *Folder) last(account audit.AccountID) (found, error) {
	path, err := f.file(account)
	if err != nil {
		return found{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		delete(f.cached, account)
		return found{}, nil
	}
	if err != nil {
		return found{}, unreadable(path, err)
	}
	// A file is never changed in place by us, and whoever does so changes its size or time.
	if c, ok := f.cached[account]; ok && os.SameFile(c.info, info) && c.info.Size() == info.Size() && c.info.ModTime().Equal(info.ModTime()) {
		return c, nil
	}
	read, err := readCheckpoint(path, account)
	if err != nil {
		return found{}, unreadable(path, err)
	}
	f.cached[account] = read
	return read, nil
}

func readCheckpoint(path string, account audit.AccountID) (found, error) {
	file, err := os.Open(path)
	if err != nil {
		return found{}, err
	}
	defer file.Close()
	var r found
	if r.info, err = file.Stat(); err != nil {
		return r, err
	}
	if r.text, err = io.ReadAll(io.LimitReader(file, maxFile)); err != nil {
		return r, err
	}
	r.checkpoint, err = parse(account, r.text)
	return r, err
}

// parse reads a checkpoint of an account's ledger. Its signature is checked by whoever gave it.
func parse(account audit.AccountID, text []byte) (ledger.Checkpoint, error) {
	c, err := ledger.ParseUnverified(text)
	if err == nil && c.Origin != ledger.Origin(string(account)) {
		err = ledger.ErrOtherLedger
	}
	return c, err
}

// file is the path of an account's checkpoint.
func (f *Folder) file(account audit.AccountID) (string, error) {
	if !audit.ValidID(account) { // it is going to be the name of a file
		return "", errs.New(errs.Internal, "ledger_checkpoint_name", "The account %s has no name for a file.", audit.Quote(string(account)))
	}
	return filepath.Join(f.path, string(account)+suffix), nil
}

func unreadable(path string, err error) error {
	return errs.New(errs.Unavailable, "ledger_checkpoint_unreadable", "The published checkpoint %s cannot be read; events are recorded and wait.", path).
		WithFix("Let the user that runs backtrail read it. If it is damaged, put back a copy; without one, see docs/operations.md, Checkpoints.").Because(err)
}

func unwritable(path string, err error) error {
	return errs.New(errs.Unavailable, "checkpoint_unwritable", "The checkpoint %s cannot be written; it is tried again.", path).
		WithFix("Check that the folder can be written to and that its disk has room, or name another folder with --checkpoints.").Because(err)
}

// Put publishes a checkpoint of an account, which the caller has checked, and adds a line to the history. The same one
// again does nothing. It refuses one that is smaller than the last, or of the same size with another root
// (errs.Conflict). Anything else that goes wrong is errs.Unavailable: ledger_checkpoint_unreadable,
// checkpoint_unwritable.
func (f *Folder) Put(account audit.AccountID, text []byte, now time.Time) error {
	c, err := parse(account, text)
	if err != nil {
		return err
	}
	path, err := f.file(account)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return unwritable(path, err)
	}
	unlock, err := lock(f.path)
	if err != nil {
		return unwritable(path, err)
	}
	defer unlock()
	last, err := f.last(account)
	switch {
	case err != nil:
		return err
	case bytes.Equal(last.text, text):
		return nil
	case last.text != nil && !follows(c.Head, last.checkpoint.Head):
		return errs.New(errs.Conflict, "checkpoint_older", "A checkpoint with %d events was published of account %s; one with %d is not put in its place.",
			last.checkpoint.Size, account, c.Size)
	}
	// The history first: once the checkpoint is there, nobody would come back for the line.
	if err := addLine(f.history(account), line(c.Head, now)); err != nil {
		return unwritable(path, err)
	}
	if err := durable.Replace(path, text); err != nil {
		return unwritable(path, err)
	}
	return nil
}

// follows reports whether a head can come after another one, as far as can be told without the tree.
func follows(head, last ledger.Head) bool { return head.Size > last.Size || head == last }

// SetAside takes an account's checkpoint out of the way, so that a smaller one can follow. The file stays, under the
// name that is returned; the error is errs.Unavailable.
func (f *Folder) SetAside(account audit.AccountID, now time.Time) (string, error) {
	path, err := f.file(account)
	if err != nil {
		return "", err
	}
	unlock, err := lock(f.path)
	if err != nil {
		return "", unwritable(path, err)
	}
	defer unlock()
	aside := path + ".rolled-back-" + now.UTC().Format("20060102T150405.000000Z")
	if err := durable.Rename(path, aside); err != nil {
		return "", unwritable(path, err)
	}
	return aside, nil
}

// isThere reports whether the folder is.
func (f *Folder) isThere() bool {
	_, err := os.Stat(f.path)
	return !errors.Is(err, fs.ErrNotExist)
}
