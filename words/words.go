// Package words says what a word is to the search: the one answer for the filter that looks at an event, for the
// questions and for the indexes of both databases.
//
// A word is a run of letters and digits. Capital and small letters are the same, and so are letters with and without an
// accent, wide and narrow ones, ß and ss; signs only part words. Scripts that are written without spaces (Chinese, Japanese,
// Thai and their like) have a word for each letter.
//
// What is in: texts in, words out. What is out: what a question means, and where words are kept. The answer is stored in
// indexes: a change of it needs new ones.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold is a text as its words, each between spaces: " acme renewal "; "" when it has none. A sequence of words stands in
// the text when its own fold is a part of this one.
func Fold(text string) string { return string(AppendFold(nil, text)) }

// AppendFold appends the fold of a text to b.
func AppendFold(b []byte, text string) []byte {
	start := len(b)
	b = append(b, ' ')
	if ascii(text) {
		b = foldASCII(b, text)
	} else {
		b = foldRunes(b, norm.NFKD.String(text))
	}
	if b[len(b)-1] != ' ' {
		b = append(b, ' ')
	}
	if len(b) == start+1 {
		return b[:start]
	}
	return b
}

// List is the words of a text, one after the other.
func List(text string) []string { return strings.Fields(Fold(text)) }

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func foldASCII(b []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			b = append(b, c)
		case 'A' <= c && c <= 'Z':
			b = append(b, c+'a'-'A')
		case b[len(b)-1] != ' ':
			b = append(b, ' ')
		}
	}
	return b
}

// foldRunes folds a text in which letters and their accents stand apart.
func foldRunes(b []byte, text string) []byte {
	for _, r := range text {
		r = unicode.ToLower(r)
		switch {
		case unicode.Is(silent, r):
		case unicode.IsMark(r):
			if b[len(b)-1] != ' ' { // it belongs to the letter before
				b = utf8.AppendRune(b, r)
			}
		case !unicode.IsLetter(r) && !unicode.IsNumber(r):
			if b[len(b)-1] != ' ' {
				b = append(b, ' ')
			}
		case alone(r):
			if b[len(b)-1] != ' ' {
				b = append(b, ' ')
			}
			b = utf8.AppendRune(b, r)
		default:
			if last, _ := utf8.DecodeLastRune(b); alone(base(b, last)) {
				b = append(b, ' ')
			}
			if spelt, ok := spellings[r]; ok {
				b = append(b, spelt...)
			} else {
				b = utf8.AppendRune(b, r)
			}
		}
	}
	return b
}

// base is the last letter of b, whose last rune is given: the one before its marks.
func base(b []byte, last rune) rune {
	for unicode.IsMark(last) {
		b = b[:len(b)-utf8.RuneLen(last)]
		last, _ = utf8.DecodeLastRune(b)
	}
	return last
}

// silent are marks that change how a letter sounds and that people leave out: accents of the alphabets of Europe, vowel
// points of Hebrew and Arabic.
var silent = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0300, Hi: 0x036F, Stride: 1}, {Lo: 0x0591, Hi: 0x05BD, Stride: 1}, {Lo: 0x05BF, Hi: 0x05C7, Stride: 1},
	{Lo: 0x0610, Hi: 0x061A, Stride: 1}, {Lo: 0x064B, Hi: 0x065F, Stride: 1}, {Lo: 0x0670, Hi: 0x0670, Stride: 1}}}

// alone reports whether r is a word by itself.
func alone(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// spellings are letters that are written in another way where a keyboard lacks them.
var spellings = map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'ħ': "h", 'ı': "i", 'ς': "σ"}

// Alone reports whether a word is a letter of a script without spaces: it begins no other one.
func Alone(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return alone(r)
}
