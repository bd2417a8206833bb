package evidence

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/backtrail/backtrail/audit"
)

// maxLine is the most bytes of a line or a row: an event in the longest form, and its place. A row of the CSV has less:
// it shows less of the event, but may write quotation marks twice.
const maxLine = 2*audit.MaxDisclosed + 64

var (
	errLongLine = errors.New("it is longer than any event")
	errCutLine  = errors.New("its end is missing")
	errRowEnd   = errors.New("it does not end as a row does")
	errNoPlace  = errors.New("it does not begin with a place in the log")
	errNotEvent = errors.New("no event is written so")
)

// lineReader reads lines, or with quotes, rows of a CSV, in which a line may end inside of a quoted cell.
type lineReader struct {
	in   *bufio.Reader
	line []byte
	n    int64 // of the last line, from 1
}

func newLineReader(in io.Reader) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(in, 64<<10)}
}

// next returns the next line without its line feed, io.EOF behind the last. It is good until the next call.
func (l *lineReader) next() ([]byte, error) {
	l.line = l.line[:0]
	if err := l.more(); err != nil {
		return nil, err
	}
	return l.line[:len(l.line)-1], nil
}

// row returns the next row of a CSV with its CRLF.
func (l *lineReader) row() ([]byte, error) {
	l.line = l.line[:0]
	for quotes, from := 0, 0; ; from = len(l.line) {
		if err := l.more(); err != nil {
			if err == io.EOF && from > 0 {
				err = errCutLine
			}
			return nil, err
		}
		quotes += bytes.Count(l.line[from:], []byte(`"`))
		if quotes%2 == 1 {
			l.n--
			continue
		}
		if !bytes.HasSuffix(l.line, []byte("\r\n")) {
			return nil, errRowEnd
		}
		return l.line, nil
	}
}

// more appends what follows up to the next line feed.
func (l *lineReader) more() error {
	from := len(l.line)
	l.n++
	for {
		part, err := l.in.ReadSlice('\n')
		l.line = append(l.line, part...)
		switch {
		case len(l.line) > maxLine:
			return errLongLine
		case err == nil:
			return nil
		case err == io.EOF && len(l.line) > from:
			return errCutLine
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// cutPlace takes the place off the beginning of a line and gives back the line of package audit that follows it. It writes
// into line: the brace with which that one begins goes over the comma.
func cutPlace(line []byte) (seq int64, rest []byte, err error) {
	digits, ok := bytes.CutPrefix(line, []byte(seqKey))
	comma := bytes.IndexByte(digits, ',')
	if !ok || comma < 1 || comma > 18 { // a larger place is behind ledger.MaxSize
		return 0, nil, errNoPlace
	}
	seq, err = strconv.ParseInt(string(digits[:comma]), 10, 64)
	if err != nil || seq < 1 || digits[0] == '+' || digits[0] == '0' {
		return 0, nil, errNoPlace
	}
	digits[comma] = '{'
	return seq, digits[comma:], nil
}
