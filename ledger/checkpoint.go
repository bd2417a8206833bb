package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// maxCheckpoint is the longest checkpoint that is read: room for extensions and the signatures of witnesses, of which
// ours has none.
const maxCheckpoint = 64 << 10

// The errors of checkpoints. What is returned wraps one of them and says more.
var (
	// ErrNotCheckpoint says that a text does not have the form of a checkpoint, or is too long.
	ErrNotCheckpoint = errors.New("not a checkpoint")
	// ErrOtherKey says that the key in question has not signed it. Others have.
	ErrOtherKey = errors.New("the checkpoint is signed by another key")
	// ErrBadSignature says that it claims to be signed with the key in question, and is not: it was changed, or made up.
	ErrBadSignature = errors.New("the signature of the checkpoint is wrong")
	// ErrOtherLedger says that it is a checkpoint of another ledger than the one that the key was named for.
	ErrOtherLedger = errors.New("the checkpoint is of another ledger")
	// ErrOrigin says that a ledger cannot be called so.
	ErrOrigin = errors.New("not the name of a ledger")
)

// Checkpoint is a head that a ledger has been committed to.
type Checkpoint struct {
	Origin string // the ledger
	Head
}

// Origin is the name of an account's ledger.
func Origin(account string) string { return "backtrail/" + account }

// OpenCheckpoint reads a checkpoint and checks that it was signed with the key of vkey (as Key.Verifier gives it, or
// ParseVerifier), for the ledger that vkey is named for. Signatures of others and lines after the root are ignored.
//
// The error wraps ErrVerifier, ErrNotCheckpoint, ErrBadSignature, ErrOtherLedger or ErrOtherKey.
func OpenCheckpoint(text []byte, vkey string) (Checkpoint, error) {
	v, err := newVerifier(vkey)
	if err != nil {
		return Checkpoint{}, err
	}
	n, err := openNote(text, note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := parseBody(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != v.Name() {
		return Checkpoint{}, fmt.Errorf("%w: it is of %.100q, not of %q", ErrOtherLedger, c.Origin, v.Name())
	}
	if len(n.Sigs) == 0 {
		return Checkpoint{}, fmt.Errorf("%w: signed by %s, not by %q", ErrOtherKey, signers(n.UnverifiedSigs), keyName(v.Name(), v.KeyHash()))
	}
	// The package note takes base64 with stray bits at its end. One statement must not have two texts.
	if _, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: its signature is not clean base64", ErrNotCheckpoint)
	}
	return c, nil
}

// ParseUnverified reads a checkpoint and checks no signature. What it returns is a claim of whoever wrote the text. The
// error wraps ErrNotCheckpoint.
func ParseUnverified(text []byte) (Checkpoint, error) {
	n, err := openNote(text, nil)
	if err != nil {
		return Checkpoint{}, err
	}
	return parseBody(n.Text)
}

// openNote opens a signed note. The note is also returned when nobody who is known has signed it: its Sigs are empty.
func openNote(text []byte, known note.Verifiers) (*note.Note, error) {
	if len(text) > maxCheckpoint {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrNotCheckpoint, len(text), maxCheckpoint)
	}
	n, err := note.Open(text, known)
	if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		return unverified.Note, nil
	}
	if bad, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
		return nil, fmt.Errorf("%w: that of %q", ErrBadSignature, keyName(bad.Name, bad.Hash))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: it has not the form of a signed note", ErrNotCheckpoint)
	}
	return n, nil
}

// parseBody reads what is signed: origin, size and root, a line each, and perhaps more lines.
func parseBody(text string) (Checkpoint, error) {
	malformed := func(wrong string) (Checkpoint, error) {
		return Checkpoint{}, fmt.Errorf("%w: %s", ErrNotCheckpoint, wrong)
	}
	// Every line ends with a newline (package note sees to the last), so that the last piece is empty.
	lines := strings.Split(text, "\n")
	lines = lines[:len(lines)-1]
	if len(lines) < 3 {
		return malformed("it needs a line each for origin, size and root")
	}
	for _, line := range lines {
		if line == "" {
			return malformed("it has an empty line before the signatures")
		}
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return malformed("its second line is not a size")
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return malformed("its third line is not a hash in base64")
	}
	h := Head{size, root}
	if wrong := h.valid(); wrong != "" {
		return malformed(wrong)
	}
	return Checkpoint{lines[0], h}, nil
}

// parseHash reads a hash in the one base64 that it has.
func parseHash(text string) (Hash, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return Hash{}, err
	}
	// The length of the text keeps line breaks out, which the decoder steps over.
	if len(b) != len(Hash{}) || len(text) != base64.StdEncoding.EncodedLen(len(b)) {
		return Hash{}, errors.New("not a hash")
	}
	return Hash(b), nil
}

// signers names the first few of the keys that signed a note. The names are anybody's text: quoted, and not too long.
func signers(sigs []note.Signature) string {
	const most = 3
	var names []string
	for _, s := range sigs[:min(len(sigs), most)] {
		names = append(names, fmt.Sprintf("%.100q", keyName(s.Name, s.Hash)))
	}
	if len(sigs) > most {
		names = append(names, fmt.Sprintf("%d more", len(sigs)-most))
	}
	return strings.Join(names, ", ")
}

// keyName is the beginning of a verifier key, by which a signature names its key.
func keyName(name string, hash uint32) string { return fmt.Sprintf("%s+%08x", name, hash) }
