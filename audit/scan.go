package audit

import (
	"bytes"
	"encoding/json"
	"errors"
)

var errNotCanonical = errors.New("audit: the stored event is not in its canonical form")

// Scan walks over the members of the canonical JSON object b and calls visit with each key and its raw value, without
// parsing what lies inside. It is how lists and exports read just what they show: a tenth of the cost of ParseEvent.
// The key and the value point into b. It allocates nothing.
func Scan(b []byte, visit func(key, value []byte)) error {
	if len(b) < 2 || b[0] != '{' {
		return errNotCanonical
	}
	i := 1
	for b[i] != '}' {
		if b[i] == ',' {
			i++
		}
		end := skipValue(b, i)
		if end < 0 || end >= len(b) || b[i] != '"' || b[end] != ':' {
			return errNotCanonical
		}
		key := b[i+1 : end-1]
		i = end + 1
		if end = skipValue(b, i); end < 0 || end >= len(b) {
			return errNotCanonical
		}
		visit(key, b[i:end])
		i = end
	}
	return nil
}

// skipValue returns the index behind the value that starts at i, -1 when it does not end.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return skipString(b, i+1)
	case '{', '[':
		depth := 0
		for j := i; j < len(b); j++ {
			switch b[j] {
			case '"':
				if j = skipValue(b, j) - 1; j < 0 {
					return -1
				}
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return j + 1
				}
			}
		}
		return -1
	}
	for j := i; j < len(b); j++ {
		if c := b[j]; c == ',' || c == '}' || c == ']' {
			return j
		}
	}
	return -1
}

// skipString returns the index behind the string whose text starts at i. Most strings have no escape; in one that has,
// it goes on byte by byte: looking for the end again behind each escape would take time with the square of their number.
func skipString(b []byte, i int) int {
	n := bytes.IndexByte(b[i:], '"')
	if n < 0 {
		return -1
	}
	escape := bytes.IndexByte(b[i:i+n], '\\')
	if escape < 0 {
		return i + n + 1
	}
	for j := i + escape; j < len(b); j++ {
		switch b[j] {
		case '\\':
			j++
		case '"':
			return j + 1
		}
	}
	return -1
}

// ScanString is the string of a raw value that Scan gave; "" for null. It shares b where no escape stands in it.
func ScanString(b []byte) []byte {
	if len(b) < 2 || b[0] != '"' {
		return nil
	}
	inner := b[1 : len(b)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return inner
	}
	return []byte(s)
}
