package integrity

import (
	"context"
	"fmt"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
)

// Options say what Check compares the ledger with.
type Options struct {
	Account audit.AccountID
	// Verifier is the verifier key of the account's ledger (see ledger.Key.Verifier). When it is "", signatures are not
	// checked, and the report says so.
	Verifier string
	// Checkpoints are signed ones that left the database earlier. They must have been read before the state that Check
	// looks at was begun, or a ledger that went on meanwhile seems to be rolled back.
	Checkpoints [][]byte
	// Progress is told how many events were read, and how many there are to read: more than at first when a second look
	// is needed. It may be nil.
	Progress func(done, total int64)
}

// Check reads the whole ledger of an account, one state of it, and reports everything that is wrong with it. An error
// says that it could not be checked: the database could not be read, or the options are wrong (errs.Invalid).
func Check(ctx context.Context, src Source, o Options) (Report, error) {
	if err := o.valid(); err != nil {
		return Report{}, err
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	c := &check{src: src, Options: o, report: Report{Account: o.Account, KeyChecked: o.Verifier != ""}}
	for _, step := range []func(context.Context) error{c.readHead, c.firstLook, c.lookAtWaiting, c.judge} {
		if err := step(ctx); err != nil {
			return Report{}, fmt.Errorf("integrity: check the ledger of account %s: %w", o.Account, err)
		}
	}
	c.found.into(&c.report)
	return c.report, nil
}

// valid refuses a key that is none, or of another ledger.
func (o Options) valid() error {
	if o.Verifier == "" {
		return nil
	}
	if vkey, err := ledger.ParseVerifier(o.Verifier); err != nil || vkey != o.Verifier {
		return errs.New(errs.Invalid, "invalid_verifier", "The verifier key cannot be used.").Because(err)
	}
	if name, _, _ := strings.Cut(o.Verifier, "+"); name != ledger.Origin(string(o.Account)) {
		return errs.New(errs.Invalid, "other_verifier", "The verifier key is of %s, not of the ledger of account %s.", audit.Quote(name), o.Account)
	}
	return nil
}

// check is one run of Check.
type check struct {
	Options
	src    Source
	report Report
	found  findings

	columns ledger.Head  // the head as its columns have it
	signed  *ledger.Head // the head as its checkpoint has it; nil when that is not to be relied on
	given   []given      // checkpoints from outside

	// What the first look found.
	rows       int64 // sealed ones
	tree       *growing
	fits       bool // the rows stand at 1, 2, 3, ... and their tree is the one that is stored
	operations operations
}

// firstLook reads all rows and compares them with the tree.
func (c *check) firstLook(ctx context.Context) error {
	tiles := &matched{grown: map[ledger.TileID][]byte{}}
	c.tree = newGrowing(c.sizes(), tiles.add)
	sound := true
	err := scan(ctx, c.src, c.Account, true, func(p *page) error {
		for i := range p.seen {
			s := &p.seen[i]
			c.see(s)
			if sound = sound && s.sound && s.seq == c.rows; !sound {
				continue
			}
			c.operations.next(s)
			if err := c.tree.add(s.leaf); err != nil {
				return err
			}
		}
		if sound && len(p.tiles) > 0 {
			if err := c.tree.close(); err != nil {
				return err
			}
			tiles.compare(p.tiles)
		}
		if p.failed != nil {
			tiles.fail()
		}
		c.Progress(min(c.rows, c.columns.Size), c.columns.Size)
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.tree.flush(); err != nil {
		return err
	}
	c.fits = sound && !tiles.failed && len(tiles.grown) == 0
	return nil
}

// see notes what is wrong with a row in itself.
func (c *check) see(s *seen) {
	c.rows++
	c.report.Events++
	c.report.Bytes += int64(s.bytes)
	if s.unread != nil {
		c.found.add(Finding{Unreadable, s.seq, s.id, fmt.Sprintf("The event at place %d cannot be read: %v.", s.seq, s.unread)})
	}
	if s.column != "" {
		c.found.add(Finding{Column, s.seq, s.id, fmt.Sprintf("Beside the event at place %d, what the database keeps to find it does not agree with it: %s.", s.seq, s.column)})
	}
}
