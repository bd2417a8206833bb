package ledger_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"
	"testing/fstest"

	"filippo.io/torchwood"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/backtrail/backtrail/ledger"
)

// torchwood is another implementation of the formats, by the people who wrote them down. It reads what we write, and we
// read what it writes.

// policy is what an auditor tells torchwood to trust: the one log with this key.
func policy(t testing.TB, vkey string) torchwood.Policy {
	t.Helper()
	p, err := torchwood.ParsePolicy([]byte("log " + vkey + "\nquorum none\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTorchwoodOpensCheckpoints(t *testing.T) {
	k := newKey(t)
	p := policy(t, verifier(t, k, origin))
	for _, size := range []int64{0, 1, 300} {
		b := bookOf(t, size)
		c, _, err := torchwood.VerifyCheckpoint(sign(t, k, origin, b.head), p)
		if err != nil {
			t.Fatal(err)
		}
		want := torchwood.Checkpoint{Origin: origin, Tree: tlog.Tree{N: size, Hash: b.head.Root}}
		if c != want {
			t.Errorf("%v, want %v", c, want)
		}
	}
	if _, _, err := torchwood.VerifyCheckpoint(sign(t, k, "backtrail/other", ledger.Empty), p); err == nil {
		t.Error("a checkpoint of another ledger is taken")
	}
}

func TestTorchwoodVerifiesProofs(t *testing.T) {
	k := newKey(t)
	p := policy(t, verifier(t, k, origin))
	for _, size := range []int64{1, 2, 257, 700} {
		b := bookOf(t, size)
		checkpoint := sign(t, k, origin, b.head)
		for _, index := range []int64{0, size / 2, size - 1} {
			path, err := ledger.Inclusion(t.Context(), b, b.head, index)
			if err != nil {
				t.Fatal(err)
			}
			for _, extra := range [][]byte{nil, []byte("salt")} {
				proof := ledger.FormatProof(index, extra, path, checkpoint)
				if err := torchwood.VerifyProof(p, leaf(index), proof); err != nil {
					t.Errorf("leaf %d of %d: %v", index, size, err)
				}
				if err := torchwood.VerifyProof(p, leaf(index+1), proof); err == nil {
					t.Errorf("leaf %d of %d: it proves another leaf", index, size)
				}
				if got, err := torchwood.ProofExtraData(proof); (extra == nil) != (err != nil) || !cmp.Equal(got, extra) {
					t.Errorf("extra data %q, %v", got, err)
				}
			}
		}
	}
}

func TestTorchwoodReadsTiles(t *testing.T) {
	for _, size := range []int64{1, 255, 256, 257, 700, 65536, 66_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			b := bookOf(t, size)
			files := fstest.MapFS{}
			for id, hashes := range b.tiles {
				path := torchwood.TilePath(tlog.Tile{H: 8, L: id.Level, N: id.N, W: len(hashes) / 32})
				files[path] = &fstest.MapFile{Data: hashes}
			}
			tiles, err := torchwood.NewTileFS(files)
			if err != nil {
				t.Fatal(err)
			}
			hashes := torchwood.TileHashReaderWithContext(t.Context(), tlog.Tree{N: size, Hash: b.head.Root}, tiles)
			for _, index := range []int64{0, size / 3, size - 1} {
				got, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
				if err != nil || got[0] != leaf(index) {
					t.Errorf("leaf %d: %v, %v", index, got, err)
				}
				want, err := tlog.ProveRecord(size, index, hashes)
				if err != nil {
					t.Fatal(err)
				}
				if ours, err := ledger.Inclusion(t.Context(), b, b.head, index); err != nil || !cmp.Equal(want, ours) {
					t.Errorf("proof of leaf %d: %v, %v; want %v", index, ours, err, want)
				}
			}
		})
	}
}

// The other way: its checkpoints, with lines and witnesses that we have no use for, and its proofs.
func TestReadsTorchwood(t *testing.T) {
	const size, index = 300, 77
	b := bookOf(t, size)
	s, vkey := noteSigner(t, origin)
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	witness, err := torchwood.NewCosignatureSigner("witness.example/w1", private)
	if err != nil {
		t.Fatal(err)
	}
	c := torchwood.Checkpoint{Origin: origin, Tree: tlog.Tree{N: size, Hash: b.head.Root}, Extension: "more\nand more\n"}
	checkpoint, err := note.Sign(&note.Note{Text: c.String()}, witness, s)
	if err != nil {
		t.Fatal(err)
	}
	want := ledger.Checkpoint{Origin: origin, Head: b.head}
	if got, err := ledger.OpenCheckpoint(checkpoint, vkey); err != nil || got != want {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	path, err := ledger.Inclusion(t.Context(), b, b.head, index)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{
		torchwood.FormatProof(index, path, checkpoint),
		torchwood.FormatProofWithExtraData(index, []byte("salt"), path, checkpoint),
		torchwood.FormatProofWithExtraData(index, nil, path, checkpoint),
	} {
		p, err := ledger.ParseProof(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Check(leaf(index), vkey); err != nil || got != want {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
		if _, err := p.Check(leaf(index+1), vkey); !errors.Is(err, ledger.ErrProof) {
			t.Errorf("another leaf: %v", err)
		}
	}
}
