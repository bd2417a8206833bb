package evidence

import (
	"bufio"
	"errors"
	"io"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
)

// leaves reads rows, headers and proof side by side, and holds the root that they give against the checkpoint. What is
// wrong with a line in itself ends it: without its leaf there is no root.
func (k *checker) leaves() (err error) {
	names := []string{rowsName, headersName, proofName}
	var in [3]*entry
	for i, name := range names {
		if name == headersName && !k.Manifest.Complete {
			continue
		}
		e, err := k.pack.open(name)
		if err != nil {
			return err
		}
		defer e.close()
		in[i] = e
	}
	if err := k.tree(in[0], in[1], in[2]); err != nil {
		return err
	}
	for i, e := range in {
		if e == nil {
			continue
		}
		if err := e.rest(); err != nil {
			return err
		}
		k.sums[names[i]] = e.sum()
	}
	return nil
}

func (k *checker) tree(rowsIn, headersIn, proofIn *entry) error {
	proof := bufio.NewReaderSize(proofIn, 64<<10)
	hasher := ledger.NewBatchHasher(k.Checkpoint.Size, func() (h ledger.Hash, err error) {
		if _, err = io.ReadFull(proof, h[:]); errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF // half a hash is none
		}
		return h, err
	})
	rows, headers := &leafReader{name: rowsName, lines: newLineReader(rowsIn)}, &leafReader{name: headersName, done: true}
	if headersIn != nil {
		headers = &leafReader{name: headersName, lines: newLineReader(headersIn)}
	}
	j := newJudge(k)
	last := int64(0)
	var failed error // of the proof; the lines are looked at all the same
	for {
		for _, r := range []*leafReader{rows, headers} {
			if err := r.next(); err != nil {
				return k.breakOff(r, err)
			}
		}
		from := rows
		if rows.done || !headers.done && headers.seq < rows.seq {
			from = headers
		}
		if from.done {
			break
		}
		leaf, err := k.leaf(from, j)
		if err != nil {
			return k.breakOff(from, err)
		}
		if from.seq <= last || from.seq > k.Checkpoint.Size {
			k.broken = true
			k.find(Reordered, from.name, from.seq, "Line %d is of event %d, which cannot stand behind event %d of %d.", from.lines.n, from.seq, last, k.Checkpoint.Size)
			return nil
		}
		if failed == nil {
			failed = hasher.Add(from.seq-1, ledger.LeafHash(leaf))
		}
		if failed != nil && !errors.Is(failed, ledger.ErrProof) {
			return failed
		}
		last, from.taken = from.seq, true
	}
	j.end()
	root, err := hasher.Root()
	if err != nil && !errors.Is(err, ledger.ErrProof) {
		return err
	}
	if err != nil || root != k.Checkpoint.Root {
		// A tree has one root for all: nothing says which of its leaves gives another one.
		k.find(Changed, rowsName, 0, "The rows are not those of the log under the checkpoint: one or more were changed, added, taken away or moved, or the proof was. The proof cannot say which.")
	}
	return nil
}

// leaf makes the leaf of a line, and lets j look at what the line says.
func (k *checker) leaf(from *leafReader, j *judge) ([]byte, error) {
	if from.name == headersName {
		leaf, h, err := audit.OpenHeaderLine(from.line)
		if err != nil {
			return nil, errNotEvent
		}
		k.Headers++
		j.header(from.seq, h)
		return leaf, nil
	}
	d, err := audit.OpenDisclosed(from.line)
	if err != nil {
		return nil, errNotEvent
	}
	k.Rows++
	j.row(from.seq, d)
	return d.Leaf, k.rows.row(from.seq, d)
}

// breakOff ends the reading of the leaves for a line that is none. An error that is not about the line goes up.
func (k *checker) breakOff(r *leafReader, err error) error {
	if stops(k, err) {
		return err
	}
	k.broken = true
	k.find(Changed, r.name, 0, "Line %d cannot be read: %v.", r.lines.n, err)
	return nil
}

// stops reports whether err is about reading the file, not about what it says.
func stops(k *checker, err error) bool {
	return errors.As(err, new(*errs.Error)) || k.pack.ctx.Err() != nil
}

// leafReader reads one of the two files that have a line for each leaf.
type leafReader struct {
	name  string
	lines *lineReader
	seq   int64
	line  []byte
	begun bool
	taken bool // the line was used
	done  bool // there are no more
}

// next reads a line when the last one was used.
func (r *leafReader) next() error {
	if r.done || r.begun && !r.taken {
		return nil
	}
	r.begun, r.taken = true, false
	line, err := r.lines.next()
	if err == io.EOF {
		r.done = true
		return nil
	}
	if err == nil {
		r.seq, r.line, err = cutPlace(line)
	}
	return err
}
