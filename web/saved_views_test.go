package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/savedviews"
)

// viewNamed is a view that a person sees.
func (w *world) viewNamed(name string) savedviews.View {
	w.t.Helper()
	list, err := w.ws.Views.Views(w.t.Context(), w.caller())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range list {
		if v.Name == name {
			return v
		}
	}
	w.t.Fatalf("there is no view %s", name)
	return savedviews.View{}
}

// share makes a view that everybody sees, in the name of the owner's key.
func (w *world) share(name, query string) savedviews.View {
	w.t.Helper()
	v, err := w.ws.Views.Save(w.t.Context(), w.caller(), savedviews.NewView{Name: name, Query: query, Shared: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// A filter is saved where it is seen, opened by its address, and replaced, renamed and deleted.
func TestSavedViews(t *testing.T) {
	w := newWorld(t)
	w.owner.get(auditPath).want(t, 200, "No views yet", `href="`+viewsPath+`"`).wantNot(t, "Save this filter")
	w.owner.get(viewsPath).want(t, 200, "No views yet")
	shown := w.owner.get(auditPath+"?range=7d&action=deleted").want(t, 200, "Save this filter", `name="query" value="action=deleted&amp;range=7d"`)
	shown.wantNot(t, "Save as") // there is none to be replaced
	w.owner.post(viewsPath, "query", "action=deleted&range=7d", "name", "Deletions", "shared", "true").to(t, auditPath+"?action=deleted&range=7d")
	w.owner.get(auditPath+"?range=7d&action=deleted").want(t, 200, `Saved the view &#34;Deletions&#34;.`, "View: <bdi>Deletions</bdi>", "Shared views",
		`href="/settings/audit-logs?action=deleted&amp;range=7d" aria-current="true"`, "Date: <bdi>Last 7 days</bdi>")
	w.owner.post(viewsPath, "query", "user="+string(w.memberID), "name", "Theirs").to(t, auditPath+"?user="+string(w.memberID))
	page := w.owner.get(auditPath+"?action=created").want(t, 200, "Your views", "Shared views", "Instead of: Theirs").wantNot(t, "View: <bdi>")
	if strings.Index(page.body, "<bdi>Theirs</bdi>") > strings.Index(page.body, "<bdi>Deletions</bdi>") {
		t.Error("the own view comes behind the shared one")
	}
	// htmx brings the menu with what it would save now.
	w.owner.hx(auditPath+"?outcome=denied", "audit-results").want(t, 200, `name="query" value="outcome=denied"`)

	view := w.viewNamed("Deletions")
	w.owner.post(viewsPath, "query", "action=restored", "into", string(view.ID), "name", "").to(t, auditPath+"?action=restored")
	w.owner.get(viewsPath).want(t, 200, "Replaced the filter of the view", "Action: Restored", "User: member", "Everybody, by <bdi>Olga Owner</bdi>", ">You<", `value="Deletions"`)
	w.owner.post(viewsPath+"/"+string(view.ID), "name", "Restored things", "shared", "true").to(t, viewsPath)
	if v := w.viewNamed("Restored things"); v.ID != view.ID || !v.Shared || v.Query != "action=restored" {
		t.Errorf("renamed to %+v", v)
	}
	w.owner.post(viewsPath+"/"+string(view.ID)+"/delete").to(t, viewsPath)
	w.owner.get(viewsPath).want(t, 200, "Deleted the view &#34;Restored things&#34;.", `href="/settings/audit-logs?action=restored"`, "Its filter")
	if e := w.newest("audit.view_deleted"); string(e.Actor.ID) != string(w.ownerID) || e.Record.Name != "Restored things" {
		t.Errorf("the deletion is logged as %+v", e)
	}
}

// What cannot be saved is said beside what was typed.
func TestSavedViewMistakes(t *testing.T) {
	w := newWorld(t)
	w.share("Alarms", "outcome=denied")
	other := w.share("Others", "outcome=failed")
	w.owner.post(viewsPath, "query", "action=deleted", "name", " ").want(t, 422, "The view needs a name", `value="action=deleted"`, "Action: Deleted", `aria-invalid="true"`)
	w.owner.post(viewsPath, "query", "action=deleted", "name", "ALARMS", "shared", "true").want(t, 422, `There is a view &#34;Alarms&#34; already.`, `value="ALARMS"`)
	w.owner.post(viewsPath, "query", "action=eaten", "into", string(other.ID)).want(t, 422, "action is &#34;eaten&#34;", `value="`+string(other.ID)+`" selected`)
	w.owner.post(viewsPath+"/"+string(other.ID), "name", "alarms", "shared", "true").want(t, 422, `There is a view &#34;Alarms&#34; already.`, `<details class="view-change" open>`, `value="alarms"`)
	w.owner.post(viewsPath+"/"+string(other.ID), "name", strings.Repeat("x", 101), "shared", "true").want(t, 422, "at most 100 characters")
	w.owner.post(viewsPath+"/nothing", "name", "A").want(t, 404, "There is no such view.")
	w.owner.post(viewsPath+"/nothing/delete").want(t, 404, "There is no such view.")
}

// A view whose filter asks for what is gone still opens, and says what it leaves out.
func TestSavedViewOfWhatIsGone(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	gone := savedviews.View{Account: w.account.ID, ID: "old", Owner: "somebody", OwnerName: "Somebody", Name: "Of an older version", Query: "action=deleted&module=telegraph", Shared: true, CreatedAt: now, UpdatedAt: now}
	if err := w.db.WriteViews(t.Context(), w.account.ID, func(tx savedviews.Tx) error { return tx.PutView(t.Context(), gone) }); err != nil {
		t.Fatal(err)
	}
	w.owner.get(auditPath).want(t, 200, "Of an older version", `href="/settings/audit-logs?action=deleted&amp;module=telegraph"`)
	w.owner.get(auditPath+"?action=deleted&module=telegraph").want(t, 200, "left out", "module is &#34;telegraph&#34;", "Action: <bdi>Deleted</bdi>")
	w.owner.get(viewsPath).want(t, 200, "Left out: module is &#34;telegraph&#34;", "Action: Deleted")
}

// Without audit.manage the shared views are there to be opened; without audit.read there are none.
func TestSavedViewsNeedPermissions(t *testing.T) {
	w := newWorld(t)
	shared := w.share("Alarms", "outcome=denied")
	for _, ask := range []answer{w.member.get(viewsPath), w.member.post(viewsPath, "query", "q=x", "name", "A"),
		w.member.post(viewsPath+"/"+string(shared.ID), "name", "A"), w.member.post(viewsPath + "/" + string(shared.ID) + "/delete")} {
		ask.want(t, 403, "audit.read").wantNot(t, "Alarms")
	}
	w.update(w.record("staff", w.memberID), "permissions", "audit.read_own")
	w.member.get(auditPath+"?q=x").want(t, 200).wantNot(t, "Alarms", "Manage views")
	w.member.get(viewsPath).want(t, 403, "audit.read")
	w.update(w.record("staff", w.memberID), "permissions", "audit.read")
	w.member.get(auditPath+"?q=x").want(t, 200, "Alarms", "Save this filter").wantNot(t, "Everybody who may read the log sees it", "Instead of: Alarms")
	w.member.get(viewsPath).want(t, 200, "Alarms", "Everybody, by").wantNot(t, "Delete<span")
	w.member.post(viewsPath, "query", "q=x", "name", "A", "shared", "true").want(t, 403, "audit.manage")
	w.member.post(viewsPath, "query", "q=x", "into", string(shared.ID)).want(t, 403, "audit.manage")
	w.member.post(viewsPath+"/"+string(shared.ID), "name", "A").want(t, 403, "audit.manage")
	w.member.post(viewsPath+"/"+string(shared.ID)+"/delete").want(t, 403, "audit.manage")
	w.member.post(viewsPath, "query", url.Values{"q": {"a b"}}.Encode(), "name", "A").to(t, auditPath+"?q=a+b")
	w.owner.get(viewsPath).want(t, 200, "Alarms").wantNot(t, "q=a&#43;b")
}
