package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// appendAcross is the append of a database to which each statement is a journey: one statement looks for sealed ids,
// adds the events under the number of the transaction, and returns it.
func appendAcross(ctx context.Context, c *writeConn, account audit.AccountID, events []audit.Encoded) error {
	numbers, err := all(ctx, c, scanInt, acrossTexts[len(events)-1], appendArgs(account, 0, events)...)
	if err != nil {
		return err
	}
	if len(numbers) != len(events) {
		return c.fail(errs.New(errs.Conflict, "id_taken", "One of the events is in the log already."))
	}
	c.tx[string(account)] = numbers[0]
	c.oneAccount, c.oneEvent = account, events[0].ID
	return nil
}

// acrossTexts are the statements for 1, 2, ... appendAtOnce events.
var acrossTexts = func() (texts [appendAtOnce]string) {
	types := strings.Fields("TEXT BIGINT TEXT BIGINT BIGINT" + strings.Repeat(" TEXT", pendingWidth-6) + " BYTEA")
	for i := range texts {
		var ids []string
		var values strings.Builder
		for row := range i + 1 {
			if row > 0 {
				values.WriteString(", ")
			}
			for column, typ := range types {
				separator := ", "
				if column == 0 {
					separator = "("
				}
				fmt.Fprintf(&values, "%sCAST($%d AS %s)", separator, row*pendingWidth+column+1, typ)
			}
			values.WriteString(")")
			ids = append(ids, fmt.Sprintf("$%d", row*pendingWidth+3))
		}
		texts[i] = "INSERT INTO pending (account, tx, " + eventColumns + ") SELECT account, tx + CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT), " + eventColumns +
			" FROM (VALUES " + values.String() + ") AS v (account, tx, " + eventColumns + ") " +
			"WHERE NOT EXISTS (SELECT 1 FROM events AS e WHERE e.account = $1 AND e.id IN (" + strings.Join(ids, ", ") + ")) RETURNING tx"
	}
	return texts
}()
