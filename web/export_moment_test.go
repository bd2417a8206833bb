package web

import (
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
)

var entryIDs = regexp.MustCompile(`<tr id="e-([0-9a-f-]{36})"`)

// entries are the ids of the page's entries, in their order, those that are folded among them.
func (a answer) entries() []string {
	var out []string
	for _, m := range entryIDs.FindAllStringSubmatch(a.body, -1) {
		out = append(out, m[1])
	}
	return out
}

// What the screen shows, the export holds, row for row, while somebody writes: the file has what the page had, in its order, above
// it what came until it was asked for, and nothing that came later.
func TestAnExportHoldsWhatTheScreenShowsWhileOthersWrite(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	wrote, enough := make(chan struct{}), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for i := 0; ; i++ {
			input := w.input("contact", "city", []string{"Porto", "Lisbon"}[i%2])
			if _, err := w.ws.Engine.Update(t.Context(), w.caller(), "contact", ana.ID, input, 0); err != nil {
				failed <- err
				return
			}
			select {
			case <-enough:
				return
			case wrote <- struct{}{}:
			default:
			}
		}
	}()
	var files [][]string
	for range 5 {
		<-wrote // it is at it
		page := w.owner.get(auditPath+"?object=contact&range=today").want(t, 200, "Exactly what the filter shows")
		form := []string{"format", "jsonl"}
		for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(between(page.body, "data-repeat>", "</form>")[0], -1) {
			form = append(form, m[1], html.UnescapeString(m[2]))
		}
		<-wrote // this one may have been on the page
		<-wrote
		file := w.owner.post(exportsPath, form...)
		if file.status != 200 {
			t.Fatalf("the export: %d %s", file.status, file.body)
		}
		var rows []string
		for line := range strings.Lines(file.body) {
			var e struct{ ID string }
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, e.ID)
		}
		shown := page.entries()
		at := slices.Index(rows, shown[0])
		if at < 1 || !slices.Equal(rows[at:min(at+len(shown), len(rows))], shown) {
			t.Fatalf("the page's %d entries are not in the file row for row; the first stands at %d of %d", len(shown), at, len(rows))
		}
		files = append(files, rows)
	}
	close(enough)
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	var log []string
	for q := (audit.Query{Limit: 500, Filter: audit.Filter{Where: audit.Is{Property: audit.ByObject, Values: []string{"contact"}}}}); ; {
		page, err := w.ws.Log.Events(t.Context(), w.account.ID, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, stored := range page.Events {
			e, err := stored.Event()
			if err != nil {
				t.Fatal(err)
			}
			log = append(log, string(e.ID))
		}
		if q.After = page.Next; q.After.IsZero() {
			break
		}
	}
	for i, rows := range files {
		if at := slices.Index(log, rows[0]); at < 0 || !slices.Equal(log[at:], rows) {
			t.Errorf("file %d is not the log up to a moment: %d rows of %d, from %d", i, len(rows), len(log), at)
		}
	}
}
