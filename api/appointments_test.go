package api_test

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/client"
)

func TestAppointmentsByTime(t *testing.T) {
	h := newHouse(t)
	cal := h.create("calendar", client.Fields{"name": "Showroom"})
	make := func(title, start, end string, more ...string) client.Record {
		fields := client.Fields{"title": title, "calendar": cal.ID, "start": start, "end": end, "assignee": h.founded.Owner.ID}
		for i := 0; i < len(more); i += 2 {
			fields[more[i]] = more[i+1]
		}
		return h.create("appointment", fields)
	}
	first := make("First", "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z")
	make("Second", "2026-03-02T11:30:00+01:00", "2026-03-02T12:30:00+01:00") // 10:30 to 11:30
	make("Touches", "2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z")
	make("Called off", "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z", "status", "cancelled")
	make("Days", "2026-03-01T00:00:00Z", "2026-03-04T00:00:00Z", "assignee", "")
	names := func(q client.Query) string {
		var out []string
		q.Sort = "start"
		for r, err := range h.owner.Records(t.Context(), "appointment", q) {
			must(t, err)
			out = append(out, r.Name)
		}
		return strings.Join(out, ", ")
	}
	for _, c := range []struct {
		q    client.Query
		want string
	}{
		{client.Query{From: map[string]string{"start": "2026-03-02T10:30:00Z"}}, "Second, Touches"},
		{client.Query{From: map[string]string{"start": "2026-03-02T11:30:00+01:00"}, Before: map[string]string{"start": "2026-03-02T11:00:00Z"}}, "Second"},
		// What has an instant between 11:15 and 11:20.
		{client.Query{Before: map[string]string{"start": "2026-03-02T11:20:00Z"}, From: map[string]string{"end": "2026-03-02T11:15:00.000001Z"}}, "Days, Second, Touches"},
		{client.Query{Before: map[string]string{"start": "2026-03-02T10:30:00Z"}, Where: map[string][]string{"status": {"new"}}}, "Days, First"},
	} {
		if got := names(c.q); got != c.want {
			t.Errorf("%+v finds %s, want %s", c.q, got, c.want)
		}
	}
	conflicts, err := h.owner.Conflicts(t.Context(), first.ID)
	must(t, err)
	if len(conflicts) != 1 || conflicts[0].Name != "Second" {
		t.Errorf("in conflict with the first are %+v", conflicts)
	}
	_, err = h.other.Conflicts(t.Context(), first.ID)
	wantCode(t, err, 404, "not_found")
	for query, field := range map[string]string{
		"from[start]=soon": "from[start]", "before[start]=": "before[start]", "from[title]=a": "from[title]", "from[nonsense]=1": "from[nonsense]",
		"from[start]=2026-03-02T10:00:00Z&from[start]=2026-03-02T11:00:00Z": "from[start]", "from=x": "from", "before[start]=2026-03-29T01:30": "before[start]", "after[start]=1": "after[start]",
	} {
		resp, p := h.raw(h.owner, "GET", "/api/v1/records/appointment?"+query, nil, nil)
		if resp.StatusCode != 400 || len(p.Fields) != 1 || p.Fields[0].Field != field || p.Fields[0].Detail == "" {
			t.Errorf("%s: %d %s %+v, want a mistake in %s", query, resp.StatusCode, p.Code, p.Fields, field)
		}
	}
}

// The log says when in the zone of the account, which a person's calendar has too, and names it: summer time in Lisbon.
func TestTimesInTheLogAreTheAccounts(t *testing.T) {
	h := newHouse(t)
	cal := h.create("calendar", client.Fields{"name": "Showroom"})
	visit := h.create("appointment", client.Fields{"title": "Visit", "calendar": cal.ID, "start": "2026-07-01T10:00:00Z", "end": "2026-07-01T11:00:00Z"})
	_, err := h.owner.Update(t.Context(), "appointment", visit.ID, client.Fields{"start": "2026-07-01T22:30:00Z", "end": "2026-07-01T23:30:00Z"}, 0)
	must(t, err)
	e := h.last("appointment.rescheduled")
	if e.Description != `Rescheduled appointment "Visit" to 2026-07-01 23:30 – 2026-07-02 00:30 WEST` {
		t.Errorf("it says %s", e.Description)
	}
	if c := e.Changes[0]; c.BeforeText != "2026-07-01 11:00 WEST" || c.AfterText != "2026-07-01 23:30 WEST" {
		t.Errorf("the change is %+v", c)
	}
}
