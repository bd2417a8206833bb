package export

import (
	"strconv"

	"github.com/backtrail/backtrail/audit"
)

// JSONL writes one event a line.
type JSONL struct{}

// Begin appends nothing: the form has no head.
func (JSONL) Begin(dst []byte) []byte { return dst }

// Append appends the stored bytes with seq in front of them, and a line feed.
func (JSONL) Append(dst []byte, s audit.Stored) ([]byte, error) {
	if len(s.Body) < len(`{"v":1}`) || s.Body[0] != '{' {
		return dst, errDamaged
	}
	dst = append(dst, `{"seq":`...)
	if s.Seq > 0 {
		dst = strconv.AppendInt(dst, s.Seq, 10)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, ',')
	return append(append(dst, s.Body[1:]...), '\n'), nil
}
