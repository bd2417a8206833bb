package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"github.com/backtrail/backtrail/errs"
)

// dump is a file in short: its names, then a line for each row.
func dump(t *testing.T, f *File) string {
	t.Helper()
	lines := []string{strings.Join(f.Names(), "|")}
	for row, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if row.Err != nil {
			lines = append(lines, fmt.Sprintf("%d: %s", row.Number, row.Err.Code))
			continue
		}
		lines = append(lines, fmt.Sprintf("%d: %s", row.Number, strings.Join(row.Cells, "|")))
	}
	return strings.Join(lines, "\n")
}

func utf16(order unicode.Endianness, s string) string {
	out, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		name, text string
		options    Options
		want       string
		encoding   Encoding
		delimiter  rune
		warnings   string
	}{
		{name: "plain", text: "a,b\n1x,2x\n", want: "a|b\n2: 1x|2x"},
		{name: "no line end at the end", text: "a,b\n1x,2x", want: "a|b\n2: 1x|2x"},
		{name: "byte-order mark", text: "\ufeffa,b\n1,2\n", want: "a|b\n2: 1|2"},
		{name: "byte-order mark before a quote", text: "\ufeff\"a\",b\n1,2\n", want: "a|b\n2: 1|2"},
		{name: "CRLF", text: "a,b\r\n1,2\r\n", want: "a|b\n2: 1|2"},
		{name: "lone CR", text: "a,b\r1,2\r3,4", want: "a|b\n2: 1|2\n3: 3|4"},
		{name: "semicolon", text: "a;b\n1,5;2\n1,5;2\n", want: "a|b\n2: 1,5|2\n3: 1,5|2", delimiter: ';'},
		{name: "tab", text: "a\tb\nx, y\tz\n", want: "a|b\n2: x, y|z", delimiter: '\t'},
		{name: "bar", text: "a|b\nx,y|z\n", want: "a|b\n2: x,y|z", delimiter: '|'},
		{name: "sep line", text: "sep=;\r\na;b\r\n1;2\r\n", want: "a|b\n2: 1|2", delimiter: ';'},
		{name: "delimiter asked for", text: "a;b,c\n1;2,3\n", options: Options{Delimiter: ';'}, want: "a|b,c\n2: 1|2,3", delimiter: ';'},
		{name: "delimiters in quotes", text: "a;b\n\"1,2,3\";x\n\"1,2,3\";y\n", want: "a|b\n2: 1,2,3|x\n3: 1,2,3|y", delimiter: ';'},
		{name: "quotes", text: "a,b\n\"say \"\"hi\"\"\",\"two\r\nlines\"\n3,4\n", want: "a|b\n2: say \"hi\"|two\nlines\n3: 3|4"},
		{name: "a quote inside a bare cell", text: "a,b\nMonitor 24\",2\n", want: "a|b\n2: Monitor 24\"|2"},
		{name: "spaces around quotes", text: "a, b\n1, \"2, 3\" \n", want: "a|b\n2: 1|2, 3"},
		{name: "text after a quote", text: "a,b\n\"x\"y,2\n3,4\n", want: "a|b\n2: quote_misplaced\n3: 3|4"},
		{name: "empty lines count", text: "\na,b\n\n1,2\n,\n\n3,4\n\n", want: "a|b\n4: 1|2\n7: 3|4"},
		{name: "too few and too many", text: "a,b\n1\n1,2,3\n1,2,\n1,2\n", want: "a|b\n2: too_few_cells\n3: too_many_cells\n4: 1|2\n5: 1|2"},
		{name: "one column", text: "email\na@b.cc\nc@d.ee\n", want: "email\n2: a@b.cc\n3: c@d.ee"},
		{name: "one column of quoted text", text: "place\n\"Lisbon, Portugal\"\n\"Kyoto, Japan\"\n", want: "place\n2: Lisbon, Portugal\n3: Kyoto, Japan"},
		{name: "a name missing", text: "a,,c\n1,2,3\n", want: "a|Column 2|c\n2: 1|2|3", warnings: HeaderEmpty},
		{name: "a name twice", text: "a,A,a\n1,2,3\n", want: "a|A (column 2)|a (column 3)\n2: 1|2|3", warnings: HeaderDuplicate + " " + HeaderDuplicate},
		{name: "a made-up name is taken", text: ",column 1\n1,2\n", want: "Column 1'|column 1\n2: 1|2", warnings: HeaderEmpty},
		{name: "no header", text: "Ana,ana@b.cc\nBo,bo@b.cc\n", want: "Ana|ana@b.cc\n2: Bo|bo@b.cc", warnings: HeaderSuspicious},
		{name: "no header, said so", text: "Ana,ana@b.cc\nBo,bo@b.cc\n", options: Options{NoHeader: true}, want: "Column 1|Column 2\n1: Ana|ana@b.cc\n2: Bo|bo@b.cc"},
		{name: "latin-1", text: "name,city\nJos\xe9,Lisboa\n", want: "name|city\n2: José|Lisboa", encoding: Latin1, warnings: EncodingGuessed},
		{name: "windows-1252", text: "name,price\nJos\xe9,5 \x80\n", want: "name|price\n2: José|5 €", encoding: Windows1252, warnings: EncodingGuessed},
		{name: "damage in good UTF-8", text: "name,city\nJosé,Évora\nJo\xff,São Tomé\n", want: "name|city\n2: José|Évora\n3: damaged_text", warnings: TextDamaged},
		{name: "a lone surrogate", text: "a,b\nx\xed\xa0\x80,y\nz,w\n", want: "a|b\n2: damaged_text\n3: z|w", warnings: TextDamaged},
		{name: "UTF-16 little", text: utf16(unicode.LittleEndian, "a\tb\nJosé\t東京😀\n"), want: "a|b\n2: José|東京😀", encoding: UTF16LE, delimiter: '\t'},
		{name: "UTF-16 big", text: utf16(unicode.BigEndian, "a,b\nJosé,2\n"), want: "a|b\n2: José|2", encoding: UTF16BE},
		{name: "UTF-16 lone surrogate", text: utf16(unicode.LittleEndian, "a,b\nx") + "\x00\xd8,\x00y\x00\n\x00", want: "a|b\n2: damaged_text", encoding: UTF16LE},
		{name: "right-to-left and combining", text: "שם,b\nעברית,e\u0301\n", want: "שם|b\n2: עברית|e\u0301"},
		{name: "a long cell", text: "a,b\n" + strings.Repeat("x", 1<<20) + ",2\n", want: "a|b\n2: " + strings.Repeat("x", 1<<20) + "|2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := OpenBytes([]byte(c.text), c.options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, dump(t, f)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want, dump(t, f)); diff != "" {
				t.Errorf("read a second time: %s", diff)
			}
			if n := strings.Count(dump(t, f), "\n"); c.name != "quotes" && n != f.Count {
				t.Errorf("%d rows counted, %d read", f.Count, n)
			}
			if c.encoding == "" {
				c.encoding = UTF8
			}
			if c.delimiter == 0 {
				c.delimiter = ','
			}
			if f.Encoding != c.encoding || f.Delimiter != c.delimiter {
				t.Errorf("%s cut by %q, want %s cut by %q", f.Encoding, f.Delimiter, c.encoding, c.delimiter)
			}
			var codes []string
			for _, w := range f.Warnings {
				codes = append(codes, w.Code)
				if w.Detail == "" || w.Fix == "" {
					t.Errorf("%s says nothing", w.Code)
				}
			}
			if got := strings.Join(codes, " "); got != c.warnings {
				t.Errorf("warnings %q, want %q", got, c.warnings)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	rows := strings.Repeat("1,2\n", 3)
	for _, c := range []struct {
		name, text   string
		options      Options
		code, detail string
	}{
		{name: "empty", text: "", code: "empty_file"},
		{name: "only a mark", text: "\ufeff", code: "empty_file"},
		{name: "only empty lines", text: "\r\n\n,,\n", code: "empty_file"},
		{name: "only a header", text: "a,b\n\n", code: "no_rows"},
		{name: "NUL", text: "a,b\n1,2\n1,\x002\n", code: "nul_byte", detail: "Row 3"},
		{name: "UTF-16 without a mark", text: "a\x00,\x00b\x00\n\x001\x00", code: "nul_byte"},
		{name: "open quote", text: "a,b\n1,2\n\"x,2\n3,4\n", code: "quote_unterminated", detail: "Row 3, cell 1"},
		{name: "open quote in a large file", text: "a,b\n\"x,2\n" + strings.Repeat("3,4\n", 2<<20), code: "quote_unterminated", detail: "Row 2"},
		{name: "endless row", text: "a,b\n" + strings.Repeat("x", 5<<20), code: "row_too_long", detail: "Row 2"},
		{name: "endless columns", text: strings.Repeat("a,", 3000) + "\n", code: "too_many_columns", detail: "Row 1"},
		{name: "a title above the header", text: "Sales 2020\na,b\n" + rows, code: "header_short", detail: "have 2"},
		{name: "another delimiter asked for", text: "a;b\n1;2\n", options: Options{Delimiter: ','}, code: "wrong_delimiter", detail: "semicolon"},
		{name: "rows in quotes", text: "\"a,b\"\n\"1,2\"\n", code: "wrong_delimiter", detail: "one quoted cell"},
		{name: "a delimiter we do not read", text: "a^b\n1^2\n", code: "unknown_delimiter", detail: "^"},
		{name: "a delimiter nobody reads", text: "a,b\n1,2\n", options: Options{Delimiter: 'x'}, code: "unknown_delimiter"},
		{name: "xlsx", text: "PK\x03\x04rest", code: "not_csv", detail: "Excel"},
		{name: "pdf", text: "%PDF-1.7", code: "not_csv", detail: "PDF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := OpenBytes([]byte(c.text), c.options)
			if errs.Code(err) != c.code || !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), c.detail) || errs.Of(err).Fix == "" {
				t.Errorf("%v (%s), want %s with %q and a fix", err, errs.Code(err), c.code, c.detail)
			}
		})
	}
}

