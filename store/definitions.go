package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Definitions are trusted as what records may hold. Someone who edits them in the database changes which fields are
// asked for and shown; the events about them tell how they were made.

// SchemaVersion implements crm.DefinitionView.
func (v *View) SchemaVersion(ctx context.Context) (crm.SchemaVersion, error) {
	version, _, err := one(ctx, v.c, scanText[crm.SchemaVersion], "SELECT version FROM schemas WHERE account = $1", v.account)
	return version, err
}

// Definitions implements crm.DefinitionView.
func (v *View) Definitions(ctx context.Context) ([]crm.Definition, error) {
	return all(ctx, v.c, func(r row) (crm.Definition, error) {
		var object, body string
		var version int64
		if err := r.Scan(&object, &version, &body); err != nil {
			return crm.Definition{}, err
		}
		return crm.ParseDefinition(object, version, body)
	}, "SELECT object, version, body FROM definitions WHERE account = $1", v.account)
}

// PutSchemaVersion implements crm.DefinitionTx.
func (tx *Tx) PutSchemaVersion(ctx context.Context, version crm.SchemaVersion) error {
	_, err := tx.w.exec(ctx, "INSERT INTO schemas (account, version) VALUES ($1, $2) ON CONFLICT (account) DO UPDATE SET version = excluded.version",
		tx.account, version)
	return err
}

// PutDefinition implements crm.DefinitionTx.
func (tx *Tx) PutDefinition(ctx context.Context, d crm.Definition, was int64) error {
	if was == 0 {
		_, err := tx.w.exec(ctx, "INSERT INTO definitions (account, object, version, body) VALUES ($1, $2, $3, $4)",
			tx.account, d.Object, d.Version, d.Body())
		if tx.w.d.isTaken(err) {
			return staleDefinition(d.Object).Because(err)
		}
		return err
	}
	n, err := tx.w.exec(ctx, "UPDATE definitions SET version = $1, body = $2 WHERE account = $3 AND object = $4 AND version = $5",
		d.Version, d.Body(), tx.account, d.Object, was)
	if err == nil && n != 1 {
		return staleDefinition(d.Object)
	}
	return err
}

// DeleteDefinition implements crm.DefinitionTx.
func (tx *Tx) DeleteDefinition(ctx context.Context, object string, was int64) error {
	n, err := tx.w.exec(ctx, "DELETE FROM definitions WHERE account = $1 AND object = $2 AND version = $3", tx.account, object, was)
	if err == nil && n != 1 {
		return staleDefinition(object)
	}
	return err
}

func staleDefinition(object string) *errs.Error {
	return errs.New(errs.Stale, "version_conflict", "Somebody changed the object %s in the meantime.", audit.Quote(object)).
		WithFix("Read it again, and repeat your change.")
}
