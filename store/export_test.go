package store

import (
	"context"
	"database/sql"
	"strings"
	"sync"

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

// SearchSmall makes every way of searching for words likely on a small log, until the test ends.
func SearchSmall(t interface{ Cleanup(func()) }, first, more, few, chunk int) {
	was := searching
	t.Cleanup(func() { searching = was })
	searching.first, searching.more, searching.few, searching.chunk = first, more, few, chunk
}

// IndexStep is one step of the index of words.
func (db *DB) IndexStep(ctx context.Context, account audit.AccountID) error {
	return db.indexStep(ctx, account)
}

// OnIndexed calls fn when the sealer has found something to index for the first time.
func (db *DB) OnIndexed(fn func()) { db.indexed = sync.OnceFunc(fn) }

// ForgetWords makes the database one from before there was an index.
func (db *DB) ForgetWords(ctx context.Context) error {
	err := db.write(ctx, everyone, func(c *writeConn) error {
		if _, err := c.exec(ctx, c.d.ClearWords); err != nil {
			return err
		}
		_, err := c.exec(ctx, "DELETE FROM word_marks")
		return err
	})
	db.wordNumbers.Clear()
	return err
}

// HideWords takes a sealed event out of the index.
func (db *DB) HideWords(ctx context.Context, account audit.AccountID, seq int64) error {
	number, err := db.wordNumber(ctx, account)
	if err != nil {
		return err
	}
	return db.write(ctx, of(account), func(c *writeConn) error {
		if c.d == sqliteDialect {
			_, err := c.exec(ctx, "DELETE FROM event_words WHERE rowid = $1", number<<seqBits|seq)
			return err
		}
		_, err := c.exec(ctx, "DELETE FROM event_words WHERE account = $1 AND seq = $2", account, seq)
		return err
	})
}

// Plan returns the plan of a query on PostgreSQL, for a transaction of the account that would rather not read whole tables.
func (db *DB) Plan(ctx context.Context, account audit.AccountID, query string) (plan string, err error) {
	err = db.write(ctx, of(account), func(c *writeConn) error {
		if _, err := c.exec(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
			return err
		}
		lines, err := all(ctx, c, scanText[string], "EXPLAIN "+query)
		plan = strings.Join(lines, "\n")
		return err
	})
	return plan, err
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
