package main

import (
	"io"
	"os"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
)

// verifierKeys gives the verifier keys of accounts.
type verifierKeys struct {
	from string          // where they are from; says why there is none when both key and vkey are nothing
	only audit.AccountID // the one account that vkey is of
	vkey string
	key  *ledger.Key // signs for all accounts
}

// of is the verifier key of an account, "" when none is known.
func (k verifierKeys) of(account audit.AccountID) (string, error) {
	if k.key != nil {
		return k.key.Verifier(ledger.Origin(string(account)))
	}
	return k.vkey, nil
}

// keys reads the key that was given, or looks for the one that the database's server signs with.
func (c verifyCommand) keys() (verifierKeys, error) {
	if c.Key != "" {
		return readVerifier(c.Key)
	}
	if c.LedgerKeyText != "" {
		key, err := ledger.ParseKey([]byte(c.LedgerKeyText))
		return verifierKeys{from: "the key in the environment", key: key}, err
	}
	path, err := c.keyPath(c.DB)
	if err != nil {
		return verifierKeys{}, err
	}
	key, err := ledger.LoadKey(path)
	if errs.Is(err, errs.NotFound) {
		return verifierKeys{from: "there is no key " + path}, nil
	}
	return verifierKeys{from: "the key " + path, key: key}, err
}

// readVerifier reads a verifier key, which names its account.
func readVerifier(path string) (verifierKeys, error) {
	text, err := readSmall(path)
	if err != nil {
		return verifierKeys{}, err
	}
	vkey, err := ledger.ParseVerifier(string(text))
	if err != nil {
		return verifierKeys{}, errs.New(errs.Invalid, "invalid_verifier", "The file %s holds no verifier key.", path).
			WithFix("Give the line that GET /api/v1/ledger/key hands out.").Because(err)
	}
	name, _, _ := strings.Cut(vkey, "+")
	account := accountOf(name)
	if account == "" {
		return verifierKeys{}, errs.New(errs.Invalid, "invalid_verifier", "The key in %s is of %s, which is not the log of an account.", path, audit.Quote(name)).
			WithFix("Give the line that GET /api/v1/ledger/key hands out.")
	}
	return verifierKeys{from: "the key in " + path, only: account, vkey: vkey}, nil
}

// readCheckpoints reads files with a checkpoint each, and sorts them by account. Whether they are signed is seen later.
func readCheckpoints(paths []string) (map[audit.AccountID][][]byte, error) {
	given := map[audit.AccountID][][]byte{}
	for _, path := range paths {
		text, err := readSmall(path)
		if err != nil {
			return nil, err
		}
		cp, err := ledger.ParseUnverified(text)
		account := accountOf(cp.Origin)
		if err != nil || account == "" {
			return nil, errs.New(errs.Invalid, "invalid_checkpoint", "The file %s holds no checkpoint of an account's log.", path).
				WithFix("Give a checkpoint as GET /api/v1/ledger/checkpoint hands it out, one in a file.").Because(err)
		}
		given[account] = append(given[account], text)
	}
	return given, nil
}

// readSmall reads a file that is a few lines long. More than that is cut off, and then it is not what it should be.
func readSmall(path string) ([]byte, error) {
	const most = 128 << 10
	f, err := os.Open(path)
	if err != nil {
		return nil, errs.New(errs.NotFound, "file_unreadable", "The file %s cannot be read.", path).Because(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil, errs.New(errs.NotFound, "file_unreadable", "The file %s cannot be read.", path).Because(err)
	}
	return b, nil
}
