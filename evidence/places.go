package evidence

import "math/bits"

// places is a set of places of a ledger: one bit for each event of it, 125 kB for a million.
type places []uint64

// newPlaces makes an empty set for the places 1 to size.
func newPlaces(size int64) places { return make(places, size/64+1) }

func (p places) add(seq int64) { p[seq/64] |= 1 << (seq % 64) }

func (p places) has(seq int64) bool { return p[seq/64]&(1<<(seq%64)) != 0 }

// next returns the first place of the set from seq on, 0 for none.
func (p places) next(seq int64) int64 { return p.find(seq, 0) }

// nextNot returns the first place from seq on that is not in the set.
func (p places) nextNot(seq int64) int64 {
	if found := p.find(seq, ^uint64(0)); found > 0 {
		return found
	}
	return int64(len(p)) * 64
}

// find looks for a bit among the words, each of them with the bits of flip turned over.
func (p places) find(seq int64, flip uint64) int64 {
	for i := int(seq / 64); i < len(p); i++ {
		word := p[i] ^ flip
		if i == int(seq/64) {
			word &= ^uint64(0) << (seq % 64)
		}
		if word != 0 {
			return int64(i)*64 + int64(bits.TrailingZeros64(word))
		}
	}
	return 0
}
