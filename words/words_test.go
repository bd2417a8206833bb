package words

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		" -- % & ":                  "",
		"Acme renewal":              " acme renewal ",
		`Moved "Acme" to Won.`:      " moved acme to won ",
		"ana@demo.test":             " ana demo test ",
		"1,200.00":                  " 1 200 00 ",
		"close_date":                " close date ",
		"Renée Müller-Lüdenscheidt": " renee muller ludenscheidt ",
		"RENE\u0301E":               " renee ",
		"STRASSE Straße STRAẞE":     " strasse strasse strasse ",
		"İZMİR ılık":                " izmir ilik ",
		"ΣΊΣΥΦΟΣ σίσυφος":           " σισυφοσ σισυφοσ ",
		"Жук Йод":                   " жук иод ",
		"Łódź Ærø":                  " lodz aero ",
		"\u212Aelvin ﬁt":            " kelvin fit ",
		"ＡＢＣ１２":                     " abc12 ",
		"東京都abc":                    " 東 京 都 abc ",
		"ガス":                        " カ\u3099 ス ",
		"שָׁלוֹם":                   " שלום ",
		"a\xffb\x00c":               " a b c ",
		"\u0301\u0301":              "",
		"😀 party":                   " party ",
		"हिन्दी भाषा":               " हिन्दी भाषा ",
	} {
		if got := Fold(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := strings.Join(List("Acme & Sons"), "|"); got != "acme|sons" {
		t.Error(got)
	}
}

// FuzzFold holds in place what the indexes rely on: a fold has the one form, and folding it again changes nothing.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"Acme", "RENE\u0301E ß", "東京ガス都", "\u0e01\u0e34x", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := Fold(s)
		if !utf8.ValidString(folded) || folded != "" && (folded[0] != ' ' || folded[len(folded)-1] != ' ' || len(folded) < 3) || strings.Contains(folded, "  ") {
			t.Fatalf("%q: %q", s, folded)
		}
		if again := Fold(folded); again != folded {
			t.Fatalf("%q: %q, then %q", s, folded, again)
		}
	})
}
