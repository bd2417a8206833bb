package main

import (
	"context"
	"path/filepath"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// The login of the account's owner.
const benchEmail, benchPassword = "ana@example.com", "backtrail-bench"

// benchBase is a throw-away database with one account.
type benchBase struct {
	*workspace.Workspace
	db     *store.DB
	url    string
	key    string       // the file of the ledger's key
	caller audit.Caller // a person who may do everything
}

// open makes a database with an account.
func (b *bench) open(ctx context.Context, name string) (*benchBase, error) {
	url := b.url
	if url == "" {
		url = "sqlite:" + filepath.Join(b.dir, name+".db")
	}
	key := filepath.Join(b.dir, "ledger-key")
	db, err := ledgerFlags{LedgerKey: key}.openTelling(ctx, url, func(string) {})
	if err != nil {
		return nil, err
	}
	w, err := workspace.New(db, workspace.Options{})
	if err != nil {
		return nil, err
	}
	f, err := w.Found(ctx, workspace.Founding{Name: "Bench", OwnerName: "Ana Silva", OwnerEmail: benchEmail, OwnerPassword: benchPassword})
	if err != nil {
		return nil, err
	}
	caller, _, err := w.SystemCaller(ctx, f.Account.ID)
	if err != nil {
		return nil, err
	}
	caller.Actor = audit.Actor{Type: audit.User, ID: audit.ActorID(f.Owner.ID), Name: f.Owner.Name, Email: benchEmail}
	caller.Channel = audit.Web
	caller.Context = benchContext(w.Recorder)
	return &benchBase{Workspace: w, db: db.DB, url: url, key: key, caller: caller}, nil
}

// benchContext is what a browser's request has.
func benchContext(r *audit.Recorder) audit.Context {
	return audit.Context{IP: "192.0.2.17", Session: string(r.NewID()), Request: string(r.NewID()),
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"}
}

// create makes a record inside an operation.
func (b *benchBase) create(ctx context.Context, op *crm.Operation, object string, texts map[string]string) (*crm.Record, error) {
	o, err := b.Schema.Object(object)
	if err != nil {
		return nil, err
	}
	return op.Create(ctx, object, crm.Texts(o, texts))
}

// createMany makes n records, some in each operation.
func (b *benchBase) createMany(ctx context.Context, object string, n int, texts func(i int) map[string]string) ([]audit.RecordID, error) {
	const some = 5000
	ids := make([]audit.RecordID, 0, n)
	for len(ids) < n {
		err := b.Engine.Do(ctx, b.caller, func(op *crm.Operation) error {
			for range min(some, n-len(ids)) {
				rec, err := b.create(ctx, op, object, texts(len(ids)))
				if err != nil {
					return err
				}
				ids = append(ids, rec.ID)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}
