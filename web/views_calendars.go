package web

func calendarViews() []*objectView {
	siblings := []string{"appointment", "calendar"}
	return []*objectView{
		{
			key: "appointment", imports: true, nav: "calendars", siblings: siblings,
			columns: []string{"start", "end", "calendar", "contact", "status", "assignee"},
			filters: []string{"calendar", "status", "assignee"},
			sort:    "-start",
			groups: []fieldGroup{
				{"", []string{"title", "calendar", "contact", "start", "end", "status", "assignee", "location", "notes"}},
			},
		},
		{
			key: "calendar", imports: true, nav: "calendars", siblings: siblings,
			columns: []string{"owner", "timezone", "slot_minutes", "active", "updated_at"},
			filters: []string{"active", "owner"},
			groups:  []fieldGroup{{"", []string{"name", "owner", "timezone", "slot_minutes", "colour", "active", "description"}}},
			hints:   map[string]string{"timezone": "Such as Europe/Lisbon. Empty for the account's.", "colour": "Such as teal or #0f766e."},
			related: []relatedList{{object: "appointment", field: "calendar", sort: "-start", detail: []string{"start", "status"}, add: true}},
		},
	}
}
