package main

import (
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
)

func TestTable(t *testing.T) {
	e := audit.Event{ID: "01890000-0000-7000-8000-000000000001", OccurredAt: time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC),
		Actor: audit.Actor{Type: audit.User, Name: "Żółtowska-Hawthorne of Bristol"}, Type: "contact.deleted", Outcome: audit.Denied,
		Description: "Deleted contact \"\x1b[31mred\u202eder\""}
	e.RecordedAt = e.OccurredAt
	rows := table{time.FixedZone("", 3600)}
	got, err := rows.Append(rows.Begin(nil), audit.Stored{Body: e.AppendCanonical(nil)})
	if err != nil {
		t.Fatal(err)
	}
	want := "TIME                 USER                  EVENT TYPE                    DESCRIPTION\n" +
		"2026-03-02 00:30:00  Żółtowska-Hawthorne…  contact.deleted               Deleted contact \"\uFFFD[31mred\uFFFDder\" [denied]\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := rows.Append(nil, audit.Stored{Body: []byte("{")}); err == nil {
		t.Error("a damaged event was printed")
	}
}
