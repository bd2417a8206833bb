package schedule

import (
	"fmt"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

func appointment(t *testing.T, id, who, status, start, end string) Appointment {
	t.Helper()
	fields := map[string]audit.Value{"start": audit.String("2026-03-02T" + start + ":00.000000Z"), "end": audit.String("2026-03-02T" + end + ":00.000000Z"), "status": audit.String(status)}
	if who != "" {
		fields["assignee"] = audit.String(who)
	}
	a, err := Of(&crm.Record{ID: audit.RecordID(id), Fields: fields})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestConflicts(t *testing.T) {
	all := []Appointment{
		appointment(t, "long", "ana", "confirmed", "08:00", "17:00"),
		appointment(t, "first", "ana", "new", "09:00", "10:00"),
		appointment(t, "touches", "ana", "new", "10:00", "11:00"),
		appointment(t, "cancelled", "ana", "cancelled", "09:00", "10:00"),
		appointment(t, "invalid", "ana", "invalid", "09:00", "10:00"),
		appointment(t, "absent", "ana", "no_show", "09:00", "10:00"),
		appointment(t, "bo", "bo", "showed", "09:00", "10:00"),
		appointment(t, "nobody", "", "new", "09:00", "10:00"),
		appointment(t, "nobody2", "", "new", "09:00", "10:00"),
	}
	found := among(all, all)
	names := map[string]string{}
	for id, list := range found {
		for _, a := range list {
			names[string(id)] += " " + string(a.ID)
		}
	}
	if got, want := fmt.Sprint(names), "map[first: long long: first touches touches: long]"; got != want {
		t.Errorf("the conflicts are %s, want %s", got, want)
	}
	if all[0].Overlaps(appointment(t, "x", "ana", "new", "17:00", "18:00")) {
		t.Error("one that begins when the other ends overlaps it")
	}
}

func TestOfRefusesWhatIsNoTime(t *testing.T) {
	if _, err := Of(&crm.Record{Fields: map[string]audit.Value{"start": audit.String("soon")}}); err == nil {
		t.Error("an appointment without times is one")
	}
}
