package web

import (
	"strings"
	"time"

	"github.com/backtrail/backtrail/calendar"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// A form holds a time as the clocks of the account's zone show it, 2026-03-01T09:30. Where they show it twice, because
// they go back, the offset from UTC stands behind it, 2026-10-25T01:30+01:00; the form asks for it in a field KEY.offset.

// dateTimeInput is the form of a time in an input of the type datetime-local.
const dateTimeInput = "2006-01-02T15:04"

// momentText is a time as a form holds it.
func momentText(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	if calendar.Twice(t) {
		return t.Format(dateTimeInput + "-07:00")
	}
	return t.Format(dateTimeInput)
}

// wallOf reads what a clock shows; some browsers send seconds as well.
func wallOf(text string) (time.Time, bool) {
	for _, layout := range []string{dateTimeInput, dateTimeInput + ":05"} {
		if wall, err := time.Parse(layout, text); err == nil {
			return wall, true
		}
	}
	return time.Time{}, false
}

// withOffset is the text of a time with the offset that was chosen for it, where there was something to choose.
func withOffset(text, offset string, zone *time.Location) string {
	wall, ok := wallOf(strings.TrimSpace(text))
	if !ok {
		return text
	}
	for _, t := range calendar.Instants(wall, zone) {
		if calendar.Twice(t) && t.Format("-07:00") == offset {
			return momentText(t, zone)
		}
	}
	return text
}

// momentOf reads a time of a form, or an instant with its offset. What it can say against it is about field f.
func momentOf(f *crm.Field, text string, zone *time.Location) (time.Time, *errs.Field) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{time.RFC3339, dateTimeInput + "Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	wall, ok := wallOf(text)
	if !ok {
		return time.Time{}, &errs.Field{Field: f.Key, Code: "invalid_datetime", Detail: f.Label + " must be a day and a time, such as 2026-03-01T09:30."}
	}
	found := calendar.Instants(wall, zone)
	switch len(found) {
	case 0:
		return time.Time{}, noSuchTime(f, wall, zone)
	case 1:
		return found[0], nil
	}
	return time.Time{}, &errs.Field{Field: f.Key, Code: "ambiguous_time", Detail: f.Label + ": " + wall.Format("15:04") + " comes twice on " + wall.Format("2 January 2006") +
		" in " + zone.String() + ", where the clocks go back. Choose the first or the second."}
}

// noSuchTime is the mistake of a time that the clocks leave out.
func noSuchTime(f *crm.Field, wall time.Time, zone *time.Location) *errs.Field {
	next := calendar.NextInstant(wall, zone)
	layout := "15:04"
	if next.Day() != wall.Day() {
		layout = "15:04 on 2 January 2006"
	}
	return &errs.Field{Field: f.Key, Code: "no_such_time", Detail: f.Label + ": " + wall.Format("15:04") + " does not exist on " + wall.Format("2 January 2006") +
		" in " + zone.String() + ", where the clocks go forward. The next time that exists is " + next.Format(layout) + "."}
}

// offsetsOf are the choices for a time that comes twice, nil for any other.
func offsetsOf(text string, zone *time.Location) []formOption {
	if len(text) < len(dateTimeInput) {
		return nil
	}
	wall, ok := wallOf(text[:len(dateTimeInput)])
	if !ok {
		return nil
	}
	found := calendar.Instants(wall, zone)
	if len(found) < 2 {
		return nil
	}
	options := []formOption{{Label: "Which of the two " + wall.Format("15:04") + "?"}}
	for i, t := range found {
		label := "The first (" + t.Format("UTC-07:00") + "), before the clocks go back"
		if i > 0 {
			label = "The second (" + t.Format("UTC-07:00") + "), after they went back"
		}
		options = append(options, formOption{t.Format("-07:00"), label, strings.HasSuffix(text, t.Format("-07:00")) && len(text) > len(dateTimeInput)})
	}
	return options
}

// cutMoment is the text without the offset, as an input of the type datetime-local takes it.
func cutMoment(text string) string {
	if _, ok := wallOf(text); !ok && len(text) > len(dateTimeInput) {
		return text[:len(dateTimeInput)]
	}
	return text
}
