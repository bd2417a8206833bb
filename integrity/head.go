package integrity

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/ledger"
)

// given is a checkpoint from outside.
type given struct {
	n int // from 1, in the order of the options
	ledger.Head
}

// readHead reads the head, its signed form and the checkpoints that were given.
func (c *check) readHead(ctx context.Context) error {
	s, err := c.src.Signed(ctx)
	if errors.Is(err, ledger.ErrDamaged) {
		c.found.add(Finding{Kind: Head, Detail: fmt.Sprintf("The head of the ledger cannot be used: %v.", err)})
	} else if err != nil {
		return err
	}
	c.columns = s.Head
	c.report.Size, c.report.Root, c.report.Checkpoint = s.Size, s.Root, s.Checkpoint
	if s.Head != ledger.Empty || len(s.Checkpoint) > 0 {
		c.readSigned(s)
	}
	for i, text := range c.Checkpoints {
		if cp, err := c.open(text); err != nil {
			c.found.add(Finding{Kind: Checkpoint, Detail: fmt.Sprintf("Checkpoint %d that was given does not count: %s.", i+1, c.because(err))})
		} else {
			c.given = append(c.given, given{i + 1, cp.Head})
		}
	}
	return nil
}

// readSigned compares the head with its signed form.
func (c *check) readSigned(s Signed) {
	cp, err := c.open(s.Checkpoint)
	if err != nil {
		c.found.add(Finding{Kind: Signature, Detail: fmt.Sprintf("The head of the ledger is not properly signed: %s.", c.because(err))})
		return
	}
	c.signed = &cp.Head
	if cp.Head != s.Head {
		c.found.add(Finding{Kind: Head, Detail: fmt.Sprintf("The head says %s, but what was signed is %s: somebody changed the head, or wrote another ledger and could not sign it.",
			heading(s.Head), heading(cp.Head))})
	}
	if c.Verifier != "" && s.By != publicKey(c.Verifier) {
		c.found.add(Finding{Kind: Head, Detail: "The head is signed with the ledger's key, but the column signed_by names another one; the sealer will refuse to go on."})
	}
}

// open reads a checkpoint of this ledger. It checks the signature when the key is known.
func (c *check) open(text []byte) (ledger.Checkpoint, error) {
	if c.Verifier != "" {
		return ledger.OpenCheckpoint(text, c.Verifier)
	}
	cp, err := ledger.ParseUnverified(text)
	if err == nil && cp.Origin != ledger.Origin(string(c.Account)) {
		err = fmt.Errorf("%w: %.100q", ledger.ErrOtherLedger, cp.Origin)
	}
	return cp, err
}

// because says why a checkpoint does not count.
func (c *check) because(err error) string {
	for _, known := range []struct {
		err error
		say string
	}{
		{ledger.ErrOtherLedger, "it is of another ledger"},
		{ledger.ErrOtherKey, "it is signed with another key than the ledger's"},
		{ledger.ErrBadSignature, "its signature is wrong, so it was changed or made up"},
		{ledger.ErrNotCheckpoint, "it has not the form of a checkpoint"},
	} {
		if errors.Is(err, known.err) {
			return known.say
		}
	}
	return err.Error()
}

func heading(h ledger.Head) string { return fmt.Sprintf("%s with the root %s", events(h.Size), h.Root) }

// publicKey is the key in a verifier key, as ledger.Key.Public gives it.
func publicKey(vkey string) string {
	_, rest, _ := strings.Cut(vkey, "+")
	_, text, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) == 0 { // valid looked at it
		return ""
	}
	return base64.StdEncoding.EncodeToString(key[1:]) // without the byte for the kind of key
}

// sizes are those of which the root is wanted.
func (c *check) sizes() []int64 {
	all := []int64{c.columns.Size}
	if c.signed != nil {
		all = append(all, c.signed.Size)
	}
	for _, g := range c.given {
		all = append(all, g.Size)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// candidates are the heads that the ledger may have, the most trustworthy first.
func (c *check) candidates() []ledger.Head {
	if c.signed == nil || *c.signed == c.columns {
		return []ledger.Head{c.columns}
	}
	return []ledger.Head{*c.signed, c.columns}
}
