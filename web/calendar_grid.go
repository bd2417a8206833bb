package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/calendar"
)

// timeGrid is days side by side with their hours from the top to the bottom. Heights are counted in units; where
// something stands is a class of the sheet in calendar_css.go, because the pages allow no styles of their own.
type timeGrid struct {
	Units int
	Marks []gridMark
	Days  []gridDay
	Long  bool // there are appointments of a day or more
}

// unit is how many minutes a unit of the grid has.
const unit = 5

// gridMark is an hour at the side.
type gridMark struct {
	At    int
	Text  string
	Again bool // it comes the second time
}

// gridDay is a column.
type gridDay struct {
	Label  string // the whole date
	Name   string // of the day of the week
	Number int
	Href   string
	New    string // the form of a new appointment that day, "" when there is none
	Today  bool
	Hours  string // how long it is when it has not 24 hours
	Now    int    // where the present moment stands, -1 for none
	// Stretches say to the script which instant stands where: "AT/WALL/MINUTE", the last since 1970.
	Stretches string
	Long      []*gridPiece // nil for an empty place
	Pieces    []*gridPiece
	Slots     []gridSlot
	Voids     []gridVoid
	More      []gridMore
}

// gridPiece is what of an appointment stands in one day.
type gridPiece struct {
	*calendarEntry
	At, For           int
	Lane, Lanes, Wide int
	When, Until       string
	Before, After     bool // it began before the day, it goes on after it
}

type gridSlot struct {
	At, For      int
	Start, Label string
}

type gridVoid struct {
	At, For int
	Text    string
}

// gridMore leads to what has no room.
type gridMore struct {
	At, For, Lane, Lanes, Count int
	Href                        string
}

// shortestPiece is the height that an appointment has at least: a line of text, and as much as a finger needs.
const shortestPiece = 30 / unit

// lanesOf is how many appointments stand side by side at most; the day scrolls sideways when there are many.
func lanesOf(view string) int {
	if view == "day" {
		return mostLanes
	}
	return 4
}

func (s *site) gridOf(q calendarQuery, days []calendar.Day, today calendar.Day, entries []*calendarEntry, booking *bookingForm) *timeGrid {
	axis := calendar.NewAxis(days...)
	g := &timeGrid{Units: axis.Minutes() / unit}
	for _, m := range axis.Marks() {
		g.Marks = append(g.Marks, gridMark{m.At / unit, wallText(m.Wall), m.Again})
	}
	long := lanesOfLong(days, entries)
	for i, d := range days {
		day := gridDay{Label: d.Date.Format("Monday 2 January 2006"), Name: d.Date.Format("Mon"), Number: d.Date.Day(), Href: q.address("day", d),
			Today: d.Same(today), Now: -1, Long: long[i], Stretches: stretchesText(axis, d), Voids: voidsOf(axis, d)}
		if d.Hours() != 24*time.Hour {
			day.Hours = strconv.FormatFloat(d.Hours().Hours(), 'f', -1, 64) + " hours"
		}
		if now := s.now(); d.Holds(now) {
			day.Now = axis.Place(d, now) / unit
		}
		if booking != nil {
			day.Slots = slotsOf(axis, d, booking)
			day.New = booking.newOn(d, q.zone)
		}
		day.fill(axis, d, entries, lanesOf(q.view))
		g.Long = g.Long || len(day.Long) > 0
		g.Days = append(g.Days, day)
	}
	return g
}

// address is the form of a new appointment at that time.
func (b *bookingForm) address(start time.Time) string {
	return "/appointments/new?" + strings.Join([]string{"start=" + queryEscape(start.UTC().Format(time.RFC3339)), "calendar=" + string(b.Calendar),
		"assignee=" + string(b.Person), "_back=" + queryEscape(b.Back)}, "&")
}

func stretchesText(axis calendar.Axis, d calendar.Day) string {
	var parts []string
	for _, st := range axis.Stretches(d) {
		parts = append(parts, strconv.Itoa(st.At)+"/"+strconv.Itoa(st.Wall)+"/"+strconv.FormatInt(st.Start.Unix()/60, 10))
	}
	return strings.Join(parts, " ")
}

