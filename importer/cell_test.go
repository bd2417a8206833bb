package importer

import (
	"testing"
	"unicode/utf8"

	"github.com/backtrail/backtrail/errs"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                "",
		"  Ana  ":         "Ana",
		"\u00a0Ana\u3000": "Ana",
		"\ufeffAna":       "Ana",
		`="00123"`:        "00123",
		`="a""b"`:         `a"b`,
		"'=1+1":           "=1+1",
		"'+1 209":         "+1 209",
		"'t Hooft":        "'t Hooft",
		"e\u0301":         "e\u0301", // text keeps its form
		"עברית\u200f":     "עברית\u200f",
		"None":            "None",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestKey(t *testing.T) {
	for _, names := range [][]string{
		{"GTX Pro", "GTXPro", "gtx-pro", " GTX  PRO "},
		{"First Name", "first_name", "firstName", "FIRST NAME*"},
		{"José", "JOSE", "Jose\u0301"},
		{"", "---", "💥"},
	} {
		for _, n := range names[1:] {
			if Key(n) != Key(names[0]) {
				t.Errorf("%q and %q differ: %q, %q", names[0], n, Key(names[0]), Key(n))
			}
		}
	}
	if Key("東京") == "" || Key("GTX Plus") == Key("GTX Pro") {
		t.Error("a key says too little")
	}
}

func TestBool(t *testing.T) {
	for in, want := range map[string]bool{
		"yes": true, "Y": true, "TRUE": true, "1": true, " x ": true, "✓": true, "on": true,
		"no": false, "N": false, "False": false, "0": false, "off": false, "": false, "n/a": false,
	} {
		if got, err := Bool(in); got != want || err != nil {
			t.Errorf("%q is %t, %v", in, got, err)
		}
	}
	if _, err := Bool("perhaps"); errs.Code(err) != "invalid_boolean" || errs.Of(err).Fix == "" {
		t.Error(err)
	}
}

func FuzzCell(f *testing.F) {
	for _, s := range []string{"", " x ", `="`, `=""`, "'=", "yes", "\xff", "e\u0301", "\u200f", "İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		if utf8.ValidString(cell) && (!utf8.ValidString(Clean(cell)) || !utf8.ValidString(plain(cell)) || !utf8.ValidString(quoted(cell))) {
			t.Fatalf("%q is no longer text", cell)
		}
		if b, err := Bool(cell); Blank(cell) && (b || err != nil) {
			t.Fatalf("blank %q is %t, %v", cell, b, err)
		}
		Key(cell)
	})
}
