package importer

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/backtrail/backtrail/errs"
)

// Options are what the person knows better than we can guess. The zero value guesses everything.
type Options struct {
	// Delimiter is one of the four in Delimiters; 0 finds it out.
	Delimiter rune
	// NoHeader says that the first row is data already. Columns are then called "Column 1", "Column 2", ...
	NoHeader bool
}

// Warning is something that the page should show, or ask about, before the import.
type Warning struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

// The codes of warnings.
const (
	HeaderSuspicious = "header_suspicious" // the first row looks like data: ask for NoHeader
	HeaderEmpty      = "header_empty"      // a column had no name and was given one
	HeaderDuplicate  = "header_duplicate"  // two columns had one name, the later was given another
	EncodingGuessed  = "encoding_guessed"  // not UTF-8, so accents may be wrong: look at them
	TextDamaged      = "text_damaged"      // some rows hold bytes that are no text; they are refused
)

// Column is one column of the file, with what the whole of it tells.
type Column struct {
	Name    string         // unique in the file
	Samples []string       // the first few different values, for the preview
	Filled  int            // rows with a value
	Dates   DateEvidence   // how its dates are written
	Numbers NumberEvidence // how its numbers are written
}

// Row is one row of data.
type Row struct {
	// Number is the one that a spreadsheet shows: the header is row 1, empty lines count, a record that runs over
	// several lines is one row.
	Number int
	Cells  []string // as many as the file has columns; nil when Err is set
	// Err is set when the row itself cannot be used (too few cells, damaged text). The rows after it can.
	Err *errs.Error
}

// File is an opened CSV file. It reads from the one place it was given, so only one Rows may run at a time.
type File struct {
	Columns   []Column
	Encoding  Encoding
	Delimiter rune
	Count     int // rows of data, those with an Err included
	Warnings  []Warning

	src      io.ReadSeeker
	bom      int64
	sepLine  bool // the first line is Excel's "sep=;", which no spreadsheet shows and we do not count
	noHeader bool
}

// Open reads the whole of r once and returns the file, ready for Rows. The caller keeps r open for as long.
//
// Errors are errs.Invalid, with the codes not_csv, empty_file, no_rows, nul_byte, quote_unterminated, row_too_long,
// too_many_columns, header_short, wrong_delimiter, unknown_delimiter.
func Open(r io.ReadSeeker, o Options) (*File, error) {
	f := &File{src: r, noHeader: o.NoHeader}
	if err := f.detect(); err != nil {
		return nil, err
	}
	if err := f.chooseDelimiter(o.Delimiter); err != nil {
		return nil, err
	}
	if err := f.survey(); err != nil {
		return nil, err
	}
	return f, nil
}

// OpenBytes is Open on a file held in memory.
func OpenBytes(b []byte, o Options) (*File, error) { return Open(bytes.NewReader(b), o) }

// Column returns the index of the column called name. An exact name wins over one that differs in case or spaces.
func (f *File) Column(name string) (int, bool) {
	for i, c := range f.Columns {
		if c.Name == name {
			return i, true
		}
	}
	for i, c := range f.Columns {
		if strings.EqualFold(c.Name, oneLine(name)) {
			return i, true
		}
	}
	return 0, false
}

// Names returns the names of the columns in their order.
func (f *File) Names() []string {
	names := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		names[i] = c.Name
	}
	return names
}

// Rows yields the rows of data from the first; rows without any value are passed over. An error ends it, and can only
// be one of reading, as Open has read the same file before.
func (f *File) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s, err := f.begin()
		if err != nil {
			yield(Row{}, err)
			return
		}
		for header := !f.noHeader; ; {
			rec, err := s.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			if rec.blank() {
				continue
			}
			if header {
				header = false
				continue
			}
			if !yield(f.row(rec), nil) {
				return
			}
		}
	}
}

// row checks a record against the header.
func (f *File) row(rec record) Row {
	row := Row{Number: rec.row}
	cells, want := rec.cells, len(f.Columns)
	for len(cells) > want && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1] // spare delimiters at the end carry nothing
	}
	switch {
	case rec.err != nil:
		row.Err = rec.err
	case len(cells) != want:
		few := "few"
		if len(cells) > want {
			few = "many"
		}
		row.Err = errs.New(errs.Invalid, "too_"+few+"_cells", "Row %d has too %s cells: %d instead of %d.", rec.row, few, len(cells), want).
			WithFix("Look for a missing or a spare %s; a value that holds one must stand in quotes.", delimiterName(f.Delimiter))
	default:
		row.Err = f.damaged(rec.row, cells)
	}
	if row.Err == nil {
		row.Cells = cells
	}
	return row
}

// damaged refuses text that was broken before it came to us: storing it would make the loss permanent.
func (f *File) damaged(row int, cells []string) *errs.Error {
	for i, c := range cells {
		// A decoder of UTF-16 puts U+FFFD for half a surrogate pair.
		if utf8.ValidString(c) && !(f.Encoding.utf16() && strings.ContainsRune(c, utf8.RuneError)) {
			continue
		}
		return errs.New(errs.Invalid, "damaged_text", "Row %d, %s: the text is damaged; some bytes are not %s.", row, f.Columns[i].Name, f.Encoding).
			WithFix("Correct the value and save the file as CSV UTF-8.")
	}
	return nil
}

// begin starts reading from the first record.
func (f *File) begin() (*scanner, error) {
	if _, err := f.src.Seek(f.bom, io.SeekStart); err != nil {
		return nil, err
	}
	s := newScanner(f.Encoding.reader(f.src), byte(f.Delimiter))
	if f.sepLine {
		if err := s.skipLine(); err != nil {
			return nil, err
		}
	}
	return s, nil
}
