package web

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// An invoice from the form to the refund: its lines are rows of inputs, its states are pages that ask.
func TestInvoicePages(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	form := formFields(t, w.owner.get("/invoices/new?contact="+string(ana.ID)), "/invoices")
	a := w.owner.post("/invoices", with(form, "currency", "eur",
		"items.0.name", "Oak", "items.0.quantity", "3", "items.0.price", "19.99", "items.0.tax", "23", "items.2.name", `Tiles "white"`, "items.2.quantity", "1", "items.2.price", "5")...)
	here := a.location
	id := audit.RecordID(strings.TrimPrefix(here, "/invoices/"))
	rec := w.record("invoice", id)
	if rec.Fields["total"].Text() != "78.76" || len(crm.RowsOf(rec.Fields["items"])) != 2 {
		t.Fatalf("the form made %v", rec.Fields)
	}
	w.owner.get(here).want(t, 200, "INV-000001", "Subtotal 64.97 EUR", "Tax 23% 13.79 EUR", "Total 78.76 EUR", `Tiles &#34;white&#34;`, "Send", "Void", "It can be paid once it is sent")
	edit := formFields(t, w.owner.get(here+"/edit"), here)
	before := len(w.events(100))
	w.owner.post(here, edit...).to(t, here)
	if n := len(w.events(100)); n != before {
		t.Errorf("saving without a change wrote %d events", n-before)
	}
	w.owner.post(here, with(edit, "items.0.quantity", "many")...).want(t, 422, "Lines, row 1: Quantity must be a number", `value="many"`)
	w.owner.post(here, with(edit, "items.0.price", "-1")...).want(t, 422, "Lines, row 1: price must not be negative")
	w.owner.post(here, with(edit, "items.0.price", "1.005")...).want(t, 422, "at most 2 decimal places")
	w.owner.post(here, with(edit, "items.0.name", "", "items.0.quantity", "", "items.0.price", "", "items.0.tax", "")...).to(t, here)
	if got := w.record("invoice", id).Fields["total"].Text(); got != "5.00" {
		t.Errorf("without its first line it comes to %s", got)
	}
	w.owner.post("/contacts/"+string(ana.ID)+"/delete").want(t, 422, "1 invoice still has it as Contact", "An invoice that was sent stays, and its contact with it")

	send := formFields(t, w.owner.get(here+"/send").want(t, 200, "Send invoice INV-000001?", "when the business profile names a mail server"), here+"/send")
	w.owner.post(here+"/send", with(send, "as", "pigeon")...).want(t, 400)
	w.owner.post(here+"/send", send...).to(t, here)
	w.owner.get(here).want(t, 200, "is sent: it is owed from now on", "Record a payment", "Due 5.00 EUR", "Money is not undone from the audit log").wantNot(t, here+"/send")
	if got := w.record("invoice", id).Fields["issued"].Text(); got != w.ws.Recorder.Now().In(lisbon(t)).Format(time.DateOnly) {
		t.Errorf("issued on %q", got)
	}
	w.owner.post(here+"/send", send...).to(t, here)
	w.owner.get(here).want(t, 200, "The invoice changed in the meantime")
	w.owner.get(here+"/edit").want(t, 200, "This invoice was sent", "Notes").wantNot(t, `name="items`, `name="contact"`, `name="currency"`)
	w.owner.post(here+"/delete").want(t, 422, "was sent; it cannot be deleted")

	pay := formFields(t, w.owner.get(here), here+"/payments")
	w.owner.post(here+"/payments", with(pay, "method", "cash", "amount", "5.01")...).want(t, 422, "The amount is more than is due: 5.00 EUR are due", `value="5.01"`)
	w.owner.post(here+"/payments", with(pay, "method", "cash", "amount", "-5")...).want(t, 422, "Amount must be more than zero")
	w.owner.post(here+"/payments", with(pay, "method", "cash", "amount", "0.001")...).want(t, 422, "at most 2 decimal places")
	w.owner.post(here+"/payments", with(pay, "method", "cash", "amount", "3")...).to(t, here)
	w.owner.get(here).want(t, 200, "Recorded the payment of 3.00 EUR", "Partially paid", "Due 2.00 EUR").wantNot(t, here+"/void")
	w.owner.post(here+"/payments", with(pay, "method", "cash", "amount", "2")...).to(t, here) // the form of before
	w.owner.get(here).want(t, 200, "The invoice changed in the meantime, perhaps by this very payment", "Due 2.00 EUR")
	w.owner.post(here+"/payments", with(formFields(t, w.owner.get(here), here+"/payments"), "method", "bank")...).to(t, here)
	w.owner.get(here).want(t, 200, "Paid", "Due 0.00 EUR").wantNot(t, here+"/payments\"")
}

