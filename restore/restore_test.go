package restore_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/store"
)

const account = audit.AccountID("01890000-0000-7000-8000-00000000aaaa")

const window = 60 * 24 * time.Hour

// bench is an engine and a restore service on a real store, with a clock that the test moves.
type bench struct {
	t       testing.TB
	db      *store.DB
	engine  *crm.Engine
	service *restore.Service
	schema  *crm.Schema
	catalog *audit.Catalog
	caller  audit.Caller
	now     time.Time
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, db: dbtest.Open(t), now: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), caller: auth.SystemCaller(account, "Test")}
	schema, catalog, err := modules.All()
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return b.now }
	b.schema, b.catalog = schema, catalog
	b.engine = crm.NewEngine(b.db, schema, audit.NewRecorder(clock, audit.NewIDSource(clock), catalog))
	b.service = restore.New(b.db, b.engine, catalog, clock, func(context.Context, audit.AccountID) (time.Duration, error) { return window, nil })
	return b
}

func (b *bench) make(object string, texts map[string]string) *crm.Record {
	b.t.Helper()
	o, err := b.engine.Schema(account).Object(object)
	if err != nil {
		b.t.Fatal(err)
	}
	b.now = b.now.Add(time.Second)
	rec, err := b.engine.Create(b.t.Context(), b.caller, object, crm.Texts(o, texts))
	if err != nil {
		b.t.Fatalf("create %s: %v", object, err)
	}
	return rec
}

func (b *bench) edit(rec *crm.Record, texts map[string]string) {
	b.t.Helper()
	o, err := b.engine.Schema(account).Object(rec.Object)
	if err != nil {
		b.t.Fatal(err)
	}
	b.now = b.now.Add(time.Second)
	if _, err := b.engine.Update(b.t.Context(), b.caller, rec.Object, rec.ID, crm.Texts(o, texts), 0); err != nil {
		b.t.Fatalf("update %s: %v", rec.Object, err)
	}
}

// remove deletes a record and returns the event of it.
func (b *bench) remove(rec *crm.Record) audit.EventID {
	b.t.Helper()
	b.now = b.now.Add(time.Second)
	d, err := b.engine.Delete(b.t.Context(), b.caller, rec.Object, rec.ID)
	if err != nil {
		b.t.Fatalf("delete %s: %v", rec.Object, err)
	}
	return audit.EventID(d.Operation)
}

// records are all records of the account.
func (b *bench) records() map[audit.RecordID]*crm.Record {
	b.t.Helper()
	all := map[audit.RecordID]*crm.Record{}
	for _, o := range b.engine.Schema(account).Objects() {
		recs, next, err := b.engine.Find(context.Background(), b.caller, crm.Query{Object: o, Sort: "name", Limit: 10_000})
		if err != nil || next != nil {
			b.t.Fatal(err, next)
		}
		for _, r := range recs {
			all[r.ID] = r
		}
	}
	return all
}

// last returns the newest event of a type.
func (b *bench) last(typ string) *audit.Event {
	b.t.Helper()
	page, err := b.db.Events(b.t.Context(), account, audit.Query{Limit: 1, Filter: audit.Filter{Where: audit.Is{Property: audit.ByType, Values: []string{typ}}}})
	if err != nil || len(page.Events) == 0 {
		b.t.Fatalf("no event %s: %v", typ, err)
	}
	e, err := page.Events[0].Event()
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

// same compares records but for what a restore must change: the version and the time of the last change.
func same(t testing.TB, want, got map[audit.RecordID]*crm.Record) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(crm.Record{}, "Version", "UpdatedAt")); diff != "" {
		t.Errorf("the restore gave other records (-before the deletion +after):\n%s", diff)
	}
}

