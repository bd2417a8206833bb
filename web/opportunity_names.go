package web

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
)

// nameBook learns the names of many records at once.
type nameBook struct {
	site   *site
	caller audit.Caller
	wanted map[string][]audit.RecordID
	names  map[audit.RecordID]string
}

func newNames(s *site, caller audit.Caller) *nameBook {
	return &nameBook{s, caller, map[string][]audit.RecordID{}, map[audit.RecordID]string{}}
}

// want notes a reference to a record of object.
func (n *nameBook) want(object string, ref audit.Value) {
	if ref != audit.None {
		n.wanted[object] = append(n.wanted[object], audit.RecordID(ref.Text()))
	}
}

// read learns the names of what was noted.
func (n *nameBook) read(ctx context.Context) error {
	for object, ids := range n.wanted {
		slices.Sort(ids)
		for some := range slices.Chunk(slices.Compact(ids), 500) {
			names, err := n.site.ws.Engine.Names(ctx, n.caller, object, some)
			if err != nil {
				return err
			}
			for id, name := range names {
				n.names[id] = name
			}
		}
	}
	return nil
}

// of is the name behind a reference, "" for none.
func (n *nameBook) of(ref audit.Value) string { return n.names[audit.RecordID(ref.Text())] }
