package web

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/savedviews"
)

// together is the address of the preview of several deletions.
func together(events ...*audit.Event) string {
	at := deletedPath + "/restore?"
	for i, e := range events {
		if i > 0 {
			at += "&"
		}
		at += "id=" + string(e.Operation)
	}
	return at
}

// What was deleted apart is restored by one preview, once; what somebody restored meanwhile is left out, and an old preview is shown anew.
func TestBinRestoresSeveral(t *testing.T) {
	w := newWorld(t)
	pipeline, _, deals := w.deal(2)
	ana := w.create("contact", "first_name", "Ana")
	w.update(w.record("opportunity", deals[0].ID), "contact", string(ana.ID))
	number := w.create("phone_number", "number", "+44 117 496 0100")
	first, second, third := w.delete(ana), w.delete(deals[1]), w.delete(pipeline)
	if _, err := w.ws.Engine.Delete(t.Context(), w.caller(), "phone_number", number.ID); err != nil {
		t.Fatal(err)
	}
	fourth := w.newest("phone_number.released")
	w.owner.get(deletedPath).want(t, 200, "Select: Deleted contact", "Released phone number", `value="`+string(third.Operation)+`"`, "Restore selected…")
	path := together(first, second, third, fourth)
	preview := w.owner.get(path).want(t, 200, "Restore 4 deletions together", "1 pipeline", "2 opportunities", "1 contact", "1 phone number", "1 link from other records")

	alone := eventAddress(second.ID) + "/restore"
	second1 := w.owner.get(alone)
	second2 := w.owner.submit(alone, second1, "do", "preview", "choose."+second1.group(t, "Pipeline"), "restore_reference", "choose."+second1.group(t, "Stage"), "restore_reference")
	w.owner.submit(alone, second2, "do", "apply").to(t, eventAddress(w.newest("audit.restore_applied").ID))
	stale := w.owner.submit(path, preview, "do", "apply").want(t, 409, "Something changed since the preview was made", "Restored already", "1 contact")
	if w.newest("audit.restore_applied").Record.Object != "opportunity" {
		t.Fatal("an old preview was applied")
	}
	w.owner.submit(path, stale, "do", "apply").to(t, eventAddress(w.newest("audit.restore_applied").ID))
	if got := w.record("opportunity", deals[0].ID).Fields["contact"].Text(); got != string(ana.ID) {
		t.Errorf("the opportunity's contact is %q", got)
	}
	w.record("phone_number", number.ID)
	w.owner.get("/contacts").want(t, 200, "Restored 1 contact and 1 phone number.", "See all that was done")
	// Once more, as a double click would.
	w.owner.submit(path, stale, "do", "apply").want(t, 409, "All of it was restored already")
	w.owner.get(deletedPath).want(t, 200, "Nothing to restore")
	if e := w.newest("audit.restore_applied"); !strings.HasPrefix(e.Description, "Restored 4 deletions with ") {
		t.Errorf("the log says %q", e.Description)
	}
	w.owner.get(deletedPath+"/restore").to(t, deletedPath)
	w.owner.get(deletedPath).want(t, 200, "tick what shall be restored")
	w.owner.get(deletedPath+"/restore?id=nonsense").want(t, 404)
	w.member.get(path).want(t, 403, "audit.read")
}

