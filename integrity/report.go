package integrity

import (
	"cmp"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// Kind is what is wrong.
type Kind string

// The kinds of findings.
const (
	Changed    Kind = "changed"     // an event is not the one that was sealed at its place
	Column     Kind = "column"      // a column beside an event does not say what the event says
	Missing    Kind = "missing"     // an event was taken out
	Inserted   Kind = "inserted"    // an event was put in
	Reordered  Kind = "reordered"   // an event stands at another's place
	CutOff     Kind = "cut_off"     // the last events are gone
	RolledBack Kind = "rolled_back" // the whole ledger is older than a checkpoint that was given
	Tree       Kind = "tree"        // a stored hash of the tree is wrong, or not there
	Head       Kind = "head"        // the head is not the one that was signed, or not that of the events
	Signature  Kind = "signature"   // the head is not signed with the ledger's key
	Checkpoint Kind = "checkpoint"  // a checkpoint that was given is of another ledger or another history
	Waiting    Kind = "waiting"     // something is wrong with an event that waits for the sealer
	Unreadable Kind = "unreadable"  // the database cannot read a row or a tile
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind   Kind          `json:"kind"`
	Seq    int64         `json:"seq,omitempty"`   // the place in the ledger; 0 for none
	Event  audit.EventID `json:"event,omitempty"` // "" when it is not known
	Detail string        `json:"detail"`          // one or more sentences. They quote what stands in the database: text of anybody.
}

// MaxFindings is how many findings a report keeps.
const MaxFindings = 100

// Report is what Check found.
type Report struct {
	Account    audit.AccountID `json:"account"`
	Size       int64           `json:"size"` // the head, as the database has it
	Root       ledger.Hash     `json:"root"`
	Checkpoint []byte          `json:"checkpoint"` // its signed form
	Events     int64           `json:"events"`     // sealed ones that were read
	Waiting    int64           `json:"waiting"`    // events that wait for the sealer
	Findings   []Finding       `json:"findings"`   // those of the ledger as a whole first, then by place; at most MaxFindings
	More       int64           `json:"more"`       // findings beyond those
	// KeyChecked says that the signatures were checked. Without it, somebody may have signed with a key of their own.
	KeyChecked  bool  `json:"key_checked"`
	Checkpoints int   `json:"checkpoints"` // of those that were given, the ones that agree
	Bytes       int64 `json:"bytes"`       // of the events that were read
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return len(r.Findings) == 0 && r.More == 0 }

// findings collects what is wrong. It keeps the first of each kind: ten thousand of one must not hide the one of another.
type findings struct {
	kept []Finding
	seen map[Kind]int
	more int64
}

// room reports whether the next finding of a kind is kept. If not, it is counted, and nobody need describe it.
func (f *findings) room(k Kind) bool {
	if f.seen == nil {
		f.seen = map[Kind]int{}
	}
	if f.seen[k]++; f.seen[k] <= MaxFindings {
		return true
	}
	f.more++
	return false
}

func (f *findings) add(one Finding) {
	if f.room(one.Kind) {
		f.kept = append(f.kept, one)
	}
}

func (f *findings) addAll(other *findings) {
	for _, one := range other.kept {
		f.add(one)
	}
	f.more += other.more
}

func (f *findings) any() bool { return len(f.kept) > 0 }

// into puts the findings into the report.
func (f *findings) into(r *Report) {
	slices.SortStableFunc(f.kept, func(a, b Finding) int { return cmp.Compare(a.rank(), b.rank()) })
	n := min(len(f.kept), MaxFindings)
	r.Findings, r.More = f.kept[:n], f.more+int64(len(f.kept)-n)
}

// rank puts what concerns the whole ledger in front, and what was done to events before what follows from it.
func (f Finding) rank() int64 {
	const behind = 1 << 57 // any place: see ledger.MaxSize
	switch {
	case f.Seq == 0 && f.Kind != Waiting:
		return -behind
	case f.Kind == Column:
		return behind + f.Seq
	case f.Kind == Waiting:
		return 3 * behind
	}
	return f.Seq
}
