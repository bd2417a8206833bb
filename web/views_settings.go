package web

func settingViews() []*objectView {
	return []*objectView{
		{
			key: "business_profile", nav: "business",
			groups: []fieldGroup{
				{"", []string{"name", "legal_name", "email", "phone", "website", "logo", "business_type", "registration_number"}},
				{"Address", []string{"address", "city", "state", "postal_code", "country"}},
				{"Region", []string{"timezone", "currency", "language"}},
				{"Outgoing email", []string{"mail_from", "smtp_host", "smtp_port", "smtp_user", "smtp_password"}},
			},
			hints: map[string]string{"timezone": "Such as Europe/Lisbon.", "currency": "Such as EUR."},
		},
		{
			key: "phone_number", imports: true, nav: "phones",
			columns: []string{"label", "forward_to", "assignee", "active", "updated_at"},
			filters: []string{"active", "assignee"},
			groups:  []fieldGroup{{"", []string{"number", "label", "forward_to", "assignee", "active"}}},
		},
		{
			key: "integration", nav: "integrations",
			columns: []string{"status", "scopes", "api_key", "updated_at"},
			filters: []string{"status"},
			groups:  []fieldGroup{{"", []string{"provider", "status", "api_key", "scopes", "config"}}},
		},
	}
}
