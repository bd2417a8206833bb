package importer

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/backtrail/backtrail/errs"
)

// Encoding is how the file writes its text, by its IANA name.
type Encoding string

// The encodings that are read.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Latin1      Encoding = "iso-8859-1"
	Windows1252 Encoding = "windows-1252"
)

func (e Encoding) utf16() bool { return e == UTF16LE || e == UTF16BE }

// reader turns what r holds after its byte-order mark into UTF-8.
func (e Encoding) reader(r io.Reader) io.Reader {
	switch e {
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Reader(r)
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Reader(r)
	case Latin1, Windows1252:
		return charmap.Windows1252.NewDecoder().Reader(r) // the two differ in 0x80 to 0x9F only, which Latin-1 text does not have
	}
	return r
}

var boms = []struct {
	mark     string
	encoding Encoding
}{
	{"\xef\xbb\xbf", UTF8},
	{"\xff\xfe", UTF16LE},
	{"\xfe\xff", UTF16BE},
}

// notCSV are the first bytes of what people choose by mistake.
var notCSV = []struct{ magic, is string }{
	{"PK\x03\x04", "an Excel workbook or a ZIP archive"},
	{"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind"},
	{"%PDF-", "a PDF"},
	{"\x1f\x8b", "a compressed file"},
}

// detect finds the encoding. All of the file is looked at, as the first accent may stand in the last row.
func (f *File) detect() error {
	if _, err := f.src.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var t tally
	buf, held := make([]byte, 64<<10), 0
	for first := true; ; first = false {
		n, err := io.ReadFull(f.src, buf[held:])
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		b := buf[:held+n]
		if first {
			for _, k := range notCSV {
				if bytes.HasPrefix(b, []byte(k.magic)) {
					return errs.New(errs.Invalid, "not_csv", "The file is %s, not CSV.", k.is).
						WithFix("Open it in a spreadsheet and save it as CSV UTF-8.")
				}
			}
			for _, k := range boms {
				if bytes.HasPrefix(b, []byte(k.mark)) {
					f.Encoding, f.bom = k.encoding, int64(len(k.mark))
					break
				}
			}
			if f.Encoding.utf16() {
				return nil
			}
		}
		rest := t.add(b, last)
		if last {
			break
		}
		held = copy(buf, rest)
	}
	marked := f.Encoding == UTF8
	f.Encoding = t.encoding(marked)
	switch {
	case f.Encoding != UTF8:
		f.warn(EncodingGuessed, "The text is not UTF-8 and was read as "+string(f.Encoding)+".",
			"Look at the accents in the preview. If they are wrong, save the file as CSV UTF-8.")
	case t.bad > 0:
		f.warn(TextDamaged, "Some bytes of the file are not UTF-8; the rows that hold them are refused.",
			"Correct those rows and save the file as CSV UTF-8.")
	}
	return nil
}

func (f *File) warn(code, detail, fix string) {
	f.Warnings = append(f.Warnings, Warning{Code: code, Detail: detail, Fix: fix})
}

// tally counts what speaks for and against UTF-8.
type tally struct {
	multi int // characters of several bytes, right in UTF-8
	bad   int // bytes that are not
	c1    int // bytes 0x80 to 0x9F among the bad ones: Windows text
}

// add counts b and returns the part of a character at its end that the next part of the file completes.
func (t *tally) add(b []byte, last bool) (rest []byte) {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		if !last && !utf8.FullRune(b) {
			return b
		}
		_, n := utf8.DecodeRune(b)
		switch {
		case n > 1:
			t.multi++
		case len(b) >= 3 && b[0] == 0xed && b[1] >= 0xa0 && b[2] >= 0x80 && b[2] < 0xc0:
			// Half a surrogate pair: wrong, but no Latin text looks like it.
			t.multi, t.bad, n = t.multi+4, t.bad+3, 3
		default:
			t.bad++
			if b[0] < 0xa0 {
				t.c1++
			}
		}
		b = b[n:]
	}
	return nil
}

// encoding decides. A few bad bytes in a text of good UTF-8 are damage: reading it all as Latin-1 would spoil the rest.
func (t *tally) encoding(marked bool) Encoding {
	switch {
	case t.bad == 0, marked, t.multi > t.bad:
		return UTF8
	case t.c1 > 0:
		return Windows1252
	}
	return Latin1
}
