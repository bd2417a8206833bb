package importer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/errs"
)

// each calls do with every row, and fails on any that has an error.
func each(t *testing.T, f *File, do func(row Row, cell func(name string) string)) (n int) {
	t.Helper()
	for row, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if row.Err != nil {
			t.Fatalf("row %d: %v", row.Number, row.Err)
		}
		n++
		if row.Number != n+1 {
			t.Fatalf("row %d has the number %d", n+1, row.Number)
		}
		do(row, func(name string) string {
			i, ok := f.Column(name)
			if !ok {
				t.Fatalf("no column %q in %q", name, f.Names())
			}
			return row.Cells[i]
		})
	}
	return n
}

func datesOf(t *testing.T, f *File, name string) Dates {
	t.Helper()
	i, _ := f.Column(name)
	format, err := f.DateFormat(i, DateAuto)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return Dates{Format: format}
}

func TestSalesPipeline(t *testing.T) {
	f, want := realFile(t, "crm-sales/sales_pipeline.csv")
	opened, closed := datesOf(t, f, "engage_date"), datesOf(t, f, "close_date")
	if opened.Format != DateDMY || closed.Format != DateDMY {
		t.Errorf("formats %s and %s, want day first", opened.Format, closed.Format)
	}
	noAccount, noOpened, noClosed, noValue := 0, 0, 0, 0
	products, stages, first := map[string]map[string]bool{}, map[string]bool{}, ""
	rows := each(t, f, func(row Row, cell func(string) string) {
		o, err := opened.Date(cell("engage_date"))
		if err != nil || o != "" && (o < "2016-10-01" || o > "2017-12-31") {
			t.Fatalf("row %d: engage_date %q is %q, %v", row.Number, cell("engage_date"), o, err)
		}
		c, err := closed.Date(cell("close_date"))
		if err != nil || c != "" && (c < o || c > "2017-12-31") {
			t.Fatalf("row %d: close_date %q is %q, %v", row.Number, cell("close_date"), c, err)
		}
		v, currency, err := Numbers{}.Money(cell("close_value"))
		if err != nil || v != cell("close_value") || currency != "" {
			t.Fatalf("row %d: close_value %q is %q %q, %v", row.Number, cell("close_value"), v, currency, err)
		}
		if cell("opportunity_id") == "1C1I7A6R" {
			first = o + " " + c + " " + v
		}
		noAccount += count(cell("account") == "")
		noOpened += count(o == "")
		noClosed += count(c == "")
		noValue += count(v == "")
		k := Key(cell("product"))
		if products[k] == nil {
			products[k] = map[string]bool{}
		}
		products[k][cell("product")] = true
		stages[cell("deal_stage")] = true
	})
	got := []int{rows, f.Count, noAccount, noOpened, noClosed, noValue, len(stages)}
	if diff := cmp.Diff([]int{want(8800, 12), want(8800, 12), want(1425, 3), want(500, 2), want(2089, 4), want(2089, 4), 4}, got); diff != "" {
		t.Error(diff)
	}
	if first != "2016-10-20 2017-03-01 1054" {
		t.Errorf("the first opportunity is %q", first)
	}
	if _, ok := products["gtxpro"]["GTXPro"]; !ok || len(products) != 7 && want(1, 0) == 1 {
		t.Errorf("products %v", products)
	}
	if len(f.Warnings) > 0 {
		t.Errorf("warnings %v", f.Warnings)
	}
}

// Both spellings of a product stand in different files of the real data; they must meet in one key.
func TestProductSpellings(t *testing.T) {
	f, _ := realFile(t, "crm-sales/products.csv")
	found := false
	each(t, f, func(_ Row, cell func(string) string) { found = found || Key(cell("product")) == Key("GTXPro") })
	if !found {
		t.Error("GTX Pro is not found by GTXPro")
	}
}

func TestCustomers(t *testing.T) {
	f, want := realFile(t, "customers-10000.csv")
	since := datesOf(t, f, "Subscription Date")
	if since.Format != DateDMY {
		t.Errorf("format %s, want day first", since.Format)
	}
	phones := map[string]string{}
	garbage, garbage1, extensions := 0, 0, 0
	rows := each(t, f, func(row Row, cell func(string) string) {
		if d, err := since.Date(cell("Subscription Date")); err != nil || d < "2020-01-01" || d > "2022-12-31" {
			t.Fatalf("row %d: %q is %q, %v", row.Number, cell("Subscription Date"), d, err)
		}
		for _, column := range []string{"Phone 1", "Phone 2"} {
			raw := cell(column)
			got, err := Phones{Region: "US"}.Phone(raw)
			phones[raw] = got
			if strings.HasPrefix(raw, "-") {
				if errs.Code(err) != "invalid_phone" || got != "" || !strings.Contains(errs.Of(err).Fix, "subtracted") {
					t.Fatalf("row %d: %q is %q, %v", row.Number, raw, got, err)
				}
				garbage++
				garbage1 += count(column == "Phone 1")
				continue
			}
			if err != nil {
				t.Fatalf("row %d: %v", row.Number, err)
			}
			checkPhone(t, got)
			extensions += count(strings.Contains(got, " ext. "))
			if _, ext, _ := strings.Cut(raw, "x"); ext != "" && !strings.HasSuffix(got, " ext. "+ext) {
				t.Fatalf("row %d: %q lost its extension in %q", row.Number, raw, got)
			}
		}
	})
	t.Logf("%d rows, %d garbage phones (%d in Phone 1), %d extensions", rows, garbage, garbage1, extensions)
	if diff := cmp.Diff([]int{want(10000, 8), want(764, 3), want(11915, 6)}, []int{rows, garbage, extensions}); diff != "" {
		t.Error(diff)
	}
	for raw, w := range map[string]string{
		"043-797-5229":          "043-797-5229",
		"915.112.1727":          "915.112.1727",
		"(209)172-7124x3651":    "(209)172-7124 ext. 3651",
		"001-639-955-2116x751":  "+1 639-955-2116 ext. 751",
		"+1-889-682-9490x65400": "+1-889-682-9490 ext. 65400",
	} {
		if got, ok := phones[raw]; ok && got != w {
			t.Errorf("%q is %q, want %q", raw, got, w)
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
