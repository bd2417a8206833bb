package integrity

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/ledger"
)

// The ledgers of these tests are words: each letter is an event, and its place is the place of the event.

func letters(word string) (want []ledger.Hash) {
	for _, c := range word {
		h := ledger.Hash{}
		if c != '?' {
			h = ledger.LeafHash([]byte(string(c)))
		}
		want = append(want, h)
	}
	return want
}

// rowsOf reads a word as rows. A space is an empty place, "." a row of which no leaf can be made, "!" one that cannot be read.
func rowsOf(word string) (rows []placed) {
	for i, c := range []rune(word) {
		r := placed{seq: int64(i + 1), leaf: ledger.LeafHash([]byte(string(c))), sound: c != '.' && c != '!', unread: c == '!'}
		if c != ' ' {
			rows = append(rows, r)
		}
	}
	return rows
}

func (d difference) String() string {
	s := fmt.Sprintf("%s %d", d.Kind, d.From)
	if d.To != d.From {
		s += fmt.Sprintf("-%d", d.To)
	}
	if d.Home != 0 {
		s += fmt.Sprintf(" of %d", d.Home)
	}
	if d.Renumbered {
		s += " renumbered"
	}
	if d.Empty {
		s += " empty"
	}
	return s
}

func TestAlign(t *testing.T) {
	for _, c := range []struct{ want, rows, found string }{
		{"abcdefgh", "abcdefgh", ""},
		{"", "", ""},
		{"abcdefgh", "abcdeXgh", "changed 6"},
		{"abcdefgh", "abcde.gh", "changed 6"},
		{"abcdefgh", "abcde!gh", ""},
		{"abcdefgh", "Xbcdefgh", "changed 1"},
		{"abcdefgh", "XYZUVWxy", "changed 1, changed 2, changed 3, changed 4, changed 5, changed 6, changed 7, changed 8"},
		{"abcdefgh", "abde fgh", "missing 3 renumbered, missing 5 empty"},
		{"abcdefgh", "ab defgh", "missing 3"},
		{"abcdefgh", "ab   fgh", "missing 3-5"},
		{"abcdefgh", "abdefgh", "missing 3 renumbered"},
		{"abcdefgh", "abfgh", "missing 3-5 renumbered"},
		{"abcdefgh", "bcdefgh", "missing 1 renumbered"},
		{"abcdefgh", "abcdef", "cut_off 7-8"},
		{"abcdefgh", "", "cut_off 1-8"},
		{"abcdefgh", "abXcdefgh", "inserted 3 renumbered"},
		{"abcdefgh", "abXYcdefgh", "inserted 3-4 renumbered"},
		{"abcdefgh", "XabcdefghY", "inserted 1 renumbered, inserted 10"},
		{"abcdefgh", "abcdefghXY", "inserted 9-10"},
		{"abcdefgh", "abcdefgh  XY", "inserted 11-12"},
		{"abcdefgh", "bXcdefgh", "missing 1 renumbered, inserted 2 renumbered"},
		{"abcdefgh", "abXdefYgh", "changed 3, inserted 7 renumbered"},
		{"abcdefgh", "abXYdefgh", "changed 3, inserted 4 renumbered"},
		{"abcdefgh", "abedcfgh", "reordered 3 of 5, reordered 5 of 3"},
		{"abcdefgh", "bacdefgh", "reordered 1 of 2, reordered 2 of 1"},
		{"abcdefgh", "hbcdefga", "reordered 1 of 8, reordered 8 of 1"},
		{"abcdefgh", "abcdefhg", "reordered 7 of 8, reordered 8 of 7"},
		{"abcdefgh", "badcfehg", "reordered 1 of 2, reordered 2 of 1, reordered 3 of 4, reordered 4 of 3, reordered 5 of 6, reordered 6 of 5, reordered 7 of 8, reordered 8 of 7"},
		{"abcdefgh", "cdefgabh", "reordered 6 of 1, reordered 7 of 2"},
		{"abcdefgh", "abcgdefh", "reordered 4 of 7"},
		{"abcdefgh", "abc defgh", "missing 4 empty"},
		{"abcdefgh", " abcdefgh", "missing 1 empty"},
		{"abcd?fgh", "abcdXfgh", ""},
		{"abcd?fgh", "abcd fgh", ""},
	} {
		var got []string
		for _, d := range align(letters(c.want), rowsOf(c.rows)) {
			got = append(got, d.String())
		}
		if diff := cmp.Diff(c.found, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%q became %q: %s", c.want, c.rows, diff)
		}
	}
}

// TestAlignTells: whatever is done to the rows, something is found, and nothing when nothing was done.
func TestAlignTells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := "abcdefghijklmnopqrstuvwxyz"[:rapid.IntRange(0, 26).Draw(t, "size")]
		rows := rowsOf(word)
		for range rapid.IntRange(0, 6).Draw(t, "edits") {
			i := rapid.IntRange(0, len(rows)).Draw(t, "at")
			switch edit := rapid.SampledFrom([]string{"drop", "put", "swap", "number", "break", "all numbers"}).Draw(t, "edit"); {
			case edit == "put":
				rows = slices.Insert(rows, i, placed{seq: int64(i), leaf: ledger.LeafHash([]byte(rapid.String().Draw(t, "new"))), sound: true})
			case edit == "all numbers":
				for i := range rows {
					rows[i].seq = int64(i + 1)
				}
			case i == len(rows):
			case edit == "drop":
				rows = slices.Delete(rows, i, i+1)
			case edit == "swap":
				j := rapid.IntRange(0, len(rows)-1).Draw(t, "with")
				rows[i].leaf, rows[j].leaf = rows[j].leaf, rows[i].leaf
			case edit == "number":
				rows[i].seq = int64(rapid.IntRange(-2, 30).Draw(t, "number"))
			case edit == "break":
				rows[i].sound = false
			}
		}
		slices.SortStableFunc(rows, func(a, b placed) int { return int(a.seq - b.seq) })
		same := slices.EqualFunc(rows, rowsOf(word), func(a, b placed) bool { return a == b })
		if found := align(letters(word), rows); (len(found) == 0) != same {
			t.Fatalf("same %v, found %v", same, found)
		}
	})
}

// TestAlignLong shuffles a log whole: a trap for everything that compares each with each.
func TestAlignLong(t *testing.T) {
	const n = 200_000
	var want []ledger.Hash
	rows := make([]placed, n)
	for i := range rows {
		want = append(want, ledger.Hash{byte(i), byte(i >> 8), byte(i >> 16), 1})
		rows[n-1-i] = placed{seq: int64(n - i), leaf: want[i], sound: true}
	}
	if found := align(want, rows); len(found) < n/2 {
		t.Errorf("%d findings", len(found))
	}
}
