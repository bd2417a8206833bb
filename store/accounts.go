package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

// Ledgers lists the accounts that have a ledger or events, whether the account is there or not. Like Accounts, it is for
// whoever runs the installation.
func (db *DB) Ledgers(ctx context.Context) (accounts []audit.AccountID, err error) {
	err = db.read(ctx, everyone, func(c conn) error {
		accounts, err = all(ctx, c, scanText[audit.AccountID],
			"WITH RECURSIVE sealed (account) AS (SELECT min(account) FROM events UNION ALL "+ // one look for each account
				"SELECT (SELECT min(e.account) FROM events AS e WHERE e.account > sealed.account) FROM sealed WHERE sealed.account IS NOT NULL) "+
				"SELECT account FROM sealed WHERE account IS NOT NULL UNION SELECT account FROM heads UNION SELECT account FROM tiles UNION SELECT account FROM pending ORDER BY 1")
		return err
	})
	return accounts, err
}

// Accounts lists all accounts, the oldest first. It is for whoever runs the installation: no other method looks across
// accounts but those that find a person's own.
func (db *DB) Accounts(ctx context.Context) (accounts []auth.Account, err error) {
	err = db.read(ctx, everyone, func(c conn) error {
		accounts, err = all(ctx, c, scanAccount,
			"SELECT "+accountColumns+" FROM accounts AS a ORDER BY a.created_at, a.id")
		return err
	})
	return accounts, err
}
