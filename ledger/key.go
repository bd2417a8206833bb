package ledger

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"

	"github.com/backtrail/backtrail/errs"
)

// pemType is the label of an unencrypted PKCS#8 key (RFC 7468, section 10).
const pemType = "PRIVATE KEY"

// maxKeyFile is far more than a PEM block of an Ed25519 key with any comment around it.
const maxKeyFile = 64 << 10

// Key is an Ed25519 key that signs checkpoints. One key signs for all ledgers of an installation: what tells the
// ledgers apart is the origin, which is signed and is the name of the key in each signature.
type Key struct{ private ed25519.PrivateKey }

// NewKey makes a new random key.
func NewKey() (*Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return &Key{private}, nil
}

// ParseKey reads a key from PEM: one block of PKCS#8, as openssl genpkey -algorithm ed25519 writes it. Text before and
// after the block is allowed, a second block is not. Its error is errs.Invalid with code ledger_key_invalid.
func ParseKey(text []byte) (*Key, error) { return parseKey(text, "The signing key") }

func parseKey(text []byte, what string) (*Key, error) {
	invalid := func(wrong string) *errs.Error {
		return errs.New(errs.Invalid, "ledger_key_invalid", "%s %s.", what, wrong).
			WithFix("Give an Ed25519 key in PEM, as openssl genpkey -algorithm ed25519 writes it.")
	}
	if len(text) > maxKeyFile {
		return nil, invalid("is too long to be a key")
	}
	block, rest := pem.Decode(text)
	if block == nil {
		return nil, invalid("is not in PEM: it has no block between BEGIN and END lines")
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, invalid("is encrypted").WithFix("Decrypt it with openssl pkey, and let the permissions of the file protect it.")
	}
	if block.Type != pemType {
		return nil, invalid(fmt.Sprintf("is not a private key: its PEM block says %.64q, not %q", block.Type, pemType))
	}
	if more, _ := pem.Decode(rest); more != nil {
		return nil, invalid("has more than one PEM block")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, invalid("is damaged: its PEM block does not hold a PKCS#8 key").Because(err)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, invalid("is of another kind than Ed25519")
	}
	return &Key{private}, nil
}

// PEM is the key as ParseKey reads it. It is secret.
func (k *Key) PEM() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		panic("ledger: an Ed25519 key has no PKCS#8 form: " + err.Error()) // x509 knows every key that Key can hold
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der})
}

// Public is the public key in base64, to compare keys by.
func (k *Key) Public() string { return base64.StdEncoding.EncodeToString(k.public()) }

func (k *Key) public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

// String and GoString name the key by its public half: however a Key gets into a log or a message, the secret does not.
func (k *Key) String() string { return "ledger key " + k.Public() }

// GoString is String.
func (k *Key) GoString() string { return k.String() }
