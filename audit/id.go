package audit

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"sync"
	"time"
)

// The ids are UUIDs of version 7 (RFC 9562) in their lower-case text form. Each kind has its own type.
type (
	AccountID   string
	EventID     string
	OperationID string
	RecordID    string
	ActorID     string
)

// Clock tells the time. Time enters the log here and nowhere else.
type Clock func() time.Time

// IDSource makes ids that never go down, so that the events of one source are ordered by their id.
type IDSource struct {
	clock Clock
	mu    sync.Mutex
	last  uint64 // guarded by mu: the last milliseconds<<12 | counter given out
}

// NewIDSource returns a source that dates its ids by clock.
func NewIDSource(clock Clock) *IDSource { return &IDSource{clock: clock} }

// Next returns a new id. When more than 4,096 are asked for in a millisecond, or the clock jumps back, the ids run
// ahead of the clock rather than repeat.
func (s *IDSource) Next() string {
	now := uint64(s.clock().UnixMilli()) << 12
	s.mu.Lock()
	s.last = max(now, s.last+1)
	v := s.last
	s.mu.Unlock()

	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], v>>12<<16|0x7000|v&0xfff)
	rand.Read(b[8:]) // never fails (crypto/rand)
	b[8] = b[8]&0x3f | 0x80
	return formatUUID(b)
}

func formatUUID(b [16]byte) string {
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:36], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// ValidID reports whether s has the text form of a UUID in lower case, whatever its version.
func ValidID[T ~string](s T) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}
