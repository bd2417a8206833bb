package importer

import (
	"regexp"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/errs"
)

func TestNumberEvidence(t *testing.T) {
	for _, c := range []struct {
		cells string
		want  NumberStyle
		sure  bool
	}{
		{"", PointDecimals, true},
		{"1054 3 n/a x", PointDecimals, true},
		{"1,054.00 1,054", PointDecimals, true},
		{"1.054,00 1.054", CommaDecimals, true},
		{"12.5", PointDecimals, true},
		{"12,5", CommaDecimals, true},
		{"1,054,000", PointDecimals, true},
		{"1.054.000", CommaDecimals, true},
		{"1.054.0 1,054", PointDecimals, false}, // the first is no number and proves nothing
		{"1,054", PointDecimals, false},
		{"1.054", PointDecimals, false},
		{"1.054 1,054", MixedDecimals, true},
		{"12.5 12,5", MixedDecimals, true},
	} {
		var e NumberEvidence
		for cell := range strings.FieldsSeq(c.cells) {
			e.Add(cell)
		}
		if style, sure := e.Decide(PointDecimals); style != c.want || sure != c.sure {
			t.Errorf("%q: %s, sure %t; want %s, %t", c.cells, style, sure, c.want, c.sure)
		}
	}
}

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		style                NumberStyle
		cell, want, currency string
	}{
		{"", "", "", ""},
		{"", " - ", "", ""},
		{"", "1054", "1054", ""},
		{"", "1,054.00", "1054.00", ""},
		{"", "1.054,00", "1054.00", ""},
		{"", "1,054", "1054", ""},
		{"", "1.054", "1.054", ""},
		{PointDecimals, "1,054", "1054", ""},
		{CommaDecimals, "1,054", "1.054", ""},
		{CommaDecimals, "1.054", "1054", ""},
		{CommaDecimals, "1.054.000,5", "1054000.5", ""},
		{MixedDecimals, "12,5", "12.5", ""},
		{"", "12,34,567.89", "1234567.89", ""},
		{"", "$ 1 054", "1054", ""},
		{"", "$1,054.50", "1054.50", ""},
		{"", "-$5", "-5", ""},
		{"", "$-5", "-5", ""},
		{"", "(123.45)", "-123.45", ""},
		{"", "($1,054.00)", "-1054.00", ""},
		{"", "123.45-", "-123.45", ""},
		{"", "\u2212123.45", "-123.45", ""},
		{"", "+7", "7", ""},
		{"", "1\u00a0054,50 €", "1054.50", "EUR"},
		{"", "1\u202f054,50 €", "1054.50", "EUR"},
		{"", "EUR 1.054,50", "1054.50", "EUR"},
		{"", "1054.5 usd", "1054.5", "USD"},
		{"", "US$1054", "1054", "USD"},
		{"", "R$ 10,50", "10.50", "BRL"},
		{"", "Rs.500", "500", ""},
		{"", "500 Rs.", "500", ""},
		{"", "CHF 1'054.00", "1054.00", "CHF"},
		{"", "1’054.00", "1054.00", ""},
		{"", ".5", "0.5", ""},
		{"", "5.", "5", ""},
		{"", "007", "7", ""},
		{"", "0.00", "0.00", ""},
		{"", "-0.00", "0.00", ""},
		{"", "0,054", "0.054", ""},
		{"", "1054,123", "1054.123", ""},
		{"", "１２３", "123", ""},
		{"", "12345678901234567890.12", "12345678901234567890.12", ""},
		{"", `="0054"`, "54", ""},
	} {
		got, currency, err := Numbers{c.style}.Money(c.cell)
		if err != nil || got != c.want || currency != c.currency {
			t.Errorf("%q %s is %q %q, %v; want %q %q", c.cell, c.style, got, currency, err, c.want, c.currency)
		}
	}
	if got, err := (Numbers{}).Number("12%"); got != "12" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestNumberRefused(t *testing.T) {
	for _, c := range []struct {
		style              NumberStyle
		cell, code, detail string
	}{
		{"", "abc", "not_a_number", `"abc" is not a number.`},
		{"", "12 apples", "not_a_number", ""},
		{"", "1.2.3", "not_a_number", "separators"},
		{"", "1,05,4", "not_a_number", "separators"},
		{"", "1 05", "not_a_number", "separators"},
		{"", "1,054.00.0", "not_a_number", ""},
		{"", "20-10-16", "not_a_number", ""},
		{"", "--5", "not_a_number", "two signs"},
		{"", "(-5)", "not_a_number", "two signs"},
		{"", "1.05E+06", "not_a_number", ""},
		{"", "$5", "not_a_number", "currency"},
		{"", "1.2k", "not_a_number", ""},
		{"", "½", "not_a_number", ""},
		{"", "#REF!", "not_a_number", ""},
		{"", strings.Repeat("9", 100), "not_a_number", "too long"},
		{MixedDecimals, "1,054", "ambiguous_number", "two ways"},
		{PointDecimals, "12,5", "wrong_decimal_mark", "point"},
		{CommaDecimals, "12.5", "wrong_decimal_mark", "comma"},
	} {
		got, err := Numbers{c.style}.Number(c.cell)
		if got != "" || errs.Code(err) != c.code || !strings.Contains(err.Error(), c.detail) || errs.Of(err).Fix == "" {
			t.Errorf("%q %s is %q, %v; want %s %q", c.cell, c.style, got, err, c.code, c.detail)
		}
	}
	if _, _, err := (Numbers{}).Money("12%"); errs.Code(err) != "not_a_number" {
		t.Error(err)
	}
	if _, err := (Numbers{}).Number("1.05E+06"); !strings.Contains(errs.Of(err).Fix, "digits are lost") {
		t.Error(err)
	}
}

var canonicalNumber = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?$`)

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"", "1,054.00", "1.054,00", "$ 1 054", "(123.45)", "12%", "R$ 10,50", "500 Rs.", "--1", "-", "1''0", "., ", "１", "Rs.", "USD", "(", "()", "-.5-"} {
		for _, style := range []NumberStyle{"", PointDecimals, CommaDecimals, MixedDecimals} {
			f.Add(s, string(style))
		}
	}
	f.Fuzz(func(t *testing.T, cell, style string) {
		n := Numbers{NumberStyle(style)}
		got, err := n.Number(cell)
		amount, currency, merr := n.Money(cell)
		for _, v := range []string{got, amount} {
			if v != "" && !canonicalNumber.MatchString(v) {
				t.Fatalf("%q is %q", cell, v)
			}
		}
		if err == nil && merr == nil && (got != amount || currency != "") {
			t.Fatalf("%q is the number %q and the amount %q %s", cell, got, amount, currency)
		}
		if !Blank(cell) && (err == nil && got == "" || merr == nil && amount == "") {
			t.Fatalf("%q was lost", cell)
		}
		if got != "" {
			if again, err := (Numbers{PointDecimals}).Number(got); again != got || err != nil {
				t.Fatalf("%q read again is %q, %v", got, again, err)
			}
		}
	})
}
