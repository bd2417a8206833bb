package store

import (
	"context"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/backtrail/backtrail/audit"
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
	// NoBytes is an empty Blob, RandomSalt one of 16 random bytes.
	NoBytes, RandomSalt string
	// refuse makes a trigger that refuses a verb on a table, and permit removes it.
	refuse func(table, verb, message string) string
	permit func(table, verb string) string
	// keep makes a trigger that refuses the deletion of rows of a table unless another one has them, the same in all of
	// the columns.
	keep func(table, other, message string, columns ...string) string
	// wall makes a policy that shows an account its own rows alone; column holds the account.
	wall func(table, column string) string

	// WordIndex makes what the index of words is kept in, and ClearWords takes all out of it.
	WordIndex, ClearWords string
	// putWords adds the words of events of an account, findWords is a query for places that have
	// what a text asks for, and wordSyntax is how that is written.
	putWords   func(ctx context.Context, c *writeConn, account audit.AccountID, number int64, rows []wordRow) error
	findWords  func(account audit.AccountID, number int64, text string, limit int64) fragment
	wordSyntax wordSyntax
	// byPlace makes the planner find the rows of events that stand before it by their seq. Else SQLite, which has no
	// statistics, takes the index by time because it holds all that is asked for, and walks over the account.
	byPlace string
	// amongNumbers is the condition that a column is one of the numbers.
	amongNumbers func(column string, numbers []int64) fragment

	// elements is a query for the texts in a JSON array.
	elements func(array string) string
	// contains compares with a LIKE pattern to which A-Z and a-z are the same; its escape is the backslash.
	contains func(text, pattern string) string
	// unindexed is a column in a form that keeps the planner from choosing an index by it.
	unindexed func(column string) string
	// unplanned is the same for a number.
	unplanned func(column string) string
	// cents turns the text of an amount with two decimals into an integer that can be summed up without loss.
	cents func(amount string) string
	// number turns the text of a decimal into something that is ordered by its size.
	number func(text string) string
	// folded is a text with its letters A to Z made small; it compares byte by byte.
	folded func(text string) string
	// append adds up to appendAtOnce events of an account to pending, under the number of the transaction. Numbers are
	// given in the order of the commits, as far as the sealer can see. An id that is sealed already is errs.Conflict, one
	// that waits is a taken key.
	append func(ctx context.Context, c *writeConn, account audit.AccountID, events []audit.Encoded) error
	// lockRow ends a query whose rows must not change before the transaction ends.
	lockRow string
	// hold locks a name, $1, until the transaction ends; see writeConn.hold. numbered is a query for whether the
	// transaction has its number already. Both are empty where there is one writer.
	hold, numbered string
	// horizon is the lowest number of a transaction that may still commit, empty where commits come in the order of
	// their numbers.
	horizon string
	// unborn is the lowest number that no transaction has yet: what waits under one as high came with a backup of
	// another server. Empty where numbers are an account's own.
	unborn string
	// openTransaction is a query for the microseconds that the oldest transaction with a number has been open.
	openTransaction string
	// size is a query for the bytes of the database.
	size string
	// fault says what kind of mishap an error of the driver is.
	fault func(error) fault
}

// same is the condition that two rows agree in the columns.
func same(a, b string, columns []string) string {
	var parts []string
	for _, c := range columns {
		parts = append(parts, a+"."+c+" = "+b+"."+c)
	}
	return strings.Join(parts, " AND ")
}
