package importer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// fieldsOf makes fields of "key:type" words, with the label that the modules would give.
func fieldsOf(words string) (out []Field) {
	for w := range strings.FieldsSeq(words) {
		key, typ, _ := strings.Cut(w, ":")
		if typ == "" {
			typ = "text"
		}
		label := strings.ReplaceAll(key, "_", " ")
		out = append(out, Field{Key: key, Label: strings.ToUpper(label[:1]) + label[1:], Type: typ})
	}
	return out
}

var catalog = map[string][]Field{
	"contact":     fieldsOf("first_name last_name email:email phone:phone company:ref type:select source tags:tags owner:ref website:url address city state postal_code country date_of_birth:date timezone dnd:bool dnd_channels:tags"),
	"company":     fieldsOf("name phone:phone email:email website:url industry address city state postal_code country employees:number revenue:money founded:number parent:ref owner:ref"),
	"opportunity": fieldsOf("name pipeline:ref stage:ref status:select value:money currency contact:ref company:ref owner:ref source product lost_reason expected_close:date opened:date closed:date tags:tags"),
	"staff":       fieldsOf("name email:email phone:phone role:select permissions:tags status:select title"),
}

func mapping(guesses []Guess) map[string]string {
	m := map[string]string{}
	for _, g := range guesses {
		if g.Field != "" {
			m[g.Header] = g.Field
		}
	}
	return m
}

func TestGuessRealFiles(t *testing.T) {
	for _, c := range []struct {
		file, object string
		want         map[string]string
	}{
		{"crm-sales/sales_pipeline.csv", "opportunity", map[string]string{
			"opportunity_id": "name", "sales_agent": "owner", "product": "product", "account": "company", "deal_stage": "stage",
			"engage_date": "opened", "close_date": "closed", "close_value": "value",
		}},
		{"crm-sales/accounts.csv", "company", map[string]string{
			"account": "name", "sector": "industry", "year_established": "founded", "revenue": "revenue", "employees": "employees",
			"office_location": "country", "subsidiary_of": "parent",
		}},
		{"crm-sales/sales_teams.csv", "staff", map[string]string{"sales_agent": "name"}},
		{"customers-10000.csv", "contact", map[string]string{
			"First Name": "first_name", "Last Name": "last_name", "Company": "company", "City": "city", "Country": "country",
			"Phone 1": "phone", "Email": "email", "Website": "website",
		}},
	} {
		f, _ := realFile(t, c.file)
		if diff := cmp.Diff(c.want, mapping(GuessMapping(c.object, f.Names(), catalog[c.object]))); diff != "" {
			t.Errorf("%s: %s", c.file, diff)
		}
	}
}

func TestGuess(t *testing.T) {
	for _, c := range []struct {
		object, headers string
		want            map[string]string
	}{
		{"contact", "E-mail Address|Given Name|Surname|ZIP|DOB|Lead Source|Account Owner|Job", map[string]string{
			"E-mail Address": "email", "Given Name": "first_name", "Surname": "last_name", "ZIP": "postal_code", "DOB": "date_of_birth",
			"Lead Source": "source", "Account Owner": "owner",
		}},
		{"contact", "Phone 2|Phone|Mobile", map[string]string{"Phone": "phone"}},
		{"contact", "Work Email|Billing City|contactPhone", map[string]string{"Work Email": "email", "Billing City": "city", "contactPhone": "phone"}},
		{"contact", "Subscription Date|Birth Date|Manager", map[string]string{"Birth Date": "date_of_birth"}},
		{"opportunity", "Opportunity ID|Deal Name|Amount", map[string]string{"Deal Name": "name", "Amount": "value"}},
		{"opportunity", "Expected Close Date|Close Date", map[string]string{"Expected Close Date": "expected_close", "Close Date": "closed"}},
		{"opportunity", "Account Name|Contact Name|name", map[string]string{"Account Name": "company", "Contact Name": "contact", "name": "name"}},
		{"company", "Company Name|Account|Parent Company", map[string]string{"Company Name": "name", "Parent Company": "parent"}},
		{"staff", "Employee|Mail|Job Title", map[string]string{"Employee": "name", "Mail": "email", "Job Title": "title"}},
		{"contact", "||", map[string]string{}},
	} {
		got := mapping(GuessMapping(c.object, strings.Split(c.headers, "|"), catalog[c.object]))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %q: %s", c.object, c.headers, diff)
		}
	}
}

func TestGuessConfidence(t *testing.T) {
	fields := []Field{{"first_name", "Given name", "text"}, {"phone", "Phone", "phone"}, {"email", "Email", "email"}, {"owner", "Owner", "ref"}, {"name", "Name", "text"}}
	got := GuessMapping("opportunity", []string{"first_name", "PHONE", "Work email", "sales_agent", "deal_id", "nothing"}, fields)
	want := []Guess{
		{0, "first_name", "first_name", Exact}, {1, "PHONE", "phone", Same}, {2, "Work email", "email", Likely},
		{3, "sales_agent", "owner", Known - 5}, {4, "deal_id", "name", Unlikely}, {5, "nothing", "", 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := GuessMapping("contact", []string{"Given Name"}, fields)[0]; got.Field != "first_name" || got.Confidence != Same {
		t.Errorf("by label: %+v", got)
	}
}

// Every synonym is in the form of Key, or it is never found, and stands for a field that the catalog has.
func TestSynonymsAreKeys(t *testing.T) {
	known := map[string]bool{}
	for _, fields := range catalog {
		for _, f := range fields {
			known[f.Key] = true
		}
	}
	all := []map[string][]string{synonyms}
	for _, m := range []map[string]map[string][]string{synonymsOf, lastResort} {
		for _, n := range m {
			all = append(all, n)
		}
	}
	for _, m := range all {
		for field, names := range m {
			if !known[field] {
				t.Errorf("no object has a field %q", field)
			}
			for _, n := range names {
				if Key(n) != n {
					t.Errorf("%q is not a key", n)
				}
			}
		}
	}
}

func TestGuessProperties(t *testing.T) {
	var names []string
	for f, s := range synonyms {
		names = append(append(names, f), s...)
	}
	header := rapid.OneOf(rapid.SampledFrom(names), rapid.String(), rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom(names).Draw(t, "name") + " 1"
	}))
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.SampledFrom([]string{"contact", "company", "opportunity", "staff", "property"}).Draw(t, "object")
		headers := rapid.SliceOf(header).Draw(t, "headers")
		fields := catalog[object]
		guesses := GuessMapping(object, headers, fields)
		if len(guesses) != len(headers) {
			t.Fatalf("%d guesses for %d headers", len(guesses), len(headers))
		}
		taken := map[string]bool{}
		for i, g := range guesses {
			if g.Column != i || g.Header != headers[i] || (g.Field == "") != (g.Confidence == 0) || g.Field != "" && taken[g.Field] {
				t.Fatalf("%+v", guesses)
			}
			taken[g.Field] = true
		}
		for i, h := range headers { // an exact key is never passed over for a guess
			if guesses[i].Confidence < Exact {
				for _, f := range fields {
					if f.Key == h && !taken[f.Key] {
						t.Fatalf("%q was left out", h)
					}
				}
			}
		}
	})
}
