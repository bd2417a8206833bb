package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// eventColumns are the columns that pending and events have in common, beside account and place. All but the body and
// the salt of its leaf are projections of the body: queries use them, nobody trusts them.
const eventColumns = "id, occurred_at, recorded_at, actor, type, module, action, outcome, channel, object, record_id, operation, cause, undo_of, body, salt"

// appendAtOnce is the number of events in one statement. With more the driver takes longer to find its arguments than
// it saves.
const appendAtOnce = 10

var errForeignEvent = errors.New("store: an event of another account than the transaction's")

// appendOwn adds events of one account.
func appendOwn(ctx context.Context, c *writeConn, account audit.AccountID, events []audit.Encoded) error {
	for _, e := range events {
		if e.Account != account {
			return c.fail(errForeignEvent)
		}
	}
	return appendEvents(ctx, c, events)
}

// appendEvents adds events to what waits for the sealer. An id that the account's log has already is errs.Conflict.
func appendEvents(ctx context.Context, c *writeConn, events []audit.Encoded) error {
	for len(events) > 0 {
		account := events[0].Account
		n := 1
		for n < len(events) && events[n].Account == account {
			n++
		}
		if err := appendOf(ctx, c, account, events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

func appendOf(ctx context.Context, c *writeConn, account audit.AccountID, events []audit.Encoded) error {
	for some := range slices.Chunk(events, appendAtOnce) {
		err := c.d.append(ctx, c, account, some)
		if c.d.isTaken(err) {
			return errs.New(errs.Conflict, "id_taken", "One of the events is in the log already.").Because(err)
		}
		if err != nil {
			return err
		}
	}
	c.appended += len(events)
	return nil
}

// appendInSteps is the append of a database to which a statement costs little.
func appendInSteps(ctx context.Context, c *writeConn, account audit.AccountID, events []audit.Encoded) error {
	tx, err := c.number(ctx, account)
	if err != nil {
		return err
	}
	if err := checkUnsealed(ctx, c, account, events); err != nil {
		return err
	}
	_, err = c.exec(ctx, appendTexts[len(events)-1], appendArgs(account, tx, events)...)
	return err
}

func appendArgs(account audit.AccountID, tx int64, events []audit.Encoded) []any {
	args := make([]any, 0, len(events)*pendingWidth)
	for _, e := range events {
		args = append(args, account, tx)
		args = append(args, projections(e)...)
	}
	return args
}

// checkUnsealed refuses ids that are sealed already: such an event would stop the sealer for good.
func checkUnsealed(ctx context.Context, c *writeConn, account audit.AccountID, events []audit.Encoded) error {
	ids := make([]audit.EventID, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	id, there, err := one(ctx, c, scanText[audit.EventID],
		"SELECT id FROM events WHERE account = $1 AND id IN ("+c.d.elements("$2")+") LIMIT 1", account, array(ids))
	if there {
		return c.fail(errs.New(errs.Conflict, "id_taken", "The event %s is in the log already.", id))
	}
	return err
}

func projections(e audit.Encoded) []any {
	var object string
	var record audit.RecordID
	if e.Record != nil {
		object, record = e.Record.Object, e.Record.ID
	}
	salt := audit.NewSalt()
	return []any{e.ID, e.OccurredAt.UnixMicro(), e.RecordedAt.UnixMicro(), e.Actor.ID, e.Type, e.Module, e.Action,
		e.Outcome, e.Channel, object, record, e.Operation, e.Cause, e.UndoOf, string(e.Body), salt[:]}
}

// pendingWidth is the number of columns of pending.
const pendingWidth = 18

// appendTexts insert 1, 2, ... appendAtOnce events.
var appendTexts = func() (texts [appendAtOnce]string) {
	for i := range texts {
		var b strings.Builder
		b.WriteString("INSERT INTO pending (account, tx, " + eventColumns + ") VALUES ")
		writeTuples(&b, i+1, pendingWidth)
		texts[i] = b.String()
	}
	return texts
}()

// writeTuples writes n tuples of placeholders, ($1, $2), ($3, $4), ...
func writeTuples(b *strings.Builder, n, width int) {
	for i := range n * width {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "$%d", i+1)
	}
	b.WriteByte(')')
}

// number is this transaction's number among those of the account that have events pending, where commits come one after
// the other. The order of the log is (number, id): an operation stays together although another one's ids lie between
// its own.
func (c *writeConn) number(ctx context.Context, account audit.AccountID) (int64, error) {
	if n, ok := c.tx[string(account)]; ok {
		return n, nil
	}
	n, _, err := one(ctx, c, scanInt, "SELECT coalesce(max(tx), 0) + 1 FROM pending WHERE account = $1", account)
	if err == nil {
		c.tx[string(account)] = n
	}
	return n, err
}

// array is a JSON array of texts, for dialect.elements.
func array[T ~string](items []T) string {
	b := []byte{'['}
	for i, s := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = audit.AppendString(b, string(s))
	}
	return string(append(b, ']'))
}
