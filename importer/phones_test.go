package importer

import (
	"regexp"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/errs"
)

// engineForm is what package crm accepts: the characters, and 5 to 15 digits before the extension.
var engineForm = regexp.MustCompile(`^[0-9+\-(). ]+( ext\. \d{1,10})?$`)

func checkPhone(t *testing.T, got string) {
	t.Helper()
	number, _, _ := strings.Cut(got, " ext. ")
	if n := countDigits(number); !engineForm.MatchString(got) || n < 7 || n > 15 {
		t.Fatalf("%q is not in the form that the engine accepts", got)
	}
}

func TestPhone(t *testing.T) {
	for _, c := range []struct{ region, cell, want string }{
		{"US", "", ""},
		{"US", " n/a ", ""},
		{"US", "-", ""},
		{"US", "(201) 555-0123", "+1 201-555-0123"},
		{"US", "201.555.0123x3651", "+1 201-555-0123 ext. 3651"},
		{"US", "201-555-0123 ext. 12", "+1 201-555-0123 ext. 12"},
		{"US", "201-555-0123, Extension 12", "+1 201-555-0123 ext. 12"},
		{"US", "201-555-0123 #12", "+1 201-555-0123 ext. 12"},
		{"US", "+1-201-555-0123;ext=12", "+1 201-555-0123 ext. 12"},
		{"US", "001-201-555-0123", "+1 201-555-0123"},
		{"US", "'+12015550123", "+1 201-555-0123"},
		{"US", "2015550123.0", "+1 201-555-0123"},
		{"US", "Tel: 201 555 0123", "+1 201-555-0123"},
		{"US", "tel:+12015550123", "+1 201-555-0123"},
		{"US", "+1 (201)\u00a0555\u20110123", "+1 201-555-0123"},
		{"US", "٢٠١٥٥٥٠١٢٣", "+1 201-555-0123"},
		{"US", "1-800-FLOWERS", "+1 800-356-9377"},
		{"US", "043-797-5229", "043-797-5229"},
		{"US", "(209)172-7124x3651", "(209)172-7124 ext. 3651"},
		{"", "(201) 555-0123", "(201) 555-0123"},
		{"", "+44 (0)20 7946 0958", "+44 20 7946 0958"},
		{"", "(+44) 20 7946 0958", "+44 20 7946 0958"},
		{"", "0044 20 7946 0958", "+44 20 7946 0958"},
		{"DE", "030/1234567", "+49 30 1234567"},
		{"GB", "020 7946 0958", "+44 20 7946 0958"},
		{"", "(123 456 7890", "123 456 7890"},
		{"", "+999 1234567", "+999 1234567"},
	} {
		got, err := Phones{Region: c.region}.Phone(c.cell)
		if err != nil || got != c.want {
			t.Errorf("%q in %q is %q, %v; want %q", c.cell, c.region, got, err, c.want)
		}
		if again, err := (Phones{Region: c.region}).Phone(got); err != nil || again != got {
			t.Errorf("%q read again is %q, %v", got, again, err)
		}
	}
}

func TestPhoneRefused(t *testing.T) {
	for _, c := range []struct{ cell, detail string }{
		{"-4567", `"-4567" is not a phone number: it has fewer than 7 digits.`},
		{"-10241", `fewer than 7`},
		{"12345", `fewer than 7`},
		{"call me", `characters that no number has`},
		{"unknown 5550123", `characters`},
		{"4.15555E+09", `characters`},
		{"1234567890123456", `more than 15`},
		{"201-555-0123 / 201-555-0124", `more than 15`},
		{"201-555-0123, 201-555-0124", `two numbers`},
		{"201-555-0123 or 555-0124", `two numbers`},
		{strings.Repeat("1", 200), `too long`},
		{"ana@example.com", `characters`},
	} {
		got, err := Phones{Region: "US"}.Phone(c.cell)
		if got != "" || errs.Code(err) != "invalid_phone" || !strings.Contains(err.Error(), c.detail) || errs.Of(err).Fix == "" {
			t.Errorf("%q is %q, %v; want %q", c.cell, got, err, c.detail)
		}
	}
}

func TestParseRegion(t *testing.T) {
	for in, want := range map[string]string{"": "", " us": "US", "PT": "PT"} {
		if got, err := ParseRegion(in); err != nil || got != want {
			t.Errorf("%q is %q, %v", in, got, err)
		}
	}
	if _, err := ParseRegion("Texas"); errs.Code(err) != "unknown_option" {
		t.Error(err)
	}
}

func FuzzPhone(f *testing.F) {
	for _, s := range []string{"", "043-797-5229", "(209)172-7124x3651", "+1-889-682-9490x65400", "-4567", "1-800-FLOWERS", "x12", "030/1234567", "０３０1234567 #1", "(((1234567", "+٣٣٣٣٣٣٣"} {
		f.Add(s, "US")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, cell, region string) {
		if region != "" {
			region = "DE"
		}
		got, err := Phones{Region: region}.Phone(cell)
		if err != nil {
			if got != "" || errs.Code(err) != "invalid_phone" {
				t.Fatalf("%q, %v", got, err)
			}
			return
		}
		if got == "" {
			if !Blank(cell) {
				t.Fatalf("%q was lost", cell)
			}
			return
		}
		checkPhone(t, got)
		if again, err := (Phones{Region: region}).Phone(got); err != nil || again != got {
			t.Fatalf("%q read again is %q, %v", got, again, err)
		}
	})
}