// sales makes a pipeline with two stages, a contact and n opportunities.
func (b *bench) sales(n int) (pipeline, contact *crm.Record) {
	pipeline = b.make("pipeline", map[string]string{"name": "Sales"})
	var stages []*crm.Record
	for i, name := range []string{"New", "Won"} {
		stages = append(stages, b.make("stage", map[string]string{"name": name, "pipeline": string(pipeline.ID), "position": string(rune('1' + i))}))
	}
	contact = b.make("contact", map[string]string{"first_name": "Ana", "email": "ana@example.com", "tags": "vip"})
	for i := range n {
		b.make("opportunity", map[string]string{"name": "Deal " + string(rune('A'+i)), "pipeline": string(pipeline.ID), "stage": string(stages[i%2].ID), "contact": string(contact.ID), "value": "1200"})
	}
	return pipeline, contact
}

// Promise 5: what was deleted comes back exactly, once.
func TestRestorePipeline(t *testing.T) {
	b := newBench(t)
	pipeline, _ := b.sales(5)
	before := b.records()
	event := b.remove(pipeline)
	if left := len(b.records()); left != 1 {
		t.Fatalf("%d records are left, want the contact alone", left)
	}
	plan, err := b.service.Preview(t.Context(), b.caller, event, restore.Request{})
	if err != nil {
		t.Fatal(err)
	}
	want := []restore.Count{{Object: "pipeline", Count: 1}, {Object: "stage", Count: 2}, {Object: "opportunity", Count: 5}}
	if diff := cmp.Diff(want, plan.Restores); diff != "" || plan.State != restore.Available || plan.ConflictsTotal != 0 {
		t.Fatalf("plan %+v\n%s", plan, diff)
	}
	if len(b.records()) != 1 {
		t.Fatal("the preview changed something")
	}
	b.now = b.now.Add(time.Hour)
	done, err := b.service.Apply(t.Context(), b.caller, event, restore.Request{Token: plan.Token})
	if err != nil {
		t.Fatal(err)
	}
	same(t, before, b.records())
	lead := b.last("audit.restore_applied")
	if want := `Restored pipeline "Sales" with 2 stages and 5 opportunities`; lead.Description != want || lead.UndoOf != event || lead.ID != done.Applied {
		t.Errorf("the log says %q (undo of %s)", lead.Description, lead.UndoOf)
	}
	restored := b.last("opportunity.restored")
	if restored.Cause != lead.ID || restored.UndoOf == "" || restored.Operation != lead.Operation {
		t.Errorf("a restored event does not belong: %+v", restored)
	}
	if _, err := b.service.Apply(t.Context(), b.caller, event, restore.Request{}); errs.Code(err) != "already_restored" {
		t.Errorf("a second time: %v", err)
	}
	same(t, before, b.records())
	if again, err := b.service.Apply(t.Context(), b.caller, b.remove(pipeline), restore.Request{}); err != nil || len(again.Restores) != 3 {
		t.Errorf("what was restored and deleted again: %v", err)
	}
	same(t, before, b.records())
}

