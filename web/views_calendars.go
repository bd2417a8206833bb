package web

func calendarViews() []*objectView {
	return []*objectView{
		{
			key: "appointment", imports: true, nav: "calendars", siblings: []string{"appointment", "calendar"},
			columns: []string{"start", "end", "calendar", "contact", "status", "assignee"},
			filters: []string{"calendar", "status", "assignee"},
			sort:    "-start",
			groups: []fieldGroup{
				{"", []string{"title", "calendar", "contact", "start", "end", "status", "assignee", "location", "notes"}},
			},
			steps: appointmentSteps(), prefill: prefillAppointment, saved: tellConflicts,
		},
		{
			key: "calendar", imports: true, nav: "calendars", siblings: []string{"appointment", "calendar"},
			columns: []string{"owner", "timezone", "slot_minutes", "active", "updated_at"},
			filters: []string{"active", "owner"},
			groups:  []fieldGroup{{"", []string{"name", "owner", "timezone", "slot_minutes", "colour", "active", "description"}}},
			hints: map[string]string{"timezone": "Such as Europe/Lisbon. Empty for the account's.", "colour": "Such as teal or #0f766e.",
				"slot_minutes": "How long an appointment is as a rule, and what times snap to. Empty for 30."},
			related: []relatedList{{object: "appointment", field: "calendar", sort: "-start", detail: []string{"start", "status"}, add: true}},
		},
	}
}

// appointmentSteps are the buttons on an appointment's page.
func appointmentSteps() []statusStep {
	cancel := "It stays in the calendar, struck out, and takes nobody's time."
	return []statusStep{
		{"new", "confirmed", "Confirm", ""},
		{"new", "showed", "Showed", ""},
		{"new", "no_show", "No-show", ""},
		{"new", "cancelled", "Cancel appointment", cancel},
		{"new", "invalid", "Invalid", ""},
		{"confirmed", "showed", "Showed", ""},
		{"confirmed", "no_show", "No-show", ""},
		{"confirmed", "cancelled", "Cancel appointment", cancel},
		{"showed", "no_show", "No-show", ""},
		{"no_show", "showed", "Showed", ""},
		{"no_show", "confirmed", "Confirm", ""},
		{"cancelled", "confirmed", "Confirm again", ""},
		{"cancelled", "new", "Reopen", ""},
		{"invalid", "new", "Reopen", ""},
	}
}
