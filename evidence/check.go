package evidence

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// Options say what a pack is checked against.
type Options struct {
	// Verifier is the account's key, as ledger.ParseVerifier gives it, from elsewhere than the pack.
	Verifier string
	// Complete demands a complete pack. One that is complete is checked to be in any case.
	Complete bool
	// Progress is told the bytes that were unpacked, and all; nil for nobody.
	Progress func(done, total int64)
}

// Check reads a pack of size bytes and reports what it proves and what is wrong with it. It reads it as a stream, once,
// needs the memory of the longest event, and writes nothing. errs.Unverified says that the file is no pack, is damaged,
// is not signed with the key for its account, or is not complete as it should be; all else that is wrong is a finding of
// the result. An error of r comes back as errs.Unavailable, that of ctx as it is.
func Check(ctx context.Context, r io.ReaderAt, size int64, o Options) (Result, error) {
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	pack, err := openContainer(ctx, r, size, o.Progress)
	if err != nil {
		return Result{}, err
	}
	k := &checker{pack: pack, sums: map[string]string{}}
	if err := k.claims(o); err != nil {
		return Result{}, err
	}
	for _, part := range []func() error{k.leaves, k.sheet, func() error { return k.texts(o) }} {
		if err := part(); err != nil {
			return Result{}, err
		}
	}
	k.files()
	return k.Result, nil
}

// checker is one check.
type checker struct {
	Result
	pack   *container
	filter audit.Filter
	sums   map[string]string // of the entries that were read
	rows   tally             // what the rows should be in the sheet
	broken bool              // the rows could not be read to their end
}

// claims reads what the pack says of itself, and holds it against the key.
func (k *checker) claims(o Options) error {
	b, _, err := k.pack.small(manifestName)
	if err != nil {
		return err
	}
	if k.Manifest, err = parseManifest(b); err != nil {
		return err
	}
	m := k.Manifest
	if has := k.pack.entries[headersName] != nil; has != m.Complete {
		return notPack("headers.jsonl is in complete packs, and only there.")
	}
	if k.filter, err = parseFilter(m.Filter); err != nil {
		return err
	}
	text, sum, err := k.pack.small(checkpointName)
	if err != nil {
		return err
	}
	k.sums[checkpointName] = sum
	if k.Checkpoint, err = ledger.OpenCheckpoint(text, o.Verifier); err != nil {
		return unsigned(err)
	}
	if k.Checkpoint.Origin != ledger.Origin(string(m.Account.ID)) {
		return damaged("other_account", "The pack says that it is of the account %s, but its checkpoint is of another.", m.Account.ID)
	}
	if k.Checkpoint.Size != m.Size {
		return damaged("other_checkpoint", "The pack says that it was made of %d events, but its checkpoint is of %d.", m.Size, k.Checkpoint.Size)
	}
	k.Complete = m.Complete
	k.rows = newTally(m.Size)
	if o.Complete && !m.Complete {
		return damaged("not_complete", "The pack was not made as a complete one: it cannot show that nothing was left out.").
			WithFix("Ask for a complete pack, or check without --complete whether the rows are in the log.")
	}
	return nil
}

// unsigned says what is wrong with a checkpoint that does not open with the key.
func unsigned(err error) error {
	switch {
	case errors.Is(err, ledger.ErrVerifier):
		return damaged("bad_key", "The key is not one that checks a log.").WithFix("Give the line that /api/v1/ledger/key shows.").Because(err)
	case errors.Is(err, ledger.ErrOtherLedger):
		return damaged("other_account", "The pack is of another account than the key.").Because(err)
	case errors.Is(err, ledger.ErrOtherKey):
		return damaged("other_key", "The checkpoint of the pack is not signed with this key.").
			WithFix("Ask the owner of the account for its key again. If this is the right one, the pack was made by somebody who does not have it.").Because(err)
	case errors.Is(err, ledger.ErrBadSignature):
		return damaged("bad_signature", "The checkpoint of the pack was changed, or made up: its signature is wrong.").Because(err)
	}
	return damaged("bad_checkpoint", "The checkpoint of the pack cannot be read.").Because(err)
}

// parseFilter reads the filter of a manifest. Modules are whatever they were where the pack was made.
func parseFilter(params map[string][]string) (audit.Filter, error) {
	for name := range params {
		if !slices.Contains(audit.FilterParams, name) {
			return audit.Filter{}, damaged("unknown_filter", "The pack was made with a filter %.40q, which this program does not know.", name)
		}
	}
	f, err := audit.ParseFilter(url.Values(params), nil, time.UTC)
	if err != nil {
		return f, damaged("unknown_filter", "The filter of the pack cannot be read.").Because(err)
	}
	return f, nil
}

// texts reads what is there for people. A copy of another key is told: somebody may keep it for the next pack.
func (k *checker) texts(o Options) error {
	for _, name := range []string{keyName, readmeName} {
		text, sum, err := k.pack.small(name)
		if err != nil {
			return err
		}
		k.sums[name] = sum
		if name != keyName {
			continue
		}
		if key, err := ledger.ParseVerifier(string(text)); err != nil || key != o.Verifier {
			k.find(Changed, keyName, 0, "It holds another key than the one that the pack was checked with. Keep that one, not this.")
		}
	}
	return nil
}

// files compares the files, and their numbers of lines, with the manifest.
func (k *checker) files() {
	m := k.Manifest
	for _, name := range slices.Sorted(maps.Keys(k.sums)) {
		if k.sums[name] != m.Files[name] {
			k.find(Changed, name, 0, "The file is not the one of which manifest.json has the SHA-256.")
		}
	}
	if k.broken {
		return
	}
	if k.Rows != m.Rows || k.Headers != m.Headers {
		k.find(Changed, manifestName, 0, "The manifest counts %d rows and %d headers; there are %d and %d.", m.Rows, m.Headers, k.Rows, k.Headers)
	}
}
