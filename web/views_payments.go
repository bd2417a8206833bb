package web

func paymentViews() []*objectView {
	siblings := []string{"invoice", "payment"}
	return []*objectView{
		{
			key: "invoice", nav: "payments", siblings: siblings,
			columns: []string{"contact", "status", "total", "paid", "issued", "due", "title"},
			filters: []string{"status"},
			sort:    "-number",
			groups: []fieldGroup{
				{"", []string{"number", "title", "contact", "currency", "issued", "due"}},
				{"Lines", []string{"items", "discount", "total"}},
				{"More", []string{"status", "paid", "notes"}},
			},
			closedForm: []string{"status"},
			ownPage:    true,
		},
		{
			key: "payment", imports: true, nav: "payments", siblings: siblings,
			columns:    []string{"amount", "invoice", "contact", "status", "method", "received"},
			filters:    []string{"status", "method"},
			sort:       "-received",
			groups:     []fieldGroup{{"", []string{"invoice", "contact", "amount", "method", "status", "received", "reference", "refunded"}}},
			closedForm: []string{"refunded"},
			steps: []statusStep{
				{"pending", "succeeded", "Mark as received", ""},
				{"pending", "failed", "Mark as failed", ""},
				{"failed", "succeeded", "Mark as received", ""},
			},
		},
	}
}
