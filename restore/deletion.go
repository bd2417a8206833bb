package restore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// chunk is how many events a plan holds in memory; of the others it knows just the ids.
const chunk = 500

// restoration is the work of bringing deleted records back.
type restoration struct {
	service     *Service
	view        View
	schema      *crm.Schema
	window      time.Duration
	resolutions resolutions
	p           *Plan
	roots       []root
	// coming holds the records that the plan brings back, with the deletion each comes from.
	coming map[audit.RecordID]audit.EventID
	// skipped are those that a decision leaves out, done those that were restored one by one before.
	skipped map[audit.RecordID]bool
	done    map[audit.EventID]bool
	exists  map[audit.RecordID]bool // what is known of records that references point at
	token   hash.Hash
	// present is the schema as it is; schema has the definitions as well that come back.
	present     *crm.Schema
	definitions []*audit.Event                 // the ends of objects and fields that are taken back
	returned    map[audit.EventID]*audit.Event // of them those of fields
	// leads are the events that lead deletions of selections, by their operations; incomplete are the operations of which
	// a decision leaves something out.
	leads      map[audit.OperationID]audit.EventID
	incomplete map[audit.OperationID]bool
	together   together
	merge      *unmerge // nil unless what is restored was merged away
	wanted     []string // the fields that an un-merge puts back, nil for all
}

// root is a deletion that is restored: the one that was asked for, or one that a conflict's resolution added.
type root struct {
	operation audit.OperationID
	event     audit.EventID // "" for every deletion of the operation
	asked     bool
}

func (r *restoration) plan() *Plan { return r.p }

func (s *Service) planRestore(ctx context.Context, v View, caller audit.Caller, sc Scope, req Request, window time.Duration) (work, error) {
	schema, err := s.engine.SchemaIn(ctx, v, caller.Account)
	if err != nil {
		return nil, err
	}
	r := &restoration{service: s, view: v, schema: schema, present: schema, window: window, resolutions: indexed(req.Resolutions), wanted: req.Fields}
	start := r.start
	if len(sc.Deletions) > 0 {
		start = r.startTogether
	}
	if err := start(ctx, sc); err != nil || r.p.State != Available {
		return r, err
	}
	for {
		n := len(r.roots)
		if err := r.collect(ctx); err != nil {
			return nil, err
		}
		if err := r.check(ctx); err != nil {
			return nil, err
		}
		if len(r.roots) == n {
			break
		}
	}
	if err := r.tellTogether(); err != nil {
		return nil, err
	}
	if len(r.coming) == 0 && len(r.done) == 0 && len(r.definitions) == 0 {
		return nil, notRestorable("This operation deleted no records; there is nothing to restore.")
	}
	if len(r.coming) == 0 && len(r.definitions) == 0 {
		r.p.State = Restored
	}
	r.p.refuseObjects(r.schema, caller)
	r.p.Steps = r.p.Relinks
	for _, c := range r.p.Restores {
		r.p.Steps += c.Count
	}
	r.p.Token = hex.EncodeToString(r.token.Sum(nil)[:16])
	return r, nil
}

// start reads the event that was asked for and tells the state.
func (r *restoration) start(ctx context.Context, sc Scope) error {
	id := sc.Event
	if sc.Operation != "" {
		id = audit.EventID(sc.Operation) // the leading event
	}
	stored, err := r.view.Event(ctx, id)
	if err != nil {
		return err
	}
	e, err := stored.Event()
	if err != nil {
		return err
	}
	if sc.Operation != "" && e.Operation != sc.Operation {
		return errs.New(errs.NotFound, "not_found", "There is no such operation.")
	}
	if leadsSelection(e) {
		r.leads = map[audit.OperationID]audit.EventID{e.Operation: e.ID}
		sc = Scope{Operation: e.Operation}
	}
	lead, leadStored, loser, err := mergeOf(ctx, r.view, r.schema, e, stored)
	if err != nil {
		return err
	}
	if lead != nil {
		e, stored = lead, leadStored
		r.merge = &unmerge{lead: e.ID, winner: *e.Record, loser: *loser}
	}
	r.p = &Plan{Event: e.ID, Record: e.Record, Until: audit.Instant(e.OccurredAt.Add(r.window))}
	undone := stored.UndoneBy
	if r.merge != nil {
		r.p.Record, r.p.Merge = loser, e.Record
		r.roots = []root{{e.Operation, e.ID, true}}
	} else if sc.Operation == "" {
		if !r.service.deletes(e) {
			return notRestorable("This entry is not the deletion of a record; there is nothing to restore.")
		}
		r.roots = []root{{e.Operation, e.ID, true}}
	} else {
		r.roots = []root{{e.Operation, "", true}}
		undone = "" // its parts may have been restored one by one: the plan tells
	}
	switch {
	case undone != "":
		r.p.State = Restored
	case r.service.clock().After(r.p.Until):
		r.p.State = Expired
	default:
		r.p.State = Available
	}
	return nil
}

// part is one event that a root covers.
type part struct {
	event *audit.Event
	root  root
	top   bool // it was not taken along by another one
	// undone says that it was taken back already.
	undone bool
}

