package web

func communicationViews() []*objectView {
	siblings := []string{"conversation", "message", "template"}
	return []*objectView{
		{
			key: "conversation", ownPage: true, ownList: true, imports: true, nav: "conversations", siblings: siblings,
			columns: []string{"contact", "channel", "status", "assignee", "starred", "updated_at"},
			filters: []string{"status", "channel", "assignee", "starred"},
			sort:    "-updated_at",
			groups:  []fieldGroup{{"", []string{"contact", "channel", "status", "assignee", "starred"}}},
			steps: []statusStep{
				{"open", "closed", "Close", ""},
				{"closed", "open", "Reopen", ""},
			},
		},
		{
			key: "message", imports: true, nav: "conversations", siblings: siblings,
			columns: []string{"conversation", "direction", "status", "sent_at", "to", "from"},
			filters: []string{"direction", "status"},
			sort:    "-updated_at",
			groups: []fieldGroup{
				{"", []string{"conversation", "direction", "from", "to", "subject", "body"}},
				{"Delivery", []string{"status", "sent_at", "error", "message_id"}},
			},
			closedForm: []string{"message_id"},
			hints:      map[string]string{"status": "Queued sends an email. Any other status is recorded and sends nothing. What was sent cannot be called back."},
		},
		{
			key: "template", imports: true, nav: "conversations", siblings: siblings,
			columns: []string{"channel", "subject", "updated_at"},
			filters: []string{"channel"},
			groups:  []fieldGroup{{"", []string{"name", "channel", "subject", "body"}}},
			hints: map[string]string{"body": "{{first_name}} stands for a field of the contact, {{first_name|there}} brings a word for who has none. There are {{name}}, {{company}}, {{city}} and " +
				"all other fields, {{business.name}} and {{sender.name}}. For an empty field without a word nothing stands there."},
		},
	}
}
