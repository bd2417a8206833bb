package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/backtrail/backtrail/audit"
)

// Count runs a query for a number as a transaction of the account does, "" for one of nobody.
func (db *DB) Count(ctx context.Context, account audit.AccountID, query string) (n int64, err error) {
	err = db.read(ctx, of(account), func(c conn) error {
		n, _, err = one(ctx, c, scanInt, query)
		return err
	})
	return n, err
}

// Change runs a statement as a writing transaction of the account does.
func (db *DB) Change(ctx context.Context, account audit.AccountID, text string) error {
	return db.write(ctx, of(account), func(c *writeConn) error {
		_, err := c.exec(ctx, text)
		return err
	})
}

// GrantedTables is the number of tables that Grant knows.
func GrantedTables() int { return len(serverRights) }

// explaining is a conn that keeps PostgreSQL's plan of every query that it runs.
type explaining struct {
	conn
	plans map[string]string
}

func (p *explaining) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	lines, err := all(ctx, p.conn, scanText[string], "EXPLAIN "+text, args...)
	if err != nil {
		return nil, err
	}
	p.plans[text] = strings.Join(lines, "\n")
	return p.conn.query(ctx, text, args...)
}

// Explain returns the plans of the queries that a page of the log takes on PostgreSQL.
func (db *DB) Explain(ctx context.Context, account audit.AccountID, q audit.Query) (map[string]string, error) {
	plans := map[string]string{}
	err := db.read(ctx, of(account), func(c conn) error {
		_, err := readPage(ctx, &explaining{c, plans}, account, q)
		return err
	})
	return plans, err
}