func voidsOf(axis calendar.Axis, d calendar.Day) (voids []gridVoid) {
	left := len(d.Changes()) > 0
	for _, b := range axis.Voids(d) {
		void := gridVoid{At: b.From / unit, For: b.Len() / unit}
		if left {
			void.Text = "does not exist"
		}
		voids = append(voids, void)
	}
	return voids
}

// leastSlot is how short the slots are that a page offers: the script finds the shorter ones inside of them.
const leastSlot = 30

func slotsOf(axis calendar.Axis, d calendar.Day, booking *bookingForm) (slots []gridSlot) {
	minutes := booking.Minutes * ((leastSlot + booking.Minutes - 1) / booking.Minutes)
	for _, sl := range axis.Slots(d, minutes) {
		slots = append(slots, gridSlot{sl.At / unit, max(1, (sl.At+sl.Len)/unit-sl.At/unit), sl.Start.UTC().Format(time.RFC3339),
			"New appointment, " + sl.Start.Format("Mon 2 Jan, ") + clockText(sl.Start)})
	}
	return slots
}

// fill lays the appointments of a day beside each other.
func (day *gridDay) fill(axis calendar.Axis, d calendar.Day, entries []*calendarEntry, most int) {
	var spans []calendar.Span
	for _, e := range entries {
		if e.long() || !e.in(d) {
			continue
		}
		p := e.piece(d)
		from, to := axis.Place(d, later(e.start, d.Start))/unit, (axis.Place(d, e.end)+unit-1)/unit
		to = max(to, from+shortestPiece)
		if bottom := axis.Minutes() / unit; to > bottom {
			from, to = max(0, min(from, bottom-shortestPiece)), bottom
		}
		p.At, p.For = from, to-from
		day.Pieces = append(day.Pieces, p)
		spans = append(spans, calendar.Span{From: from, To: to})
	}
	calendar.Arrange(spans)
	pieces := day.Pieces
	day.Pieces = nil
	for i, p := range pieces {
		p.Lane, p.Lanes, p.Wide = spans[i].Lane, spans[i].Lanes, spans[i].Wide
		if p.Lanes > most {
			if p.Lane >= most-1 {
				day.crowd(p, most)
				continue
			}
			p.Wide, p.Lanes = min(p.Wide, most-1-p.Lane), most
		}
		day.Pieces = append(day.Pieces, p)
	}
}

// crowd counts an appointment that has no room, in the last lane.
func (day *gridDay) crowd(p *gridPiece, most int) {
	for i := range day.More {
		m := &day.More[i]
		if p.At < m.At+m.For && m.At < p.At+p.For {
			bottom := max(m.At+m.For, p.At+p.For)
			m.At = min(m.At, p.At)
			m.For = bottom - m.At
			m.Count++
			return
		}
	}
	day.More = append(day.More, gridMore{At: p.At, For: p.For, Lane: most - 1, Lanes: most, Count: 1, Href: day.Href})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// lanesOfLong gives the appointments of a day or more their lines above the hours, the same on all of their days.
func lanesOfLong(days []calendar.Day, entries []*calendarEntry) [][]*gridPiece {
	var long []*calendarEntry
	var spans []calendar.Span
	for _, e := range entries {
		if !e.long() {
			continue
		}
		from := slices.IndexFunc(days, e.in)
		to := from
		for to < len(days) && to >= 0 && e.in(days[to]) {
			to++
		}
		if from >= 0 {
			long = append(long, e)
			spans = append(spans, calendar.Span{From: from, To: to})
		}
	}
	calendar.Arrange(spans)
	lines := make([][]*gridPiece, len(days))
	for i, e := range long {
		for n := spans[i].From; n < spans[i].To; n++ {
			for len(lines[n]) <= spans[i].Lane {
				lines[n] = append(lines[n], nil)
			}
			lines[n][spans[i].Lane] = e.piece(days[n])
		}
	}
	return lines
}
