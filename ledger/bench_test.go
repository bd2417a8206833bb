package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/backtrail/backtrail/ledger"
)

const million = 1_000_000

// large is a ledger of a million leaves, made once.
var large = sync.OnceValue(func() *book {
	b := newBook()
	head, tiles, err := ledger.Append(context.Background(), b, b.head, leavesOf(0, million)) // an empty ledger has nothing to read
	if err != nil {
		panic(err)
	}
	b.head = head
	for _, tile := range tiles {
		b.tiles[tile.TileID] = tile.Hashes
	}
	return b
})

func BenchmarkAppend(b *testing.B) {
	book := large()
	for _, n := range []int64{1, 100, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			leaves := leavesOf(million, million+n)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := ledger.Append(b.Context(), book, book.head, leaves); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/leaf")
		})
	}
}

func BenchmarkInclusion(b *testing.B) {
	book := large()
	index := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		index = (index + 7919) % million
		if _, err := ledger.Inclusion(b.Context(), book, book.head, index); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConsistency(b *testing.B) {
	book := large()
	for b.Loop() {
		if _, err := ledger.Consistency(b.Context(), book, book.head, 777_777); err != nil {
			b.Fatal(err)
		}
	}
}

// tenth are 100,000 of the million; scattered, or in one stretch.
func tenth(scattered bool) []int64 {
	var indexes []int64
	for i := range int64(million / 10) {
		if scattered {
			indexes = append(indexes, 10*i+i%7)
		} else {
			indexes = append(indexes, 345_678+i)
		}
	}
	return indexes
}

func BenchmarkBatchProof(b *testing.B) {
	book := large()
	for _, scattered := range []bool{false, true} {
		indexes := tenth(scattered)
		b.Run(fmt.Sprintf("scattered=%v", scattered), func(b *testing.B) {
			for b.Loop() {
				if _, err := ledger.BatchProof(b.Context(), book, book.head, indexes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBatchRoot(b *testing.B) {
	book := large()
	var all []int64
	for i := range int64(million) {
		all = append(all, i)
	}
	for _, set := range []struct {
		name    string
		indexes []int64
	}{
		{"stretch of 100000", tenth(false)},
		{"scattered 100000", tenth(true)},
		{"all", all},
	} {
		leaves := pick(set.indexes)
		rest, err := ledger.BatchProof(b.Context(), book, book.head, set.indexes)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(set.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if root, err := ledger.BatchRoot(million, set.indexes, leaves, rest); err != nil || root != book.head.Root {
					b.Fatal(root, err)
				}
			}
			b.ReportMetric(float64(len(rest)), "hashes")
		})
	}
}
