package web

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
)

// The tree of an entry leads up to the first event and down to what came of it, further down on demand, in the drawer and on a
// page by links alone.
func TestCauseTree(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	talk := w.create("conversation", "contact", string(ana.ID), "channel", "email")
	for i := range 25 {
		w.create("message", "conversation", string(talk.ID), "direction", "out", "body", "Dear Ana", "subject", fmt.Sprintf("Letter %d", i))
	}
	w.create("note", "contact", string(ana.ID), "body", "Likes tea")
	if _, err := w.ws.Engine.Delete(t.Context(), w.caller(), "contact", ana.ID); err != nil {
		t.Fatal(err)
	}
	first, middle, last := w.newest("contact.deleted"), w.newest("conversation.deleted"), w.newest("message.deleted")

	// From the first: what it caused, and what can be opened.
	page := w.owner.get(eventAddress(first.ID)).want(t, 200, "Cause and effect", `Deleted note "Likes tea"`, `Deleted conversation`, "What it caused", "Same operation", "28 entries")
	open := regexp.MustCompile(`hx-get="([^"]+/effects[^"]*)"`)
	found := open.FindAllStringSubmatch(page.body, -1)
	if len(found) != 1 || found[0][1] != effectsAddress(middle.ID, "") {
		t.Errorf("what can be opened: %v", found)
	}
	w.owner.hx(found[0][1], "").want(t, 200, "Deleted message", "and 5 more", `href="/settings/audit-logs?q=cause%3A`+string(middle.ID)).wantNot(t, "<html")
	w.owner.get(found[0][1]).to(t, eventAddress(middle.ID))
	w.owner.get(causedList(middle.ID)).want(t, 200, "Letter 0", "Letter 24").wantNot(t, "Likes tea")

	// From the last: all that led to it, the first one above.
	page = w.owner.get(eventAddress(last.ID)).want(t, 200, "It was deleted along with", "What else it caused")
	up := page.body[strings.Index(page.body, `class="tree"`):]
	for _, id := range []audit.EventID{first.ID, middle.ID} {
		at := strings.Index(up, `href="`+eventAddress(id)+`"`)
		if at < 0 {
			t.Fatalf("the tree does not lead to %s", id)
		}
		up = up[at:]
	}
	if !strings.Contains(up, "this entry") {
		t.Error("the entry is not below what led to it")
	}
	found = open.FindAllStringSubmatch(page.body, -1)
	if len(found) != 2 {
		t.Fatalf("what can be opened: %v", found)
	}
	w.owner.hx(strings.ReplaceAll(found[1][1], "&amp;", "&"), "").want(t, 200, "Likes tea").wantNot(t, "Deleted conversation")
	w.owner.get(eventAddress(first.ID)+"/effects?but=x").want(t, 400)
	w.owner.hx(eventAddress(first.ID)+"/effects?but=x", "").want(t, 400)
	w.member.hx(effectsAddress(first.ID, ""), "").want(t, 403)
	w.owner.get(eventAddress(w.newest("contact.created").ID)).want(t, 200).wantNot(t, "Cause and effect")
}

// counted is a log that counts how often all of something is counted in it.
type counted struct {
	audit.Log
	facets int
}

func (l *counted) Facets(ctx context.Context, account audit.AccountID, f audit.Filter, most int) (audit.Facets, error) {
	l.facets++
	return l.Log.Facets(ctx, account, f, most)
}

