package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// timelineParam asks for the timeline within the page, for those who have no script that fetches it.
const timelineParam = "timeline"

// The timeline is drawn in units of its own, barWidth of them for each bucket, and stretched to the width of the page.
const (
	barWidth  = 10
	barHeight = 100
	barLeast  = 2 // what a single entry is high beside thousands
	axisTicks = 5
)

// auditTimeline is the result over time.
type auditTimeline struct {
	Width, Height int
	Summary       string // for whoever does not see the picture
	Interval      audit.Interval
	Most          int // entries of the highest bar
	Bars          []timelineBar
	Ticks         []Moment // evenly along the axis, first and last at its ends
	Actions       []timelineAction
	End           string // behind the last bar, as a filter takes it
	Whole         string // the address without limits of time; "" when there are none
}

// timelineAction is a colour of the picture, with its word and its entries.
type timelineAction struct {
	Action audit.Action
	Word   string
	Total  int
	Only   string // the address with this action alone; "" when it is so already
}

// timelineBar is one bucket.
type timelineBar struct {
	X      int
	Start  string // as a filter takes it
	When   string // "Monday 23 November 2026, 14:00"
	Words  string // with its counts
	Total  int
	Counts []int // by action, in the order of the timeline's
	Parts  []timelinePart
	Zoom   string // the address of the log from its start to its end
}

// timelinePart is the entries of one action within a bar.
type timelinePart struct {
	Action    audit.Action
	Y, Height string
}

// fillTimeline counts what passes the filter; there is no timeline where nothing does.
func (s *site) fillTimeline(v *visit, page *auditLogPage, f *auditFilter) error {
	zone := workspace.Zone(v.id.Account)
	h, err := s.logFor(v.caller()).Histogram(v.Context(), v.caller().Account, f.filter, audit.Auto, zone)
	if errs.Is(err, errs.Invalid) || err == nil && len(h.Buckets) == 0 {
		return nil // too far apart to be drawn, or nothing at all
	}
	if err != nil {
		return err
	}
	page.Timeline = drawTimeline(h, f, zone, !v.htmx())
	return nil
}

// drawTimeline words and draws h. The addresses in it ask for a timeline too when asked is true.
func drawTimeline(h audit.Histogram, f *auditFilter, zone *time.Location, asked bool) *auditTimeline {
	t := &auditTimeline{Interval: h.Interval, Width: barWidth * len(h.Buckets), Height: barHeight, End: filterTime(h.End)}
	address := func(change func(*auditFilter)) string {
		g := auditFilter{address: cloneValues(f.address), path: f.path}
		change(&g)
		if asked {
			g.address.Set(timelineParam, "1")
		}
		return g.at() + g.query()
	}
	total := 0
	totals := map[audit.Action]int{}
	for _, b := range h.Buckets {
		t.Most = max(t.Most, b.Total)
		total += b.Total
		for action, n := range b.ByAction {
			totals[action] += n
		}
	}
	for _, a := range audit.Actions {
		if totals[a] == 0 {
			continue
		}
		action := timelineAction{Action: a, Word: title(a), Total: totals[a]}
		if len(totals) > 1 {
			action.Only = address(func(g *auditFilter) { g.address["action"] = []string{string(a)} })
		}
		t.Actions = append(t.Actions, action)
	}
	layout := bucketLayout(h.Interval)
	for i, b := range h.Buckets {
		end := h.End
		if i+1 < len(h.Buckets) {
			end = h.Buckets[i+1].Start
		}
		bar := t.bar(b)
		bar.X = i * barWidth
		bar.When = b.Start.In(zone).Format(layout)
		if h.Interval == audit.Week {
			bar.When = "Week from " + bar.When
		}
		bar.Words = bar.When + ": " + t.counts(bar)
		bar.Zoom = address(func(g *auditFilter) { g.between(b.Start, end) })
		t.Bars = append(t.Bars, bar)
	}
	if f.bounded() {
		t.Whole = address(func(g *auditFilter) { g.unbounded() })
	}
	t.Summary = plural(int64(total), "entry", "entries") + " from " + t.Bars[0].When + " to " + t.Bars[len(t.Bars)-1].When +
		", by " + string(h.Interval) + "; at most " + audit.Thousands(t.Most) + " in one."
	t.Ticks = axis(h, zone)
	return t
}

// bar draws one bucket from the bottom up, the actions in the order of the legend.
func (t *auditTimeline) bar(b audit.Bucket) timelineBar {
	bar := timelineBar{Start: filterTime(b.Start), Total: b.Total}
	y := float64(barHeight)
	for _, a := range t.Actions {
		n := b.ByAction[a.Action]
		bar.Counts = append(bar.Counts, n)
		if n == 0 {
			continue
		}
		// What is small is drawn larger than it is, at the cost of the whole height.
		high := max(barLeast, float64(n)*(barHeight-barLeast*float64(len(t.Actions)))/float64(t.Most))
		y -= high
		bar.Parts = append(bar.Parts, timelinePart{a.Action, tenths(y), tenths(high)})
	}
	return bar
}

func tenths(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// counts says how many entries a bar has: "12 entries (5 created, 7 updated)".
func (t *auditTimeline) counts(bar timelineBar) string {
	words := plural(int64(bar.Total), "entry", "entries")
	var parts []string
	for i, n := range bar.Counts {
		if n > 0 {
			parts = append(parts, audit.Thousands(n)+" "+strings.ToLower(t.Actions[i].Word))
		}
	}
	if len(parts) > 0 {
		words += " (" + strings.Join(parts, ", ") + ")"
	}
	return words
}

// axis are moments from the start of the first bar to the end of the last.
func axis(h audit.Histogram, zone *time.Location) []Moment {
	layout := "2 Jan 2006"
	if h.Interval == audit.Hour || h.Interval == audit.Minute {
		layout = "2 Jan, 15:04"
	}
	clock := clock{zone: zone}
	var out []Moment
	for i := range axisTicks {
		at := h.End
		if n := i * len(h.Buckets) / (axisTicks - 1); n < len(h.Buckets) {
			at = h.Buckets[n].Start
		}
		out = append(out, clock.at(at, layout).Moment)
	}
	return out
}

// bucketLayout words the start of a bucket.
func bucketLayout(i audit.Interval) string {
	switch i {
	case audit.Minute, audit.Hour:
		return "Monday 2 January 2006, 15:04"
	case audit.Month:
		return "January 2006"
	}
	return "Monday 2 January 2006"
}

func filterTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// bounded reports whether the filter has a limit of time.
func (f *auditFilter) bounded() bool {
	return f.address.Has(rangeParam) || f.address.Has("from") || f.address.Has("to") || f.address.Has(lastParam)
}

func (f *auditFilter) unbounded() {
	for _, name := range []string{rangeParam, "from", "to", lastParam} {
		f.address.Del(name)
	}
}

// between puts the limits of time in the place of those there are.
func (f *auditFilter) between(from, to time.Time) {
	f.unbounded()
	f.address.Set("from", filterTime(from))
	f.address.Set("to", filterTime(to))
}