func TestRestoreSetsClearedReferencesAgain(t *testing.T) {
	b := newBench(t)
	_, contact := b.sales(3)
	b.make("note", map[string]string{"contact": string(contact.ID), "body": "Called"})
	before := b.records()
	event := b.remove(contact)
	opps := opportunities(b)
	for _, o := range opps {
		if o.Fields["contact"] != audit.None {
			t.Fatal("the reference was not cleared")
		}
	}
	other := b.make("contact", map[string]string{"first_name": "Bo"})
	b.edit(opps[0], map[string]string{"contact": string(other.ID)})

	plan, err := b.service.Preview(t.Context(), b.caller, event, restore.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Relinks != 2 || plan.Unresolved != 1 || plan.Conflicts[0].Kind != restore.ChangedSince {
		t.Fatalf("plan %+v", plan)
	}
	if _, err := b.service.Apply(t.Context(), b.caller, event, restore.Request{}); errs.Code(err) != "conflicts" || errs.Of(err).Extra[restore.PlanKey] == nil {
		t.Fatalf("unresolved: %v", err)
	}
	request := restore.Request{Token: plan.Token, Resolutions: []restore.Resolution{{Object: "opportunity", Kind: restore.ChangedSince, Choose: restore.Overwrite}}}
	if _, err := b.service.Apply(t.Context(), b.caller, event, request); err != nil {
		t.Fatal(err)
	}
	after := b.records()
	delete(after, other.ID)
	same(t, before, after)
}

func opportunities(b *bench) []*crm.Record {
	var out []*crm.Record
	for _, r := range b.records() {
		if r.Object == "opportunity" {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *crm.Record) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func TestRestoreWithMissingReference(t *testing.T) {
	for _, choice := range []restore.Choice{restore.RestoreReference, restore.Clear} {
		t.Run(string(choice), func(t *testing.T) {
			b := newBench(t)
			pipeline, contact := b.sales(2)
			event := b.remove(pipeline)
			b.remove(contact)
			plan, err := b.service.Preview(t.Context(), b.caller, event, restore.Request{})
			if err != nil {
				t.Fatal(err)
			}
			if plan.ConflictsTotal != 2 || plan.Conflicts[0].Kind != restore.MissingReference ||
				!slices.Equal(plan.Conflicts[0].Resolutions, []restore.Choice{restore.RestoreReference, restore.Clear, restore.Skip}) {
				t.Fatalf("plan %+v", plan)
			}
			_, err = b.service.Apply(t.Context(), b.caller, event, restore.Request{Token: plan.Token, Resolutions: []restore.Resolution{
				{Object: "opportunity", Field: "contact", Kind: restore.MissingReference, Choose: choice}}})
			if err != nil {
				t.Fatal(err)
			}
			_, back := b.records()[contact.ID]
			if back != (choice == restore.RestoreReference) {
				t.Errorf("the contact is back: %v", back)
			}
			for _, o := range opportunities(b) {
				if linked := o.Fields["contact"] != audit.None; linked != back {
					t.Errorf("%s is linked: %v", o.Name, linked)
				}
			}
			if e := b.last("opportunity.restored"); back && !slices.ContainsFunc(e.Changes, func(c audit.Change) bool { return c.AfterText == contact.Name }) {
				t.Error("the log does not name the contact")
			}
		})
	}
}

func TestRestoreOnePartOfACascade(t *testing.T) {
	b := newBench(t)
	pipeline, _ := b.sales(2)
	before := b.records()
	b.remove(pipeline)
	part := b.last("opportunity.deleted")
	plan, err := b.service.Preview(t.Context(), b.caller, part.ID, restore.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Unresolved != 2 || slices.Contains(plan.Conflicts[0].Resolutions, restore.Skip) || slices.Contains(plan.Conflicts[0].Resolutions, restore.Clear) {
		t.Fatalf("plan %+v", plan)
	}
	// Its pipeline brings everything with it, the part included.
	_, err = b.service.Apply(t.Context(), b.caller, part.ID, restore.Request{Resolutions: []restore.Resolution{
		{Object: "opportunity", Field: "pipeline", Kind: restore.MissingReference, Choose: restore.RestoreReference},
		{Object: "opportunity", Field: "stage", Kind: restore.MissingReference, Choose: restore.RestoreReference}}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, before, b.records())
}

func TestRestoreWithTakenValue(t *testing.T) {
	b := newBench(t)
	pipeline, contact := b.sales(0)
	event := b.remove(contact)
	b.make("contact", map[string]string{"first_name": "Another", "email": "ANA@example.com"})
	conflict := restore.Resolution{Object: "contact", ID: contact.ID, Field: "email", Kind: restore.UniqueTaken}

	for _, bad := range []restore.Resolution{
		with(conflict, restore.Skip, ""), with(conflict, restore.Overwrite, ""), with(conflict, restore.Rename, ""),
		with(conflict, restore.Rename, "not an email"), with(conflict, restore.Rename, "ana@example.com"),
	} {
		if _, err := b.service.Apply(t.Context(), b.caller, event, restore.Request{Resolutions: []restore.Resolution{bad}}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s %q: %v", bad.Choose, bad.Value, err)
		}
	}
	if _, err := b.service.Apply(t.Context(), b.caller, event, restore.Request{Resolutions: []restore.Resolution{with(conflict, restore.Rename, "ana.silva@example.com")}}); err != nil {
		t.Fatal(err)
	}
	if got := b.records()[contact.ID].Fields["email"].Text(); got != "ana.silva@example.com" {
		t.Errorf("email %q", got)
	}
	event = b.remove(pipeline)
	b.make("pipeline", map[string]string{"name": "sales"})
	if plan, err := b.service.Preview(t.Context(), b.caller, event, restore.Request{}); err != nil || plan.Conflicts[0].Kind != restore.UniqueTaken {
		t.Errorf("plan %+v, %v", plan, err)
	}
}

func with(r restore.Resolution, choose restore.Choice, value string) restore.Resolution {
	r.Choose, r.Value = choose, value
	return r
}

func TestRestoreHasAWindow(t *testing.T) {
	b := newBench(t)
	pipeline, _ := b.sales(1)
	event := b.remove(pipeline)
	b.now = b.now.Add(window)
	if plan, err := b.service.Preview(t.Context(), b.caller, event, restore.Request{}); err != nil || plan.State != restore.Available {
		t.Errorf("in the last moment: %+v, %v", plan, err)
	}
	b.now = b.now.Add(time.Second)
	if plan, err := b.service.Preview(t.Context(), b.caller, event, restore.Request{}); err != nil || plan.State != restore.Expired {
		t.Errorf("a second later: %+v, %v", plan, err)
	}
	if _, err := b.service.Apply(t.Context(), b.caller, event, restore.Request{}); errs.Code(err) != "restore_expired" || !errs.Is(err, errs.Gone) {
		t.Errorf("a second later: %v", err)
	}
}

func TestRestoreRefusesAnOldPlan(t *testing.T) {
	b := newBench(t)
	pipeline, contact := b.sales(1)
	event := b.remove(pipeline)
	plan, err := b.service.Preview(t.Context(), b.caller, event, restore.Request{})
	if err != nil {
		t.Fatal(err)
	}
	b.remove(contact)
	_, err = b.service.Apply(t.Context(), b.caller, event, restore.Request{Token: plan.Token, Resolutions: []restore.Resolution{
		{Object: "opportunity", Kind: restore.MissingReference, Choose: restore.Clear}}})
	if errs.Code(err) != "plan_stale" {
		t.Fatalf("got %v", err)
	}
	if now := errs.Of(err).Extra[restore.PlanKey].(*restore.Plan); now.Token == plan.Token || now.ConflictsTotal != 1 {
		t.Errorf("the new plan is %+v", now)
	}
}

func TestRestoreIsRefused(t *testing.T) {
	b := newBench(t)
	pipeline, contact := b.sales(0)
	b.edit(contact, map[string]string{"city": "Porto"})
	event := b.remove(pipeline)
	member := b.caller
	member.Permissions = map[audit.Permission]bool{audit.AuditRead: true, audit.RecordsWrite: true}
	stranger := b.caller
	stranger.Account = "01890000-0000-7000-8000-00000000bbbb"
	for name, tt := range map[string]struct {
		err  error
		kind errs.Kind
		code string
	}{
		"without the permission": {second(b.service.Preview(t.Context(), member, event, restore.Request{})), errs.Forbidden, "forbidden"},
		"another account":        {second(b.service.Apply(t.Context(), stranger, event, restore.Request{})), errs.NotFound, "not_found"},
		"an update":              {second(b.service.Preview(t.Context(), b.caller, b.last("contact.updated").ID, restore.Request{})), errs.NotPossible, "not_restorable"},
		"no event":               {second(b.service.Preview(t.Context(), b.caller, "01890000-0000-7000-8000-00000000dead", restore.Request{})), errs.NotFound, "not_found"},
	} {
		if !errs.Is(tt.err, tt.kind) || errs.Code(tt.err) != tt.code {
			t.Errorf("%s: %v", name, tt.err)
		}
	}
}

// Who may restore may not thereby give anybody rights, nor see what they may not read.
func TestRestoreGivesNoRights(t *testing.T) {
	b := newBench(t)
	staff := b.make("staff", map[string]string{"name": "Eve", "email": "eve@example.com", "role": "admin", "status": "active"})
	b.edit(staff, map[string]string{"role": "member"})
	demoted := b.last("staff.role_changed").ID
	gone := b.make("staff", map[string]string{"name": "Al", "email": "al@example.com", "role": "admin", "status": "active"})
	removed := b.remove(gone)
	eve := b.caller
	eve.Role, eve.Actor = "member", audit.Actor{Type: audit.User, ID: audit.ActorID(staff.ID), Name: "Eve"}
	eve.Permissions = map[audit.Permission]bool{audit.AuditRead: true, audit.AuditRestore: true, audit.RecordsRead: true, audit.RecordsWrite: true}
	narrowed := eve
	narrowed.Permissions = map[audit.Permission]bool{audit.AuditRead: true, audit.AuditRestore: true, audit.RecordsOnlyAssigned: true}
	blind := eve
	blind.Permissions = map[audit.Permission]bool{audit.AuditRestore: true}
	for name, err := range map[string]error{
		"undo her own demotion":   second(b.service.Undo(t.Context(), eve, demoted, restore.Request{})),
		"bring an admin back":     second(b.service.Apply(t.Context(), eve, removed, restore.Request{})),
		"a narrowed person":       second(b.service.Preview(t.Context(), narrowed, removed, restore.Request{})),
		"without reading the log": second(b.service.Preview(t.Context(), blind, removed, restore.Request{})),
	} {
		if !errs.Is(err, errs.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Who may restore but not change records sets no workflow going: not by undoing that it was disabled, alone or with all of
// its operation, nor by bringing it back. A contact they may bring back.
func TestRestoreSetsNothingGoing(t *testing.T) {
	b := newBench(t)
	flow := b.make("workflow", map[string]string{"name": "Welcome", "trigger": "contact.created", "steps": `[{"action":"add_tag","settings":"{\"tag\":\"new\"}"}]`, "enabled": "true"})
	b.edit(flow, map[string]string{"enabled": "false"})
	disabled := b.last("workflow.disabled")
	gone := b.remove(b.make("workflow", map[string]string{"name": "Gone", "trigger": "contact.created"}))
	contact := b.remove(b.make("contact", map[string]string{"first_name": "Ana"}))
	agency := b.caller
	agency.Role, agency.Permissions = auth.Agency, auth.Effective(auth.Agency, nil)
	before := b.records()
	for name, err := range map[string]error{
		"undo":                  second(b.service.Undo(t.Context(), agency, disabled.ID, restore.Request{})),
		"undo of the operation": second(b.service.UndoOperation(t.Context(), agency, disabled.Operation, restore.Request{})),
		"restore":               second(b.service.Apply(t.Context(), agency, gone, restore.Request{})),
	} {
		if !errs.Is(err, errs.Forbidden) || errs.Of(err).Permission != string(audit.RecordsWrite) || !strings.Contains(err.Error(), "workflows") {
			t.Errorf("%s: %v", name, err)
		}
	}
	same(t, before, b.records())
	if _, err := b.service.Apply(t.Context(), agency, contact, restore.Request{}); err != nil {
		t.Errorf("a contact: %v", err)
	}
	agency.Permissions = auth.Effective(auth.Agency, []audit.Permission{audit.RecordsWrite})
	if _, err := b.service.Undo(t.Context(), agency, disabled.ID, restore.Request{}); err != nil {
		t.Errorf("with the permission: %v", err)
	}
	if _, err := b.service.Apply(t.Context(), agency, gone, restore.Request{}); err != nil {
		t.Errorf("with the permission, from a deletion: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestRestoreBulkDeletion(t *testing.T) {
	b := newBench(t)
	_, contact := b.sales(1)
	var ids []audit.RecordID
	for _, name := range []string{"Bo", "Cy", "Di"} {
		rec := b.make("contact", map[string]string{"first_name": name})
		b.make("note", map[string]string{"contact": string(rec.ID), "body": "About " + name})
		ids = append(ids, rec.ID)
	}
	before := b.records()
	res, err := b.engine.Batch(t.Context(), b.caller, "contact", crm.Batch{Delete: append(ids, contact.ID)})
	if err != nil {
		t.Fatal(err)
	}
	// One by itself first: the rest of the operation can still be restored.
	for _, e := range operation(b, res.Operation) {
		if e.Type == "contact.deleted" && e.Record.Name == "Cy" {
			plan, err := b.service.Apply(t.Context(), b.caller, e.ID, restore.Request{})
			if diff := cmp.Diff([]restore.Count{{Object: "contact", Count: 1}, {Object: "note", Count: 1}}, plan.Restores); err != nil || diff != "" {
				t.Fatalf("%v\n%s", err, diff)
			}
		}
	}
	plan, err := b.service.ApplyOperation(t.Context(), b.caller, res.Operation, restore.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]restore.Count{{Object: "contact", Count: 3}, {Object: "note", Count: 2}}, plan.Restores); diff != "" {
		t.Error(diff)
	}
	same(t, before, b.records())
	if _, err := b.service.ApplyOperation(t.Context(), b.caller, res.Operation, restore.Request{}); errs.Code(err) != "already_restored" {
		t.Errorf("a second time: %v", err)
	}
}

func operation(b *bench, id audit.OperationID) []*audit.Event {
	b.t.Helper()
	stored, err := b.db.Operation(b.t.Context(), account, id, "", 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	var events []*audit.Event
	for _, s := range stored {
		e, err := s.Event()
		if err != nil {
			b.t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func sortedIDs(m map[audit.RecordID]*crm.Record) []audit.RecordID {
	var ids []audit.RecordID
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// randomRecords makes records that point at each other.
func (b *bench) randomRecords(t *rapid.T) {
	ids := map[string][]string{}
	pick := func(object string) string {
		if len(ids[object]) == 0 || rapid.IntRange(0, 3).Draw(t, "none") == 0 {
			return ""
		}
		return rapid.SampledFrom(ids[object]).Draw(t, object)
	}
	add := func(object string, texts map[string]string) {
		ids[object] = append(ids[object], string(b.make(object, texts).ID))
	}
	n := 0
	name := func() string { n++; return "Name " + string(rune('A'+n%26)) + strings.Repeat("'", n/26) }
	some := func(object string) int { return rapid.IntRange(1, 4).Draw(t, "number of "+object) }
	for range some("staff") {
		add("staff", map[string]string{"name": name(), "email": "p" + strings.Repeat("x", n) + "@example.com", "role": "member", "status": "active"})
	}
	for range some("company") {
		add("company", map[string]string{"name": name(), "owner": pick("staff"), "parent": pick("company"), "revenue": "12.5"})
	}
	for range some("contact") {
		add("contact", map[string]string{"first_name": name(), "company": pick("company"), "owner": pick("staff"), "tags": "a,b", "dnd": "true"})
	}
	for range some("note") {
		if c := pick("contact"); c != "" {
			add("note", map[string]string{"contact": c, "body": "Line\nbreak 😀"})
		}
		add("task", map[string]string{"title": name(), "contact": pick("contact"), "assignee": pick("staff"), "due": "2026-03-01T09:30:00Z"})
	}
	for range 2 {
		p := b.make("pipeline", map[string]string{"name": name()})
		s := b.make("stage", map[string]string{"name": "New", "pipeline": string(p.ID), "position": "1"})
		ids["pipeline"] = append(ids["pipeline"], string(p.ID))
		for range some("opportunity") {
			add("opportunity", map[string]string{"name": name(), "pipeline": string(p.ID), "stage": string(s.ID), "contact": pick("contact"),
				"company": pick("company"), "owner": pick("staff"), "value": "10"})
		}
	}
}