// The bin is narrowed by what and by whom; settings stand in it beside records, and what cannot be restored says why.
func TestBinIsNarrowed(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	w.create("note", "contact", string(ana.ID), "body", "Likes tea")
	w.delete(ana)
	w.delete(w.create("task", "title", "Call"))
	label, name, price := "Boat", "Name", "Price"
	if _, err := w.ws.Engine.CreateObject(t.Context(), w.caller(), crm.ObjectInput{Label: &label, Fields: []crm.FieldInput{{Label: &name}, {Label: &price}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ws.Engine.ChangeObject(t.Context(), w.caller(), "boat", crm.ObjectInput{Remove: []string{"price"}}, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ws.Engine.DeleteObject(t.Context(), w.caller(), "boat", 0); err != nil {
		t.Fatal(err)
	}
	view, err := w.ws.Views.Save(t.Context(), w.caller(), savedviews.NewView{Name: "Alarms", Query: "outcome=denied"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ws.Views.Delete(t.Context(), w.caller(), view.ID); err != nil {
		t.Fatal(err)
	}
	all := w.owner.get(deletedPath).want(t, 200, "Deleted contact", "with 1 note", "Deleted task", `Removed the field "Price"`, `Deleted the object "Boat"`,
		`Deleted the view "Alarms"`, "Cannot be restored", "Save it again", `value="object:contact"`, `value="module:contacts"`, `value="object:field"`)
	if n := strings.Count(all.body, `name="id"`); n != 4 {
		t.Errorf("%d deletions can be chosen", n)
	}
	w.owner.get(deletedPath+"?what=object:note").want(t, 200, "Deleted contact", "with 1 note").wantNot(t, "Deleted task", "Alarms")
	w.owner.get(deletedPath+"?what=module:settings").want(t, 200, "Boat", "Price").wantNot(t, "Deleted contact")
	w.owner.get(deletedPath+"?q=call").want(t, 200, "Deleted task").wantNot(t, "Deleted contact")
	w.owner.get(deletedPath+"?user="+string(w.memberID)).want(t, 200, "Nothing matches")
	w.owner.get(deletedPath+"?what=nonsense&cursor=x").want(t, 400)
	if strings.Contains(all.body, "ago soon") {
		t.Error("something ends soon, of sixty days")
	}
	days := 7
	if _, err := w.ws.Auth.UpdateAccount(t.Context(), w.caller(), auth.AccountUpdate{RestoreWindowDays: &days}); err != nil {
		t.Fatal(err)
	}
	w.owner.get(deletedPath).want(t, 200, "ago soon", "in 7 days")
}

// What is large runs in the background: its page shows how far it is, and what it came to.
func TestLargeRestoreRunsInTheBackground(t *testing.T) {
	w := newWorld(t)
	var b crm.Batch
	for i := range 501 {
		b.Create = append(b.Create, crm.Input{"first_name": []byte(strconv.Quote(fmt.Sprintf("Guest %d", i)))})
	}
	if _, err := w.ws.Engine.Batch(t.Context(), w.caller(), "contact", b); err != nil {
		t.Fatal(err)
	}
	gone, err := w.ws.Engine.Bulk(t.Context(), w.caller(), crm.Selection{Object: "contact", Query: &crm.Query{}}, crm.BulkChange{Delete: true})
	if err != nil {
		t.Fatal(err)
	}
	path := operationAddress(gone.Operation) + "/restore"
	preview := w.owner.get(path).want(t, 200, "501 contacts", "it runs in the background")
	asked := w.owner.submit(path, preview, "do", "apply")
	twice := w.owner.submit(path, preview, "do", "apply")
	if !strings.HasPrefix(asked.location, restoresPath) || twice.location != asked.location {
		t.Fatalf("it went to %q, and twice to %q", asked.location, twice.location)
	}
	w.owner.get(asked.location).want(t, 200, "Restoring", "0 of 501", "You may leave this page")
	w.admin.get(asked.location).want(t, 404)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() { w.ws.Jobs.Run(ctx); close(ended) }()
	defer func() { stop(); <-ended }()
	for strings.Contains(w.owner.get(asked.location).body, "Restoring …") {
		time.Sleep(5 * time.Millisecond)
	}
	w.owner.get(asked.location).want(t, 200, "Restored 501 contacts.", "Show it in the audit log")
	w.owner.post(asked.location+"/cancel").to(t, asked.location)
	w.owner.get(asked.location).want(t, 200, "It was too late to cancel")
	w.owner.submit(path, preview, "do", "apply").want(t, 409, "restored already")
}

// The preview says that applying would want a password anew, and what can be undone without it.
func TestUndoSaysWhatWouldRefuseIt(t *testing.T) {
	w := newWorld(t)
	profile := w.update(w.record("business_profile", w.newest("business_profile.created").Record.ID), "city", "Porto", "smtp_host", "mail.example.com", "smtp_port", "587", "smtp_user", "studio", "smtp_password", "hush")
	w.update(profile, "city", "Faro", "smtp_host", "mail.other.example", "smtp_password", "other")
	path := eventAddress(w.newest("settings.business_profile_updated").ID) + "/undo"
	first := w.owner.get(path).want(t, 200, "With these choices it would be refused: SMTP password must be entered again").wantNot(t, `value="apply"`)
	n := first.group(t, "SMTP password")
	city := w.owner.post(path, "choosing", "1", "field", "city", "do", "preview", "conflict."+n, first.fields().Get("conflict."+n), "words."+n, "x", "choose."+n, "skip").
		want(t, 200, `value="apply"`).wantNot(t, "would be refused")
	w.owner.submit(path, city, "do", "apply").to(t, eventAddress(w.newest("audit.undo_applied").ID))
	if got := w.record("business_profile", profile.ID).Fields; got["city"].Text() != "Porto" || got["smtp_host"].Text() != "mail.other.example" {
		t.Errorf("after the undo the fields are %v", got)
	}
}

// A merge stands in the bin like the others, with a box that cannot be ticked, and the reason.
func TestBinSaysWhyAMergeIsAlone(t *testing.T) {
	w := newWorld(t)
	winner, loser := w.create("contact", "first_name", "Ana"), w.create("contact", "first_name", "Anna")
	if _, err := w.ws.Engine.Merge(t.Context(), w.caller(), "contact", crm.Merge{Winner: winner.ID, Loser: loser.ID}); err != nil {
		t.Fatal(err)
	}
	const why, box = "A merge is taken back by itself, not together with others.", `class="pick-row" disabled aria-label="Cannot be selected: `
	w.owner.get(deletedPath).want(t, 200, "Restore…").wantNot(t, why, box) // there is nothing to choose it with
	w.delete(w.create("contact", "first_name", "Bea"))
	w.owner.get(deletedPath).want(t, 200, why, box, "Select: Deleted contact")
}
