package importer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Clean returns the text of a cell without what spreadsheets put around it: spaces at the ends, the ="..." that keeps
// leading zeros, and the apostrophe that makes a formula inert (as our own export writes it).
func Clean(cell string) string {
	s := strings.TrimFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' })
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		return strings.ReplaceAll(inner[:len(inner)-1], `""`, `"`)
	}
	if len(s) > 1 && s[0] == '\'' && strings.IndexByte("=+-@", s[1]) >= 0 {
		return s[1:]
	}
	return s
}

// blanks are what people and programs write for "nothing here".
var blanks = map[string]bool{
	"": true, "-": true, "--": true, "n/a": true, "na": true, "#n/a": true, "null": true, "nil": true, "none": true, "nan": true,
}

// Blank reports a cell without a value, where a number, date, phone or boolean is due. Text is not asked: there is a
// family called Null.
func Blank(cell string) bool { return blanks[strings.ToLower(plain(cell))] }

// plain is a cell for reading by a machine: one kind of dash, space, digit and quote, and no invisible characters.
func plain(cell string) string {
	s := Clean(cell)
	for i := 0; ; i++ {
		if i == len(s) {
			return s // ASCII, as nearly all cells are
		}
		if s[i] >= 0x80 {
			break
		}
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u2212' || unicode.Is(unicode.Pd, r):
			return '-'
		case r == '’' || r == '‘':
			return '\''
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, norm.NFKC.String(s))
	return strings.TrimSpace(s)
}

// Key is a name reduced to what people mean by it: letters and digits, lower case, no accents. "GTX Pro" and "GTXPro"
// have one key, and so have "first_name" and "First Name". Names without any letter or digit have the key "".
func Key(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(name))
}

// oneLine is a header's name: no line breaks, single spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// quoted puts a cell into an error's sentence, cut to a length that can be read.
func quoted(cell string) string {
	r := []rune(Clean(cell))
	if len(r) > 60 {
		r = append(r[:60], '…')
	}
	return "\"" + string(r) + "\""
}
