package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

var errNotDisclosed = errors.New("audit: this is not the line of an event in an evidence pack")

// Disclosed is an event as an evidence pack shows it.
type Disclosed struct {
	// Leaf is what the ledger must hold for the line to be true.
	Leaf   []byte
	Header Header
	// Event is the body with null for what was withheld, whose paths are Withheld; ParseEvent reads it.
	Event    []byte
	Withheld []string
}

// OpenDisclosed reads a line that Disclose made. Nothing about the line is trusted: what Event shows is what the leaf
// commits to, or the line is refused. That the leaf is in the ledger is for a proof to say. A withheld value can be seen
// to have been there; who made the line can have put anything in its place, but then it is another leaf.
func OpenDisclosed(line []byte) (Disclosed, error) {
	if len(line) > MaxDisclosed {
		return Disclosed{}, errNotDisclosed
	}
	body, rest, ok := cutEvent(line)
	if !ok {
		return Disclosed{}, errNotDisclosed
	}
	d := Disclosed{Event: bytes.Clone(body)}
	if text, ok := bytes.CutPrefix(rest, []byte(`,"salt":"`)); ok {
		var salt Salt
		if text, ok = cutHex(salt[:], text); !ok || string(text) != `"}` {
			return Disclosed{}, errNotDisclosed
		}
		var err error
		if d.Leaf, err = AppendLeaf(nil, body, salt); err != nil {
			return Disclosed{}, fmt.Errorf("%w: %w", errNotDisclosed, err)
		}
	} else if list, ok := bytes.CutPrefix(rest, []byte(`,"values":[`)); ok {
		o := opener{rest: list}
		o.values.reset()
		// With nothing withheld the other form is the right one.
		if !o.walk.event(body, &o) || string(o.rest) != `]}` || len(o.paths) == 0 {
			return Disclosed{}, errNotDisclosed
		}
		d.Leaf, d.Withheld = appendLeaf(nil, o.walk.header, o.values.hash()), o.paths
	} else {
		return Disclosed{}, errNotDisclosed
	}
	var err error
	if d.Header, err = ParseHeader(leafHeader(d.Leaf)); err != nil {
		return Disclosed{}, err
	}
	return d, nil
}

// cutEvent takes the event off the line, without looking into it.
func cutEvent(line []byte) (body, rest []byte, ok bool) {
	rest, ok = bytes.CutPrefix(line, []byte(`{"event":`))
	if !ok || len(rest) == 0 || rest[0] != '{' {
		return nil, nil, false
	}
	end := skipValue(rest, 0)
	if end < 0 {
		return nil, nil, false
	}
	return rest[:end], rest[end:], true
}

// opener takes the entry of each value off the list while a walker reads the event that the line shows.
type opener struct {
	walk   walker
	rest   []byte // what follows in the list
	begun  bool
	values valueList
	paths  []string // of what was withheld
}

// entry steps over the beginning of the next entry when it is the one of path.
func (o *opener) entry(path []byte) bool {
	rest, ok := o.rest, true
	if o.begun {
		rest, ok = bytes.CutPrefix(rest, []byte(`,`))
	}
	for _, part := range [][]byte{[]byte(`["`), path, []byte(`",`)} {
		if !ok {
			return false
		}
		rest, ok = bytes.CutPrefix(rest, part)
	}
	if ok {
		o.rest, o.begun = rest, true
	}
	return ok
}

func (o *opener) value(path, raw []byte) bool {
	if !o.entry(path) {
		return false
	}
	var salt Salt
	rest, ok := bytes.CutPrefix(o.rest, []byte(`"`))
	if ok {
		rest, ok = cutHex(salt[:], rest)
	}
	if ok {
		rest, ok = bytes.CutPrefix(rest, []byte(`",null]`))
	}
	if !ok {
		return false
	}
	o.rest = rest
	c := o.values.commitment(salt[:], raw)
	o.values.add(path, c[:])
	return true
}

func (o *opener) withheld(path []byte) bool {
	if !o.entry(path) {
		return false
	}
	var c [sha256.Size]byte
	rest, ok := bytes.CutPrefix(o.rest, []byte(`null,"`))
	if ok {
		rest, ok = cutBase64(&c, rest)
	}
	if ok {
		rest, ok = bytes.CutPrefix(rest, []byte(`"]`))
	}
	if !ok {
		o.walk.bad = true // a null is no way out of an entry that cannot be read
		return false
	}
	o.rest = rest
	o.values.add(path, c[:])
	o.paths = append(o.paths, string(path))
	return true
}

// cutHex fills to from the lower-case hexadecimal digits that b starts with.
func cutHex(to, b []byte) (rest []byte, ok bool) {
	n := hex.EncodedLen(len(to))
	if len(b) < n || bytes.ContainsAny(b[:n], "ABCDEF") {
		return nil, false
	}
	_, err := hex.Decode(to, b[:n])
	return b[n:], err == nil
}

// cutBase64 fills to from the base64 that b starts with. There is one way to write it: Strict refuses stray bits, and
// line feeds, which the decoder skips, leave too few digits.
func cutBase64(to *[sha256.Size]byte, b []byte) (rest []byte, ok bool) {
	n := base64.StdEncoding.EncodedLen(len(to))
	if len(b) < n {
		return nil, false
	}
	var buf [sha256.Size + 1]byte // DecodedLen counts the padding
	m, err := base64.StdEncoding.Strict().Decode(buf[:], b[:n])
	copy(to[:], buf[:m])
	return b[n:], err == nil && m == len(to)
}
