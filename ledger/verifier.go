package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// ErrVerifier says that a text is not a verifier key, as Key.Verifier gives it.
var ErrVerifier = errors.New("not a verifier key")

// maxVerifier is the longest text that ParseVerifier reads.
const maxVerifier = 64 << 10

// ParseVerifier finds the one verifier key in a text that a person keeps, such as a file: white space around it, empty
// lines and lines that begin with # are left out. The error wraps ErrVerifier.
func ParseVerifier(text string) (string, error) {
	if len(text) > maxVerifier {
		return "", fmt.Errorf("%w: the text has %d bytes, at most %d are read", ErrVerifier, len(text), maxVerifier)
	}
	var vkey string
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) { // some editors put a byte order mark in front
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case vkey != "":
			return "", fmt.Errorf("%w: there is more than one line; give one key", ErrVerifier)
		default:
			vkey = line
		}
	}
	if vkey == "" {
		return "", fmt.Errorf("%w: there is no key in the text", ErrVerifier)
	}
	if _, err := newVerifier(vkey); err != nil {
		return "", err
	}
	return vkey, nil
}

// Verifier is Key.Verifier of a key of which only the public half is known, as Key.Public gives it. The error wraps
// ErrVerifier or ErrOrigin.
func Verifier(origin, public string) (string, error) {
	if err := checkOrigin(origin); err != nil {
		return "", err
	}
	key, err := base64.StdEncoding.Strict().DecodeString(public)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return "", fmt.Errorf("%w: %.100q is not an Ed25519 public key in base64", ErrVerifier, public)
	}
	return note.NewEd25519VerifierKey(origin, key)
}

func newVerifier(vkey string) (note.Verifier, error) {
	if strings.HasPrefix(vkey, "PRIVATE+KEY+") {
		// Not quoted, or it would end in a log.
		return nil, fmt.Errorf("%w: this is a private key, keep it secret; a verifier key begins with the name of the ledger", ErrVerifier)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("%w: %.100q must be name+hash+key, unchanged, with an Ed25519 key (%v)", ErrVerifier, vkey, err)
	}
	return v, nil
}