type failing struct{ io.ReadSeeker }

func (f failing) Read(b []byte) (int, error) { return iotest.ErrReader(io.ErrClosedPipe).Read(b) }

func TestReadErrorsPass(t *testing.T) {
	if _, err := Open(failing{bytes.NewReader(nil)}, Options{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
	f, err := OpenBytes([]byte("a,b\n1,2\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.src = failing{f.src}
	for _, err = range f.Rows() {
	}
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}

// A character that two reads share must not make the file look like Latin-1.
func TestEncodingAcrossReads(t *testing.T) {
	for shift := range 4 {
		text := "a,b\n" + strings.Repeat("x", shift) + strings.Repeat("1,😀é\n", 20_000)
		f, err := OpenBytes([]byte(text), Options{})
		if err != nil || f.Encoding != UTF8 || f.Count != 20_000 {
			t.Fatalf("%v, %v", f, err)
		}
	}
}

func TestColumnsKnow(t *testing.T) {
	f, err := OpenBytes([]byte("Name,Since,Worth\nA,26/08/2020,\"1,054.00\"\nB,01/02/2020,3\nB,,\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A", "B"}, f.Columns[0].Samples); diff != "" {
		t.Error(diff)
	}
	if f.Columns[0].Filled != 3 || f.Columns[1].Filled != 2 || f.Columns[1].Dates.Dates != 2 {
		t.Errorf("%+v", f.Columns)
	}
	if i, ok := f.Column(" since "); !ok || i != 1 {
		t.Error("a name in another case is not found")
	}
	if _, ok := f.Column("nothing"); ok {
		t.Error("found nothing")
	}
	if format, err := f.DateFormat(1, DateAuto); format != DateDMY || err != nil {
		t.Error(format, err)
	}
	if style, sure := f.NumberStyle(2); style != PointDecimals || !sure {
		t.Error(style, sure)
	}
}

func TestDateFormatOfTheFile(t *testing.T) {
	for _, c := range []struct{ name, text, want, code string }{
		{"from another column", "a,b\n01/02/2020,26/08/2020\n", "dmy", ""},
		{"no other", "a,b\n01/02/2020,x\n", "", "ambiguous_dates"},
		{"the others disagree", "a,b,c\n01/02/2020,26/08/2020,08/26/2020\n", "", "ambiguous_dates"},
		{"the other does not fit", "a,b\n01/02/2020,99-12-31\n", "", "ambiguous_dates"},
		{"iso says nothing", "a,b\n01/02/2020,2020-08-26\n", "", "ambiguous_dates"},
	} {
		f, err := OpenBytes([]byte(c.text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.DateFormat(0, DateAuto); string(got) != c.want || errs.Code(err) != c.code {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	f, _ := OpenBytes([]byte("a;b\n1.054;x\n"), Options{})
	if style, sure := f.NumberStyle(0); style != CommaDecimals || sure {
		t.Error(style, sure)
	}
}

// FuzzScanner holds the scanner to encoding/csv where that accepts the text.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{"", "a,b\n1,2\n", "\"a\"\"b\",\n", "a,\"b\nc\"\n\nd", " \"x\" ,y\n", "a;b|c\td", "\"", "a\rb", "\"x\"y,\"\n", "0,\n0\n\"x\"y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got [][]string
		s := newScanner(strings.NewReader(text), ',')
		for last := 0; ; {
			rec, err := s.next()
			if err != nil {
				if errs.Is(err, errs.Invalid) {
					return // an open quote, a NUL, a limit: encoding/csv knows only the first of these
				}
				if err != io.EOF {
					t.Fatal(err)
				}
				break
			}
			if rec.row != last+1 || len(rec.cells) == 0 {
				t.Fatalf("record %+v after %d", rec, last)
			}
			last = rec.row
			if len(rec.cells) > 1 || rec.cells[0] != "" {
				got = append(got, rec.cells)
			}
		}
		// What we read on purpose in another way: lone CR, a quoted empty cell alone on a line.
		if strings.ContainsAny(strings.ReplaceAll(text, "\r\n", "\n"), "\r") {
			return
		}
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err != nil {
			return
		}
		want = slices.DeleteFunc(want, func(r []string) bool { return len(r) == 1 && r[0] == "" })
		if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
			t.Fatal(diff)
		}
	})
}

// FuzzOpen looks for a crash, a row of a wrong width, and a second reading that differs from the first.
func FuzzOpen(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\xff\xfea\x00,\x00b\x00\n\x00", "\xfe\xff\x00a", "sep=;\na;b\n1;2", "a,b\n\xe9,\x80", "\ufeffa|b\n1|2\n3\n", "a,a,\n1,2,3\n", "PK\x03\x04", "a\n\"1"} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, noHeader bool) {
		file, err := OpenBytes(b, Options{NoHeader: noHeader})
		if err != nil {
			if !errs.Is(err, errs.Invalid) || errs.Of(err).Fix == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		names := map[string]bool{}
		for _, n := range file.Names() {
			if n == "" || names[n] {
				t.Fatalf("names %q", file.Names())
			}
			names[n] = true
		}
		rows, last := 0, 0
		for row, err := range file.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			if row.Number <= last || (row.Err == nil) != (len(row.Cells) == len(file.Columns)) {
				t.Fatalf("%+v of %q", row, file.Names())
			}
			rows, last = rows+1, row.Number
		}
		if rows != file.Count {
			t.Fatalf("%d rows, then %d", file.Count, rows)
		}
	})
}

func BenchmarkOpenAndRead(b *testing.B) {
	text := []byte("id,name,since,value\n" + strings.Repeat("A0001,\"Horn, Shepard and Watson\",26/08/2020,\"1,054.00\"\n", 10_000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := OpenBytes(text, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for range f.Rows() {
		}
	}
}
