package store

import (
	"context"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// walkedTargets is the number of targets up to which each target's links are walked in the order of the index.
const walkedTargets = 20

func scanIncoming(r row) (in crm.Incoming, err error) { return in, r.Scan(&in.ID, &in.Target) }

// Referrers implements crm.View.
func (v *View) Referrers(ctx context.Context, object, field string, targets []audit.RecordID, after audit.RecordID, limit int) ([]crm.Incoming, error) {
	if len(targets) > walkedTargets {
		return all(ctx, v.c, scanIncoming, "SELECT id, target FROM links WHERE account = $1 AND target IN ("+v.c.words().elements("$2")+
			") AND object = $3 AND field = $4 AND id > $5 ORDER BY id, target LIMIT $6", v.account, array(targets), object, field, after, limit)
	}
	targets = slices.Compact(slices.Sorted(slices.Values(targets)))
	var legs []string
	var f fragment
	for _, t := range targets {
		legs = append(legs, "SELECT * FROM (SELECT id, target FROM links WHERE account = ? AND target = ? AND object = ? AND field = ? AND id > ? ORDER BY id LIMIT ?) AS l")
		f.args = append(f.args, v.account, t, object, field, after, limit)
	}
	if len(legs) == 0 {
		return nil, nil
	}
	f.text = strings.Join(legs, " UNION ALL ") + " ORDER BY 1, 2 LIMIT ?"
	f.args = append(f.args, limit)
	return all(ctx, v.c, scanIncoming, f.numbered(), f.args...)
}
