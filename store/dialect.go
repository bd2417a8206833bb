package store

import (
	"database/sql"

	"github.com/pressly/goose/v3"
)

// dialect is what SQLite and PostgreSQL say differently. All other SQL of the package is one text for both.
//
// A text's placeholders are $1, $2, ... in the order in which they first stand in it: SQLite numbers them so.
type dialect struct {
	name  string
	goose goose.Dialect

	// Words of the migrations.
	Text string // the type of a text that is compared byte by byte
	JSON string // the type of a JSON object that is looked into
	Blob string
	// Clustered makes a table of short rows lie in the order of its key. The wide ones (events, pending, records) are not
	// clustered: SQLite then keeps whole rows in the inner pages of the tree, and with four to a page a million events
	// are ten levels deep.
	Clustered string
	// refuse makes a trigger that refuses a verb on a table.
	refuse func(table, verb, message string) string

	// snapshot are the options of a transaction that sees one state.
	snapshot *sql.TxOptions
	// elements is a query for the texts in a JSON array.
	elements func(array string) string
	// contains compares with a LIKE pattern to which A-Z and a-z are the same; its escape is the backslash.
	contains func(text, pattern string) string
	// unindexed is a column in a form that keeps the planner from choosing an index by it.
	unindexed func(column string) string
	// cents turns the text of an amount with two decimals into an integer that can be summed up without loss.
	cents func(amount string) string
	// number turns the text of a decimal into something that is ordered by its size.
	number func(text string) string
	// bytewise makes a computed text compare byte by byte.
	bytewise func(text string) string
	// nextTx is a query for the number of a writing transaction among those of the account $1 that have events
	// pending. Numbers are given in the order of the commits, as far as the sealer can see.
	nextTx string
	// lockRow ends a query whose rows must not change before the transaction ends.
	lockRow string
	// fault says what kind of mishap an error of the driver is.
	fault func(error) fault
}
