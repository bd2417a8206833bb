package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrNotProof says that a text does not have the form of a proof, or is too long.
var ErrNotProof = errors.New("not a proof")

const (
	proofHeader = "c2sp.org/tlog-proof@v1"
	// maxProof has room for an event of the largest size in the extra data.
	maxProof = 2 << 20
	// maxPath is the longest audit path, that of a ledger of MaxSize.
	maxPath = 56
)

// Proof is all that shows offline that a leaf is in a ledger: C2SP tlog-proof.
type Proof struct {
	Index int64
	// Extra is whatever the maker added; nil for none. Nothing vouches for it.
	Extra      []byte
	Path       tlog.RecordProof
	Checkpoint []byte // signed
}

// FormatProof writes a proof: that the leaf with this index is in the ledger with this checkpoint by p, which Inclusion
// made for the checkpoint's head. extra is opaque and not authenticated; nil leaves its line out.
func FormatProof(index int64, extra []byte, p tlog.RecordProof, checkpoint []byte) []byte {
	b := []byte(proofHeader + "\n")
	if extra != nil {
		b = append(b, "extra "...)
		b = base64.StdEncoding.AppendEncode(b, extra)
		b = append(b, '\n')
	}
	b = fmt.Appendf(b, "index %d\n", index)
	for _, h := range p {
		b = base64.StdEncoding.AppendEncode(b, h[:])
		b = append(b, '\n')
	}
	b = append(b, '\n')
	return append(b, checkpoint...)
}

// ParseProof reads a proof. It checks the form alone, see Check; of the checkpoint not even that. The error wraps
// ErrNotProof.
func ParseProof(text []byte) (Proof, error) {
	malformed := func(format string, args ...any) (Proof, error) {
		return Proof{}, fmt.Errorf("%w: %s", ErrNotProof, fmt.Sprintf(format, args...))
	}
	if len(text) > maxProof {
		return malformed("%d bytes, at most %d are read", len(text), maxProof)
	}
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	if !found {
		return malformed("no empty line before a checkpoint")
	}
	lines := strings.SplitN(head, "\n", 3+maxPath+1) // one more than there can be
	if lines[0] != proofHeader {
		return malformed("the first line is not %s", proofHeader)
	}
	lines = lines[1:]
	p := Proof{Checkpoint: []byte(checkpoint)}
	if len(lines) > 0 {
		if extra, ok := strings.CutPrefix(lines[0], "extra "); ok {
			var err error
			if p.Extra, err = base64.StdEncoding.Strict().DecodeString(extra); err != nil || strings.Contains(extra, "\r") {
				return malformed("the extra data is not base64")
			}
			lines = lines[1:]
		}
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return malformed("no index line")
	}
	index, err := strconv.ParseInt(lines[0][len("index "):], 10, 64)
	if err != nil || index < 0 || fmt.Sprintf("index %d", index) != lines[0] {
		return malformed("the index is not a number")
	}
	p.Index, lines = index, lines[1:]
	if len(lines) > maxPath {
		return malformed("a path of %d hashes, at most %d are possible", len(lines), maxPath)
	}
	for _, line := range lines {
		h, err := parseHash(line)
		if err != nil {
			return malformed("a line after the index is not a hash in base64")
		}
		p.Path = append(p.Path, h)
	}
	return p, nil
}

// Check reports whether the proof shows that the leaf with this hash is in the ledger of vkey, and returns the checkpoint
// that it leads to. The error is that of OpenCheckpoint, or wraps ErrProof.
func (p Proof) Check(leafHash Hash, vkey string) (Checkpoint, error) {
	c, err := OpenCheckpoint(p.Checkpoint, vkey)
	if err != nil {
		return Checkpoint{}, err
	}
	if err := CheckInclusion(p.Path, c.Head, p.Index, leafHash); err != nil {
		return Checkpoint{}, err
	}
	return c, nil
}
