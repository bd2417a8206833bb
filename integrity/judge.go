package integrity

import (
	"context"
	"fmt"

	"github.com/backtrail/backtrail/ledger"
)

// judge compares what was read with the head and with the checkpoints from outside. Where rows and tree do not fit, it
// takes the second look.
func (c *check) judge(ctx context.Context) error {
	heads := c.candidates()
	size, roots := c.tree.head.Size, c.tree.roots
	switch {
	case !c.fits:
		t := &trace{check: c, unread: map[ledger.TileID]bool{}}
		if err := t.look(ctx, heads); err != nil {
			return err
		}
		size, roots = t.size, t.roots
	case c.tree.head != heads[0] && c.tree.head != heads[len(heads)-1]:
		c.otherHead(ctx, heads[0])
		fallthrough
	default:
		c.found.addAll(&c.operations.found)
	}
	for _, g := range c.given {
		c.compareGiven(g, size, roots)
	}
	return nil
}

// otherHead explains rows and tree that fit each other but not the head.
func (c *check) otherHead(ctx context.Context, head ledger.Head) {
	size := c.tree.head.Size
	switch {
	case head == ledger.Empty:
		c.found.add(headless(size))
	case head.Size > size:
		c.explain(ctx, difference{Kind: CutOff, From: size + 1, To: head.Size, Before: size})
	case c.tree.had(head):
		c.explain(ctx, difference{Kind: Inserted, From: head.Size + 1, To: size, Size: head.Size})
	default:
		c.found.add(Finding{Kind: Head, Detail: fmt.Sprintf("The events and their tree agree with each other: they are %s. The head says %s. Either the head was changed, or the ledger was written anew.",
			heading(c.tree.head), heading(head))})
	}
}

func headless(size int64) Finding {
	return Finding{Kind: Head, Detail: fmt.Sprintf("The ledger has no head, although there are %s in it: somebody took it away.", events(size))}
}

// compareGiven compares a checkpoint from outside with the ledger that is there, of a size with its roots.
func (c *check) compareGiven(g given, size int64, roots map[int64]ledger.Hash) {
	root, known := roots[g.Size]
	switch {
	case known && root == g.Root:
		c.report.Checkpoints++
	case g.Size > max(size, c.columns.Size):
		c.found.add(Finding{Kind: RolledBack, Detail: fmt.Sprintf("Checkpoint %d that was given was signed when the ledger had %s; now it has %s. The ledger was put back to an older state.", g.n, events(g.Size), events(size))})
	case g.Size <= size:
		c.found.add(Finding{Kind: Checkpoint, Detail: fmt.Sprintf("Checkpoint %d that was given says that the first %s had the root %s. They have not: this is another history than the one it was signed for.", g.n, events(g.Size), g.Root)})
	}
}
