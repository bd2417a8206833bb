// Package audittest makes events for the tests of those who write the log out.
package audittest

import (
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Account is the account of the samples.
const Account = audit.AccountID("00000000-0000-7000-8000-00000000000a")

// ID is the id of sample number n.
func ID(n int) audit.EventID { return audit.EventID(fmt.Sprintf("00000000-0000-7000-8000-%012d", n)) }

// Sample is event number n, as plain events are: one second behind the one before.
func Sample(n int) *audit.Event {
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
	return &audit.Event{
		ID: ID(n), Account: Account, OccurredAt: at, RecordedAt: at,
		Actor:   audit.Actor{Type: audit.User, ID: "u1", Name: "Ana Silva", Email: "ana@example.com"},
		Channel: audit.Web, Module: "opportunities", Type: "opportunity.stage_changed", Action: audit.Updated, Outcome: audit.Success,
		Record:      &audit.Ref{Object: "opportunity", ID: audit.RecordID(ID(n)), Name: "Acme renewal", Version: 3},
		Related:     []audit.Ref{{Object: "pipeline", ID: audit.RecordID(ID(7)), Name: "Sales"}},
		Description: `Moved "Acme renewal" from Qualified to Won`,
		Changes: []audit.Change{{Field: "stage", Label: "Stage", Before: audit.String("a1"), After: audit.String("a2"),
			BeforeText: "Qualified", AfterText: "Won"}},
		Operation: audit.OperationID(ID(n)),
		Context:   audit.Context{IP: "203.0.113.9", UserAgent: "Mozilla/5.0 (X11; Linux x86_64)", Session: "s1", Request: "r1"},
	}
}

// Stored is an event as a reader of the log gets it.
func Stored(e *audit.Event, seq int64) audit.Stored {
	return audit.Stored{Seq: seq, Body: e.AppendCanonical(nil)}
}
