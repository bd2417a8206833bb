package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// Secrets implements mail.Store: a record with the values of its secret fields, both as of one moment, so that a new
// password is not sent to the old host. Nothing else reads them again.
func (db *DB) Secrets(ctx context.Context, account audit.AccountID, object string, id audit.RecordID) (rec *crm.Record, values map[string]string, err error) {
	err = db.read(ctx, of(account), func(c conn) error {
		rec, err = must(one(ctx, c, scanRecord(object), "SELECT "+recordColumns+" FROM records WHERE account = $1 AND object = $2 AND id = $3",
			account, object, id))("record")
		if err != nil {
			return err
		}
		values = map[string]string{}
		_, err = all(ctx, c, func(r row) (none struct{}, err error) {
			var field, value string
			err = r.Scan(&field, &value)
			values[field] = value
			return none, err
		}, "SELECT field, value FROM secrets WHERE account = $1 AND object = $2 AND id = $3", account, object, id)
		return err
	})
	return rec, values, err
}
