package importer

import (
	"io"
	"strings"

	"github.com/backtrail/backtrail/errs"
)

// Delimiters are the four that are looked for, the likeliest first.
var Delimiters = []rune{',', ';', '\t', '|'}

const (
	sniffBytes   = 64 << 10
	sniffRecords = 50
)

func delimiterName(d rune) string {
	switch d {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "vertical bar"
	}
	return "\"" + string(d) + "\""
}

// layout is how the first records look when cut by one delimiter.
type layout struct {
	header  int     // cells of the first record
	usual   int     // cells that most records have
	share   float64 // how many of the records those are
	records int
	first   []string // the first cell of each record
}

// fits reports that the header and the rows agree on more than one column.
func (l layout) fits() bool { return l.usual > 1 && l.header == l.usual }

// headless reports rows of several cells under a first line of one: a title, or no header.
func (l layout) headless() bool {
	return l.records > 2 && l.usual > 1 && l.header == 1 && l.share >= 0.7
}

// better compares two layouts that come in the order of Delimiters.
func (l layout) better(m layout) bool {
	if l.fits() != m.fits() {
		return l.fits()
	}
	if l.share != m.share {
		return l.share > m.share
	}
	return l.usual > m.usual
}

// chooseDelimiter takes what was asked for, what Excel's "sep=" line says, or what cuts the first records most evenly.
func (f *File) chooseDelimiter(asked rune) error {
	if asked != 0 && !strings.ContainsRune(string(Delimiters), asked) {
		return errs.New(errs.Invalid, "unknown_delimiter", "%q is not a delimiter that can be read.", asked).
			WithFix("Use a comma, a semicolon, a tab or a vertical bar.")
	}
	text, whole, err := f.head()
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(strings.ReplaceAll(text, "\r", "\n"), "\n")
	if d, ok := strings.CutPrefix(strings.ToLower(line), "sep="); ok && len(d) == 1 && strings.Contains(string(Delimiters), d) {
		f.sepLine = true
		text = strings.TrimLeft(text[len(line):], "\r\n")
		if asked == 0 {
			asked = rune(d[0])
		}
	}
	best, found := layout{}, rune(0)
	for _, d := range Delimiters {
		l := look(text, whole, d)
		if (l.fits() || l.headless()) && (found == 0 || l.better(best)) {
			best, found = l, d
		}
	}
	switch {
	case asked != 0:
		f.Delimiter = asked
		if l := look(text, whole, asked); found != 0 && found != asked && l.header == 1 && best.fits() {
			return errs.New(errs.Invalid, "wrong_delimiter", "Cut by %s the file has one column; it seems to be cut by %s.", delimiterName(asked), delimiterName(found)).
				WithFix("Choose %s as the delimiter, or leave it to be found out.", delimiterName(found))
		}
	case found != 0:
		f.Delimiter = found
		if best.headless() && !f.noHeader {
			return errs.New(errs.Invalid, "header_short", "The first row has one cell, while the rows below it have %d.", best.usual).
				WithFix("Remove the lines above the header, so that the first row holds the names of the columns.")
		}
	default:
		f.Delimiter = ','
		return f.singleColumn(look(text, whole, ','))
	}
	return nil
}

// singleColumn refuses a file of one column whose every value holds the same number of some separator: it has several
// columns, in a form that is not read.
func (f *File) singleColumn(l layout) error {
	if l.header != 1 || l.records < 2 {
		return nil
	}
	for _, sep := range []string{",", ";", "\t", "|", "^", "~", "¦", "\x1f", "::"} {
		n := strings.Count(l.first[0], sep)
		same := n > 0
		for _, cell := range l.first {
			same = same && strings.Count(cell, sep) == n && !strings.Contains(cell, sep+" ") // "Lisbon, Portugal" is text
		}
		if !same {
			continue
		}
		if strings.ContainsAny(sep, ",;\t|") {
			return errs.New(errs.Invalid, "wrong_delimiter", "Every row is one quoted cell with %d times %s inside.", n, delimiterName(rune(sep[0]))).
				WithFix("Save the file as CSV again, without quotes around whole rows.")
		}
		return errs.New(errs.Invalid, "unknown_delimiter", "The columns seem to be cut by %q, which is not read.", sep).
			WithFix("Save the file with a comma, a semicolon, a tab or a vertical bar between the columns.")
	}
	return nil
}

// head returns the first part of the text, and whether that is all of it.
func (f *File) head() (text string, whole bool, err error) {
	if _, err := f.src.Seek(f.bom, io.SeekStart); err != nil {
		return "", false, err
	}
	b, err := io.ReadAll(io.LimitReader(f.Encoding.reader(f.src), sniffBytes))
	return string(b), len(b) < sniffBytes, err
}

// look cuts text by d. The last record of a text that goes on is left out, as it may be cut short.
func look(text string, whole bool, d rune) layout {
	s := newScanner(strings.NewReader(text), byte(d))
	var l layout
	widths := map[int]int{}
	var pending *record
	count := func(r *record) {
		if r == nil || r.blank() {
			return
		}
		if l.records == 0 {
			l.header = len(r.cells)
		}
		l.records++
		l.first = append(l.first, r.cells[0])
		widths[len(r.cells)]++
	}
	for l.records < sniffRecords {
		rec, err := s.next()
		if err != nil {
			if whole && err == io.EOF || l.records == 0 {
				count(pending)
			}
			break
		}
		count(pending)
		pending = &rec
	}
	most := 0
	for w, n := range widths {
		if n > most || n == most && w > l.usual {
			most, l.usual = n, w
		}
	}
	if l.records > 0 {
		l.share = float64(most) / float64(l.records)
	}
	return l
}
