package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"slices"
)

// A leaf is what the ledger holds of an event. It says the event's public header in clear, and of everything else only
// the hash of a list of salted hashes, one for each value: so a value can be erased, or withheld from an export, and
// every proof of the leaf still holds. docs/ledger.md describes the form for those who check it in another language.
//
//	backtrail-leaf/1
//	{"v":1,"id":...}          the header, see Header
//	base64(VALUES_HASH)       SHA-256 of the list of values
//
// The list has a line "PATH COMMITMENT\n" for each value in the order of the body. Its commitment is SHA-256 of the
// value's salt and its raw text; its salt is made of the event's salt and its path, so that showing it tells nothing
// of the other salts. A body cannot be told from its leaf, but no other body has it: header and values together give
// back every byte of the canonical form.
const leafPrefix = "backtrail-leaf/1\n"

// Salt keeps the values of one event from being guessed from their hashes. It is stored beside the event, is shown
// only together with the whole event, and is destroyed when one of the values is erased.
type Salt [16]byte

// NewSalt returns a random salt.
func NewSalt() (s Salt) {
	rand.Read(s[:]) // never fails (crypto/rand)
	return s
}

// AppendLeaf appends the leaf of the event that is stored as body. A body that is not exactly what AppendCanonical
// makes is an error; dst comes back as it was. Who makes many leaves uses a LeafBuilder.
func AppendLeaf(dst, body []byte, salt Salt) ([]byte, error) {
	var lb LeafBuilder
	return lb.Append(dst, body, salt)
}

// LeafBuilder makes leaves one after another and keeps its buffers. The zero value is ready. It is not safe for
// concurrent use.
type LeafBuilder struct {
	walk  walker
	salts salts
	list  valueList
}

// Append is AppendLeaf.
func (lb *LeafBuilder) Append(dst, body []byte, salt Salt) ([]byte, error) {
	if err := lb.read(body, salt); err != nil {
		return dst, err
	}
	return appendLeaf(dst, lb.walk.header, lb.list.hash()), nil
}

func (lb *LeafBuilder) read(body []byte, salt Salt) error {
	lb.salts.key(salt)
	lb.list.reset()
	if !lb.walk.event(body, lb) {
		return errNotCanonical
	}
	return nil
}

func (lb *LeafBuilder) value(path, raw []byte) bool {
	c := lb.list.commitment(lb.salts.of(path), raw)
	lb.list.add(path, c[:])
	return true
}

func (lb *LeafBuilder) withheld([]byte) bool { return false }

func appendLeaf(dst, header []byte, valuesHash [sha256.Size]byte) []byte {
	dst = append(dst, leafPrefix...)
	dst = append(dst, header...)
	dst = append(dst, '\n')
	dst = base64.StdEncoding.AppendEncode(dst, valuesHash[:])
	return append(dst, '\n')
}

// leafHeader is the header inside a leaf that appendLeaf made.
func leafHeader(leaf []byte) []byte {
	header, _, _ := bytes.Cut(leaf[len(leafPrefix):], []byte("\n"))
	return header
}

// salts derives the salt of each value: the first 16 bytes of HMAC-SHA256(the event's salt, the value's path).
type salts struct {
	mac hash.Hash
	sum []byte
}

func (s *salts) key(salt Salt) { s.mac = hmac.New(sha256.New, salt[:]) }

// of is good until the next call.
func (s *salts) of(path []byte) []byte {
	s.mac.Reset()
	s.mac.Write(path)
	s.sum = s.mac.Sum(s.sum[:0])
	return s.sum[:len(Salt{})]
}

// valueList is the list whose hash stands in the leaf.
type valueList struct {
	lines  []byte
	opened []byte // salt and value, side by side to be hashed at once
}

func (l *valueList) reset() { l.lines = slices.Grow(l.lines[:0], 2<<10) }

func (l *valueList) commitment(salt, raw []byte) [sha256.Size]byte {
	l.opened = append(append(l.opened[:0], salt...), raw...)
	return sha256.Sum256(l.opened)
}

func (l *valueList) add(path, commitment []byte) {
	l.lines = append(append(l.lines, path...), ' ')
	l.lines = base64.StdEncoding.AppendEncode(l.lines, commitment)
	l.lines = append(l.lines, '\n')
}

func (l *valueList) hash() [sha256.Size]byte { return sha256.Sum256(l.lines) }

// CheckCanonical parses body and checks that it is, byte for byte, the canonical form of the event: it refuses exactly
// what AppendLeaf refuses, by the other way of parsing and writing again.
func CheckCanonical(body []byte) (*Event, error) {
	e, err := ParseEvent(body)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(e.AppendCanonical(nil), body) {
		return nil, errNotCanonical
	}
	for i, c := range e.Changes {
		if !c.Before.Valid() || !c.After.Valid() {
			return nil, fmt.Errorf("%w: the value of change %d", errNotCanonical, i)
		}
	}
	return e, nil
}
