package placeholder

import (
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/errs"
)

var ana = map[string]string{"first_name": "Ana", "company": "{{email}}", "city": ""}

func TestFill(t *testing.T) {
	for _, test := range []struct{ text, want, names, empty string }{
		{"", "", "", ""},
		{"no placeholder } {", "no placeholder } {", "", ""},
		{"Dear {{first_name}},", "Dear Ana,", "first_name", ""},
		{"{{ first_name }}{{first_name}}", "AnaAna", "first_name", ""},
		{"Dear {{last_name|friend}}", "Dear friend", "last_name", ""},
		{"Dear {{first_name | friend}}", "Dear Ana", "first_name", ""},
		{"From {{city}} and {{city}}.", "From  and .", "city", "city"},
		{"{{company}}", "{{email}}", "company", ""}, // a value is no template
		{"{{custom.field_2}}", "", "custom.field_2", "custom.field_2"},
	} {
		text, err := Parse(test.text)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		got, empty := text.Fill(func(name string) string { return ana[name] })
		if got != test.want || strings.Join(text.Names(), " ") != test.names || strings.Join(empty, " ") != test.empty {
			t.Errorf("%q: %q, names %v, empty %v", test.text, got, text.Names(), empty)
		}
	}
}

func TestParseMistakes(t *testing.T) {
	for _, text := range []string{"{{", "a {{first_name", "{{first_name}", "{{}}", "{{ }}", "{{|there}}", "{{First name}}", "{{a\nb}}", "{{{first_name}}}", "{{a.b.c}}",
		"{{" + strings.Repeat("a", 101) + "}}", "{{a-b}}", "{{ä}}"} {
		if _, err := Parse(text); !errs.Is(err, errs.Invalid) || errs.Code(err) != "invalid_placeholder" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Dear {{first_name|there}}, {{city}}")
	f.Fuzz(func(t *testing.T, s string) {
		text, err := Parse(s)
		if err != nil {
			return
		}
		filled, empty := text.Fill(func(string) string { return "" })
		if len(filled) > len(s) {
			t.Errorf("%q became longer: %q", s, filled)
		}
		for _, name := range empty {
			if !slices.Contains(text.Names(), name) {
				t.Errorf("%q is empty but not there", name)
			}
		}
	})
}
