package ledger_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/backtrail/backtrail/ledger"
)

const origin = "backtrail/acme"

func verifier(t testing.TB, k *ledger.Key, origin string) string {
	t.Helper()
	vkey, err := k.Verifier(origin)
	if err != nil {
		t.Fatal(err)
	}
	return vkey
}

func sign(t testing.TB, k *ledger.Key, origin string, h ledger.Head) []byte {
	t.Helper()
	text, err := k.Sign(origin, h)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// noteSigner is a key that signs any text under any name, which Key does not.
func noteSigner(t testing.TB, name string) (note.Signer, string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(nil, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return s, vkey
}

func signText(t testing.TB, text string, signers ...note.Signer) []byte {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// The text of a checkpoint and of a verifier key are for others to read: they do not change. Ed25519 signatures are
// deterministic, so that these can stand here.
func TestCheckpointText(t *testing.T) {
	k := testKey(t)
	if got := ledger.Origin("acme"); got != origin {
		t.Errorf("origin %s", got)
	}
	want := "backtrail/acme\n3\nrra8/idLcKFPsGel5VeCZNsPqbUa9eC6FZFY8yngbnc=\n\n" +
		"— backtrail/acme 0AUahbeWkPbwLPVVCiGDOXx78m6FArulrOncMb9BSEO55JGy2f3fFfq/J2zvEIjtvwTLPKFOx/bZ3vst7vaW0fA1zw0=\n"
	got := string(sign(t, k, origin, ctBook(t, 3).head))
	if got != want {
		t.Errorf("checkpoint\n%s\nwant\n%s", got, want)
	}
	want = "backtrail/acme+d0051a85+ARm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh"
	if got := verifier(t, k, origin); got != want {
		t.Errorf("verifier key %s, want %s", got, want)
	}
}

func TestOpenCheckpoint(t *testing.T) {
	k := testKey(t)
	for _, b := range []*book{newBook(), ctBook(t, 1), ctBook(t, 8)} {
		text := sign(t, k, origin, b.head)
		want := ledger.Checkpoint{Origin: origin, Head: b.head}
		if got, err := ledger.OpenCheckpoint(text, verifier(t, k, origin)); err != nil || got != want {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
		if got, err := ledger.ParseUnverified(text); err != nil || got != want {
			t.Errorf("unverified %v, %v; want %v", got, err, want)
		}
	}
}

func TestOpenCheckpointRefuses(t *testing.T) {
	k, other := testKey(t), newKey(t)
	head := ctBook(t, 8).head
	good := string(sign(t, k, origin, head))
	body, signature, _ := strings.Cut(good, "\n\n")
	theirs, _ := noteSigner(t, "witness.example/w1")
	for name, test := range map[string]struct {
		text string
		want error
		says string
	}{
		"nothing":                 {"", ledger.ErrNotCheckpoint, ""},
		"words":                   {"hello\n", ledger.ErrNotCheckpoint, ""},
		"not signed":              {body + "\n\n", ledger.ErrNotCheckpoint, ""},
		"cut off":                 {good[:len(good)-1], ledger.ErrNotCheckpoint, ""},
		"carriage returns":        {strings.ReplaceAll(good, "\n", "\r\n"), ledger.ErrNotCheckpoint, ""},
		"not UTF-8":               {"\xff" + good, ledger.ErrNotCheckpoint, ""},
		"too long":                {good + strings.Repeat("— x YWJjZGVmZ2hpamts\n", 4000), ledger.ErrNotCheckpoint, "at most 65536"},
		"another size":            {strings.Replace(good, "\n8\n", "\n9\n", 1), ledger.ErrBadSignature, origin},
		"another root":            {strings.Replace(good, head.Root.String(), ctBook(t, 7).head.Root.String(), 1), ledger.ErrBadSignature, origin},
		"a line added":            {body + "\nfalse\n\n" + signature, ledger.ErrBadSignature, origin},
		"another key":             {string(sign(t, other, origin, head)), ledger.ErrOtherKey, strings.TrimSuffix(verifier(t, other, origin), other.Public())[:len(origin)+9]},
		"a witness alone":         {string(signText(t, body+"\n", theirs)), ledger.ErrOtherKey, "witness.example/w1+"},
		"many others":             {body + "\n\n" + manySignatures(5), ledger.ErrOtherKey, "2 more"},
		"another ledger":          {string(sign(t, k, "backtrail/other", head)), ledger.ErrOtherLedger, "backtrail/other"},
		"another ledger and key":  {string(sign(t, other, "backtrail/other", head)), ledger.ErrOtherLedger, "backtrail/other"},
		"stray bits in signature": {strayBits(t, good), ledger.ErrNotCheckpoint, "base64"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := ledger.OpenCheckpoint([]byte(test.text), verifier(t, k, origin))
			if c != (ledger.Checkpoint{}) || !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("%v, %v; want %v and %q", c, err, test.want, test.says)
			}
			for _, other := range []error{ledger.ErrNotCheckpoint, ledger.ErrOtherKey, ledger.ErrBadSignature, ledger.ErrOtherLedger, ledger.ErrVerifier} {
				if other != test.want && errors.Is(err, other) {
					t.Errorf("also %v", other)
				}
			}
		})
	}
	if _, err := ledger.OpenCheckpoint([]byte(good), "backtrail/acme+00000000+abc"); !errors.Is(err, ledger.ErrVerifier) {
		t.Errorf("with no key: %v", err)
	}
}

// manySignatures are those of n keys that nobody knows.
func manySignatures(n int) string {
	var lines string
	for i := range n {
		lines += fmt.Sprintf("— witness.example/w%d YWJjZGVmZ2hpamts\n", i)
	}
	return lines
}

// strayBits changes a checkpoint in a bit that package note does not look at: its signature ends in one '=', so that the
// letter before it has two bits to spare.
func strayBits(t *testing.T, text string) string {
	t.Helper()
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	i := len(text) - len("=\n") - 1
	at := strings.IndexByte(letters, text[i])
	if text[i+1] != '=' || at%4 != 0 {
		t.Fatalf("not the end of a signature: %q", text[i:])
	}
	return text[:i] + letters[at+1:at+2] + text[i+1:]
}

// What is signed must have the form of a checkpoint, even when the signature is right.
func TestCheckpointBody(t *testing.T) {
	s, vkey := noteSigner(t, origin)
	root := ctBook(t, 8).head.Root.String()
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"extension":           {origin + "\n8\n" + root + "\nmore\nand more\n", nil},
		"empty ledger":        {origin + "\n0\n" + ledger.Empty.Root.String() + "\n", nil},
		"origin alone":        {origin + "\n", ledger.ErrNotCheckpoint},
		"no root":             {origin + "\n8\n", ledger.ErrNotCheckpoint},
		"empty origin":        {"\n8\n" + root + "\n", ledger.ErrNotCheckpoint},
		"empty extension":     {origin + "\n8\n" + root + "\n\nmore\n", ledger.ErrNotCheckpoint},
		"plus":                {origin + "\n+8\n" + root + "\n", ledger.ErrNotCheckpoint},
		"leading zero":        {origin + "\n08\n" + root + "\n", ledger.ErrNotCheckpoint},
		"negative":            {origin + "\n-8\n" + root + "\n", ledger.ErrNotCheckpoint},
		"not a number":        {origin + "\neight\n" + root + "\n", ledger.ErrNotCheckpoint},
		"over the size":       {origin + "\n72057594037927937\n" + root + "\n", ledger.ErrNotCheckpoint},
		"over 64 bits":        {origin + "\n18446744073709551624\n" + root + "\n", ledger.ErrNotCheckpoint},
		"root not base64":     {origin + "\n8\n" + strings.Repeat("?", 44) + "\n", ledger.ErrNotCheckpoint},
		"root too short":      {origin + "\n8\n" + root[:40] + "\n", ledger.ErrNotCheckpoint},
		"root too long":       {origin + "\n8\n" + base64.StdEncoding.EncodeToString(make([]byte, 33)) + "\n", ledger.ErrNotCheckpoint},
		"root unpadded":       {origin + "\n8\n" + root[:43] + "\n", ledger.ErrNotCheckpoint},
		"root in other bits":  {origin + "\n8\n" + base64.StdEncoding.EncodeToString(make([]byte, 32))[:42] + "B=\n", ledger.ErrNotCheckpoint},
		"empty, other root":   {origin + "\n0\n" + root + "\n", ledger.ErrNotCheckpoint},
		"another ledger":      {"backtrail/other\n8\n" + root + "\n", ledger.ErrOtherLedger},
		"origin with a space": {origin + " \n8\n" + root + "\n", ledger.ErrOtherLedger},
	} {
		t.Run(name, func(t *testing.T) {
			text := signText(t, test.text, s)
			c, err := ledger.OpenCheckpoint(text, vkey)
			if !errors.Is(err, test.want) || (err == nil) != (c.Origin == origin) {
				t.Errorf("%v, %v; want %v", c, err, test.want)
			}
			u, err := ledger.ParseUnverified(text)
			if malformed := test.want == ledger.ErrNotCheckpoint; malformed != errors.Is(err, ledger.ErrNotCheckpoint) || !malformed && u.Size != c.Size && c.Origin != "" {
				t.Errorf("unverified: %v, %v", u, err)
			}
		})
	}
}

// Signatures of others beside ours are nobody's business here, right or wrong.
func TestWitnessesAreIgnored(t *testing.T) {
	k := testKey(t)
	ours := sign(t, k, origin, ctBook(t, 8).head)
	theirs, _ := noteSigner(t, "witness.example/w1")
	n, err := note.Open(ours, note.VerifierList(mustVerifier(t, verifier(t, k, origin))))
	if err != nil {
		t.Fatal(err)
	}
	both, err := note.Sign(n, theirs)
	if err != nil {
		t.Fatal(err)
	}
	both = append(both, "— witness.example/w2 YWJjZGVmZ2hpamts\n"...)
	if c, err := ledger.OpenCheckpoint(both, verifier(t, k, origin)); err != nil || c.Size != 8 {
		t.Errorf("%v, %v\n%s", c, err, both)
	}
}

func mustVerifier(t testing.TB, vkey string) note.Verifier {
	t.Helper()
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryBitOfACheckpoint(t *testing.T) {
	k := testKey(t)
	vkey := verifier(t, k, origin)
	good := sign(t, k, origin, ctBook(t, 8).head)
	for i := range len(good) * 8 {
		text := bytes.Clone(good)
		text[i/8] ^= 1 << (i % 8)
		if c, err := ledger.OpenCheckpoint(text, vkey); err == nil {
			t.Errorf("bit %d of byte %d: %v", i%8, i/8, c)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	k := testKey(t)
	for _, origin := range []string{"", "a b", "a\nb", "a+b", "a\u00a0b", "a\x00b", "a\x7fb", "\xff", strings.Repeat("x", 2000)} {
		if text, err := k.Sign(origin, ledger.Empty); text != nil || !errors.Is(err, ledger.ErrOrigin) {
			t.Errorf("%q: %s, %v", origin, text, err)
		}
		if vkey, err := k.Verifier(origin); vkey != "" || !errors.Is(err, ledger.ErrOrigin) {
			t.Errorf("%q: %s, %v", origin, vkey, err)
		}
	}
	for _, h := range []ledger.Head{{}, {Size: -1}, {Size: ledger.MaxSize + 1}} {
		if text, err := k.Sign(origin, h); text != nil || err == nil {
			t.Errorf("%v: %s", h, text)
		}
	}
	for _, origin := range []string{ledger.Origin("acme"), "backtrail/ärger", "x"} {
		if _, err := ledger.OpenCheckpoint(sign(t, k, origin, ledger.Empty), verifier(t, k, origin)); err != nil {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

func FuzzOpenCheckpoint(f *testing.F) {
	k := testKey(f)
	vkey := verifier(f, k, origin)
	good := sign(f, k, origin, ledger.Head{Size: 8})
	f.Add(good)
	f.Add(sign(f, k, "backtrail/other", ledger.Empty))
	f.Add(bytes.Replace(good, []byte("\n\n"), []byte("\nmore\n\n"), 1))
	f.Add([]byte("\n\n\n\n— a YWJjZGVmZ2hpamts\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		u, err := ledger.ParseUnverified(text)
		if err != nil && !errors.Is(err, ledger.ErrNotCheckpoint) {
			t.Fatalf("unverified: %v", err)
		}
		c, err := ledger.OpenCheckpoint(text, vkey)
		switch {
		case err == nil:
			// Nobody but the seeds has signed anything with this key.
			if c != u || c.Origin != origin || !bytes.HasPrefix(text, []byte(fmt.Sprintf("%s\n%d\n%s\n\n", origin, 8, ledger.Hash{}))) {
				t.Fatalf("%v, %v of %q", c, u, text)
			}
		case c != ledger.Checkpoint{}:
			t.Fatalf("%v with %v", c, err)
		case !errors.Is(err, ledger.ErrNotCheckpoint) && !errors.Is(err, ledger.ErrOtherKey) && !errors.Is(err, ledger.ErrBadSignature) && !errors.Is(err, ledger.ErrOtherLedger):
			t.Fatal(err)
		}
	})
}
