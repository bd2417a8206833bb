package web

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
)

// Who has audit.read_own without audit.read sees what they did themselves, and nothing of what others did: not by a filter,
// not by an address, not by what belongs to an entry.
func TestOwnEntries(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Sam Secret")
	w.member.get("/settings/audit-logs").want(t, 403)
	w.member.get("/contacts").wantNot(t, `href="/settings/audit-logs"`)

	// audit.restore and audit.export are nothing without audit.read.
	w.update(w.record("staff", w.memberID), "permissions", "audit.read_own, audit.restore, audit.export")
	w.member.get("/contacts").want(t, 200, `href="/settings/audit-logs"`)
	made := w.member.post("/contacts", "first_name", "Mia Mine").location
	mia := w.record("contact", audit.RecordID(made[strings.LastIndex(made, "/")+1:]))
	w.member.post(made+"/delete", "version", "1")
	if err := w.db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}

	log := w.member.get("/settings/audit-logs").want(t, 200, "Your own changes", "Mia Mine", "where your own changes begin")
	log.wantNot(t, "Sam Secret", "Restore…", `name="format"`, `href="/settings/audit-logs/deleted"`, "/integrity", "/exports", `data-menu="user"`, "Olga Owner")
	w.member.get("/settings/audit-logs?user="+string(w.ownerID)).want(t, 200, "Nothing matches", "Your own changes").wantNot(t, "Sam Secret")
	w.member.get("/settings/audit-logs?q=Secret").want(t, 200, "Nothing matches")
	w.member.htmx("/settings/audit-logs?everybody=1").want(t, 200).wantNot(t, "Sam Secret")

	own, theirs := w.eventOf("contact.deleted", mia.ID), w.eventOf("contact.created", "")
	page := "/settings/audit-logs/events/"
	w.member.get(page+string(own)).want(t, 200, "Mia Mine", "sealed", "audit.read and audit.restore").wantNot(t, "/restore\"")
	w.member.get(page+string(own)+"/proof").want(t, 200)
	w.member.get("/settings/audit-logs?event="+string(own)).want(t, 200, "Mia Mine")
	for range 20 { // down to the beginning, over everything that others did
		a := w.member.get(page + string(own) + "/older")
		if strings.Contains(a.location, "end=older") {
			break
		}
		own = audit.EventID(strings.TrimPrefix(a.location, page))
		w.member.get(a.location).want(t, 200)
	}
	for _, address := range []string{page + string(theirs), page + string(theirs) + "/proof", page + string(theirs) + "/newer"} {
		w.member.get(address).want(t, 404)
	}
	w.member.htmx("/settings/audit-logs/operations/"+string(theirs)+"/parts").want(t, 404)
	w.member.get("/settings/audit-logs?event="+string(theirs)).want(t, 200, "not in this log").wantNot(t, "Sam Secret")
	w.member.get("/settings/audit-logs?operation="+string(theirs)).want(t, 200, "Nothing matches").wantNot(t, "Sam Secret")
	for _, address := range []string{"deleted", "exports", "integrity", "integrity/key", "integrity/checkpoint",
		"events/" + string(own) + "/restore", "events/" + string(own) + "/undo", "events/" + string(theirs) + "/restore"} {
		w.member.get("/settings/audit-logs/"+address).want(t, 403)
	}
	w.member.post("/settings/audit-logs/exports", "format", "csv").want(t, 403)
	w.member.post(page+string(own)+"/restore").want(t, 403)
	// The owner sees the visits of both.
	if got := w.events(1)[0]; got != "access.denied" {
		t.Errorf("the last event is %s", got)
	}
	w.owner.get("/settings/audit-logs?type=audit.viewed&user="+string(w.memberID)).want(t, 200, "member").wantNot(t, "Nothing matches")
	w.owner.get("/settings/audit-logs").want(t, 200, "Sam Secret", "Mia Mine").wantNot(t, "Your own changes")
}

// An owner who works as somebody sees what that one did.
func TestOwnEntriesWhileActing(t *testing.T) {
	w := newWorld(t)
	w.update(w.record("staff", w.memberID), "permissions", "audit.read_own")
	w.create("contact", "first_name", "Olgas Own")
	w.member.post("/contacts", "first_name", "Mia Mine")
	w.owner.post("/settings/staff/" + string(w.memberID) + "/act")
	w.owner.get("/settings/audit-logs").want(t, 200, "Your own changes", "Mia Mine").wantNot(t, "Olgas Own")
}

// eventOf is the newest event of a type, about a record unless that is "".
func (w *world) eventOf(kind audit.Type, record audit.RecordID) audit.EventID {
	w.t.Helper()
	where := audit.All{audit.Is{Property: audit.ByType, Values: []string{string(kind)}}}
	if record != "" {
		where = append(where, audit.Is{Property: audit.ByRecord, Values: []string{string(record)}})
	} else {
		where = append(where, audit.Is{Property: audit.ByUser, Values: []string{string(w.ownerID)}})
	}
	page, err := w.ws.Log.Events(w.t.Context(), w.account.ID, audit.Query{Filter: audit.Filter{Where: where}, Limit: 1})
	if err != nil || len(page.Events) != 1 {
		w.t.Fatalf("no event %s: %v", kind, err)
	}
	e, err := page.Events[0].Event()
	if err != nil {
		w.t.Fatal(err)
	}
	return e.ID
}
