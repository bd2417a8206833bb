package ledger_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/backtrail/backtrail/ledger"
)

// The reference tree of Certificate Transparency: its leaves, and the roots of its first 1 to 8.
var (
	ctLeaves = []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	ctRoots  = []string{
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
)

// Inner nodes of the tree, named by the leaves they cover.
const (
	node1  = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
	node23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
	node4  = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
	node45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
	node67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
	node47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
)

func unhex(t testing.TB, texts ...string) []ledger.Hash {
	t.Helper()
	var hashes []ledger.Hash
	for _, text := range texts {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, ledger.Hash(b))
	}
	return hashes
}

// ctBook is the reference tree with n leaves.
func ctBook(t testing.TB, n int) *book {
	t.Helper()
	b := newBook()
	for _, text := range ctLeaves[:n] {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		b.append(t, []ledger.Hash{ledger.LeafHash(raw)})
	}
	return b
}

func TestReferenceRoots(t *testing.T) {
	const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for n, want := range append([]string{nothing}, ctRoots...) {
		if b := ctBook(t, n); b.head != (ledger.Head{Size: int64(n), Root: unhex(t, want)[0]}) {
			t.Errorf("%d leaves: head %x, want %s", n, b.head.Root, want)
		}
	}
}

func TestReferenceInclusion(t *testing.T) {
	for _, test := range []struct {
		index, size int
		want        []string
	}{
		{0, 1, nil},
		{0, 8, []string{node1, node23, node47}},
		{5, 8, []string{node4, node67, ctRoots[3]}},
		{2, 3, []string{ctRoots[1]}},
		{1, 5, []string{ctRoots[0], node23, node4}},
	} {
		t.Run(fmt.Sprintf("%d of %d", test.index, test.size), func(t *testing.T) {
			b := ctBook(t, test.size)
			p, err := ledger.Inclusion(t.Context(), b, b.head, int64(test.index))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(unhex(t, test.want...), []ledger.Hash(p), nilIsEmpty); diff != "" {
				t.Error(diff)
			}
			raw, _ := hex.DecodeString(ctLeaves[test.index])
			if err := ledger.CheckInclusion(p, b.head, int64(test.index), ledger.LeafHash(raw)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestReferenceConsistency(t *testing.T) {
	for _, test := range []struct {
		old, size int
		want      []string
	}{
		{1, 1, nil},
		{1, 8, []string{node1, node23, node47}},
		{6, 8, []string{node45, node67, ctRoots[3]}},
		{2, 5, []string{node23, node4}},
	} {
		t.Run(fmt.Sprintf("%d to %d", test.old, test.size), func(t *testing.T) {
			b := ctBook(t, test.size)
			p, err := ledger.Consistency(t.Context(), b, b.head, int64(test.old))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(unhex(t, test.want...), []ledger.Hash(p), nilIsEmpty); diff != "" {
				t.Error(diff)
			}
			old := ledger.Head{Size: int64(test.old), Root: unhex(t, ctRoots[test.old-1])[0]}
			if err := ledger.CheckConsistency(p, b.head, old); err != nil {
				t.Error(err)
			}
		})
	}
}

// A batch proof of leaves 1 and 6 of the eight, by hand.
func TestReferenceBatch(t *testing.T) {
	b := ctBook(t, 8)
	rest, err := ledger.BatchProof(t.Context(), b, b.head, []int64{1, 6})
	if err != nil {
		t.Fatal(err)
	}
	raw := func(i int) ledger.Hash {
		leaf, _ := hex.DecodeString(ctLeaves[i])
		return ledger.LeafHash(leaf)
	}
	if diff := cmp.Diff([]ledger.Hash{raw(0), unhex(t, node23)[0], unhex(t, node45)[0], raw(7)}, rest); diff != "" {
		t.Error(diff)
	}
	root, err := ledger.BatchRoot(8, []int64{1, 6}, []ledger.Hash{raw(1), raw(6)}, rest)
	if err != nil || root != b.head.Root {
		t.Errorf("root %v, %v", root, err)
	}
}

// nilIsEmpty takes an empty proof for no proof.
var nilIsEmpty = cmp.Transformer("empty", func(h []ledger.Hash) tlog.RecordProof {
	if len(h) == 0 {
		return nil
	}
	return h
})
