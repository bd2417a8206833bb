package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/follower"
	"github.com/backtrail/backtrail/ledger"
)

// testOptions have a key to seal with.
var testOptions = Options{Ledger: Ledger{Key: func() func(context.Context) (*ledger.Key, error) {
	key, err := ledger.NewKey()
	return func(context.Context) (*ledger.Key, error) { return key, err }
}()}}

func openTest(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"), testOptions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// planner is a conn that keeps the plan of every query that it runs.
type planner struct {
	conn
	t      *testing.T
	plans  map[string]string
	bodies int // of sealed events that were read
}

func (p *planner) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	lines, err := all(ctx, p.conn, func(r row) (s string, err error) {
		var id, parent, unused int
		return s, r.Scan(&id, &parent, &unused, &s)
	}, "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		p.t.Fatalf("%v in %s", err, text)
	}
	p.plans[text] = strings.Join(lines, "\n")
	if strings.Contains(text, " "+sealedColumns+" FROM events") {
		rows, err := all(ctx, p.conn, scanLogged, text, args...)
		if err != nil {
			return nil, err
		}
		p.bodies += len(rows)
	}
	return p.conn.query(ctx, text, args...)
}

// TestPlans holds in place how the log is read: down an index in the order of the log, never by sorting an account.
func TestPlans(t *testing.T) {
	db := openTest(t)
	is := func(p audit.Property, v ...string) audit.Expr { return audit.Is{Property: p, Values: v} }
	const id = "01890000-0000-7000-8000-000000000001"
	const down = "SEARCH events USING INDEX events_time (account=?"
	if err := db.WriteRecords(t.Context(), "a", func(tx crm.Tx) error {
		e := &audit.Event{ID: id, Account: "a", Operation: id, OccurredAt: time.Unix(1, 0), RecordedAt: time.Unix(1, 0)}
		return tx.AppendEvents(t.Context(), []audit.Encoded{{Event: e, Body: e.AppendCanonical(nil)}})
	}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		filter audit.Filter
		after  bool
		want   string
	}{
		{name: "newest page", want: down + ")"},
		{name: "a later page", after: true, want: down + " AND (occurred_at,id)<(?,?))"},
		{name: "since", filter: audit.Filter{From: time.Unix(1, 0)}, want: down + " AND occurred_at>?)"},
		{name: "between", filter: audit.Filter{From: time.Unix(1, 0), To: time.Unix(9, 0)}, want: down + " AND occurred_at>? AND occurred_at<?)"},
		{name: "between, a later page", after: true, filter: audit.Filter{From: time.Unix(1, 0), To: time.Unix(9, 0)}, want: down + " AND occurred_at>? AND (occurred_at,id)<(?,?))"},
		{name: "user", filter: audit.Filter{Where: is(audit.ByUser, id)}, want: down + ")"},
		{name: "type", filter: audit.Filter{Where: is(audit.ByType, "a.b", "c.*", "*.d")}, want: down + ")"},
		{name: "action", filter: audit.Filter{Where: is(audit.ByAction, "created", "deleted")}, want: down + ")"},
		{name: "module", filter: audit.Filter{Where: is(audit.ByModule, "a")}, want: down + ")"},
		{name: "object", filter: audit.Filter{Where: is(audit.ByObject, "a")}, want: down + ")"},
		{name: "outcome", filter: audit.Filter{Where: is(audit.ByOutcome, "a")}, want: down + ")"},
		{name: "channel", filter: audit.Filter{Where: is(audit.ByChannel, "a")}, want: down + ")"},
		{name: "cause", filter: audit.Filter{Where: is(audit.ByCause, id)}, want: "SEARCH events USING INDEX events_cause (account=? AND cause=?)"},
		{name: "no cause", filter: audit.Filter{Where: is(audit.ByCause, "")}, want: down + ")"},
		{name: "text", filter: audit.Filter{Where: audit.Text{Words: []string{"acme"}}}, want: down + ")"},
		{name: "one record or another", filter: audit.Filter{Where: audit.Any{is(audit.ByRecord, id), is(audit.ByUser, id)}}, want: down + ")"},
		{name: "record", filter: audit.Filter{Where: is(audit.ByRecord, id)}, want: "SEARCH events USING INDEX events_record (account=? AND record_id=?)"},
		{name: "record and field", filter: audit.Filter{Where: audit.All{is(audit.ByRecord, id), is(audit.ByFieldKey, "stage")}}, want: "SEARCH events USING INDEX events_record (account=? AND record_id=?)"},
		{name: "two records", filter: audit.Filter{Where: is(audit.ByRecord, id, id+"0")}, want: "SEARCH events USING INDEX events_record (account=? AND record_id=?)"},
		{name: "about", filter: audit.Filter{Where: is(audit.ByAbout, id)}, want: down + ")"},
		{name: "record and type, a later page", after: true, filter: audit.Filter{Where: audit.All{is(audit.ByRecord, id), is(audit.ByType, "a.*")}},
			want: "SEARCH events USING INDEX events_record (account=? AND record_id=? AND occurred_at<?)"},
		{name: "operation", filter: audit.Filter{Where: is(audit.ByOperation, id)}, want: down + " AND occurred_at>? AND occurred_at<?)"},
	} {
		if err := db.read(t.Context(), of("a"), func(c conn) error {
			p := &planner{conn: c, t: t, plans: map[string]string{}}
			q := audit.Query{Filter: tt.filter, Limit: 50}
			if tt.after {
				q.After = audit.Position{OccurredAt: time.Unix(5, 0), ID: id}
			}
			if _, err := readPage(t.Context(), p, "a", q); err != nil {
				return err
			}
			found := false
			for text, plan := range p.plans {
				found = found || strings.Contains(plan, tt.want)
				history := strings.Contains(text, "history")
				plan = strings.ReplaceAll(plan, "USE TEMP B-TREE FOR LAST TERM OF ORDER BY", "") // those of one moment
				if strings.Contains(text, "FROM events") && (strings.Contains(plan, "TEMP B-TREE") && !history || strings.Contains(plan, "SCAN events")) {
					t.Errorf("%s reads or sorts too much:\n%s\n%s", tt.name, text, plan)
				}
			}
			if !found {
				t.Errorf("%s does not read by %q: %v", tt.name, tt.want, p.plans)
			}
			return nil
		}); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
	}
}

