package audit

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// kind is what may stand at a place of the canonical form.
type kind int

const (
	text         kind = iota // a string in the form of AppendString
	filledText               // one that is not empty
	textOrNull               // one that is not empty, or null
	instant                  // a time in the form of TimeLayout
	laterInstant             // one after the zero time, which the canonical form leaves out
	positive                 // a number from 1
	integer
	yes        // true
	jsonOrNull // any JSON without white space
)

func (k kind) null() bool { return k == textOrNull || k == jsonOrNull }

// withholdable values leave a null behind that ParseEvent reads as nothing.
func (k kind) withholdable() bool {
	return k == text || k == filledText || k == textOrNull || k == jsonOrNull
}

// end returns the index behind the scalar of kind k that starts at b[i], -1 when none does.
func (k kind) end(b []byte, i int) int {
	switch k {
	case text:
		return stringEnd(b, i)
	case filledText, textOrNull:
		if end := stringEnd(b, i); end > i+len(`""`) {
			return end
		}
	case instant, laterInstant:
		end := i + len(`"`+TimeLayout+`"`)
		if end <= len(b) && b[i] == '"' && b[end-1] == '"' && validInstant(b[i+1:end-1], k == laterInstant) {
			return end
		}
	case positive, integer:
		return integerEnd(b, i, k == positive)
	case yes:
		return literalEnd(b, i, "true")
	case jsonOrNull:
		return jsonEnd(b, i, maxValueDepth)
	}
	return -1
}

// plain are the bytes that stand in a string as they are and need no second look.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// stringEnd returns the index behind the string that starts at b[i]: what AppendString writes and nothing else.
func stringEnd(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	ascii := true
	for j := i + 1; j < len(b); j++ {
		c := b[j]
		if plain[c] {
			continue
		}
		switch {
		case c == '"':
			if !ascii && !utf8.Valid(b[i:j]) {
				return -1
			}
			return j + 1
		case c >= utf8.RuneSelf:
			ascii = false
		case c == '\\':
			n := escapeLen(b[j:])
			if n == 0 {
				return -1
			}
			j += n - 1
		default:
			return -1
		}
	}
	return -1
}

// escapeLen is the length of the escape that b starts with, 0 when AppendString does not write it.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', 'b', 't', 'n', 'f', 'r':
		return 2
	case 'u':
		if len(b) < 6 || string(b[2:4]) != "00" || b[4] != '0' && b[4] != '1' {
			return 0
		}
		// Of the control characters, those with a short escape are not written this way.
		short := b[4] == '0' && (b[5] == '8' || b[5] == '9' || b[5] == 'a' || b[5] == 'c' || b[5] == 'd')
		if hex := b[5] >= '0' && b[5] <= '9' || b[5] >= 'a' && b[5] <= 'f'; hex && !short {
			return 6
		}
	}
	return 0
}

func validInstant(b []byte, later bool) bool {
	if b[len("2006-01-02T15:04:05")] != '.' || b[len(b)-1] != 'Z' { // time.Parse takes a comma, and a zone
		return false
	}
	t, err := time.Parse(time.RFC3339Nano, string(b))
	return err == nil && !(later && t.IsZero())
}

func integerEnd(b []byte, i int, positive bool) int {
	j := i
	for j < len(b) && (b[j] == '-' || b[j] >= '0' && b[j] <= '9') {
		j++
	}
	// Written again, because there are more ways to read a number than to write it.
	var again [20]byte
	n, err := strconv.ParseInt(string(b[i:j]), 10, 64)
	if err != nil || positive && n < 1 || string(strconv.AppendInt(again[:0], n, 10)) != string(b[i:j]) {
		return -1
	}
	return j
}

func literalEnd(b []byte, i int, s string) int {
	if len(b)-i < len(s) || string(b[i:i+len(s)]) != s {
		return -1
	}
	return i + len(s)
}
