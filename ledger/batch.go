package ledger

import "math/bits"

// span is the part of the tree over the leaves lo to hi-1. The RFC's tree has only one way to divide it.
type span struct{ lo, hi int64 }

// split divides a span of two or more leaves as RFC 6962 says: the left part has the largest power of two that is
// smaller than the whole.
func (s span) split() (left, right span) {
	middle := s.lo + 1<<(bits.Len64(uint64(s.hi-s.lo-1))-1)
	return span{s.lo, middle}, span{middle, s.hi}
}

// walk goes through a tree from the root, left before right, to one leaf after the other. It is the traversal of a batch
// proof, for the one who makes it and the one who checks it. It keeps what is still ahead on a stack of its own, which
// is never deeper than twice the tree.
type walk struct {
	ahead []step // the next one last
	next  int64  // the lowest index that can still be visited
	size  int64
}

// step is a span to visit, or, with join, the end of one whose two parts have been visited.
type step struct {
	span
	join bool
}

func newWalk(size int64) walk {
	w := walk{size: size}
	if size > 0 {
		w.ahead = append(make([]step, 0, 2*64), step{span: span{0, size}})
	}
	return w
}

// has reports whether the walk can go to a leaf: it is in the tree, and after the last one.
func (w *walk) has(index int64) bool { return w.next <= index && index < w.size }

// to goes to the leaf with this index. It gives visit what lies before it: the spans that are passed over whole, and the
// ends of those that were entered.
func (w *walk) to(index int64, visit func(step) error) error {
	for {
		s := w.pop()
		switch {
		case s.join || s.hi <= index:
			if err := visit(s); err != nil {
				return err
			}
		case s.hi-s.lo == 1:
			w.next = index + 1
			return nil
		default:
			left, right := s.split()
			w.ahead = append(w.ahead, step{s.span, true}, step{span: right}, step{span: left})
		}
	}
}

// finish gives visit all that lies after the last leaf.
func (w *walk) finish(visit func(step) error) error {
	w.next = w.size
	for len(w.ahead) > 0 {
		if err := visit(w.pop()); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) pop() step {
	s := w.ahead[len(w.ahead)-1]
	w.ahead = w.ahead[:len(w.ahead)-1]
	return s
}
