package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/audit"
)

// lateLog is a log in which an event becomes visible some time after the moment that it carries, as when its transaction
// took so long. Reading takes time.
type lateLog struct {
	audit.Log
	now    time.Time
	reads  time.Duration // how long a page takes
	events []lateEvent   // in the order of the log, the newest first
}

type lateEvent struct {
	*audit.Event
	visible time.Time
}

func (l *lateLog) clock() time.Time { return l.now }

func (l *lateLog) add(at time.Time, late time.Duration) *audit.Event {
	n := len(l.events) + 1
	e := &audit.Event{ID: audit.EventID(fmt.Sprintf("00000000-0000-7000-8000-%012d", n)), OccurredAt: at, RecordedAt: at,
		Actor: audit.SystemActor("Test"), Channel: audit.API, Type: "contact.created", Action: audit.Created, Outcome: audit.Success}
	l.events = append(l.events, lateEvent{e, at.Add(late)})
	slices.SortFunc(l.events, func(a, b lateEvent) int {
		if c := b.OccurredAt.Compare(a.OccurredAt); c != 0 {
			return c
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	return e
}

// Events implements audit.Log.
func (l *lateLog) Events(_ context.Context, _ audit.AccountID, q audit.Query) (audit.Page, error) {
	l.now = l.now.Add(l.reads)
	var page audit.Page
	for _, e := range l.events {
		if e.visible.After(l.now) || e.OccurredAt.Before(q.Filter.From) || !q.After.IsZero() && !after(q.After, place(e.Event)) {
			continue
		}
		if n := len(page.Events); n == q.Limit {
			last, err := page.Events[n-1].Event()
			page.Next = place(last)
			return page, err
		}
		page.Events = append(page.Events, audit.Stored{Body: e.AppendCanonical(nil)})
	}
	return page, nil
}

func (l *lateLog) tail(perPage int) *tail {
	return &tail{log: l, clock: l.clock, perPage: perPage, since: l.now.Add(-streamOverlap), seen: map[audit.EventID]time.Time{}}
}

// follow looks as the stream does, for a time, and returns how often each event was sent.
func (l *lateLog) follow(t rapid.TB, tail *tail, until time.Time) map[audit.EventID]int {
	t.Helper()
	sent := map[audit.EventID]int{}
	for l.now.Before(until) {
		l.now = l.now.Add(streamPoll)
		err := tail.look(context.Background())
		if err == nil && len(tail.fresh) > 0 {
			err = tail.oldestFirst(context.Background(), func([]audit.Stored) error {
				for _, id := range tail.ids {
					sent[id]++
				}
				return nil
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return sent
}

var streamStart = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// TestTailWaitsForLateEvents: an event that becomes visible almost two minutes late, behind a page without news, and
// just before the window used to leave it behind.
func TestTailWaitsForLateEvents(t *testing.T) {
	l := &lateLog{now: streamStart}
	for i := range 3 * streamPage {
		l.add(streamStart.Add(time.Duration(i)*time.Millisecond), 0)
	}
	late := l.add(streamStart.Add(-3*time.Second), streamOverlap-time.Second)
	sent := l.follow(t, l.tail(streamPage), streamStart.Add(2*streamOverlap))
	if sent[late.ID] != 1 || len(sent) != 3*streamPage+1 {
		t.Errorf("the late event was sent %d times, and %d events in all", sent[late.ID], len(sent))
	}
}

// TestTailReturnsForWhatWasPushedOff: events that become visible between a look and its sending push an older one off
// the page that is sent.
func TestTailReturnsForWhatWasPushedOff(t *testing.T) {
	l := &lateLog{now: streamStart, reads: 10 * time.Millisecond}
	old := l.add(streamStart.Add(-streamOverlap-time.Minute), 0)
	for range 4 {
		l.add(streamStart.Add(-time.Second), 0)
	}
	for range 6 {
		l.add(streamStart.Add(-2*time.Second), 2*time.Second+streamPoll+15*time.Millisecond)
	}
	tail := l.tail(5)
	tail.since = streamStart.Add(-time.Hour)
	if sent := l.follow(t, tail, streamStart.Add(time.Minute)); sent[old.ID] != 1 || len(sent) != 11 {
		t.Errorf("the old event was sent %d times, and %d events in all", sent[old.ID], len(sent))
	}
}

// TestTailSendsEachOnce: whatever becomes visible when, as late as the overlap allows, is sent once.
func TestTailSendsEachOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &lateLog{now: streamStart, reads: rapid.SampledFrom([]time.Duration{0, 7 * time.Millisecond, 300 * time.Millisecond}).Draw(t, "reads")}
		catchUp := rapid.Bool().Draw(t, "catch up")
		seconds := rapid.IntRange(-60, 200)
		if catchUp {
			seconds = rapid.IntRange(-600, 200)
		}
		for range rapid.IntRange(0, 40).Draw(t, "bursts") {
			at := streamStart.Add(time.Duration(seconds.Draw(t, "at")) * time.Second)
			late := time.Duration(rapid.IntRange(0, int(streamOverlap/time.Millisecond)-1).Draw(t, "late")) * time.Millisecond
			for range rapid.IntRange(1, 12).Draw(t, "size") {
				l.add(at, late)
			}
		}
		tail := l.tail(5)
		if catchUp {
			tail.since = streamStart.Add(-time.Hour)
		} else if err := tail.skip(context.Background()); err != nil {
			t.Fatal(err)
		}
		skipped := l.now
		sent := l.follow(t, tail, streamStart.Add(3*streamOverlap))
		for _, e := range l.events {
			want := 1
			if !catchUp && !e.visible.After(skipped) {
				want = 0
			}
			if sent[e.ID] != want && !(e.visible.After(streamStart) && !e.visible.After(skipped)) {
				t.Fatalf("the event of %s, visible at %s, was sent %d times, want %d", e.OccurredAt, e.visible, sent[e.ID], want)
			}
		}
		if behind := l.now.Sub(tail.since); behind > streamOverlap+time.Minute {
			t.Fatalf("the window is %s long", behind)
		}
	})
}
