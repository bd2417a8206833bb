package importer_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/importer"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// world is a workspace on SQLite with one account.
type world struct {
	*workspace.Workspace
	t       testing.TB
	db      *store.DB
	account audit.AccountID
	owner   audit.Caller
	names   map[audit.Value]string // of fieldCached
}

var cheap = &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldAt(t, dbtest.Open(t))
}

func newWorldAt(t testing.TB, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, db: db}
	var err error
	if w.Workspace, err = workspace.New(w.db, workspace.Options{Hashing: cheap, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	w.account, w.owner = w.found("Acme", "Europe/Lisbon")
	return w
}

// found makes an account and returns its owner as they call over the API.
func (w *world) found(name, zone string) (audit.AccountID, audit.Caller) {
	w.t.Helper()
	f, err := w.Found(context.Background(), workspace.Founding{Name: name, Timezone: zone, OwnerName: "Ana", OwnerEmail: "ana@" + strings.ToLower(name) + ".test",
		OwnerPassword: "correct horse battery"})
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := w.Auth.Authenticate(context.Background(), auth.Credentials{Bearer: f.APIKey, Origin: audit.Origin{Channel: audit.API}})
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Account.ID, id.Caller
}

// create makes a record of "key=text" fields.
func (w *world) create(object string, fields ...string) *crm.Record {
	w.t.Helper()
	rec, err := w.Engine.Create(context.Background(), w.owner, object, w.texts(object, fields...))
	if err != nil {
		w.t.Fatal(err)
	}
	return rec
}

func (w *world) texts(object string, fields ...string) crm.Input {
	w.t.Helper()
	o, err := w.Schema.Object(object)
	if err != nil {
		w.t.Fatal(err)
	}
	texts := map[string]string{}
	for _, f := range fields {
		key, text, _ := strings.Cut(f, "=")
		texts[key] = text
	}
	return crm.Texts(o, texts)
}

// pipeline makes a pipeline with stages.
func (w *world) pipeline(name string, stages ...string) audit.RecordID {
	w.t.Helper()
	p := w.create("pipeline", "name="+name)
	for i, s := range stages {
		w.create("stage", "pipeline="+string(p.ID), "name="+s, "position="+string(rune('1'+i)))
	}
	return p.ID
}

// csv imports a text that must not fail as a whole.
func (w *world) csv(r importer.Request, text string) importer.Result {
	w.t.Helper()
	res, err := w.Imports.Run(context.Background(), w.owner, r, strings.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	w.checkSums(res)
	return res
}

// refused imports a text that must fail as a whole, and checks that nothing came of it.
func (w *world) refused(r importer.Request, text string) error {
	w.t.Helper()
	before := w.events()
	res, err := w.Imports.Run(context.Background(), w.owner, r, strings.NewReader(text))
	if err == nil {
		w.t.Fatalf("the import was done: %+v", res)
	}
	if after := w.events(); after != before {
		w.t.Fatalf("%d events were written", after-before)
	}
	return err
}

// real imports one of the real files.
func (w *world) real(r importer.Request, name string) (importer.Result, func(real, excerpt int) int) {
	w.t.Helper()
	path, want := importer.RealPath(w.t, name)
	f, err := os.Open(path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	r.FileName = name[strings.LastIndexByte(name, '/')+1:]
	res, err := w.Imports.Run(context.Background(), w.owner, r, f)
	if err != nil {
		w.t.Fatal(err)
	}
	w.checkSums(res)
	return res, want
}

func (w *world) checkSums(r importer.Result) {
	w.t.Helper()
	if r.Rows != r.Created+r.Updated+r.Unchanged+r.FailedRows {
		w.t.Errorf("%d rows are not the sum of %d, %d, %d and %d", r.Rows, r.Created, r.Updated, r.Unchanged, r.FailedRows)
	}
	if len(r.Failed) != min(r.FailedRows, importer.MaxNotes) {
		w.t.Errorf("%d failures of %d rows", len(r.Failed), r.FailedRows)
	}
}

// records are all records of an object by name; the names are checked to be different.
func (w *world) records(object string) map[string]*crm.Record {
	w.t.Helper()
	out := map[string]*crm.Record{}
	for _, rec := range w.list(object) {
		if out[rec.Name] != nil {
			w.t.Fatalf("two records are called %q", rec.Name)
		}
		out[rec.Name] = rec
	}
	return out
}

func (w *world) list(object string) []*crm.Record {
	w.t.Helper()
	o, err := w.Schema.Object(object)
	if err != nil {
		w.t.Fatal(err)
	}
	var recs []*crm.Record
	for q := (crm.Query{Object: o, Sort: "created_at", Limit: 1000}); ; {
		page, next, err := w.Engine.Find(context.Background(), w.owner, q)
		if err != nil {
			w.t.Fatal(err)
		}
		recs = append(recs, page...)
		if next == nil {
			return recs
		}
		q.After = next
	}
}

// field is a record's value as a text, with the name of what a reference points at.
func (w *world) field(rec *crm.Record, key string) string {
	w.t.Helper()
	o, _ := w.Schema.Object(rec.Object)
	f, ok := o.Field(key)
	if !ok {
		w.t.Fatalf("no field %s", key)
	}
	text := rec.Fields[key].Text()
	if f.Type == crm.RefType && text != "" {
		names, err := w.Engine.Names(context.Background(), w.owner, f.Object, []audit.RecordID{audit.RecordID(text)})
		if err != nil {
			w.t.Fatal(err)
		}
		return names[audit.RecordID(text)]
	}
	return text
}

// shown is a record's fields as texts: "status=won value=1054.00".
func (w *world) shown(rec *crm.Record, keys string) string {
	w.t.Helper()
	if rec == nil {
		w.t.Fatal("there is no such record")
	}
	var out []string
	for key := range strings.FieldsSeq(keys) {
		out = append(out, key+"="+w.field(rec, key))
	}
	return strings.Join(out, " ")
}

// events counts the account's events.
func (w *world) events() (n int) {
	w.t.Helper()
	facets, err := w.Log.Facets(context.Background(), w.account, audit.Filter{}, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range facets.Actions {
		n += a.Count
	}
	return n
}

// operation are the events of an operation in their order, the leading one first.
func (w *world) operation(id audit.OperationID) []*audit.Event {
	w.t.Helper()
	var out []*audit.Event
	after := audit.EventID("")
	for {
		stored, err := w.Log.Operation(context.Background(), w.account, id, after, 500)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(stored) == 0 {
			return out
		}
		for _, s := range stored {
			e, err := s.Event()
			if err != nil {
				w.t.Fatal(err)
			}
			out = append(out, e)
			after = e.ID
		}
	}
}

// told are failures as "row field: detail" lines.
func told(list []importer.Failure) string {
	var lines []string
	for _, f := range list {
		lines = append(lines, fmt.Sprintf("%d %s: %s", f.Row, f.Field, f.Detail))
	}
	return strings.Join(lines, "\n")
}

// mapped joins "Header=field" words into a mapping.
func mapped(words ...string) map[string]string {
	m := map[string]string{}
	for _, w := range words {
		header, field, _ := strings.Cut(w, "=")
		m[header] = field
	}
	return m
}

// fieldCached is field for many records with few references.
func (w *world) fieldCached(rec *crm.Record, key string) string {
	w.t.Helper()
	if w.names == nil {
		w.names = map[audit.Value]string{}
	}
	v := rec.Fields[key]
	if _, ok := w.names[v]; !ok {
		w.names[v] = w.field(rec, key)
	}
	return w.names[v]
}

// recordsBy are all records of an object by the text in a field.
func (w *world) recordsBy(object, key string) map[string]*crm.Record {
	w.t.Helper()
	out := map[string]*crm.Record{}
	for _, rec := range w.list(object) {
		out[rec.Fields[key].Text()] = rec
	}
	return out
}
