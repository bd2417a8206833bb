package sheet

import (
	"bytes"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendCell appends text as one CSV cell. A text that a spreadsheet would run as a formula gets an apostrophe in
// front, which makes it a text there; every other one is kept as it is, an apostrophe of its own too. What makes a
// formula: = + - @ or their full-width forms as the first character, also behind white space and characters that
// cannot be seen, since spreadsheets trim those on import; and a tab, a carriage return or a line feed in front.
// Source: OWASP, CSV Injection.
func AppendCell(dst, text []byte) []byte {
	if len(text) == 0 {
		return dst
	}
	if !runs(text) {
		return appendQuoted(dst, text)
	}
	if !needsQuotes(text) {
		return append(append(dst, '\''), text...)
	}
	dst = append(dst, '"', '\'')
	return append(appendDoubled(dst, text), '"')
}

func runs(text []byte) bool {
	switch text[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n':
		return true
	}
	if c := text[0]; c > ' ' && c < utf8.RuneSelf {
		return false
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch r {
		case '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−':
			return true
		}
		if !unicode.IsSpace(r) && !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) {
			return false
		}
		text = text[size:]
	}
	return false
}

// needsQuotes: RFC 4180, section 2; a space at an end is quoted too, because readers trim it otherwise.
func needsQuotes(text []byte) bool {
	if text[0] == ' ' || text[len(text)-1] == ' ' {
		return true
	}
	for _, c := range text {
		switch c {
		case '"', ',', '\r', '\n':
			return true
		}
	}
	return false
}

// appendQuoted appends text as it is, in quotes where it needs them.
func appendQuoted(dst, text []byte) []byte {
	if len(text) == 0 {
		return dst
	}
	if !needsQuotes(text) {
		return append(dst, text...)
	}
	return append(appendDoubled(append(dst, '"'), text), '"')
}

func appendDoubled(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(append(dst, text[:i+1]...), '"')
		text = text[i+1:]
	}
}

// unescape appends to dst the text of a JSON string without its quotation marks. When nothing in it is escaped, it
// appends nothing and says so. What is no JSON becomes U+FFFD.
func unescape(dst, inner []byte) (text []byte, escaped bool) {
	i := bytes.IndexByte(inner, '\\')
	if i < 0 {
		return dst, false
	}
	for i >= 0 {
		dst = append(dst, inner[:i]...)
		r, size := unescapeOne(inner[i:])
		dst = utf8.AppendRune(dst, r)
		inner = inner[i+size:]
		i = bytes.IndexByte(inner, '\\')
	}
	return append(dst, inner...), true
}

// unescapeOne reads the escape at the start of b and says how long it is.
func unescapeOne(b []byte) (r rune, size int) {
	if len(b) < 2 {
		return utf8.RuneError, len(b)
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r, ok := hex4(b)
		if !ok {
			return utf8.RuneError, 2
		}
		if !utf16.IsSurrogate(r) {
			return r, 6
		}
		low, _ := hex4(b[6:])
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
		return utf8.RuneError, 6
	}
	return utf8.RuneError, 2
}

// hex4 reads \uXXXX.
func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