// To offer what a node caused it is looked for, and not counted.
func TestCauseTreeCountsWhatItSays(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	talk := w.create("conversation", "contact", string(ana.ID), "channel", "email")
	for i := range effectsShown + 5 {
		w.create("message", "conversation", string(talk.ID), "direction", "out", "body", "Dear Ana", "subject", fmt.Sprintf("Letter %d", i))
	}
	if _, err := w.ws.Engine.Delete(t.Context(), w.caller(), "contact", ana.ID); err != nil {
		t.Fatal(err)
	}
	log := &counted{Log: w.ws.Log}
	w.ws.Log = log
	for _, c := range []struct {
		kind audit.Type
		want int
		says string
	}{{"contact.deleted", 0, "What it caused"}, {"message.deleted", 0, "What else it caused"}, {"conversation.deleted", 1, "and 5 more"}} {
		log.facets = 0
		w.owner.get(eventAddress(w.newest(c.kind).ID)).want(t, 200, c.says)
		if log.facets != c.want {
			t.Errorf("%s: counted %d times, want %d", c.kind, log.facets, c.want)
		}
	}
}

// Who reads what they did themselves alone is told that there is a cause, and not which.
func TestCauseTreeOfOwn(t *testing.T) {
	w := newWorld(t)
	if _, err := w.ws.Auth.UpdateRoles(t.Context(), auth.SystemCaller(w.account.ID, "Test"), auth.RoleUpdate{Member: []audit.Permission{audit.AuditReadOwn, audit.RecordsRead, audit.RecordsWrite}}); err != nil {
		t.Fatal(err)
	}
	ana := w.create("contact", "first_name", "Ana")
	cause := w.newest("contact.created")
	member := w.caller()
	member.Actor = audit.Actor{Type: audit.User, ID: audit.ActorID(w.memberID), Name: "member"}
	if err := w.ws.Engine.Do(t.Context(), member, func(op *crm.Operation) error {
		_, err := op.UpdateBecause(t.Context(), "contact", ana.ID, w.input("contact", "city", "Porto"), 0, cause.ID, "")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	e := w.newest("contact.updated")
	w.member.get(eventAddress(e.ID)).want(t, 200, "Something that you may not see").wantNot(t, `Created contact`)
	w.owner.get(eventAddress(e.ID)).want(t, 200, `Created contact`).wantNot(t, "Something that you may not see")
}

// What happened to the record just before and after stands around the entry.
func TestAround(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	w.owner.get(eventAddress(w.newest("contact.created").ID)).want(t, 200).wantNot(t, "just before and after")
	var ids []audit.EventID
	for i := range 9 {
		w.change(ana, "city", fmt.Sprintf("City %d", i))
		ids = append(ids, w.newest("contact.updated").ID)
	}
	page := w.owner.get(eventAddress(ids[4])).want(t, 200, "On this record, just before and after", "this entry")
	around := page.body[strings.Index(page.body, `class="parts around"`):]
	around = around[:strings.Index(around, "</ol>")]
	for i, id := range ids {
		if got, want := strings.Contains(around, eventAddress(id)), i >= 1 && i <= 7 && i != 4; got != want {
			t.Errorf("entry %d is there: %v", i, got)
		}
	}
	if strings.Index(around, string(ids[5])) > strings.Index(around, string(ids[3])) {
		t.Error("the newer one does not stand above")
	}
	newest := w.owner.get(eventAddress(ids[8])).want(t, 200, "just before and after").body
	if !strings.Contains(newest, eventAddress(ids[5])) || strings.Contains(newest, eventAddress(ids[4])) {
		t.Error("around the newest are not the three before it")
	}
}

// To open an entry beside the list is a step of the browser's history, to go on from there is none.
func TestPlaceOfDrawer(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana")
	at := eventAddress(w.newest("contact.created").ID)
	for current, header := range map[string]string{"http://x/settings/audit-logs": "HX-Push-Url", "http://x/settings/audit-logs?event=1": "HX-Replace-Url"} {
		got := w.owner.hxFrom(at, current).want(t, 200).header
		if got.Get(header) == "" || len(got.Get("HX-Push-Url")) > 0 == (len(got.Get("HX-Replace-Url")) > 0) {
			t.Errorf("from %s: %v", current, got)
		}
	}
}

func (b *browser) hxFrom(path, current string) answer {
	r := httpRequest("GET", path, "")
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Target", "drawer")
	r.Header.Set("HX-Current-URL", current)
	return b.do(r)
}
