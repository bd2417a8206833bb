package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/backtrail/backtrail/errs"
)

// pointAt shows where in a question the mistakes are: the question, and carets below the spot.
func pointAt(out io.Writer, e *errs.Error) {
	for _, f := range e.Fields {
		if f.Span == nil {
			continue
		}
		line := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' ' // so that the carets stand below
			}
			return r
		}, f.Span.Text)
		fmt.Fprintf(out, "    %s\n    %s%s\n", line, strings.Repeat(" ", f.Span.Start), strings.Repeat("^", max(1, f.Span.End-f.Span.Start)))
	}
}
