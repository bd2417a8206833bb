package web

func communicationViews() []*objectView {
	siblings := []string{"conversation", "message", "template"}
	return []*objectView{
		{
			key: "conversation", imports: true, nav: "conversations", siblings: siblings,
			columns: []string{"contact", "channel", "status", "assignee", "starred", "updated_at"},
			filters: []string{"status", "channel", "assignee", "starred"},
			sort:    "-updated_at",
			groups:  []fieldGroup{{"", []string{"contact", "channel", "status", "assignee", "starred"}}},
			related: []relatedList{{object: "message", field: "conversation", sort: "-created_at", detail: []string{"direction", "status", "sent_at", "body"}, add: true}},
		},
		{
			key: "message", imports: true, nav: "conversations", siblings: siblings,
			columns: []string{"conversation", "direction", "status", "sent_at", "to", "from"},
			filters: []string{"direction", "status"},
			sort:    "-updated_at",
			groups: []fieldGroup{
				{"", []string{"conversation", "direction", "from", "to", "subject", "body"}},
				{"Delivery", []string{"status", "sent_at", "error"}},
			},
			hints: map[string]string{"status": "What you set here is recorded, it sends nothing. What was sent cannot be called back."},
		},
		{
			key: "template", imports: true, nav: "conversations", siblings: siblings,
			columns: []string{"channel", "subject", "updated_at"},
			filters: []string{"channel"},
			groups:  []fieldGroup{{"", []string{"name", "channel", "subject", "body"}}},
		},
	}
}
