package demo

var (
	residential = []string{"Kitchen refit", "Loft conversion", "Garden room", "Bespoke library", "Bathroom", "Whole-house redesign", "Colour consultation", "Nursery", "Boot room", "Staircase and hall"}
	commercial  = []string{"Lobby refit", "Office fit-out", "Restaurant interior", "Clinic reception", "Meeting rooms", "Showroom", "Guest bedrooms", "Retail counter", "Staff canteen"}
	showroom    = []string{"Showroom piece", "Ex-display kitchen", "Fabric offer", "Lighting set"}
	fairLeads   = []string{"Stand enquiry", "Sample box", "Call back", "Site visit wanted", "Trade account"}

	taskTitles = []string{"Call back", "Send fabric samples to", "Measure up with", "Chase the deposit of", "Book a site visit with", "Send the revised quote to",
		"Order tiles for", "Confirm delivery with", "Ask for photos from", "Prepare a mood board for"}

	showroomVisits = []string{"Showroom visit", "Fabric and colour samples", "Second look at the kitchen"}
	siteVisits     = []string{"Site visit", "Measuring up", "Handover", "Snagging"}
	subjects       = []string{"Your project with us", "Quote for the kitchen", "Samples", "Dates for the site visit", "Invoice and deposit", "Start of works"}
	letters        = []string{
		"Thank you for the talk today. The quote follows by Friday.",
		"The samples are on their way; please tell us which of them you like.",
		"We can start in the week that you asked for. Please confirm.",
		"The revised drawings are attached. The pantry is 10 cm deeper now.",
		"A reminder of tomorrow's appointment. Reply if the time no longer suits.",
	}
	answers = []string{
		"Looks good, thank you. When can you start?",
		"Could we move the visit to the afternoon?",
		"We like the second version better.",
		"Please send the invoice to our office.",
		"Sorry, we have decided to wait until spring.",
	}
	failures  = []string{"the mailbox is full", "no such user here", "the message was taken for spam"}
	templates = [][]string{
		{"Thank you", "email", "Thank you for choosing us", "Dear {{first_name}},\n\nthank you for the trust. We begin as agreed.\n\nHarbour & Pine"},
		{"Appointment reminder", "sms", "", "See you tomorrow at Narrow Quay. Reply if the time no longer suits. Harbour & Pine"},
		{"First quote", "email", "Your quote", "Dear {{first_name}},\n\nplease find our quote attached.\n\nHarbour & Pine"},
	}

	billTitles = []string{"Design phase", "Deposit", "Materials", "Works, first part", "Final invoice"}
	billed     = []struct {
		name, price string
		most        int
	}{
		{"Design, hours", "85.00", 40}, {"Site visit", "120.00", 3}, {"Oak flooring, m²", "74.95", 60}, {"Bespoke cabinet", "1240.00", 6},
		{"Fabric, m", "38.50", 25}, {"Installation, days", "420.00", 8}, {"Lighting plan", "650.00", 1},
	}

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
