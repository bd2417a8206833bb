package integrity

import (
	"context"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// Options say what Check compares the ledger with.
type Options struct {
	Account     audit.AccountID
	Verifier    string
	Checkpoints [][]byte
	Progress    func(done, total int64)
}

// Kind is what is wrong.
type Kind string

// The kinds of findings.
const (
	Changed    Kind = "changed"
	Column     Kind = "column"
	Missing    Kind = "missing"
	Inserted   Kind = "inserted"
	Reordered  Kind = "reordered"
	CutOff     Kind = "cut_off"
	RolledBack Kind = "rolled_back"
	Tree       Kind = "tree"
	Head       Kind = "head"
	Signature  Kind = "signature"
	Checkpoint Kind = "checkpoint"
	Waiting    Kind = "waiting"
	Unreadable Kind = "unreadable"
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind   Kind          `json:"kind"`
	Seq    int64         `json:"seq,omitempty"`
	Event  audit.EventID `json:"event,omitempty"`
	Detail string        `json:"detail"`
}

// Report is what Check found.
type Report struct {
	Account     audit.AccountID `json:"account"`
	Size        int64           `json:"size"`
	Root        ledger.Hash     `json:"root"`
	Checkpoint  []byte          `json:"checkpoint"`
	Events      int64           `json:"events"`
	Waiting     int64           `json:"waiting"`
	Findings    []Finding       `json:"findings"`
	More        int64           `json:"more"`
	KeyChecked  bool            `json:"key_checked"`
	Checkpoints int             `json:"checkpoints"`
	Bytes       int64           `json:"bytes"`
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return len(r.Findings) == 0 && r.More == 0 }

// Check stands in for the checker that another branch writes: it compares each event with its leaf.
func Check(ctx context.Context, src Source, o Options) (Report, error) {
	r := Report{Account: o.Account, KeyChecked: o.Verifier != ""}
	signed, err := src.Signed(ctx)
	if err != nil {
		return r, err
	}
	r.Size, r.Root, r.Checkpoint = signed.Size, signed.Root, signed.Checkpoint
	if r.KeyChecked && r.Size > 0 {
		if c, err := ledger.OpenCheckpoint(signed.Checkpoint, o.Verifier); err != nil || c.Head != signed.Head {
			r.Findings = append(r.Findings, Finding{Kind: Signature, Detail: fmt.Sprintf("The signature is wrong: %v", err)})
		}
	}
	for _, text := range o.Checkpoints {
		if c, err := ledger.OpenCheckpoint(text, o.Verifier); err == nil && c.Size <= signed.Size {
			r.Checkpoints++
		} else {
			r.Findings = append(r.Findings, Finding{Kind: RolledBack, Detail: "A checkpoint is ahead of the ledger."})
		}
	}
	for more := true; more; {
		rows, err := src.Rows(ctx, r.Events, 1000)
		if err != nil {
			return r, err
		}
		more = len(rows) == 1000
		for _, row := range rows {
			p, err := placeOf(ctx, src, row.Seq)
			if err != nil {
				return r, err
			}
			if !p.Holds {
				r.Findings = append(r.Findings, Finding{Changed, row.Seq, row.Columns.ID, fmt.Sprintf("The event at place %d is not the one that was sealed.", row.Seq)})
			}
			r.Events++
			r.Bytes += int64(len(row.Body))
		}
		if o.Progress != nil {
			o.Progress(r.Events, signed.Size)
		}
	}
	waiting, err := src.Waiting(ctx, "", 1000)
	r.Waiting = int64(len(waiting))
	return r, err
}
