package ledger_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/backtrail/backtrail/ledger"
)

// proofOf is a proof of leaf 2 of the first five of the reference tree, whose hash is also returned.
func proofOf(t testing.TB, extra []byte) ([]byte, ledger.Hash) {
	t.Helper()
	b := ctBook(t, 5)
	p, err := ledger.Inclusion(t.Context(), b, b.head, 2)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.FormatProof(2, extra, p, sign(t, testKey(t), origin, b.head)), ledger.LeafHash([]byte{0x10})
}

func TestProofText(t *testing.T) {
	text, _ := proofOf(t, []byte("salt"))
	want := "c2sp.org/tlog-proof@v1\nextra c2FsdA==\nindex 2\n" +
		ledger.LeafHash([]byte{0x20, 0x21}).String() + "\n" +
		unhex(t, ctRoots[1])[0].String() + "\n" +
		unhex(t, node4)[0].String() + "\n\n" +
		string(sign(t, testKey(t), origin, ctBook(t, 5).head))
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
}

func TestProof(t *testing.T) {
	for name, extra := range map[string][]byte{"none": nil, "empty": {}, "some": []byte("salt\x00\n")} {
		t.Run(name, func(t *testing.T) {
			text, leafHash := proofOf(t, extra)
			p, err := ledger.ParseProof(text)
			if err != nil {
				t.Fatal(err)
			}
			if p.Index != 2 || !cmp.Equal(p.Extra, extra) {
				t.Errorf("index %d, extra %q", p.Index, p.Extra)
			}
			if again := ledger.FormatProof(p.Index, p.Extra, p.Path, p.Checkpoint); !bytes.Equal(again, text) {
				t.Errorf("%s\nbecame\n%s", text, again)
			}
			c, err := p.Check(leafHash, verifier(t, testKey(t), origin))
			if want := (ledger.Checkpoint{Origin: origin, Head: ctBook(t, 5).head}); err != nil || c != want {
				t.Errorf("%v, %v; want %v", c, err, want)
			}
		})
	}
}

func TestProofChecks(t *testing.T) {
	text, leafHash := proofOf(t, nil)
	good, err := ledger.ParseProof(text)
	if err != nil {
		t.Fatal(err)
	}
	vkey := verifier(t, testKey(t), origin)
	with := func(change func(p *ledger.Proof)) ledger.Proof {
		p := good
		change(&p)
		return p
	}
	for name, test := range map[string]struct {
		p    ledger.Proof
		leaf ledger.Hash
		vkey string
		want error
	}{
		"another leaf":   {good, leaf(2), vkey, ledger.ErrProof},
		"another index":  {with(func(p *ledger.Proof) { p.Index = 3 }), leafHash, vkey, ledger.ErrProof},
		"index outside":  {with(func(p *ledger.Proof) { p.Index = 5 }), leafHash, vkey, ledger.ErrProof},
		"no path":        {with(func(p *ledger.Proof) { p.Path = nil }), leafHash, vkey, ledger.ErrProof},
		"another key":    {good, leafHash, verifier(t, newKey(t), origin), ledger.ErrOtherKey},
		"another ledger": {good, leafHash, verifier(t, testKey(t), "backtrail/other"), ledger.ErrOtherLedger},
		"no checkpoint":  {ledger.Proof{}, leafHash, vkey, ledger.ErrNotCheckpoint},
		"no key":         {good, leafHash, "", ledger.ErrVerifier},
		"older checkpoint": {with(func(p *ledger.Proof) { p.Checkpoint = sign(t, testKey(t), origin, ctBook(t, 4).head) }),
			leafHash, vkey, ledger.ErrProof},
	} {
		if c, err := test.p.Check(test.leaf, test.vkey); c != (ledger.Checkpoint{}) || !errors.Is(err, test.want) {
			t.Errorf("%s: %v, %v; want %v", name, c, err, test.want)
		}
	}
}

func TestEveryBitOfAProof(t *testing.T) {
	text, leafHash := proofOf(t, nil)
	vkey := verifier(t, testKey(t), origin)
	for i := range len(text) * 8 {
		changed := bytes.Clone(text)
		changed[i/8] ^= 1 << (i % 8)
		p, err := ledger.ParseProof(changed)
		if err == nil {
			_, err = p.Check(leafHash, vkey)
		}
		if err == nil {
			t.Errorf("bit %d of byte %d: still a proof", i%8, i/8)
		}
	}
}

func TestParseProofRefuses(t *testing.T) {
	const header, hash = "c2sp.org/tlog-proof@v1\n", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	for name, text := range map[string]string{
		"nothing":               "",
		"header alone":          header,
		"header and empty line": header + "\n",
		"another version":       "c2sp.org/tlog-proof@v2\nindex 2\n\n",
		"no index":              header + hash + "\n",
		"no empty line":         header + "index 2\n" + hash,
		"index not a number":    header + "index two\n\n",
		"index negative":        header + "index -1\n\n",
		"index with a plus":     header + "index +1\n\n",
		"index with a zero":     header + "index 01\n\n",
		"index over 64 bits":    header + "index 9223372036854775808\n\n",
		"index twice":           header + "index 1\nindex 1\n\n",
		"extra not base64":      header + "extra ?\nindex 1\n\n",
		"extra with a return":   header + "extra c2Fs\rdA==\nindex 1\n\n",
		"extra with stray bits": header + "extra c2FsdB==\nindex 1\n\n",
		"extra twice":           header + "extra c2FsdA==\nextra c2FsdA==\nindex 1\n\n",
		"extra after index":     header + "index 1\nextra c2FsdA==\n\n",
		"hash too short":        header + "index 1\nAAAA\n\n",
		"hash with a return":    header + "index 1\n" + hash[:44] + "\r\n\n",
		"path too long":         header + "index 1\n" + strings.Repeat(hash, 57) + "\n",
		"path far too long":     header + "extra \nindex 1\n" + strings.Repeat(hash, 5000) + "\n",
		"too long":              header + "index 1\n\n" + strings.Repeat("x", 2<<20),
	} {
		if p, err := ledger.ParseProof([]byte(text)); !errors.Is(err, ledger.ErrNotProof) || p.Checkpoint != nil {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	if p, err := ledger.ParseProof([]byte(header + "extra \nindex 1\n" + strings.Repeat(hash, 56) + "\n")); err != nil || len(p.Path) != 56 {
		t.Errorf("the longest path: %v", err)
	}
}

func FuzzParseProof(f *testing.F) {
	for _, extra := range [][]byte{nil, {}, []byte("salt")} {
		text, _ := proofOf(f, extra)
		f.Add(text)
	}
	f.Add(ledger.FormatProof(0, nil, nil, nil))
	f.Add(ledger.FormatProof(1<<62, nil, make(tlog.RecordProof, 57), nil))
	vkey := verifier(f, testKey(f), origin)
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ledger.ParseProof(text)
		if err != nil {
			if !errors.Is(err, ledger.ErrNotProof) {
				t.Fatal(err)
			}
			return
		}
		if again := ledger.FormatProof(p.Index, p.Extra, p.Path, p.Checkpoint); !bytes.Equal(again, text) {
			t.Fatalf("%q became %q", text, again)
		}
		if c, err := p.Check(leaf(0), vkey); err == nil {
			t.Fatalf("a leaf that is nowhere is in %v", c)
		}
	})
}
