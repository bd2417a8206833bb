package web

import (
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
)

// The bars stand on the ground, none is higher than the picture, and each leads to its own stretch of time.
func TestDrawTimeline(t *testing.T) {
	zone := time.FixedZone("east", 2*3600)
	at := func(hour int) time.Time { return time.Date(2026, 11, 23, hour, 0, 0, 0, zone) }
	h := audit.Histogram{Interval: audit.Hour, End: at(12), Buckets: []audit.Bucket{
		{Start: at(9), Total: 9001, ByAction: map[audit.Action]int{audit.Created: 9000, audit.Deleted: 1}},
		{Start: at(10)},
		{Start: at(11), Total: 2, ByAction: map[audit.Action]int{audit.Updated: 2}}}}
	f := &auditFilter{address: url.Values{"user": {"u1"}, rangeParam: {"7d"}}}
	got := drawTimeline(h, f, zone, false)
	if want := "9,003 entries from Monday 23 November 2026, 09:00 to Monday 23 November 2026, 11:00, by hour; at most 9,001 in one."; got.Summary != want {
		t.Errorf("it says %q, want %q", got.Summary, want)
	}
	var words []string
	for _, a := range got.Actions {
		words = append(words, a.Word+" "+strconv.Itoa(a.Total)+" "+a.Only)
	}
	if diff := cmp.Diff([]string{"Created 9000 " + auditPath + "?action=created&range=7d&user=u1", "Updated 2 " + auditPath + "?action=updated&range=7d&user=u1",
		"Deleted 1 " + auditPath + "?action=deleted&range=7d&user=u1"}, words); diff != "" {
		t.Error(diff)
	}
	for _, bar := range got.Bars {
		ground := float64(barHeight)
		for _, p := range bar.Parts {
			y, _ := strconv.ParseFloat(p.Y, 64)
			high, _ := strconv.ParseFloat(p.Height, 64)
			if y < 0 || high < 1.9 || y+high-ground > 0.11 || ground-y-high > 0.11 {
				t.Errorf("%s: a part from %s, %s high, on what ends at %v", bar.When, p.Y, p.Height, ground)
			}
			ground = y
		}
	}
	first := got.Bars[0]
	if first.Words != "Monday 23 November 2026, 09:00: 9,001 entries (9,000 created, 1 deleted)" || first.Zoom != auditPath+"?from=2026-11-23T07%3A00%3A00Z&to=2026-11-23T08%3A00%3A00Z&user=u1" {
		t.Errorf("the first bar is %+v", first)
	}
	if last := got.Bars[2]; !strings.Contains(last.Zoom, "to=2026-11-23T10%3A00%3A00Z") || got.End != "2026-11-23T10:00:00Z" || got.Whole != auditPath+"?user=u1" {
		t.Errorf("the last bar is %+v, the end %s, the whole %s", last, got.End, got.Whole)
	}
	if n := len(got.Ticks); n != axisTicks || got.Ticks[0].Text != "23 Nov, 09:00" || got.Ticks[n-1].Text != "23 Nov, 12:00" {
		t.Errorf("the axis is %+v", got.Ticks)
	}
}

var zoomLinks = regexp.MustCompile(`<a href="([^"]+)" tabindex="-1"`)

// With a script the timeline comes behind the page, without one by a link; what a bar counts is what its address shows.
func TestTimelineOnThePage(t *testing.T) {
	w := newWorld(t)
	w.batch("contact", 7, "first_name")
	w.owner.get(auditPath).want(t, 200, `id="audit-timeline"`, `hx-trigger="load"`, "Show over time").wantNot(t, "data-timeline")
	part := w.owner.hx(auditPath+"?object=contact", "audit-timeline").want(t, 200, "data-timeline", "7 created", "7 entries from").wantNot(t, "<html", "audit-table", timelineParam+"=1", "All time")
	if push := part.header.Get("HX-Push-Url"); push != "" {
		t.Errorf("the address becomes %s", push)
	}
	page := w.owner.get(auditPath+"?object=contact&timeline=1").want(t, 200, "data-timeline", "audit-table")
	links := zoomLinks.FindAllStringSubmatch(page.body, -1)
	if len(links) != 1 {
		t.Fatalf("there are %d bars", len(links))
	}
	zoomed := html.UnescapeString(links[0][1])
	if !strings.Contains(zoomed, "timeline=1") {
		t.Errorf("without a script the timeline is lost at %s", zoomed)
	}
	w.owner.get(zoomed).want(t, 200, "Created contact", "All time", "From", "Before")
	w.owner.get(auditPath+"?object=task&timeline=1").want(t, 200, "Nothing matches").wantNot(t, "data-timeline")
	w.owner.hx("/settings/objects/contact/audit-log", "audit-timeline").want(t, 200, "7 created", `href="/settings/objects/contact/audit-log?from=`)
}

// The list can be read anew by itself, and says where new entries come from; not where none can come.
func TestLogThatIsKeptUp(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana")
	w.owner.get(auditPath+"?object=contact").want(t, 200, `data-stream="/api/v1/audit/stream?object=contact"`, `data-at="/settings/audit-logs?object=contact"`)
	w.owner.get(auditPath+"?range=yesterday").wantNot(t, "data-stream")
	w.owner.get("/settings/objects/contact/audit-log").want(t, 200, `data-stream="/api/v1/audit/stream?object=contact"`)
	list := w.owner.hx(auditPath+"?object=contact", "audit-list").want(t, 200, "Created contact").wantNot(t, "<html", "filter-chips")
	if push := list.header.Get("HX-Push-Url"); push != "" {
		t.Errorf("the address becomes %s", push)
	}
}
