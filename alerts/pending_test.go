package alerts

import (
	"fmt"
	"slices"
	"testing"

	"github.com/backtrail/backtrail/audit"
)

// However it comes together, what is listed are the first and the last, and nothing twice.
func TestListed(t *testing.T) {
	var all []audit.EventID
	for i := range 40 {
		all = append(all, audit.EventID(fmt.Sprint(i)))
	}
	for n := 1; n <= len(all); n++ {
		for _, parts := range []int{1, 3, 40} {
			var p Pending
			for part := range slices.Chunk(all[:n], (n+parts-1)/parts) {
				var q Pending
				q.add(part, []string{"Ana", ""}, part[0])
				p.join(&q)
			}
			first, last := p.listed()
			want, wantLast := all[:n], []audit.EventID{}
			if n > Listed {
				want, wantLast = all[:half], all[n-half:n]
			}
			if p.Count != n || p.Cause != all[0] || !slices.Equal(p.By, []string{"Ana"}) || !slices.Equal(first, want) || !slices.Equal(last, wantLast) {
				t.Errorf("of %d in %d parts: %+v lists %v %v", n, parts, p, first, last)
			}
		}
	}
}
