package web

import (
	"regexp"
	"time"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// diffPart is a stretch of a long text that is the same on both sides of a change, or on this side alone.
type diffPart struct {
	Text    string
	Changed bool
}

const (
	diffTime  = 100 * time.Millisecond // after which the differences are found less finely
	diffWords = 20_000                 // of both texts; longer ones are shown whole
)

// wordPattern takes a text apart: words, stretches of space, and every other character by itself.
var wordPattern = regexp.MustCompile(`[\p{L}\p{M}\p{N}]+|\s+|.`)

// wordDiff takes two texts apart by the words in which they differ; nil when they are too long.
func wordDiff(before, after string) (was, is []diffPart) {
	a, b := wordPattern.FindAllString(before, -1), wordPattern.FindAllString(after, -1)
	if len(a)+len(b) > diffWords {
		return nil, nil
	}
	// Each word is a rune of its own to the comparison, above what UTF-16 sets apart.
	const first = 0xE000
	var words []string
	known := map[string]rune{}
	encode := func(list []string) []rune {
		out := make([]rune, len(list))
		for i, w := range list {
			r, ok := known[w]
			if !ok {
				r = rune(first + len(words))
				known[w], words = r, append(words, w)
			}
			out[i] = r
		}
		return out
	}
	d := diffmatchpatch.New()
	d.DiffTimeout = diffTime
	for _, part := range d.DiffCleanupSemantic(d.DiffMainRunes(encode(a), encode(b), false)) {
		text := ""
		for _, r := range part.Text {
			text += words[r-first]
		}
		switch part.Type {
		case diffmatchpatch.DiffEqual:
			was, is = append(was, diffPart{text, false}), append(is, diffPart{text, false})
		case diffmatchpatch.DiffDelete:
			was = append(was, diffPart{text, true})
		case diffmatchpatch.DiffInsert:
			is = append(is, diffPart{text, true})
		}
	}
	return was, is
}
