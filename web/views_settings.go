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
			hints: map[string]string{"timezone": "Such as Europe/Lisbon.", "currency": "Such as EUR. New invoices begin with it.", "logo": "A web address with https. It stands on printed invoices.",
				"registration_number": "Printed on invoices.", "mail_from": "The address that email comes from.", "smtp_host": "The mail server, such as smtp.example.com.", "smtp_port": "587 in most cases.",
				"smtp_password": "Never shown. Enter it again when the host, the port or the user changes."},
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
			steps: []statusStep{
				{"connected", "disconnected", "Disconnect", "Nothing is sent to it or taken from it until it is connected again. Its key stays."},
				{"disconnected", "connected", "Connect", ""},
			},
			hints: map[string]string{"scopes": "What it may do there, such as payments. Separate them with commas.", "config": "Whatever else it needs to know. No secrets: those belong in the key."},
		},
	}
}
