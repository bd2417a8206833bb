package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/backtrail/backtrail/audit"
)

// table is the events in columns of a fixed width, for people. It keeps nothing back, so that it can be piped.
type table struct{ zone *time.Location }

const tableRow = "%-19s  %s  %s  %s\n"

// Begin appends the heading.
func (t table) Begin(dst []byte) []byte {
	return fmt.Appendf(dst, tableRow, "TIME", fit("USER", 20), fit("EVENT TYPE", 28), "DESCRIPTION")
}

// Append appends one event.
func (t table) Append(dst []byte, s audit.Stored) ([]byte, error) {
	e, err := s.Event()
	if err != nil {
		return dst, err
	}
	text := plain(e.Description)
	if e.Outcome != audit.Success {
		text += " [" + string(e.Outcome) + "]"
	}
	return fmt.Appendf(dst, tableRow, e.OccurredAt.In(t.zone).Format(time.DateTime), fit(plain(e.Actor.Name), 20),
		fit(string(e.Type), 28), text), nil
}

// plain replaces what could move the cursor of a terminal or turn the direction of its text.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// fit fills or shortens s to n characters.
func fit(s string, n int) string {
	have := utf8.RuneCountInString(s)
	if have <= n {
		return s + strings.Repeat(" ", n-have)
	}
	return string([]rune(s)[:n-1]) + "…"
}
