package integrity

import (
	"fmt"

	"github.com/backtrail/backtrail/audit"
)

// operations follows whether every operation lies together: the leading event, which says how many there are, and behind
// it the others. The tree says nothing of this: what was taken away while it waited for the sealer was never in the tree.
type operations struct {
	id    audit.OperationID
	lead  int64 // the place of the leading event
	size  int64
	left  int64 // so many parts are still to come
	alone audit.OperationID
	found findings
}

func (o *operations) next(s *seen) {
	if string(s.id) == string(s.operation) {
		o.end()
		o.id, o.lead, o.size = s.operation, s.seq, max(s.size, 1)
		o.left = o.size - 1
		return
	}
	if s.operation == o.id && o.left > 0 {
		o.left--
		return
	}
	o.end()
	o.left = 0
	if s.operation != o.alone {
		o.alone = s.operation
		o.found.add(Finding{Missing, s.seq, s.id, fmt.Sprintf("The event at place %d is a part of operation %s, but does not stand behind its leading event.", s.seq, s.operation)})
	}
}

// end reports the operation that was followed last when it is not complete.
func (o *operations) end() {
	if o.left > 0 {
		o.found.add(Finding{Missing, o.lead, audit.EventID(o.id), fmt.Sprintf("The event at place %d leads an operation of %d events, but only %d stand there together.", o.lead, o.size, o.size-o.left)})
	}
}
