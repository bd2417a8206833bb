package modules_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/internal/replay"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/store"
)

// life is an account with a contact, on a real database, with a clock that moves with each write.
type life struct {
	t       *testing.T
	db      *store.DB
	engine  *crm.Engine
	restore *restore.Service
	schema  *crm.Schema
	catalog *audit.Catalog
	caller  audit.Caller
	now     time.Time
	bo, ana *crm.Record
}

const account = audit.AccountID("01890000-0000-7000-8000-00000000aaaa")

func newLife(t *testing.T) *life {
	t.Helper()
	l := &life{t: t, db: dbtest.Open(t), now: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), caller: auth.SystemCaller(account, "Test")}
	schema, catalog, err := modules.All()
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return l.now }
	l.schema, l.catalog = schema, catalog
	l.engine = crm.NewEngine(l.db, schema, audit.NewRecorder(clock, audit.NewIDSource(clock), catalog))
	window := func(context.Context, audit.AccountID) (time.Duration, error) { return 60 * 24 * time.Hour, nil }
	l.restore = restore.New(l.db, l.engine, catalog, clock, window)
	l.ana = l.make("staff", "name", "Ana Silva", "email", "ana@example.com")
	l.bo = l.make("contact", "first_name", "Bo", "email", "bo@example.com")
	return l
}

// input makes an Input of fields and texts in turn; a text that begins with [ is JSON.
func (l *life) input(object string, pairs ...string) crm.Input {
	l.t.Helper()
	o, err := l.engine.Schema(account).Object(object)
	if err != nil {
		l.t.Fatal(err)
	}
	texts := map[string]string{}
	for pair := range slices.Chunk(pairs, 2) {
		texts[pair[0]] = pair[1]
	}
	return crm.Texts(o, texts)
}

func (l *life) try(object string, pairs ...string) (*crm.Record, error) {
	l.t.Helper()
	l.now = l.now.Add(time.Minute)
	return l.engine.Create(l.t.Context(), l.caller, object, l.input(object, pairs...))
}

func (l *life) make(object string, pairs ...string) *crm.Record {
	l.t.Helper()
	rec, err := l.try(object, pairs...)
	if err != nil {
		l.t.Fatalf("create %s %v: %v", object, pairs, err)
	}
	return rec
}

func (l *life) edit(rec *crm.Record, pairs ...string) error {
	l.t.Helper()
	l.now = l.now.Add(time.Minute)
	_, err := l.engine.Update(l.t.Context(), l.caller, rec.Object, rec.ID, l.input(rec.Object, pairs...), 0)
	return err
}

func (l *life) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *life) delete(rec *crm.Record) error {
	l.t.Helper()
	l.now = l.now.Add(time.Minute)
	_, err := l.engine.Delete(l.t.Context(), l.caller, rec.Object, rec.ID)
	return err
}

// look is a record as it is now.
func (l *life) look(rec *crm.Record) *crm.Record {
	l.t.Helper()
	now, err := l.engine.Record(l.t.Context(), l.caller, rec.Object, rec.ID)
	l.must(err)
	return now
}

// events is the log, which is compared with the records on the way.
func (l *life) events() []*audit.Event { return replay.Check(l.t, l.db, account) }

// since are the events behind the first n, as "type: description".
func (l *life) since(n int) []string {
	var out []string
	for _, e := range l.events()[n:] {
		out = append(out, string(e.Type)+": "+e.Description)
	}
	return out
}

func (l *life) wrote(n int, want ...string) {
	l.t.Helper()
	if diff := cmp.Diff(want, l.since(n)); diff != "" {
		l.t.Errorf("(-want +got)\n%s", diff)
	}
}

func (l *life) invoice(pairs ...string) *crm.Record {
	l.t.Helper()
	return l.make("invoice", append([]string{"contact", string(l.bo.ID), "currency", "GBP",
		"items", `[{"name":"Design","quantity":"2","price":"100","tax":"20"}]`}, pairs...)...)
}

// code is the code of an error or of its first field.
func code(err error) string {
	var e *errs.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	if len(e.Fields) > 0 {
		return e.Fields[0].Field + " " + e.Fields[0].Code
	}
	return e.Code
}

// raw makes an Input of JSON.
func raw(t *testing.T, s string) crm.Input {
	t.Helper()
	var in crm.Input
	if err := json.Unmarshal([]byte(s), &in); err != nil {
		t.Fatal(err)
	}
	return in
}

// A row of the catalog says when it is written, in a sentence, and why it is final.
func TestRowsOfTheCatalog(t *testing.T) {
	_, catalog, err := modules.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range catalog.Types() {
		if row.Label == "" || !strings.HasSuffix(row.When, ".") || row.Final != "" && (!strings.HasSuffix(row.Final, ".") || row.Undo != audit.UndoNone) {
			t.Errorf("%s: label %q, when %q, final %q", row.Type, row.Label, row.When, row.Final)
		}
	}
	for _, never := range []audit.Type{"business_profile.deleted", "business_profile.restored", "business_profile.updated"} {
		if _, ok := catalog.Type(never); ok {
			t.Errorf("%s is in the catalog and can never be written", never)
		}
	}
}
