package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
)

// collapse leaves out the events that follow in an operation whose leading event passes the filter too.
//
// In the order of a page the parts of an operation come before its leading event, all at one time. Of a large
// operation the first parts are read; with the leading event its size is known, hence where its parts lie, and the database
// steps over the rest in the index, where others' events of the same microsecond may lie between.
type collapse struct {
	scan  *scan
	leads map[audit.OperationID]bool // whether the leading event passes
}

func (k *collapse) keep(ctx context.Context, rows []logged) ([]logged, error) {
	if err := k.look(ctx, rows); err != nil {
		return nil, err
	}
	kept := rows[:0]
	for _, l := range rows {
		if string(l.id) == string(l.operation) || !k.leads[l.operation] {
			kept = append(kept, l)
		}
	}
	return kept, nil
}

// look reads the leading events of the parts in rows, and arranges for large operations to be skipped.
func (k *collapse) look(ctx context.Context, rows []logged) error {
	var ids []audit.EventID
	for _, l := range rows {
		if _, known := k.leads[l.operation]; !known && string(l.id) != string(l.operation) {
			k.leads[l.operation] = false
			ids = append(ids, audit.EventID(l.operation))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	leads, err := readEvents(ctx, k.scan.c, k.scan.account, ids)
	if err != nil {
		return err
	}
	for _, l := range leads {
		e, err := l.Event()
		if err != nil {
			return err
		}
		if !k.scan.filter.Match(e) {
			continue
		}
		k.leads[l.operation] = true
		if e.Size < skipFrom {
			continue
		}
		s := skip{operation: l.operation, at: l.at}
		if l.Seq > 0 {
			s.from, s.to = l.Seq+1, l.Seq+int64(e.Size)-1
		}
		// What lies behind the rows in hand is of their last one's time, or earlier.
		if l.at <= rows[len(rows)-1].at {
			k.scan.skips = append(k.scan.skips, s)
		}
	}
	return nil
}