// TestPlansOfWords holds in place how words are found: by the index of words, and then by place or down the narrow index by
// time. No body of an event is read that the index does not have.
func TestPlansOfWords(t *testing.T) {
	db := openTest(t)
	const n = 40
	for i := range n {
		if err := db.WriteRecords(t.Context(), "a", func(tx crm.Tx) error {
			id := audit.EventID(fmt.Sprintf("01890000-0000-7000-8000-%012d", i))
			e := &audit.Event{ID: id, Account: "a", Operation: audit.OperationID(id), OccurredAt: time.Unix(int64(i), 0), RecordedAt: time.Unix(1, 0),
				Description: fmt.Sprintf("often %s", []string{"rare", "other"}[min(i, 1)]), Context: audit.Context{IP: "10.1.2.3"},
				Changes: []audit.Change{{Field: "stage", Label: "Stage", After: audit.String("won")}}}
			return tx.AppendEvents(t.Context(), []audit.Encoded{{Event: e, Body: e.AppendCanonical(nil)}})
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	was := searching
	defer func() { searching = was }()
	for _, tt := range []struct {
		q      string
		few    int
		found  int
		bodies int // that are read
	}{
		{"rare", 10, 1, 1}, {"nothing", 10, 0, 0}, {"often rare", 10, 1, 1}, {"rar OR nothing", 10, 1, 1}, {`"often rare"`, 10, 1, 1}, {"-other rare", 10, 1, 1},
		{"record:nobody", 10, 0, 0}, {"user:nobody", 10, 0, 0}, {"field:nowhere after:won", 10, 0, 0}, {"before:rare", 10, 1, 1}, {"ip:10.2.0.0/16", 10, 0, 0}, {"ip:11.0.0.0/9", 10, 0, 0},
		{"often", 10, n, n}, {"rare", 0, 1, 1}, {"ip:10.1.2.3 field:stage", 0, n, n}, {"rare ip:10.0.0.0/8", 0, 1, 1},
	} {
		searching.first, searching.more, searching.few, searching.chunk = 0, 0, tt.few, 7
		x, err := audit.ParseQuery(tt.q, nil, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.read(t.Context(), of("a"), func(c conn) error {
			p := &planner{conn: c, t: t, plans: map[string]string{}}
			page, err := readPage(t.Context(), p, "a", audit.Query{Filter: audit.Filter{Where: x}, Limit: 100})
			if err != nil {
				return err
			}
			if len(page.Events) > tt.found || tt.found == n && len(page.Events) != n || tt.q == "rare" && len(page.Events) != 1 {
				t.Errorf("%s finds %d events", tt.q, len(page.Events))
			}
			asked := false
			for text, plan := range p.plans {
				asked = asked || strings.Contains(plan, "SCAN event_words VIRTUAL TABLE INDEX")
				narrow := strings.Contains(plan, "SEARCH events USING COVERING INDEX events_time (account=?")
				byPlace := strings.Contains(plan, "SEARCH events USING INDEX sqlite_autoindex_events_1 (account=? AND seq=?)")
				if strings.Contains(text, "FROM events") && !narrow && !byPlace || strings.Contains(plan, "SCAN events ") {
					t.Errorf("%s reads too much:\n%s\n%s", tt.q, text, plan)
				}
			}
			if !asked {
				t.Errorf("%s does not ask the index: %v", tt.q, p.plans)
			}
			if p.bodies != tt.bodies {
				t.Errorf("%s reads %d bodies, want %d", tt.q, p.bodies, tt.bodies)
			}
			return nil
		}); err != nil {
			t.Fatalf("%s: %v", tt.q, err)
		}
	}
}

// TestPlansOfHistories holds in place how the history of a record is found with what belongs to it, and by a field: no other
// event is read.
func TestPlansOfHistories(t *testing.T) {
	db := openTest(t)
	const contact, note, deal = "01890000-0000-7000-8000-00000000aaaa", "01890000-0000-7000-8000-00000000bbbb", "01890000-0000-7000-8000-00000000cccc"
	for i := range 60 {
		id := audit.EventID(fmt.Sprintf("01890000-0000-7000-8000-%012d", i))
		e := &audit.Event{ID: id, Account: "a", Operation: audit.OperationID(id), OccurredAt: time.Unix(int64(i), 0), RecordedAt: time.Unix(1, 0),
			Record: &audit.Ref{Object: "deal", ID: deal}, Changes: []audit.Change{{Field: "value"}}}
		switch {
		case i == 5:
			e.Record, e.Related = &audit.Ref{Object: "note", ID: note}, []audit.Ref{{Object: "contact", ID: contact}}
		case i < 8:
			e.Record = &audit.Ref{Object: "contact", ID: contact}
		case i == 8:
			e.Changes[0].Field = "close_date"
		}
		if err := db.WriteRecords(t.Context(), "a", func(tx crm.Tx) error {
			return tx.AppendEvents(t.Context(), []audit.Encoded{{Event: e, Body: e.AppendCanonical(nil)}})
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	was := searching
	defer func() { searching = was }()
	is := func(p audit.Property, v string) audit.Expr { return audit.Is{Property: p, Values: []string{v}} }
	for _, tt := range []struct {
		name          string
		where         audit.Expr
		few           int
		found, bodies int
		index         string
	}{
		{"a record", is(audit.ByRecord, contact), 10, 7, 7, "events_record (account=? AND record_id=?)"},
		{"with what belongs to it", is(audit.ByAbout, contact), 10, 8, 8, "sqlite_autoindex_events_1 (account=? AND seq=?)"},
		{"many with what belongs to it", is(audit.ByAbout, deal), 10, 52, 52, "sqlite_autoindex_events_1 (account=? AND seq=?)"},
		{"a field", audit.All{is(audit.ByRecord, deal), is(audit.ByFieldKey, "close_date")}, 10, 1, 1, "sqlite_autoindex_events_1 (account=? AND seq=?)"},
		{"a field that changes often", audit.All{is(audit.ByRecord, deal), is(audit.ByFieldKey, "value")}, 10, 51, 52, "events_record (account=? AND record_id=?)"},
		{"a field that nothing has", audit.All{is(audit.ByRecord, deal), is(audit.ByFieldKey, "close")}, 10, 0, 1, "sqlite_autoindex_events_1 (account=? AND seq=?)"},
	} {
		searching.first, searching.more, searching.few, searching.chunk = 0, 0, tt.few, 7
		if err := db.read(t.Context(), of("a"), func(c conn) error {
			p := &planner{conn: c, t: t, plans: map[string]string{}}
			page, err := readPage(t.Context(), p, "a", audit.Query{Filter: audit.Filter{Where: tt.where}, Limit: 100})
			if err != nil {
				return err
			}
			if len(page.Events) != tt.found || p.bodies != tt.bodies {
				t.Errorf("%s: %d events are found and %d bodies read, want %d and %d", tt.name, len(page.Events), p.bodies, tt.found, tt.bodies)
			}
			for text, plan := range p.plans {
				if strings.Contains(text, "WITH history") && strings.Contains(plan, "events_time") {
					t.Errorf("%s walks over the account:\n%s\n%s", tt.name, text, plan)
				}
			}
			if plans := strings.Join(slices.Collect(maps.Values(p.plans)), "\n"); !strings.Contains(plans, tt.index) || strings.Contains(plans, "SCAN events ") {
				t.Errorf("%s does not read by %q:\n%s", tt.name, tt.index, plans)
			}
			return nil
		}); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
	}
}

// TestPlansByKey holds in place what must be found by a key.
func TestPlansByKey(t *testing.T) {
	db := openTest(t)
	object := &crm.Object{Key: "deal", Fields: []crm.Field{{Key: "stage", Type: crm.RefType, Object: "stage"}}}
	ids := []audit.RecordID{"1", "2"}
	for _, tt := range []struct {
		name  string
		read  func(ctx context.Context, v *View) error
		wants []string
	}{
		{"event", func(ctx context.Context, v *View) error {
			_, err := readEvents(ctx, v.c, "a", []audit.EventID{"1"})
			return err
		}, []string{"SEARCH events USING INDEX events_id (account=? AND id=?)", "SEARCH pending USING INDEX pending_id (account=? AND id=?)"}},
		{"rows", func(ctx context.Context, v *View) error {
			_, err := v.Rows(ctx, "deal", ids)
			return err
		}, []string{"SEARCH records USING INDEX sqlite_autoindex_records_1 (account=? AND object=? AND id=?)"}},
		{"holder", func(ctx context.Context, v *View) error {
			_, err := v.Holder(ctx, crm.UniqueKey{})
			return err
		}, []string{"SEARCH uniques USING PRIMARY KEY (account=? AND object=? AND field=? AND within=? AND value=?)"}},
		{"referrers of few", func(ctx context.Context, v *View) error {
			_, err := v.Referrers(ctx, "deal", "stage", ids, "", 10)
			return err
		}, []string{"SEARCH links USING PRIMARY KEY (account=? AND target=? AND object=? AND field=? AND id>?)"}},
		{"referrers of many", func(ctx context.Context, v *View) error {
			_, err := v.Referrers(ctx, "deal", "stage", make([]audit.RecordID, 50), "", 10)
			return err
		}, []string{"SEARCH links USING PRIMARY KEY (account=? AND target=? AND object=? AND field=? AND id>?)"}},
		{"deletion", func(ctx context.Context, v *View) error {
			_, err := v.Deletion(ctx, "1")
			return notFoundIsFine(err)
		}, []string{"SEARCH events USING INDEX events_record (account=? AND record_id=?)"}},
		{"one stage's deals", func(ctx context.Context, v *View) error {
			_, _, err := v.Find(ctx, crm.Query{Object: object, Limit: 10, Where: []crm.Condition{{Field: &object.Fields[0], Values: []string{"1"}}}})
			return err
		}, []string{"SEARCH records USING INDEX sqlite_autoindex_records_1 (account=? AND object=? AND id=?)", "SEARCH links USING PRIMARY KEY (account=? AND target=? AND object=? AND field=?)"}},
		{"undone", func(ctx context.Context, v *View) error {
			_, err := v.UndoneEvents(ctx, []audit.EventID{"1"})
			return err
		}, []string{"SEARCH undone USING PRIMARY KEY (account=? AND event=?)"}},
	} {
		if err := db.read(t.Context(), of("a"), func(c conn) error {
			p := &planner{conn: c, t: t, plans: map[string]string{}}
			err := tt.read(t.Context(), &View{p, "a"})
			plans := ""
			for _, plan := range p.plans {
				plans += plan + "\n"
			}
			for _, want := range tt.wants {
				if !strings.Contains(plans, want) {
					t.Errorf("%s does not read by %q:\n%s", tt.name, want, plans)
				}
			}
			return err
		}); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
	}
}

// plannedReader reads by way of a planner.
type plannedReader struct {
	reader
	t     *testing.T
	plans []string
}

func (r *plannedReader) read(ctx context.Context, whose scope, fn func(conn) error) error {
	return r.reader.read(ctx, whose, func(c conn) error {
		p := &planner{conn: c, t: r.t, plans: map[string]string{}}
		err := fn(p)
		r.plans = append(r.plans, slices.Collect(maps.Values(p.plans))...)
		return err
	})
}

// TestPlansOfRunner holds in place what the runner of workflows asks for all the time, across accounts: it reads no run
// that has ended, and no account without workflows.
func TestPlansOfRunner(t *testing.T) {
	db := openTest(t)
	asked := func(text string, args ...any) func(context.Context) error {
		return func(ctx context.Context) error {
			return db.read(ctx, everyone, func(c conn) error {
				rows, err := c.query(ctx, text, args...)
				if err != nil {
					return err
				}
				return rows.Close()
			})
		}
	}
	for _, tt := range []struct {
		name string
		read func(ctx context.Context) error
		want string
	}{
		{"behind", func(ctx context.Context) error { _, err := db.Behind(ctx, follower.Workflows, 10); return err }, "SCAN c USING INDEX automation_cursors_followed"},
		{"behind, heads", func(ctx context.Context) error { _, err := db.Behind(ctx, follower.Workflows, 10); return err }, "SEARCH h USING PRIMARY KEY (account=?)"},
		{"standing", func(ctx context.Context) error { _, err := db.Standing(ctx, time.Unix(1, 0)); return err }, "SCAN c USING INDEX automation_cursors_followed"},
		{"alerts due", func(ctx context.Context) error { _, err := db.AlertsDue(ctx, time.Unix(1, 0), "", 10); return err }, "SEARCH alerts USING COVERING INDEX alerts_due (due_at>? AND due_at<?)"},
		{"alerts behind", func(ctx context.Context) error { _, err := db.Behind(ctx, follower.Alerts, 10); return err }, "SCAN c USING INDEX alert_cursors_followed"},
		{"due", func(ctx context.Context) error {
			_, err := db.DueRuns(ctx, time.Unix(1, 0), []audit.AccountID{"a"}, 10)
			return err
		}, "SEARCH workflow_runs USING COVERING INDEX workflow_runs_due (due_at<?)"},
		{"open", asked(openRunsOfOne, "a"), "SEARCH workflow_runs USING COVERING INDEX workflow_runs_open (account=? AND status=?)"},
		{"jobs that ended", asked(endedJobs, "alert", 1, 10), "SEARCH jobs USING INDEX jobs_ended (kind=? AND finished_at>? AND finished_at<?)"},
		{"ended", asked(endedRuns, 1, 10), "SEARCH workflow_runs USING INDEX workflow_runs_ended (ended_at>? AND ended_at<?)"},
	} {
		r := &plannedReader{reader: db.reader, t: t}
		db.reader = r
		if err := tt.read(t.Context()); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		db.reader = r.reader
		if plans := strings.Join(r.plans, "\n"); !strings.Contains(plans, tt.want) {
			t.Errorf("%s does not read by %q:\n%s", tt.name, tt.want, plans)
		}
	}
}

func notFoundIsFine(err error) error {
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	return err
}
