package importer

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/backtrail/backtrail/errs"
)

const (
	maxRecord  = 4 << 20 // bytes of one record; a quote that is never closed ends here and not in the memory
	maxColumns = 2000
)

// scanner splits text into records. encoding/csv does not serve here: it passes over empty lines without counting them,
// knows no lone CR, gives up on what every spreadsheet reads (a quote inside an unquoted cell), and lets an open quote
// swallow the file. Where both accept a text they read the same cells, which FuzzScanner holds them to.
type scanner struct {
	r     *bufio.Reader
	delim byte
	row   int
	buf   []byte // the cells of the record, end to end
	ends  []int  // where in buf each ends
}

// record is one row as it stands in the file.
type record struct {
	row   int
	cells []string
	err   *errs.Error // a mistake within this record that leaves the next ones readable
}

// blank reports a row that a person sees as empty.
func (r record) blank() bool {
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func newScanner(r io.Reader, delim byte) *scanner {
	return &scanner{r: bufio.NewReaderSize(r, 32<<10), delim: delim}
}

// The places a reader of a record can be at.
type place int

const (
	atStart  place = iota // nothing but spaces in the cell so far
	inBare                // in a cell without quotes
	inQuotes              // between the quotes
	atQuote               // right after a quote inside quotes: the end, or the first half of a doubled one
	pastEnd               // in the spaces after the closing quote
)

// next reads one record. Its error is io.EOF at the end, or one that concerns the file.
func (s *scanner) next() (record, error) {
	s.row++
	s.buf, s.ends = s.buf[:0], s.ends[:0]
	var at place
	var stray *errs.Error
	for size := 0; ; size++ {
		c, err := s.r.ReadByte()
		if errors.Is(err, io.EOF) {
			switch {
			case at == inQuotes:
				return record{}, s.unterminated()
			case size == 0:
				return record{}, io.EOF
			}
			return s.finish(stray), nil
		}
		if err != nil {
			return record{}, err
		}
		if c == 0 {
			return record{}, errs.New(errs.Invalid, "nul_byte", "Row %d holds a NUL byte, which is not text.", s.row).
				WithFix("Save the file as CSV UTF-8.")
		}
		if size > maxRecord {
			if at == inQuotes {
				return record{}, s.unterminated()
			}
			return record{}, errs.New(errs.Invalid, "row_too_long", "Row %d is longer than 4 MiB.", s.row).
				WithFix("Shorten the row, or check that the file is CSV.")
		}
		if c == '\r' {
			s.swallowLF()
			c = '\n'
		}
		if at == inQuotes {
			if c == '"' {
				at = atQuote
			} else {
				s.buf = append(s.buf, c)
			}
			continue
		}
		switch {
		case c == '\n':
			return s.finish(stray), nil
		case c == s.delim:
			s.ends = append(s.ends, len(s.buf))
			if len(s.ends) >= maxColumns {
				return record{}, errs.New(errs.Invalid, "too_many_columns", "Row %d has more than %d cells.", s.row, maxColumns).
					WithFix("Check that the file is CSV, and remove the columns that are not needed.")
			}
			at = atStart
		case c == '"' && at == atStart:
			s.buf = s.buf[:s.cellStart()] // spaces before a quote are layout
			at = inQuotes
		case c == '"' && at == atQuote:
			s.buf = append(s.buf, c)
			at = inQuotes
		case at == atQuote || at == pastEnd:
			if c == ' ' || c == '\t' {
				at = pastEnd
				continue
			}
			stray = errs.New(errs.Invalid, "quote_misplaced", "Row %d, cell %d: there is text after the closing quote.", s.row, len(s.ends)+1).
				WithFix("Write a quote inside a quoted value twice, as in \"24\"\" screen\".")
			s.buf = append(s.buf, '"', c)
			at = inBare
		default:
			s.buf = append(s.buf, c)
			if at == atStart && c != ' ' && c != '\t' {
				at = inBare
			}
		}
	}
}

// finish makes the record of what has been read. One string holds all cells, which costs one allocation a row.
func (s *scanner) finish(err *errs.Error) record {
	s.ends = append(s.ends, len(s.buf))
	text, cells, start := string(s.buf), make([]string, len(s.ends)), 0
	for i, end := range s.ends {
		cells[i], start = text[start:end], end
	}
	return record{row: s.row, cells: cells, err: err}
}

func (s *scanner) cellStart() int {
	if len(s.ends) == 0 {
		return 0
	}
	return s.ends[len(s.ends)-1]
}

func (s *scanner) swallowLF() {
	if b, err := s.r.Peek(1); err == nil && b[0] == '\n' {
		s.r.Discard(1)
	}
}

func (s *scanner) unterminated() error {
	return errs.New(errs.Invalid, "quote_unterminated", "Row %d, cell %d: the quote is never closed.", s.row, len(s.ends)+1).
		WithFix("Close the quote, or write it twice if it belongs to the value.")
}

// skipLine passes over a line that is not a record. It is called before the first record only.
func (s *scanner) skipLine() error {
	for {
		c, err := s.r.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case c == '\r':
			s.swallowLF()
			return nil
		case c == '\n':
			return nil
		}
	}
}