// walk visits the events that the roots cover, the newest deletion first, so that what refers to a record finds it; of one operation
// those first that the resolutions added.
func (r *restoration) walk(ctx context.Context, visit func([]part) error) error {
	roots := slices.Clone(r.roots)
	slices.SortStableFunc(roots, func(a, b root) int { return strings.Compare(string(a.operation), string(b.operation)) })
	visited := map[audit.EventID]bool{} // a root may lie within another
	for _, rt := range slices.Backward(roots) {
		covered := map[audit.EventID]bool{}
		after := audit.EventID("")
		for {
			events, err := r.view.Operation(ctx, rt.operation, after, chunk)
			if err != nil {
				return err
			}
			var parts []part
			for _, stored := range events {
				e, err := stored.Event()
				if err != nil {
					return err
				}
				after = e.ID
				if r.merge != nil && e.ID == r.merge.lead {
					covered[e.ID] = true
					continue
				}
				top := e.ID == rt.event || rt.event == "" && !covered[e.Cause] && r.service.deletes(e) ||
					r.merge != nil && e.Cause == r.merge.lead && r.service.deletes(e)
				if !top && !covered[e.Cause] {
					continue
				}
				if r.service.deletes(e) {
					if top || crm.TakesDefinition(e) || r.schema.Referable(e.Record.Object) {
						covered[e.ID] = true
					}
					if stored.UndoneBy != "" {
						r.done[e.ID] = true
					}
				}
				if len(roots) > 1 {
					if visited[e.ID] {
						continue
					}
					visited[e.ID] = true
				}
				parts = append(parts, part{e, rt, top, stored.UndoneBy != ""})
			}
			if len(parts) > 0 {
				if err := visit(parts); err != nil {
					return err
				}
			}
			if len(events) < chunk {
				break
			}
		}
	}
	return nil
}

// collect learns the ids of all that comes back.
func (r *restoration) collect(ctx context.Context) error {
	r.coming, r.skipped, r.exists = map[audit.RecordID]audit.EventID{}, map[audit.RecordID]bool{}, map[audit.RecordID]bool{}
	r.done, r.incomplete, r.together.left = map[audit.EventID]bool{}, map[audit.OperationID]bool{}, map[audit.OperationID]int{}
	if err := r.collectDefinitions(ctx); err != nil {
		return err
	}
	if r.merge != nil {
		r.merge.updates = nil
	}
	return r.walk(ctx, func(parts []part) error {
		for _, pt := range parts {
			if r.merge.ofWinner(pt.event) {
				r.merge.updates = append(r.merge.updates, pt)
			}
			if !r.service.deletes(pt.event) {
				continue
			}
			if r.done[pt.event.ID] {
				r.together.left[pt.root.operation] += 0 // it deleted something
				continue
			}
			r.together.left[pt.root.operation]++
			if !crm.TakesDefinition(pt.event) {
				r.coming[pt.event.Record.ID] = pt.event.ID
			}
		}
		return nil
	})
}

func (r *restoration) isComing(id audit.RecordID) bool { return r.coming[id] != "" && !r.skipped[id] }

// check fills the plan: counts, conflicts, token.
func (r *restoration) check(ctx context.Context) error {
	r.p.Restores, r.p.Relinks, r.p.Kept, r.p.Secrets, r.p.Fields, r.p.Conflicts, r.p.ConflictsTotal, r.p.Unresolved = nil, 0, 0, nil, nil, nil, 0, 0
	r.token = sha256.New()
	r.together.begin(len(r.roots) > 1)
	for _, d := range r.p.Deletions {
		fmt.Fprintln(r.token, d.Operation, d.State)
	}
	counts := map[string]int{}
	var order []string
	err := r.checkWinner(ctx, r.wanted)
	if err != nil {
		return err
	}
	err = r.walk(ctx, func(parts []part) error {
		if err := r.prefetch(ctx, parts); err != nil {
			return err
		}
		for _, pt := range parts {
			if !r.service.deletes(pt.event) {
				if err := r.checkRelink(ctx, pt.event); err != nil {
					return err
				}
				continue
			}
			if r.done[pt.event.ID] {
				continue
			}
			fmt.Fprintln(r.token, pt.event.ID)
			if !crm.TakesDefinition(pt.event) {
				restored, err := r.checkRecord(ctx, pt)
				if err != nil {
					return err
				}
				if !restored {
					continue
				}
			}
			if counts[pt.event.Record.Object]++; counts[pt.event.Record.Object] == 1 {
				order = append(order, pt.event.Record.Object)
			}
		}
		return nil
	})
	for _, object := range order {
		r.p.Restores = append(r.p.Restores, Count{object, counts[object]})
	}
	return err
}

// prefetch asks once for all records that the parts point at.
func (r *restoration) prefetch(ctx context.Context, parts []part) error {
	wanted := map[string][]audit.RecordID{}
	for _, pt := range parts {
		if !r.service.deletes(pt.event) {
			continue
		}
		if _, known := r.exists[pt.event.Record.ID]; !known {
			wanted[pt.event.Record.Object] = append(wanted[pt.event.Record.Object], pt.event.Record.ID)
		}
		o, err := r.schema.Object(pt.event.Record.Object)
		if err != nil {
			continue
		}
		for _, c := range pt.event.Changes {
			f, ok := o.Field(c.Field)
			if !ok || f.Type != crm.RefType || c.Before == audit.None {
				continue
			}
			id := audit.RecordID(c.Before.Text())
			if _, known := r.exists[id]; !known && r.coming[id] == "" {
				r.exists[id] = false
				wanted[f.Object] = append(wanted[f.Object], id)
			}
		}
	}
	for object, ids := range wanted {
		for some := range slices.Chunk(ids, chunk) {
			rows, err := r.view.Rows(ctx, object, some)
			if err != nil {
				return err
			}
			for _, row := range rows {
				r.exists[row.ID] = true
			}
		}
	}
	return nil
}
