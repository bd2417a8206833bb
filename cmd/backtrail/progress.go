package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progressPatience is how long work may take before somebody who is not at a terminal is told how far it is.
const progressPatience = 2 * time.Second

// progress tells how far a long work is: in one line that is written over on a terminal, else in a line for each tenth.
type progress struct {
	to       io.Writer
	what     string
	terminal bool
	begun    time.Time
	last     int64 // the percent that was shown last, -1 for none
}

func newProgress(to io.Writer, what string) *progress {
	return &progress{to: to, what: what, terminal: isTerminal(to), begun: time.Now(), last: -1}
}

func (p *progress) show(done, total int64) {
	if total <= 0 {
		return
	}
	percent := 100 * done / total
	switch {
	case p.terminal && percent != p.last:
		fmt.Fprintf(p.to, "\rChecking %s: %d%% ", p.what, percent)
	case !p.terminal && percent < 100 && percent/10 != p.last/10 && time.Since(p.begun) > progressPatience:
		fmt.Fprintf(p.to, "Checking %s: %d%%\n", p.what, percent)
	default:
		return
	}
	p.last = percent
}

// end removes what show wrote on a terminal.
func (p *progress) end() {
	if p.terminal && p.last >= 0 {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
