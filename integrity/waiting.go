package integrity

import (
	"context"
	"fmt"

	"github.com/backtrail/backtrail/audit"
)

// lookAtWaiting checks the events that wait for the sealer: their form, their columns, and that they bring what is left of
// the operation that is sealed in part.
func (c *check) lookAtWaiting(ctx context.Context) error {
	l := looker{account: c.Account}
	var after audit.EventID
	for {
		rows, err := c.src.Waiting(ctx, after, rowsAtOnce)
		if err != nil {
			return err
		}
		for i := range rows {
			s := l.look(&rows[i])
			c.report.Waiting++
			c.report.Bytes += int64(s.bytes)
			if s.operation == c.operations.id && c.operations.left > 0 {
				c.operations.left--
			}
			for _, wrong := range []string{s.wrong, s.column} {
				if wrong != "" {
					c.found.add(Finding{Waiting, 0, s.id, fmt.Sprintf("Something is wrong with the event %s, which waits to be sealed: %s.", audit.Quote(string(s.id)), wrong)})
				}
			}
			after = s.id
		}
		if len(rows) < rowsAtOnce {
			c.operations.end()
			return nil
		}
	}
}
