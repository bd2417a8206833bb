package ledger_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
)

// The example key of RFC 8410, section 10.3, which openssl writes the same way, and its public key of section 10.1.
const (
	rfcKey = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
`
	rfcPublic = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
)

func testKey(t testing.TB) *ledger.Key {
	t.Helper()
	k, err := ledger.ParseKey([]byte(rfcKey))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newKey(t testing.TB) *ledger.Key {
	t.Helper()
	k, err := ledger.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKey(t *testing.T) {
	k := testKey(t)
	public, _ := hex.DecodeString(rfcPublic)
	if want := base64.StdEncoding.EncodeToString(public); k.Public() != want {
		t.Errorf("public key %s, want %s", k.Public(), want)
	}
	if got := string(k.PEM()); got != rfcKey {
		t.Errorf("PEM:\n%s\nwant\n%s", got, rfcKey)
	}
	other := newKey(t)
	if other.Public() == k.Public() || newKey(t).Public() == other.Public() {
		t.Error("one key twice")
	}
	again, err := ledger.ParseKey(append([]byte("made on Monday\n"), other.PEM()...))
	if err != nil || again.Public() != other.Public() {
		t.Errorf("%v, %v; want %v", again, err, other)
	}
}

// However a key is printed, its secret stays out.
func TestKeyIsNotPrinted(t *testing.T) {
	k := testKey(t)
	block, _ := pem.Decode([]byte(rfcKey))
	seed := block.Bytes[len(block.Bytes)-32:]
	asJSON, err := json.Marshal(map[string]any{"key": k})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%+v %#v %x %q", k, k, k, k), string(asJSON)} {
		for _, secret := range []string{hex.EncodeToString(seed[:8]), base64.StdEncoding.EncodeToString(seed)[:12], fmt.Sprint(seed[:4])[1:8], rfcKey[28:60]} {
			if strings.Contains(text, secret) {
				t.Errorf("the secret is in %s", text)
			}
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	for name, test := range map[string]struct{ text, detail string }{
		"nothing":         {"", "not in PEM"},
		"text":            {"my key\n", "not in PEM"},
		"cut off":         {rfcKey[:100], "not in PEM"},
		"too long":        {rfcKey + strings.Repeat("\n", 64<<10), "too long"},
		"certificate":     {string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE"})), `says "CERTIFICATE"`},
		"public key":      {string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY"})), `says "PUBLIC KEY"`},
		"encrypted":       {string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY"})), "encrypted"},
		"two keys":        {rfcKey + rfcKey, "more than one"},
		"not DER":         {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("key")})), "damaged"},
		"elliptic curve":  {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: otherKey(t, "P-256")})), "another kind"},
		"for an exchange": {string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: otherKey(t, "X25519")})), "another kind"},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := ledger.ParseKey([]byte(test.text))
			if k != nil || errs.Code(err) != "ledger_key_invalid" || errs.Of(err).Fix == "" || !strings.Contains(err.Error(), test.detail) {
				t.Errorf("%v, %v; want %s", k, err, test.detail)
			}
		})
	}
}

// otherKey is a key that PKCS#8 can hold, and that cannot sign a checkpoint.
func otherKey(t *testing.T, kind string) []byte {
	t.Helper()
	var key any
	var err error
	if kind == "X25519" {
		key, err = ecdh.X25519().GenerateKey(rand.Reader)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestLoadKey(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	k, err := ledger.LoadKey(file("good.pem", rfcKey, 0o600))
	if err != nil || k.Public() != testKey(t).Public() {
		t.Errorf("%v, %v", k, err)
	}
	for _, test := range []struct {
		path string
		kind errs.Kind
		code string
	}{
		{filepath.Join(dir, "missing.pem"), errs.NotFound, "ledger_key_missing"},
		{filepath.Join(dir, "no", "missing.pem"), errs.NotFound, "ledger_key_missing"},
		{dir, errs.Unavailable, "ledger_key_unreadable"},
		{filepath.Join(dir, "good.pem", "no.pem"), errs.Unavailable, "ledger_key_unreadable"},
		{file("bad.pem", "key", 0o600), errs.Invalid, "ledger_key_invalid"},
		{file("long.pem", strings.Repeat("#", 1<<20), 0o600), errs.Invalid, "ledger_key_invalid"},
	} {
		k, err := ledger.LoadKey(test.path)
		if k != nil || !errs.Is(err, test.kind) || errs.Code(err) != test.code || errs.Of(err).Fix == "" || !strings.Contains(err.Error(), test.path) {
			t.Errorf("%s: %v, %v; want %s", test.path, k, err, test.code)
		}
	}
}

func TestCreateKey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.pem")
	k, err := ledger.CreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, again := range []func(string) (*ledger.Key, error){ledger.CreateKey, ledger.LoadKey} {
		if same, err := again(path); err != nil || same.Public() != k.Public() {
			t.Errorf("%v, %v; want %v", same, err, k)
		}
	}
	onlyKey(t, path)

	if k, err := ledger.CreateKey(filepath.Join(dir, "no", "ledger.pem")); k != nil || errs.Code(err) != "ledger_key_unwritable" || errs.Of(err).Fix == "" {
		t.Errorf("in no folder: %v, %v", k, err)
	}
	// What is in the way stays.
	bad := filepath.Join(t.TempDir(), "ledger.pem")
	if err := os.WriteFile(bad, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if k, err := ledger.CreateKey(bad); k != nil || errs.Code(err) != "ledger_key_invalid" {
		t.Errorf("over a file that is no key: %v, %v", k, err)
	}
	if text, err := os.ReadFile(bad); err != nil || string(text) != "mine" {
		t.Errorf("the file says %q, %v", text, err)
	}
}

func TestCreateKeyAtTheSameTime(t *testing.T) {
	for range 20 {
		path := filepath.Join(t.TempDir(), "ledger.pem")
		keys := make([]*ledger.Key, 32)
		start := make(chan struct{})
		var all sync.WaitGroup
		for i := range keys {
			all.Go(func() {
				<-start
				k, err := ledger.CreateKey(path)
				if err != nil {
					t.Error(err)
				}
				keys[i] = k
			})
		}
		close(start)
		all.Wait()
		if t.Failed() {
			return
		}
		for _, k := range keys {
			if k.Public() != keys[0].Public() {
				t.Fatalf("two keys: %v, %v", k, keys[0])
			}
		}
		onlyKey(t, path)
	}
}

// onlyKey checks that the folder has the file of a key, for its owner alone, and nothing else.
func onlyKey(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add([]byte(rfcKey))
	f.Add([]byte("# ours\n" + rfcKey + "\n"))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{0x30, 0x2e}}))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ledger.ParseKey(text)
		if err != nil {
			if errs.Code(err) != "ledger_key_invalid" {
				t.Fatal(err)
			}
			return
		}
		again, err := ledger.ParseKey(k.PEM())
		if err != nil || again.Public() != k.Public() || !bytes.Equal(again.PEM(), k.PEM()) {
			t.Fatalf("%v became %v, %v", k, again, err)
		}
	})
}
