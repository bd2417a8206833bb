package e2e

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
)

// TestInvoice walks from the lines of an invoice over sending, a payment and a refund of a part to voiding it.
func TestInvoice(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		contact := w.create("contact", map[string]string{"first_name": "Ida", "last_name": "Quill", "email": "ida@quill.test"}).ID
		b := w.tabOf(owner, width)
		b.open("/invoices/new?contact=" + string(contact))
		line := func(row, field, value string) { b.css("input[name='items." + row + "." + field + "']").fill(value) }
		line("0", "name", "Oak boards")
		line("0", "quantity", "3")
		line("0", "price", "20")
		line("0", "tax", "10")
		b.css("[data-sum=subtotal]").says("60.00")
		b.css("[data-sum=tax]").says("6.00")
		b.css("[data-sum=total]").says("66.00")
		b.at("button", "Add a line").click()
		rows := func() int { return js[int](b, `document.querySelectorAll("[data-lines] tr").length`) }
		last := b.css("[data-lines] tr:last-child")
		last.css(".line-name input").fill("Nails")
		last.css("[name$='.quantity']").fill("2")
		last.css("[name$='.price']").fill("2")
		b.css("[data-sum=total]").says("70.00")
		before := rows()
		last.css("[data-remove-line]").click()
		b.css("[data-sum=total]").says("66.00")
		if n := rows(); n != before-1 {
			t.Errorf("%d lines of %d are left", n, before)
		}
		b.css("#f-discount").fill("6")
		b.css("[data-sum=total]").says("60.00")
		b.look("invoice-form", width)
		b.css(".form-actions button.btn-primary").follow()
		b.css(".figures").says("60.00")
		here := b.path()
		id := audit.RecordID(strings.TrimPrefix(here, "/invoices/"))
		if got := w.record("invoice", id).Fields["total"].Text(); got != "60.00" {
			t.Errorf("the form previewed 60.00 and saved %s", got)
		}

		b.at("link", "Send").follow()
		b.look("invoice-send", width)
		b.at("button", "Only mark as sent").follow()
		b.waitForPath(here)
		b.says("is sent: it is owed from now on")
		b.look("invoice-sent", width)

		pay := b.css("#pay")
		pay.at("textbox", "~Amount").fill("60.01")
		pay.css("select[name=method]").choose("Bank transfer")
		b.expect("status of 422")
		pay.at("button", "Record payment").follow()
		b.at("alert", "").says("60.00")
		pay.at("textbox", "~Amount").fill("60")
		pay.at("button", "Record payment").follow()
		b.says("Recorded the payment of 60.00")

		b.css("#payments").at("link", "~Refund").follow()
		b.look("refund", width)
		b.at("textbox", "~").fill("20")
		b.at("button", "Record the refund").follow()
		b.waitForPath(here)
		b.says("Recorded the refund of 20.00")
		b.css(".figures").says("20.00")
		b.css("#payments").says("given back")
		b.css("#payments").at("link", "~Refund").follow()
		b.at("button", "Record the refund").follow()
		b.says("Refunded")

		b.at("link", "Void").follow()
		b.look("invoice-void", width)
		b.at("button", "Void the invoice").follow()
		b.waitForPath(here)
		b.says("is void: nobody owes it")
		b.css("#history").says("Voided invoice")
		b.look("invoice-voided", width)

		b.at("link", "Print").follow()
		b.look("invoice-print", width)
		b.says("Oak boards")
		b.at("link", "Back").follow()
		b.waitForPath(here)
	})
}
