package demo

var (
	residential = []string{"Kitchen refit", "Loft conversion", "Garden room", "Bespoke library", "Bathroom", "Whole-house redesign", "Colour consultation", "Nursery", "Boot room", "Staircase and hall"}
	commercial  = []string{"Lobby refit", "Office fit-out", "Restaurant interior", "Clinic reception", "Meeting rooms", "Showroom", "Guest bedrooms", "Retail counter", "Staff canteen"}
	showroom    = []string{"Showroom piece", "Ex-display kitchen", "Fabric offer", "Lighting set"}
	fairLeads   = []string{"Stand enquiry", "Sample box", "Call back", "Site visit wanted", "Trade account"}

	taskTitles = []string{"Call back", "Send fabric samples to", "Measure up with", "Chase the deposit of", "Book a site visit with", "Send the revised quote to",
		"Order tiles for", "Confirm delivery with", "Ask for photos from", "Prepare a mood board for"}

	firstTalks = []string{
		"Rang about a kitchen. Budget around £25k, wants to start after the summer. Prefers calls after 5 pm.",
		"Walked in with floor plans. Likes the oak samples. Partner has to agree first.",
		"Found us through the Clifton project. Asked for references of two similar houses.",
		"Planning permission is in; listed building, so we need drawings for the council.",
		"Has a quote from another studio and wants to compare. Send ours by Friday.",
	}

	noteBodies = []string{
		"Site visit done. The back wall is not straight: allow 40 mm for the units.",
		"Happy with the second proposal, wants the brass handles after all.",
		"Asked to move the start by two weeks because of the floor heating.",
		"Left a message.",
		"Sent three fabric samples by post.\nFollow up on Thursday.",
		"Price is fine, the time is not. Look whether Stonebridge can free a team.",
		"Wants to see the showroom with her mother, Saturday if possible.",
		"Deposit received, thank you letter sent.",
		"Electrician found old wiring; an extra £1,800, agreed by phone.",
		"Complained about the dust. Apologised, cleaning on us.",
		"Recommended us to a neighbour: call them.",
		"On holiday until the end of the month.",
		"Loves the library shelves, photographs for the website allowed.",
		"Asked whether we work with cork. Almeida can supply.",
		"Rien à faire avant septembre, rappeler à la rentrée.",
		"請求書は英語でお願いします。",
		"يفضّل التواصل عبر البريد الإلكتروني.",
	}
)
