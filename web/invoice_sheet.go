package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// invoiceSheet is an invoice as its reader sees it: on its page, in print, in an email. Amounts are ready to read; those of
// lines stand without the currency, which the heads name.
type invoiceSheet struct {
	Number, Title, Currency string
	Status                  shownValue
	Overdue                 string // "Overdue by 3 days", "" when it is not
	From, To                party
	Issued, Due             string
	Lines                   []invoiceLine
	Taxed                   bool // some line has tax
	Subtotal                string
	Taxes                   []sumLine
	Discount                string // "" for none
	Total, Paid, Owed       string
	Draft, Void             bool
	Settled                 bool // nothing is due of what was asked for
	Notes                   string
}

type invoiceLine struct{ Name, Quantity, Price, Tax, Amount string }

type sumLine struct{ Label, Amount string }

// party is who writes an invoice, or gets it.
type party struct {
	Name  string
	Href  string   // of their page, "" for none
	Lines []string // address, and how to reach them
	Logo  string
}

// sheetOf makes an invoice ready to read.
func (s *site) sheetOf(v *visit, b Base, rec *crm.Record) (invoiceSheet, error) {
	f := rec.Fields
	sums := workspace.SumInvoice(f)
	currency := f["currency"].Text()
	with := func(amount string) string { return formatMoney(amount, currency) }
	sheet := invoiceSheet{Number: f["number"].Text(), Title: f["title"].Text(), Currency: currency, Notes: f["notes"].Text(),
		Issued: dayText(f["issued"].Text()), Due: dayText(f["due"].Text()),
		Subtotal: with(sums.Subtotal), Total: with(sums.Total), Paid: with(sums.Paid), Owed: with(sums.Due)}
	status := f["status"].Text()
	sheet.Draft, sheet.Void = status == "draft", status == "void"
	sheet.Settled = !sheet.Draft && !sheet.Void && !sums.Owes
	sheet.Status = b.show(s.views["invoice"], rec, "status", nil)
	if days := b.overdueDays(rec); days > 0 {
		sheet.Overdue = "Overdue by " + audit.Word{One: "day", Many: "days"}.Count(days)
	}
	for _, line := range sums.Lines {
		sheet.Lines = append(sheet.Lines, invoiceLine{line.Name, line.Quantity, crm.FormatMoney(line.Price), line.Tax, crm.FormatMoney(line.Net)})
	}
	for _, t := range sums.Taxes {
		sheet.Taxes = append(sheet.Taxes, sumLine{"Tax " + t.Rate + "%", with(t.Amount)})
	}
	sheet.Taxed = len(sums.Taxes) > 0
	if sums.Discount != "0.00" {
		sheet.Discount = "−" + with(sums.Discount)
	}
	var err error
	if sheet.From, err = s.sender(v); err != nil {
		return sheet, err
	}
	sheet.To, err = s.recipient(v, audit.RecordID(f["contact"].Text()))
	return sheet, err
}

// overdueDays is for how many days an invoice has been due, 0 when nothing is, or it has time yet. Days are those of the
// account's time zone.
func (b Base) overdueDays(rec *crm.Record) int {
	due, err := time.Parse(crm.DateLayout, rec.Fields["due"].Text())
	if err != nil || rec.Object != "invoice" || !workspace.SumInvoice(rec.Fields).Owes || rec.Fields["status"].Text() == "refunded" {
		return 0 // nobody asks again for what was given back
	}
	today, err := time.Parse(crm.DateLayout, b.now.In(b.zone).Format(crm.DateLayout))
	if err != nil || !due.Before(today) {
		return 0
	}
	return int(today.Sub(due) / (24 * time.Hour))
}

// sender is the account's business profile.
func (s *site) sender(v *visit) (party, error) {
	rec, err := s.businessProfile(v)
	if err != nil || rec == nil {
		return party{Name: v.id.Account.Name}, err
	}
	f := func(key string) string { return rec.Fields[key].Text() }
	p := party{Name: f("name"), Logo: f("logo")}
	if legal := f("legal_name"); legal != "" && legal != p.Name {
		p.Lines = append(p.Lines, legal)
	}
	p.Lines = append(p.Lines, addressLines(rec)...)
	for _, line := range []string{f("email"), f("phone"), strings.TrimPrefix(f("website"), "https://")} {
		if line != "" {
			p.Lines = append(p.Lines, line)
		}
	}
	if number := f("registration_number"); number != "" {
		p.Lines = append(p.Lines, "Registration number "+number)
	}
	return p, nil
}

// businessProfile is the account's, nil when there is none or the visitor sees no records.
func (s *site) businessProfile(v *visit) (*crm.Record, error) {
	if !v.may(audit.RecordsRead) {
		return nil, nil
	}
	found, _, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: s.views["business_profile"].object, Sort: "created_at", Limit: 1})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// recipient is whom an invoice is for.
func (s *site) recipient(v *visit, id audit.RecordID) (party, error) {
	rec, err := s.ws.Engine.Record(v.Context(), v.caller(), "contact", id)
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Gone) {
		return party{Name: hiddenName}, nil
	}
	if err != nil {
		return party{}, err
	}
	p := party{Name: rec.Name, Href: s.views["contact"].address(id)}
	names, err := s.names(v.Context(), v.caller(), s.views["contact"].object, []string{"company"}, rec)
	if err != nil {
		return p, err
	}
	if company := names["company"][audit.RecordID(rec.Fields["company"].Text())]; company != "" {
		p.Lines = append(p.Lines, company)
	}
	p.Lines = append(p.Lines, addressLines(rec)...)
	if email := rec.Fields["email"].Text(); email != "" {
		p.Lines = append(p.Lines, email)
	}
	return p, nil
}

// addressLines are a record's address as it stands on a letter.
func addressLines(rec *crm.Record) []string {
	f := func(key string) string { return rec.Fields[key].Text() }
	town := strings.Join(strings.Fields(f("postal_code")+" "+f("city")), " ")
	if state := f("state"); state != "" && town != "" {
		town += ", " + state
	} else {
		town += state
	}
	var lines []string
	for _, line := range []string{f("address"), town, f("country")} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// dayText is a date as people read it, "" for none.
func dayText(date string) string {
	t, err := time.Parse(crm.DateLayout, date)
	if err != nil {
		return ""
	}
	return strconv.Itoa(t.Day()) + t.Format(" January 2006")
}
