package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/errs"
)

// benchReport is the report in Markdown; each part is printed when it is known.
type benchReport struct {
	out    io.Writer
	failed error    // the first failure of out
	broken []string // the bounds that did not hold
}

func (r *benchReport) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(r.out, format, args...); r.failed == nil {
		r.failed = err
	}
}

// section begins a question; text says what is measured and may be empty.
func (r *benchReport) section(title, text string) {
	r.printf("## %s\n\n", title)
	if text != "" {
		r.printf("%s\n\n", text)
	}
}

// table prints a table whose columns line up in the source too. All but the first column are set to the right.
func (r *benchReport) table(head []string, rows [][]string) {
	widths := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	line := func(row []string) {
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if i == 0 || len(head) == 2 {
				r.printf("| %s%s ", cell, space)
			} else {
				r.printf("| %s%s ", space, cell)
			}
		}
		r.printf("|\n")
	}
	line(head)
	for i, w := range widths {
		if i == 0 || len(head) == 2 {
			r.printf("|%s", strings.Repeat("-", w+2))
		} else {
			r.printf("|%s:", strings.Repeat("-", w+1))
		}
	}
	r.printf("|\n")
	for _, row := range rows {
		line(row)
	}
	r.printf("\n")
}

// bound says whether something that Backtrail promises holds. have and most are in the unit that show writes.
func bound[T int64 | time.Duration](r *benchReport, what string, have, most T, show func(T) string) {
	verdict := "holds"
	if have > most {
		verdict = "is broken"
		r.broken = append(r.broken, fmt.Sprintf("%s: %s, promised are at most %s", what, show(have), show(most)))
	}
	r.printf("Promise: %s at most %s. Measured: %s. It %s.\n\n", what, show(most), show(have), verdict)
}

// verdict is the error of a report with broken promises.
func (r *benchReport) verdict() error {
	if r.failed != nil {
		return r.failed
	}
	if len(r.broken) == 0 {
		return nil
	}
	return errs.New(errs.NotPossible, "bound_broken", "A promise does not hold on this machine: %s.", strings.Join(r.broken, "; ")).
		WithFix("Measure again on a machine that does nothing else; if it stays, it is a mistake in this version.")
}

// quantile is the q-th part of the durations, 0.5 for the median. It sorts them.
func quantile(ds []time.Duration, q float64) time.Duration {
	if len(ds) == 0 {
		return 0
	}
	slices.Sort(ds)
	return ds[min(len(ds)-1, int(q*float64(len(ds))))]
}

// median is the middle one of the numbers. It sorts them.
func median(ns []float64) float64 {
	if len(ns) == 0 {
		return 0
	}
	slices.Sort(ns)
	return ns[len(ns)/2]
}

// showDuration writes a duration with three digits.
func showDuration(d time.Duration) string {
	switch {
	case d == 0:
		return "not known here"
	case d < time.Millisecond:
		return fmt.Sprintf("%.0f µs", float64(d)/1e3)
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2f ms", float64(d)/1e6)
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// showBytes writes a size in megabytes of a million bytes.
func showBytes(n int64) string {
	if n == 0 {
		return "not known here"
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}

// showPercent writes a ratio as what it is more or less than one.
func showPercent(ratio float64) string { return fmt.Sprintf("%+.0f %%", (ratio-1)*100) }
