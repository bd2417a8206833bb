package importer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/importer"
)

var accounts = importer.Request{Object: "company", Mapping: mapped("account=name", "sector=industry", "year_established=founded",
	"revenue=revenue", "employees=employees", "office_location=country", "subsidiary_of=parent")}

var pipelineFile = importer.Request{Object: "opportunity", Mapping: mapped("account=company", "deal_stage=stage", "engage_date=opened",
	"close_date=closed", "close_value=value", "product=product")}

var customersFile = importer.Request{Object: "contact", CreateMissing: []string{"company"}, Mapping: mapped("First Name=first_name",
	"Last Name=last_name", "Company=company", "City=city", "Country=country", "Phone 1=phone", "Email=email", "Website=website")}

func TestImportAccounts(t *testing.T) {
	w := newWorld(t)
	res, want := w.real(accounts, "crm-sales/accounts.csv")
	if res.Created != want(85, 2) || res.FailedRows != 0 || len(res.Made) != 0 {
		t.Fatalf("%d created, %v, made %v", res.Created, res.Failed, res.Made)
	}
	recs := w.records("company")
	if want(1, 0) == 1 {
		// Cheers stands before its parent, Bluth Company behind.
		for name, parent := range map[string]string{"Cheers": "Massive Dynamic", "Bluth Company": "Acme Corporation", "Faxquote": "Sonron", "Acme Corporation": ""} {
			if got := w.field(recs[name], "parent"); got != parent {
				t.Errorf("parent of %s is %q, want %q", name, got, parent)
			}
		}
		if got := w.shown(recs["Kan-code"], "industry founded revenue employees country"); got != "industry=software founded=1982 revenue=11698.03 employees=34288 country=United States" {
			t.Errorf("Kan-code: %s", got)
		}
	}
	for _, e := range w.operation(res.Operation)[1:] {
		if e.Type != "company.created" {
			t.Errorf("%s: one event is enough for each company", e.Description)
		}
	}
}

func TestImportSalesPipeline(t *testing.T) {
	w := newWorld(t)
	if _, want := w.real(accounts, "crm-sales/accounts.csv"); want(0, 1) == 1 {
		w.create("company", "name=Isabel Ltd") // the excerpt of the accounts is shorter
	}
	sales := w.pipeline("Sales", "Prospecting", "Engaging", "Won", "Lost")
	res, want := w.real(importer.Request{Object: "opportunity", DryRun: true}, "crm-sales/sales_pipeline.csv")
	// Nobody of the sales agents is on the staff, and staff cannot be made of names: that keeps no row out.
	if res.Created != want(8800, 12) || res.WarningNum != want(8800, 12) || !strings.Contains(res.Warnings[0].Detail, "Owner: There is no staff member called") {
		t.Fatalf("%d would be created; %+v", res.Created, res.Warnings)
	}
	res, _ = w.real(pipelineFile, "crm-sales/sales_pipeline.csv")
	if res.Created != want(8800, 12) || res.FailedRows != 0 {
		t.Fatalf("%d created; %v", res.Created, res.Failed[:min(3, len(res.Failed))])
	}
	got := map[string]int{}
	for _, rec := range w.list("opportunity") {
		stage, status := w.fieldCached(rec, "stage"), rec.Fields["status"].Text()
		got[stage+" "+status]++
		if rec.Fields["company"] == audit.None {
			got["no company"]++
			if rec.Name != rec.Fields["product"].Text() {
				t.Fatalf("named %q without a company", rec.Name)
			}
		}
		if audit.RecordID(rec.Fields["pipeline"].Text()) != sales {
			t.Fatal("not in the only pipeline")
		}
		if opened := rec.Fields["opened"].Text(); opened == "" {
			got["not opened"]++
		} else if opened < "2016-10-01" || opened > "2017-12-31" {
			t.Fatalf("opened %s", opened)
		}
	}
	for k, n := range map[string]int{"Won won": want(4238, 6), "Lost lost": want(2473, 2), "Engaging open": want(1589, 2), "Prospecting open": want(500, 2), "no company": want(1425, 3),
		"not opened": want(500, 2)} {
		if got[k] != n {
			t.Errorf("%s: %d, want %d", k, got[k], n)
		}
	}
	events := w.operation(res.Operation)
	lead := events[0]
	told := "Imported " + audit.Thousands(want(8800, 12)) + " opportunities from sales_pipeline.csv"
	if lead.Type != "contacts.imported" || lead.Channel != audit.Import || lead.Description != told {
		t.Errorf("led by %s on %s: %s", lead.Type, lead.Channel, lead.Description)
	}
	if len(events) != want(8801, 13) || lead.Counts["opportunity"] != want(8800, 12) {
		t.Errorf("%d events, counts %v", len(events), lead.Counts)
	}
	for _, e := range events[1:] {
		if e.Cause != lead.ID || e.Channel != audit.Import {
			t.Fatalf("%s has the cause %q", e.Description, e.Cause)
		}
	}
}

func TestImportCustomers(t *testing.T) {
	w := newWorld(t)
	r := customersFile
	r.DryRun = true
	dry, want := w.real(r, "customers-10000.csv")
	r.DryRun = false
	start := time.Now()
	res, _ := w.real(r, "customers-10000.csv")
	t.Logf("%d contacts and %v in %v", res.Created, res.Made, time.Since(start))
	if dry.Operation != "" || res.Operation == "" {
		t.Errorf("operations %q and %q", dry.Operation, res.Operation)
	}
	dry.Operation, dry.DryRun = res.Operation, false
	if diff := cmp.Diff(dry, res); diff != "" {
		t.Errorf("the dry run said something else:\n%s", diff)
	}
	if res.FailedRows != want(407, 2) || res.Created != want(9593, 6) {
		t.Errorf("%d failed, %d created", res.FailedRows, res.Created)
	}
	for _, f := range res.Failed {
		if f.Field != "phone" || !strings.Contains(f.Detail, "is not a phone number") {
			t.Fatalf("row %d: %+v", f.Row, f)
		}
	}
	before := len(w.list("company"))
	if before != res.Made["company"] {
		t.Errorf("%d companies, %d made: one for a row that failed?", before, res.Made["company"])
	}
	// The rows that failed come in without their phones; the others are there already.
	r.MatchOn, r.LeaveEmpty = "email", true
	res, _ = w.real(r, "customers-10000.csv")
	if res.Unchanged != want(9593, 6) || res.Created != want(407, 2) || res.WarningNum != want(407, 2) || res.FailedRows != 0 {
		t.Errorf("again: %d unchanged, %d created, %d warnings, %d failed", res.Unchanged, res.Created, res.WarningNum, res.FailedRows)
	}
	phones := 0
	for _, rec := range w.list("contact") {
		if strings.Contains(rec.Fields["phone"].Text(), " ext. ") {
			phones++
		}
	}
	if phones < want(4000, 1) {
		t.Errorf("%d phones with extensions", phones)
	}
	events := w.events()
	if res, _ = w.real(r, "customers-10000.csv"); res.Unchanged != want(10000, 8) || res.Operation != "" || w.events() != events {
		t.Errorf("the third time: %d unchanged, operation %q", res.Unchanged, res.Operation)
	}
}