func lisbon(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Lisbon")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// sentInvoice is an invoice over 100 EUR that is owed.
func (w *world) sentInvoice(more ...string) *crm.Record {
	w.t.Helper()
	ana := w.create("contact", "first_name", "Ana", "address", "1 High Street", "city", "Porto", "postal_code", "4000-001", "country", "Portugal")
	return w.create("invoice", append([]string{"contact", string(ana.ID), "currency", "EUR", "status", "sent", "items", `[{"name":"Oak","quantity":"1","price":"100"}]`}, more...)...)
}

func TestRefundPages(t *testing.T) {
	w := newWorld(t)
	inv := w.sentInvoice()
	payment := w.create("payment", "invoice", string(inv.ID), "amount", "100", "method", "card")
	here, page := "/payments/"+string(payment.ID), "/invoices/"+string(inv.ID)
	w.owner.get(page).want(t, 200, here+"/refund")
	w.owner.get(here).want(t, 200, here+"/refund")
	form := formFields(t, w.owner.get(here+"/refund").want(t, 200, "Can be given back 100.00 EUR"), here+"/refund")
	w.owner.post(here+"/refund", with(form, "refund", "100.01")...).want(t, 422, "The refund is more than was paid: 100.00 EUR of this payment can be given back")
	w.owner.post(here+"/refund", with(form, "refund", "-1")...).want(t, 422, "A refund must be more than zero")
	w.owner.post(here+"/refund", with(form, "refund", "")...).want(t, 422, "How much is given back must be said")
	w.owner.post(here+"/refund", with(form, "refund", "30")...).to(t, page)
	w.owner.get(page).want(t, 200, "Recorded the refund of 30.00 EUR", "30.00 EUR given back", "Due 30.00 EUR", "Partially paid")
	w.owner.post(here+"/refund", with(form, "refund", "30")...).to(t, here) // a second click
	w.owner.get(here).want(t, 200, "The payment changed in the meantime. Nothing was given back")
	e := w.newestOf(t, "payment.refunded")
	w.owner.get("/settings/audit-logs/events/"+e).want(t, 200, "Refunded 30.00 EUR of payment", "This cannot be undone.", "Record a new payment instead.")
	w.owner.get("/settings/audit-logs/events/"+w.newestOf(t, "payment.received")).want(t, 200, "Money is not undone from the log. Record a refund on the payment instead.")
	rest := formFields(t, w.owner.get(here+"/refund").want(t, 200, "Given back before 30.00 EUR"), here+"/refund")
	w.owner.post(here+"/refund", rest...).to(t, page) // all that is left
	w.owner.get(page).want(t, 200, "Refunded", "Void")
	ask := formFields(t, w.owner.get(page+"/void").want(t, 200, "Void invoice INV-000001?"), page+"/void")
	w.owner.post(page+"/void", ask...).to(t, page)
	w.owner.get(page).want(t, 200, "is void: nobody owes it", "A void invoice stays void").wantNot(t, page+"/payments\"", page+"/void")
	w.owner.get("/settings/audit-logs/events/"+w.newestOf(t, "invoice.voided")).want(t, 200, "A void invoice stays void. Write another one.")
}

// Lines come and go without a script: the buttons send the form, and it comes back with what was typed.
func TestInvoiceLinesWithoutScript(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana")
	form := formFields(t, w.owner.get("/invoices/new"), "/invoices")
	typed := with(form, "currency", "EUR", "items.0.name", "Oak", "items.0.quantity", "2", "items.0.price", "10", "items.1.name", "Nails", "items.1.quantity", "1", "items.1.price", "0.5", "items.1.tax", "20")
	a := w.owner.post("/invoices", append(typed, "_lines", "items.add")...).want(t, 200, `value="Oak"`, `value="Nails"`, "Subtotal 20.50", "Tax 0.10", "Total 20.60")
	if got := strings.Count(a.body, `data-remove-line`); got != 3 {
		t.Errorf("%d lines, want one more than were sent", got)
	}
	w.owner.post("/invoices", append(typed, "_lines", "items.0")...).want(t, 200, `value="Nails"`, "Total 0.60").wantNot(t, `value="Oak"`)
	w.owner.post("/invoices", append(typed, "_lines", "items.sums", "discount", "0.60")...).want(t, 200, "Total 20.00")
	w.owner.post("/invoices", append(with(typed, "items.0.price", "ten"), "_lines", "items.sums")...).want(t, 200, `value="ten"`).wantNot(t, "20.60")
	if found := w.events(1); found[0] == "invoice.created" {
		t.Error("a button for lines saved the invoice")
	}
}

func TestInvoiceOverdue(t *testing.T) {
	w := newWorld(t)
	today := w.ws.Recorder.Now().In(lisbon(t))
	day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
	late := w.sentInvoice("issued", day(-10), "due", day(-3))
	w.sentInvoice("issued", day(-10), "due", day(0))
	w.owner.get("/invoices/"+string(late.ID)).want(t, 200, "Overdue by 3 days")
	list := w.owner.get("/invoices")
	if n := strings.Count(list.body, "Overdue"); n != 1 {
		t.Errorf("%d invoices are overdue in the list", n)
	}
	w.create("payment", "invoice", string(late.ID), "amount", "100", "method", "card")
	w.owner.get("/invoices/"+string(late.ID)).want(t, 200, "Paid").wantNot(t, "Overdue")
}

// On paper stands who writes and who gets it; a logo is the one picture that the page may load.
func TestInvoicePrint(t *testing.T) {
	w := newWorld(t)
	inv := w.sentInvoice("notes", "Thank you.")
	profile, _, err := w.ws.Engine.Find(t.Context(), w.caller(), crm.Query{Object: views(w.ws.Schema)["business_profile"].object, Sort: "name", Limit: 1})
	if err != nil || len(profile) != 1 {
		t.Fatal(profile, err)
	}
	here := "/invoices/" + string(inv.ID) + "/print"
	w.update(profile[0], "legal_name", "Harbour Lda", "address", "2 Quay", "city", "Lisbon", "registration_number", "PT 500", "logo", "https://cdn.example.com/logo.png")
	w.member.get(here).want(t, 200, "Harbour Lda", "2 Quay", "Registration number PT 500", "1 High Street", "4000-001 Porto", "Total 100.00 EUR", "Due 100.00 EUR", "Thank you.",
		`<img class="sheet-logo" src="https://cdn.example.com/logo.png"`)
}

func TestOnePictureFromElsewhere(t *testing.T) {
	const before = "default-src 'none'; img-src 'self' data:; script-src 'self'"
	for address, want := range map[string]string{
		"https://cdn.example.com:8443/logo.png": "default-src 'none'; img-src 'self' https://cdn.example.com:8443 data:; script-src 'self'",
		"http://cdn.example.com/logo.png":       before, // not without TLS
		"https://a;script-src.example.com/l":    before,
		"":                                      before,
	} {
		rec := httptest.NewRecorder()
		rec.Header().Set("Content-Security-Policy", before)
		got := allowImage(&visit{ResponseWriter: rec}, address)
		if policy := rec.Header().Get("Content-Security-Policy"); policy != want || (got != "") != (want != before) {
			t.Errorf("%q: %q, %s", address, got, policy)
		}
	}
}

// An invoice goes out with a letter that can be edited, in the conversation with its contact and in one operation.
func TestInvoiceByEmail(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	form := formFields(t, w.owner.get("/invoices/new?contact="+string(ana.ID)), "/invoices")
	here := w.owner.post("/invoices", with(form, "currency", "eur", "items.0.name", "Oak", "items.0.quantity", "3", "items.0.price", "19.99")...).location
	profile := w.owner.get("/settings/business-profile").location
	set := formFields(t, w.owner.get(profile+"/edit"), profile)
	w.owner.post(profile, with(set, "smtp_host", "127.0.0.1", "smtp_port", "1", "mail_from", "studio@example.com")...).to(t, profile)
	w.owner.get(here+"/send").want(t, 200, "when the contact has an email address").wantNot(t, "Send by email")
	contact := "/contacts/" + string(ana.ID)
	w.owner.post(contact, with(formFields(t, w.owner.get(contact+"/edit"), contact), "email", "ana@example.org")...).to(t, contact)
	send := formFields(t, w.owner.get(here+"/send").want(t, 200, "ana@example.org", "3 × Oak: 59.97 EUR", "Send by email", "Only mark as sent"), here+"/send")
	w.owner.post(here+"/send", with(send, "as", "email", "body", "Dear {{frist_name}}")...).want(t, 422, "frist_name", "Dear {{frist_name}}")
	id := audit.RecordID(strings.TrimPrefix(here, "/invoices/"))
	if got := w.record("invoice", id).Fields["status"].Text(); got != "draft" {
		t.Fatalf("after a letter that cannot be sent it is %s", got)
	}
	w.owner.post(here+"/send", with(send, "as", "email")...).to(t, here)
	w.owner.get(here).want(t, 200, "is on its way by email, and owed from now on")
	if events := w.events(3); !slices.Equal(events, []audit.Type{"message.created", "conversation.created", "invoice.sent"}) {
		t.Errorf("the last events are %v", events)
	}
	if got := w.record("invoice", id).Fields["status"].Text(); got != "sent" {
		t.Errorf("it is %s", got)
	}
}
