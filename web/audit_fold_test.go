package web

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
)

var foldLines = regexp.MustCompile(`class="fold-box"[^>]*><span>(.*?)<span class="sr-only">`)

// folds are the lines of the page's folds, as one reads them.
func (a answer) folds() []string {
	var out []string
	for _, m := range foldLines.FindAllStringSubmatch(a.body, -1) {
		out = append(out, html.UnescapeString(tags.ReplaceAllString(m[1], "")))
	}
	return out
}

func TestRapidSavesOfOneRecordFold(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	ana = w.update(ana, "city", "Porto")
	ana = w.update(ana, "city", "Lisbon", "tags", "vip") // two entries of one save
	ana = w.update(ana, "phone", "+351 912 345 678")
	acme := w.create("company", "name", "Acme")
	w.update(acme, "industry", "Tea")
	w.update(ana, "city", "Faro") // another record was changed between
	page := w.owner.get(auditPath+"?object=contact&object=company").want(t, 200, "Open what is folded", `<tr id="e-`+string(w.newest("contact.updated").ID)+`">`)
	if got, want := page.folds(), []string{`Changed contact "Ana" 3 times: City, Tags, Phone and more`}; !slices.Equal(got, want) {
		t.Errorf("the folds are %q, want %q", got, want)
	}
	// Its entries are on the page, each as it always is, and in the file as well.
	entries := page.descriptions()
	if n := len(entries); n != 7 || strings.Count(page.body, ` folded"`) != 3 {
		t.Errorf("%d entries: %q", n, entries)
	}
	page = w.owner.get(auditPath + "?object=contact")
	if got, want := page.folds(), []string{`Changed contact "Ana" 4 times: City, Tags, Phone and more`}; !slices.Equal(got, want) {
		t.Errorf("without what was between the folds are %q, want %q", got, want)
	}
	// One save is no fold, though it made two entries.
	if got := w.owner.get(auditPath + "?q=" + "vip").folds(); len(got) != 0 {
		t.Errorf("one save is folded: %q", got)
	}
	w.owner.get(auditPath+"?object=company").want(t, 200).wantNot(t, "fold-line")
}

func TestWhatFolds(t *testing.T) {
	c := clock{now: time.Now(), zone: time.FixedZone("east", 3600)}
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	event := func(change func(*audit.Event)) *audit.Event {
		e := &audit.Event{OccurredAt: at, Actor: audit.Actor{Type: audit.User, ID: "1", Name: "Ana"}, Channel: audit.Web, Action: audit.Updated,
			Outcome: audit.Success, Record: &audit.Ref{Object: "contact", ID: "7"}}
		change(e)
		return e
	}
	same := event(func(*audit.Event) {})
	for name, tt := range map[string]struct {
		change func(*audit.Event)
		want   bool
	}{
		"the same":               {func(*audit.Event) {}, true},
		"two minutes before":     {func(e *audit.Event) { e.OccurredAt = at.Add(-2 * time.Minute) }, true},
		"longer before":          {func(e *audit.Event) { e.OccurredAt = at.Add(-2*time.Minute - time.Microsecond) }, false},
		"another record":         {func(e *audit.Event) { e.Record = &audit.Ref{Object: "contact", ID: "8"} }, false},
		"another object":         {func(e *audit.Event) { e.Record = &audit.Ref{Object: "company", ID: "7"} }, false},
		"no record":              {func(e *audit.Event) { e.Record = nil }, false},
		"another person":         {func(e *audit.Event) { e.Actor.ID = "2" }, false},
		"as somebody else":       {func(e *audit.Event) { e.Actor.OnBehalfOf = &audit.OnBehalfOf{ID: "3"} }, false},
		"by another way":         {func(e *audit.Event) { e.Channel = audit.API }, false},
		"not a change":           {func(e *audit.Event) { e.Action = audit.Created }, false},
		"failed":                 {func(e *audit.Event) { e.Outcome = audit.Failed }, false},
		"takes something back":   {func(e *audit.Event) { e.UndoOf = "9" }, false},
		"named otherwise by now": {func(e *audit.Event) { e.Record = &audit.Ref{Object: "contact", ID: "7", Name: "Anna"} }, true},
	} {
		if got := c.folds(same, event(tt.change)); got != tt.want {
			t.Errorf("%s: folds %t, want %t", name, got, tt.want)
		}
		if first := event(tt.change); first.OccurredAt.Equal(at) && c.folds(first, same) != tt.want {
			t.Errorf("%s first: folds %t, want %t", name, !tt.want, tt.want)
		}
	}
	// Midnight of the account's zone parts two days.
	at = time.Date(2026, 3, 1, 23, 0, 10, 0, time.UTC)
	if c.folds(event(func(*audit.Event) {}), event(func(e *audit.Event) { e.OccurredAt = at.Add(-20 * time.Second) })) {
		t.Error("saves of two days fold")
	}
}

// A page ends behind the fold that its last entry begins, so that the next one goes on with something else.
func TestAPageDoesNotEndWithinAFold(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	for i := range 4 {
		ana = w.update(ana, "city", fmt.Sprint("City ", i))
	}
	for i := range auditPage - 2 {
		w.create("contact", "first_name", fmt.Sprint("Person ", i))
	}
	page := w.owner.get(auditPath+"?object=contact").want(t, 200, "Load more")
	if got := page.descriptions(); len(got) != auditPage+2 || len(page.folds()) != 1 || !strings.Contains(page.folds()[0], "4 times") {
		t.Fatalf("%d entries, the folds are %q", len(got), page.folds())
	}
	more := html.UnescapeString(between(page.body, `id="audit-more" hx-get="`, `"`)[0])
	rest := w.owner.hx(more, "audit-more").want(t, 200, "<tbody>", "where the log begins")
	if got := rest.descriptions(); len(got) != 1 || !strings.HasPrefix(got[0], "Created contact") {
		t.Errorf("the next page holds %q", got)
	}
	// With the fold at the end of the log there is no further page.
	if page := w.owner.get(auditPath+"?object=contact&action=updated").want(t, 200).wantNot(t, "audit-more"); len(page.descriptions()) != 4 {
		t.Errorf("the fold has %q", page.descriptions())
	}
	// A longer fold than a page and what is read on goes over several.
	for i := range auditPage + foldReadsOn + 3 {
		ana = w.update(ana, "city", fmt.Sprint("Town ", i))
	}
	page = w.owner.get(auditPath + "?object=contact&action=updated")
	n := len(page.descriptions())
	for more := page; strings.Contains(more.body, "audit-more"); n += len(more.descriptions()) {
		more = w.owner.hx(html.UnescapeString(between(more.body, `id="audit-more" hx-get="`, `"`)[0]), "audit-more")
	}
	if want := 4 + auditPage + foldReadsOn + 3; n != want {
		t.Errorf("%d entries on all pages, want %d", n, want)
	}
}
