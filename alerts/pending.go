package alerts

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
)

// half is how many of the first and of the last entries are listed when there are more than Listed.
const half = Listed / 2

// Pending is what fired, or belongs to what fired, and has no event yet.
type Pending struct {
	Count   int             `json:"count"`
	Entries []audit.EventID `json:"entries"`        // the first ones, Listed at most
	Last    []audit.EventID `json:"last,omitempty"` // of those behind them the last ones, half at most
	By      []string        `json:"by,omitempty"`
	Cause   audit.EventID   `json:"cause"`
}

// add adds entries, by whom they count ("" for all together) and the one because of which they are noted.
func (p *Pending) add(ids []audit.EventID, by []string, cause audit.EventID) {
	if p.Cause == "" {
		p.Cause = cause
	}
	p.Count += len(ids)
	for _, id := range ids {
		if len(p.Entries) < Listed {
			p.Entries = append(p.Entries, id)
		} else if p.Last = append(p.Last, id); len(p.Last) > half {
			p.Last = slices.Delete(p.Last, 0, 1)
		}
	}
	for _, name := range by {
		if name != "" && len(p.By) < Listed && !slices.Contains(p.By, name) {
			p.By = append(p.By, name)
		}
	}
}

// join adds what is noted elsewhere.
func (p *Pending) join(o *Pending) {
	known := slices.Concat(o.Entries, o.Last)
	p.add(known, o.By, o.Cause)
	p.Count += o.Count - len(known)
}

// listed are the entries that are named: all, or the first and the last ones.
func (p *Pending) listed() (first, last []audit.EventID) {
	if len(p.Last) == 0 {
		return p.Entries, nil
	}
	all := slices.Concat(p.Entries, p.Last)
	return all[:half], all[len(all)-half:]
}
