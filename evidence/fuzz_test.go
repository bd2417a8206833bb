package evidence_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/ledger"
)

// fixedKey is the same in every process, so that an input that was found stays one.
func fixedKey(t testing.TB) *ledger.Key {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ledger.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// FuzzCheck gives the checker any file: an error of its own or a result, never a crash.
func FuzzCheck(f *testing.F) {
	b := samples(f, 8).where(f, map[string][]string{"action": {"deleted"}})
	b.key = fixedKey(f)
	whole := b.pack(f, nil)
	f.Add(whole)
	f.Add(b.pack(f, complete))
	f.Add(raw(f, plainEntries(unpack(f, whole))...))
	f.Add(zip64(whole, 7, 1, 1, 1))
	f.Add(whole[:len(whole)/2])
	o := evidence.Options{Verifier: b.verifier(f)}
	f.Fuzz(func(t *testing.T, pack []byte) {
		r, err := evidence.Check(t.Context(), bytes.NewReader(pack), int64(len(pack)), o)
		if err != nil && !errs.Is(err, errs.Unverified) {
			t.Fatal(err)
		}
		if err == nil {
			r.Words()
		}
	})
}

// FuzzCheckEntries changes what is in the entries of a pack that is right in itself. No other rows are taken for the
// log's.
func FuzzCheckEntries(f *testing.F) {
	b := samples(f, 12).where(f, map[string][]string{"action": {"deleted"}})
	b.key = fixedKey(f)
	whole := unpack(f, b.pack(f, func(p *evidence.Plan) { p.Complete, p.Withhold = true, []string{"ip"} }))
	f.Add(whole["events.csv"], whole["events.jsonl"], whole["headers.jsonl"], whole["proof.bin"], whole["manifest.json"])
	f.Add([]byte{}, []byte{}, []byte{}, []byte{}, []byte(`{"version":1}`))
	o := evidence.Options{Verifier: b.verifier(f)}
	f.Fuzz(func(t *testing.T, sheet, rows, headers, proof, manifest []byte) {
		entries := files{"events.csv": sheet, "events.jsonl": rows, "headers.jsonl": headers, "proof.bin": proof, "manifest.json": manifest,
			"checkpoint.txt": whole["checkpoint.txt"], "key.txt": whole["key.txt"], "README.txt": whole["README.txt"]}
		r, err := check(t, raw(t, plainEntries(entries)...), o)
		if err != nil && !errs.Is(err, errs.Unverified) {
			t.Fatal(err)
		}
		if err == nil && r.OK() && (!bytes.Equal(rows, whole["events.jsonl"]) || !bytes.Equal(headers, whole["headers.jsonl"])) {
			t.Fatalf("taken for the log's:\n%s\n%s", rows, headers)
		}
	})
}
