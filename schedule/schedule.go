package schedule

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// Appointment is an appointment with its times.
type Appointment struct {
	*crm.Record
	Start, End time.Time
}

// Of is the appointment that a record holds.
func Of(rec *crm.Record) (Appointment, error) {
	a := Appointment{Record: rec}
	var err error
	if a.Start, err = time.Parse(crm.TimeLayout, rec.Fields["start"].Text()); err == nil {
		a.End, err = time.Parse(crm.TimeLayout, rec.Fields["end"].Text())
	}
	return a, err
}

// Assignee is whose appointment it is, "" for nobody's.
func (a Appointment) Assignee() audit.RecordID { return audit.RecordID(a.Fields["assignee"].Text()) }

// Occupies reports whether the appointment takes its person's time: it is neither cancelled nor invalid, and its
// contact did not stay away.
func (a Appointment) Occupies() bool {
	switch a.Fields["status"].Text() {
	case "cancelled", "invalid", "no_show":
		return false
	}
	return true
}

// Overlaps reports whether both have an instant in common. One may begin when the other ends.
func (a Appointment) Overlaps(b Appointment) bool {
	return a.Start.Before(b.End) && b.Start.Before(a.End)
}

// Query asks for appointments.
type Query struct {
	From, To time.Time // those that have an instant in it; To is not in it
	// Calendars and People narrow to those of any of them; nil is all, "" for nobody's.
	Calendars, People []audit.RecordID
	Limit             int
}

// Schedule reads appointments.
type Schedule struct {
	engine *crm.Engine
	object *crm.Object
}

// New returns the schedule over the engine's appointments.
func New(engine *crm.Engine, schema *crm.Schema) (*Schedule, error) {
	o, err := schema.Object("appointment")
	return &Schedule{engine, o}, err
}

// Appointments are those that the caller may see, by their start; more is whether there are further ones beyond the
// limit.
func (s *Schedule) Appointments(ctx context.Context, caller audit.Caller, q Query) (found []Appointment, more bool, err error) {
	records, next, err := s.engine.Find(ctx, caller, s.query(q))
	if err != nil {
		return nil, false, err
	}
	for _, rec := range records {
		a, err := Of(rec)
		if err != nil {
			return nil, false, err
		}
		found = append(found, a)
	}
	return found, next != nil, nil
}

func (s *Schedule) query(q Query) crm.Query {
	text := func(t time.Time) string { return t.UTC().Format(crm.TimeLayout) }
	field := func(key string) *crm.Field {
		f, _ := s.object.Field(key)
		return f
	}
	out := crm.Query{Object: s.object, Sort: "start", Limit: q.Limit, Where: []crm.Condition{
		{Field: field("start"), Before: text(q.To)},
		{Field: field("end"), From: text(q.From.Add(time.Microsecond))}, // one that ends then has no instant in it
	}}
	for key, ids := range map[string][]audit.RecordID{"calendar": q.Calendars, "assignee": q.People} {
		if ids == nil {
			continue
		}
		c := crm.Condition{Field: field(key), Values: []string{}}
		for _, id := range ids {
			c.Values = append(c.Values, string(id))
		}
		out.Where = append(out.Where, c)
	}
	return out
}
