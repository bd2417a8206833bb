package ledger_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/backtrail/backtrail/ledger"
)

func TestParseVerifier(t *testing.T) {
	vkey := verifier(t, testKey(t), origin)
	private, _, err := note.GenerateKey(nil, origin)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, want, says string }{
		"alone":            {vkey, vkey, ""},
		"white space":      {" \t" + vkey + " \r\n\n", vkey, ""},
		"comments":         {"# of acme,\n  # since Monday\n\n" + vkey + "\n#\n", vkey, ""},
		"byte order mark":  {"\ufeff" + vkey, vkey, ""},
		"nothing":          {"", "", "no key"},
		"comments alone":   {"# " + vkey, "", "no key"},
		"two keys":         {vkey + "\n" + vkey + "\n", "", "more than one"},
		"a word after it":  {vkey + " acme", "", "must be name+hash+key"},
		"other name":       {strings.Replace(vkey, "acme", "acne", 1), "", "must be name+hash+key"},
		"other key":        {vkey[:len(vkey)-3] + "A=", "", "must be name+hash+key"},
		"words":            {"the key", "", "must be name+hash+key"},
		"PEM":              {rfcKey, "", "more than one"},
		"too long":         {vkey + strings.Repeat("\n", 64<<10), "", "at most"},
		"private":          {private, "", "keep it secret"},
		"other algorithm":  {"x+5e9dcd13+AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "", "must be name+hash+key"},
		"nothing but plus": {"++", "", "must be name+hash+key"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ledger.ParseVerifier(test.text)
			if got != test.want || (test.want == "") != errors.Is(err, ledger.ErrVerifier) {
				t.Fatalf("%q, %v; want %q", got, err, test.want)
			}
			if err != nil && (!strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), private[20:])) {
				t.Errorf("%v; want %q", err, test.says)
			}
		})
	}
}

func TestVerifier(t *testing.T) {
	key := testKey(t)
	if got, err := ledger.Verifier(origin, key.Public()); err != nil || got != verifier(t, key, origin) {
		t.Errorf("%q, %v", got, err)
	}
	for _, public := range []string{"", "nonsense", key.Public()[1:], key.Public() + key.Public()} {
		if _, err := ledger.Verifier(origin, public); !errors.Is(err, ledger.ErrVerifier) {
			t.Errorf("%q: %v", public, err)
		}
	}
	if _, err := ledger.Verifier("a b", key.Public()); !errors.Is(err, ledger.ErrOrigin) {
		t.Error(err)
	}
}

func FuzzParseVerifier(f *testing.F) {
	vkey := verifier(f, testKey(f), origin)
	f.Add(vkey)
	f.Add("# comment\n" + vkey + "\n")
	f.Add("a+00000000+AQ==")
	f.Fuzz(func(t *testing.T, text string) {
		vkey, err := ledger.ParseVerifier(text)
		if err != nil {
			if vkey != "" || !errors.Is(err, ledger.ErrVerifier) {
				t.Fatalf("%q, %v", vkey, err)
			}
			return
		}
		if again, err := ledger.ParseVerifier(vkey); err != nil || again != vkey {
			t.Fatalf("%q became %q, %v", vkey, again, err)
		}
		if _, err := note.NewVerifier(vkey); err != nil {
			t.Fatal(err)
		}
	})
}
