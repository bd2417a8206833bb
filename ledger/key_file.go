package ledger

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/durable"
)

// LoadKey reads the key from a file that ParseKey understands. Its errors are shown to the operator:
// errs.NotFound ledger_key_missing, errs.Unavailable ledger_key_unreadable, errs.Invalid ledger_key_invalid.
func LoadKey(path string) (*Key, error) {
	unreadable := func(err error) error {
		return errs.New(errs.Unavailable, "ledger_key_unreadable", "The signing key file %s cannot be read.", path).
			WithFix("Let the user that runs backtrail read this file, and nobody else.").Because(err)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.New(errs.NotFound, "ledger_key_missing", "The signing key file %s is not there.", path).
			WithFix("Put the key back from its backup. For a ledger that has no checkpoint yet, make one: openssl genpkey -algorithm ed25519 -out %s", path)
	}
	if err != nil {
		return nil, unreadable(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, unreadable(err)
	}
	return parseKey(text, "The signing key file "+path)
}

// CreateKey makes a new key and its file, which only its owner can read. If there is a file already, or somebody else
// makes one at the same time, that one stays and its key is returned: all who call CreateKey with one path get one key.
// The file is there whole, and for good (synced, with its folder), or not at all; a crash can leave a temporary file
// beside it, with a key that nothing was signed with.
//
// The errors are those of LoadKey, and errs.Unavailable ledger_key_unwritable.
func CreateKey(path string) (*Key, error) {
	// Looking first lets a key be used from a folder that cannot be written to. What decides is durable.Create.
	if key, err := LoadKey(path); !errs.Is(err, errs.NotFound) {
		return key, err
	}
	key, err := NewKey()
	if err != nil {
		return nil, err
	}
	err = durable.Create(path, key.PEM())
	if errors.Is(err, fs.ErrExist) {
		return LoadKey(path)
	}
	if err != nil {
		return nil, errs.New(errs.Unavailable, "ledger_key_unwritable", "The signing key file %s cannot be created.", path).
			WithFix("Make its folder, and let the user that runs backtrail write to it. Or make the key yourself: openssl genpkey -algorithm ed25519 -out %s", path).Because(err)
	}
	return key, nil
}
