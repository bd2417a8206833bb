package ledger

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Sign returns the checkpoint of the ledger origin with this head: what OpenCheckpoint reads. It is the same for the same
// arguments. The error wraps ErrOrigin for an origin that cannot be a key's name, and is another for a head that no
// ledger has.
//
// Who signs answers for it that the head follows from every head that was signed for this origin before.
func (k *Key) Sign(origin string, h Head) ([]byte, error) {
	if wrong := h.valid(); wrong != "" {
		return nil, fmt.Errorf("ledger: not signed: %s", wrong)
	}
	s, err := k.signer(origin)
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", origin, h.Size, h.Root)}, s)
}

// Verifier is the public key under the name of the ledger origin, in the text form that OpenCheckpoint and every other
// reader of C2SP signed notes take: origin+hash+base64. It is what an auditor gets, on another way than the log. The
// error wraps ErrOrigin.
func (k *Key) Verifier(origin string) (string, error) {
	if err := checkOrigin(origin); err != nil {
		return "", err
	}
	return note.NewEd25519VerifierKey(origin, k.public())
}

// signer is the key under the name of one ledger.
func (k *Key) signer(origin string) (note.Signer, error) {
	vkey, err := k.Verifier(origin)
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	return signer{v, k.private}, nil
}

// signer has the name and the hash of the verifier; only the signing is its own.
type signer struct {
	note.Verifier
	private ed25519.PrivateKey
}

var _ note.Signer = signer{}

func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.private, msg), nil }

// checkOrigin reports whether a text can be the first line of a checkpoint and the name of a key. Signed notes forbid
// space and plus; control characters are ours to forbid, because note.Open would not read what note.Sign wrote.
func checkOrigin(origin string) error {
	const longest = 1 << 10
	if origin == "" || len(origin) > longest || !utf8.ValidString(origin) || strings.Contains(origin, "+") ||
		strings.ContainsFunc(origin, unicode.IsSpace) || strings.ContainsFunc(origin, unicode.IsControl) {
		return fmt.Errorf("%w: %.100q is empty, too long, or has spaces, a plus or control characters", ErrOrigin, origin)
	}
	return nil
}
