package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
)

// HeaderLine appends the line of an evidence pack for an event that is outside of its filter, without a line feed: just
// enough to make its leaf, and to see that it does not belong into the pack. Errors are those of AppendLeaf.
func HeaderLine(dst, body []byte, salt Salt) ([]byte, error) {
	var lb LeafBuilder
	return lb.AppendHeaderLine(dst, body, salt)
}

// AppendHeaderLine is HeaderLine.
func (lb *LeafBuilder) AppendHeaderLine(dst, body []byte, salt Salt) ([]byte, error) {
	if err := lb.read(body, salt); err != nil {
		return dst, err
	}
	dst = append(append(dst, `{"header":`...), lb.walk.header...)
	sum := lb.list.hash()
	dst = base64.StdEncoding.AppendEncode(append(dst, `,"values_hash":"`...), sum[:])
	return append(dst, `"}`...), nil
}

// OpenHeaderLine reads a line that HeaderLine made, and trusts it as little as OpenDisclosed does.
func OpenHeaderLine(line []byte) (leaf []byte, h Header, err error) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"header":`))
	if !ok || len(line) > MaxDisclosed {
		return nil, Header{}, errNotDisclosed
	}
	end := skipValue(rest, 0)
	if end < 0 {
		return nil, Header{}, errNotDisclosed
	}
	header := rest[:end]
	if h, err = ParseHeader(header); err != nil {
		return nil, Header{}, err
	}
	if rest, ok = bytes.CutPrefix(rest[end:], []byte(`,"values_hash":"`)); !ok {
		return nil, Header{}, errNotDisclosed
	}
	var sum [sha256.Size]byte
	if rest, ok = cutBase64(&sum, rest); !ok || string(rest) != `"}` {
		return nil, Header{}, errNotDisclosed
	}
	return appendLeaf(nil, header, sum), h, nil
}
