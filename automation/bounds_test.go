package automation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/workflow"
)

// A workflow that triggers itself ends at the bound, and the log says why.
func TestSelfTrigger(t *testing.T) {
	w := newWorld(t)
	flow := w.flow("Again", "task.created", "", "create_task", `{"title":"Once more"}`)
	w.create("task", "title", "First")
	w.run()
	var want []string
	for range 8 {
		want = append(want, `Created task "Once more"`)
	}
	w.wantDid(append(want, `Workflow "Again" failed: Eight workflows follow from one another here, and this would be the ninth: a workflow triggers itself, or several trigger each other in a circle.`)...)
	if runs := w.runs(flow); len(runs) != 9 || runs[0].Depth != 9 || runs[8].Depth != 1 {
		t.Errorf("the runs are %+v", runs)
	}
}

// Two workflows that trigger each other, and one that follows every failure, end as well.
func TestCircles(t *testing.T) {
	w := newWorld(t)
	ping := w.flow("Ping", "contact.tag_removed", "", "add_tag", `{"tag":"x"}`)
	pong := w.flow("Pong", "contact.tag_added", "", "remove_tag", `{"tag":"x"}`)
	sorry := w.flow("Sorry", "workflow.failed", "", "create_task", `{"title":"Look at it"}`, "call_webhook", `{"url":"https://hooks.example.com/"}`)
	every := w.flow("Every", "workflow.*", "", "call_webhook", `{"url":"https://hooks.example.com/"}`)
	ana := w.create("contact", "first_name", "Ana")
	w.update(ana, "tags", "x")
	w.run()
	added, removed := 0, 0
	for _, e := range w.events("") {
		switch e.Type {
		case "contact.tag_added":
			added++
		case "contact.tag_removed":
			removed++
		}
	}
	if added != 4 || removed != 4 {
		t.Errorf("the tag was added %d times and removed %d times by them:\n%s", added, removed, w.did())
	}
	if failures := w.events("workflow.failed"); len(failures) == 0 || failures[0].Outcome != audit.Failed || failures[0].Action != audit.Executed {
		t.Errorf("the failures are %v", failures)
	}
	for _, flow := range []*crm.Record{ping, pong, sorry, every} {
		for _, r := range w.runs(flow) {
			if r.Status.Open() || r.Depth > 9 {
				t.Errorf("a run of %s is %s at the depth %d", flow.Name, r.Status, r.Depth)
			}
		}
	}
}

// What happened before a workflow was enabled does not begin it, and enabling it anew does not either.
func TestOldEvents(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Before")
	flow := w.flow("Welcome", "contact.created", "", "add_tag", `{"tag":"new"}`)
	w.create("contact", "first_name", "During")
	w.update(flow, "enabled", "false")
	w.create("contact", "first_name", "Between")
	w.update(flow, "enabled", "true")
	w.create("contact", "first_name", "After")
	w.run()
	w.wantDid(`Added the tag "new" to contact "After"`)
	// Without workflows the log is not followed, and from the next one on it is.
	w.update(flow, "enabled", "false")
	w.run()
	w.create("contact", "first_name", "Unseen")
	w.run()
	w.update(flow, "enabled", "true")
	w.create("contact", "first_name", "Seen")
	w.run()
	w.wantDid(`Added the tag "new" to contact "After"`, `Added the tag "new" to contact "Seen"`)
	// A copy of the database that comes back after days does not do what lies so far back.
	w.create("contact", "first_name", "Late")
	if err := w.db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.pass(4 * 24 * time.Hour)
	w.run()
	w.wantRuns(flow, "stopped: The event was 96 hours old", "done", "done")
}

// A workflow that is switched off or deleted in the middle stops, with a reason; its runs keep the steps that they began with.
func TestStopped(t *testing.T) {
	w := newWorld(t)
	steps := []string{"wait", `{"amount":1,"unit":"days"}`, "add_tag", `{"tag":"late"}`}
	off, gone, changed := w.flow("Off", "contact.created", "", steps...), w.flow("Gone", "contact.created", "", steps...), w.flow("Changed", "contact.created", "", steps...)
	w.create("contact", "first_name", "Ana")
	w.run()
	w.update(off, "enabled", "false")
	w.update(off, "enabled", "true")
	w.remove(gone)
	w.update(changed, "steps", stepsText(t, "add_tag", `{"tag":"other"}`))
	w.pass(25 * time.Hour)
	w.run()
	w.wantRuns(off, "stopped: The workflow was switched off.")
	w.wantRuns(gone, "stopped: The workflow was deleted.")
	w.wantRuns(changed, "done")
	w.wantDid(`Added the tag "late" to contact "Ana"`)
	// A wait that is over for days is not gone on with.
	w.update(changed, "steps", stepsText(t, steps...))
	w.create("contact", "first_name", "Bo")
	w.run()
	w.pass(24*time.Hour + 80*time.Hour)
	w.run()
	w.wantRuns(changed, "stopped: The next step was due 80 hours ago", "done")
}

// An account that has as many runs under way as can be begins no more, and the log says so once for each workflow at a time.
func TestTooManyRuns(t *testing.T) {
	w := newWorld(t)
	w.ws.Automation.LimitOpenRuns(3)
	flow := w.flow("Later", "contact.created", "", "wait", `{"amount":1,"unit":"days"}`)
	other := w.flow("Now", "contact.created", `[{"field":"source","operator":"is","value":"Web"}]`, "create_task", `{"title":"Call"}`)
	for i := range 6 {
		w.create("contact", "first_name", fmt.Sprint("C", i))
	}
	w.create("contact", "first_name", "Ana", "source", "Web")
	w.run()
	const reason = "3 runs of workflows are under way in this account, and more are not begun. Disable a workflow that begins too often or waits too long: its runs end with it."
	w.wantRuns(flow, "failed: 3 runs", "failed: 3 runs", "failed: 3 runs", "failed: 3 runs", "waiting", "waiting", "waiting")
	w.wantRuns(other, "failed: 3 runs")
	w.wantDid(`Workflow "Later" failed: `+reason, `Workflow "Now" failed: `+reason)
	if n, err := w.ws.Automation.Numbers(t.Context()); err != nil || n.Failed != 5 {
		t.Errorf("the numbers are %+v, %v", n, err)
	}
	// What ends makes room.
	w.pass(25 * time.Hour)
	w.run()
	w.create("contact", "first_name", "Bo", "source", "Web")
	w.run()
	w.wantRuns(other, "done", "failed: 3 runs")
}

// Workflow number 501 is not enabled, neither by hand nor by a restore: it would never begin.
func TestTooManyEnabled(t *testing.T) {
	w := newWorld(t)
	step := []string{"wait", `{"amount":1,"unit":"days"}`}
	first := w.flow("First", "contact.created", "", step...)
	for i := range workflow.MaxEnabled - 1 {
		w.flow(fmt.Sprint("W", i), "contact.created", "", step...)
	}
	refused := func(err error) {
		t.Helper()
		if !errs.Is(err, errs.Invalid) || len(errs.Of(err).Fields) != 1 || errs.Of(err).Fields[0].Field != "enabled" || !strings.Contains(err.Error(), "at most 500 enabled workflows") {
			t.Errorf("one more was enabled: %v", err)
		}
	}
	_, err := w.tryFlow("Last", "contact.created", "", step...)
	refused(err)
	last := w.create("workflow", "name", "Last", "trigger", "contact.created", "steps", stepsText(t, step...))
	_, err = w.ws.Engine.Update(t.Context(), w.caller(), "workflow", last.ID, w.input("workflow", "enabled", "true"), 0)
	refused(err)
	w.update(first, "name", "Still first") // those that are enabled can be changed
	w.remove(first)
	w.update(last, "enabled", "true")
	_, err = w.ws.Restore.Apply(t.Context(), w.caller(), w.events("workflow.deleted")[0].ID, restore.Request{})
	refused(err)
	w.update(last, "enabled", "false")
	if _, err = w.ws.Restore.Apply(t.Context(), w.caller(), w.events("workflow.deleted")[0].ID, restore.Request{}); err != nil {
		t.Error(err)
	}
}

// Runs that ended more than 90 days ago are deleted; those that wait stay, however old.
func TestForget(t *testing.T) {
	w := newWorld(t)
	now, later := w.flow("Now", "contact.created", "", "add_tag", `{"tag":"new"}`), w.flow("Later", "contact.created", "", "wait", `{"amount":365,"unit":"days"}`)
	w.create("contact", "first_name", "Ana")
	w.run()
	for _, c := range []struct {
		days int
		want []string
	}{{89, []string{"done"}}, {2, nil}} {
		w.pass(time.Duration(c.days) * 24 * time.Hour)
		if err := w.ws.Automation.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wantRuns(now, c.want...)
		w.wantRuns(later, "waiting")
	}
	w.run()
	w.wantDid(`Added the tag "new" to contact "Ana"`) // nothing begins anew
}

// A run that is being made while its workflow is switched off or deleted does nothing, whatever its first step is.
func TestStoppedWhileItBegins(t *testing.T) {
	for name, steps := range map[string][]string{
		"a change":  {"add_tag", `{"tag":"late"}`},
		"a webhook": {"call_webhook", `{"url":"https://hooks.example.com/"}`},
		"a wait":    {"wait", `{"amount":1,"unit":"days"}`, "add_tag", `{"tag":"late"}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			off, gone := w.flow("Off", "contact.created", "", steps...), w.flow("Gone", "contact.created", "", steps...)
			w.create("contact", "first_name", "Ana")
			once := false
			w.ws.Automation.At(func(point string) {
				if point == "follow: runs made" && !once {
					once = true
					w.update(off, "enabled", "false")
					w.remove(gone)
				}
			})
			w.run()
			w.wantRuns(off, "stopped: The workflow was switched off.")
			w.wantRuns(gone, "stopped: The workflow was deleted.")
			w.wantDid()
			if n := w.poster.number(); n != 0 {
				t.Errorf("the webhook was called %d times", n)
			}
		})
	}
}

// A step about a record that was deleted meanwhile, or that points at nothing, fails with a reason in the log.
func TestDeletedMeanwhile(t *testing.T) {
	w := newWorld(t)
	flow := w.flow("Later", "contact.created", "", "wait", `{"amount":1,"unit":"hours"}`, "add_tag", `{"tag":"late"}`)
	ana := w.create("contact", "first_name", "Ana")
	w.run()
	w.remove(ana)
	w.pass(2 * time.Hour)
	w.run()
	w.wantRuns(flow, `failed: Step 2 (Add a tag): The contact "Ana" was deleted on 2 March 2026.`)
	w.wantDid(`Workflow "Later" failed: Step 2 (Add a tag): The contact "Ana" was deleted on 2 March 2026.`)
	e := w.events("workflow.failed")[0]
	if e.Record == nil || e.Record.ID != flow.ID || len(e.Related) != 1 || e.Related[0].ID != ana.ID || e.Outcome != audit.Failed {
		t.Errorf("the event is %+v", e)
	}
	// The trigger may be the deletion itself: what the record pointed at is there still.
	w.flow("Bereaved", "opportunity.deleted", `[{"field":"name","operator":"contains","value":"roof"}]`, "add_tag", `{"on":"contact","tag":"lost a deal"}`)
	pipe := w.create("pipeline", "name", "Sales")
	stage := w.create("stage", "pipeline", string(pipe.ID), "name", "New", "position", "1")
	bo := w.create("contact", "first_name", "Bo")
	w.remove(w.create("opportunity", "name", "Roof", "pipeline", string(pipe.ID), "stage", string(stage.ID), "contact", string(bo.ID)))
	w.run()
	if !strings.HasSuffix(w.did(), `Added the tag "lost a deal" to contact "Bo"`) {
		t.Errorf("workflows did\n%s", w.did())
	}
}

// A condition on a field that is gone, or settings that nobody can read, are no silent no.
func TestFieldGone(t *testing.T) {
	w := newWorld(t)
	flow := w.flow("Old", "contact.created", `[{"field":"source","operator":"is","value":"Web"}]`, "add_tag", `{"tag":"web"}`)
	plain := w.flow("Older", "contact.created", "", "add_tag", `{"tag":"web"}`)
	// As the field's removal leaves it behind, and as a workflow was stored before its settings had a form.
	w.spoil(flow.ID, "conditions", `[{"field":"campaign","operator":"is","value":"Web"}]`)
	w.spoil(plain.ID, "steps", `[{"action":"add_tag","settings":"web"}]`)
	w.create("contact", "first_name", "Ana", "source", "Web")
	w.run()
	w.wantRuns(flow, `failed: A condition asks for the field "campaign", which a contact does not have any more.`)
	w.wantRuns(plain, `failed: Step 1 (Add a tag): Its settings cannot be read.`)
	w.update(flow, "enabled", "false") // it can still be switched off
}

// spoil changes a field of a workflow past all checks.
func (w *world) spoil(id audit.RecordID, field, value string) {
	w.t.Helper()
	if err := w.db.WriteRecords(w.t.Context(), w.account, func(tx crm.Tx) error {
		rows, err := tx.Rows(w.t.Context(), "workflow", []audit.RecordID{id})
		if err != nil {
			return err
		}
		before, after := rows[0], rows[0]
		after.Fields = map[string]audit.Value{}
		for k, v := range before.Fields {
			after.Fields[k] = v
		}
		after.Fields[field] = audit.Value(value)
		return tx.Update(w.t.Context(), before, after)
	}); err != nil {
		w.t.Fatal(err)
	}
}

// A webhook that answers 500 is tried again, more and more seldom, and given up; one that refuses is not.
func TestWebhookFails(t *testing.T) {
	w := newWorld(t)
	flow := w.flow("Hook", "contact.created", "", "call_webhook", `{"url":"https://hooks.example.com/"}`, "add_tag", `{"tag":"told"}`)
	w.poster.answer = func(context.Context, int) error {
		return errs.New(errs.Unavailable, "webhook_failed", "It answered with the status 500.")
	}
	w.create("contact", "first_name", "Ana")
	w.run()
	w.wantRuns(flow, "waiting: Step 1 (Call a webhook): It answered with the status 500.")
	for i, wait := range []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour} {
		w.pass(wait - time.Second)
		w.run()
		if n := w.poster.number(); n != i+1 {
			t.Fatalf("after %d pauses it was called %d times", i, n)
		}
		w.pass(2 * time.Second)
		w.run()
	}
	w.wantRuns(flow, "failed: Step 1 (Call a webhook): It answered with the status 500. It was tried 6 times.")
	w.poster.answer = func(_ context.Context, call int) error {
		if call == 7 {
			return errs.New(errs.NotPossible, "webhook_refused", "It answered with the status 404.")
		}
		return nil
	}
	w.create("contact", "first_name", "Bo")
	w.run()
	w.create("contact", "first_name", "Cy")
	w.run()
	w.wantRuns(flow, "done", "failed: Step 1 (Call a webhook): It answered with the status 404.", "failed: ")
}

// A webhook that hangs holds up neither the steps of others nor those who write, and a server that stops gives its run
// back at once.
func TestWebhookHangs(t *testing.T) {
	w := newWorld(t)
	hook := w.flow("Hook", "contact.created", "", "call_webhook", `{"url":"https://hooks.example.com/"}`)
	w.flow("Tag", "contact.created", "", "add_tag", `{"tag":"new"}`)
	begun := make(chan struct{}, 100)
	w.poster.answer = func(ctx context.Context, _ int) error {
		begun <- struct{}{}
		<-ctx.Done()
		return errs.New(errs.Unavailable, "webhook_slow", "It did not answer.").Because(ctx.Err())
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.ws.Automation.Run(ctx)
	}()
	const contacts = 6
	for i := range contacts {
		w.create("contact", "first_name", fmt.Sprint("C", i))
	}
	if err := w.db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 4 { // as many of one account as are called at a time
		<-begun
	}
	for end := time.Now().Add(30 * time.Second); strings.Count(w.did(), "Added") < contacts; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the others did\n%s", w.did())
		}
	}
	stop()
	<-ended
	due, err := w.db.DueRuns(t.Context(), w.clock(), nil, 100)
	if err != nil || len(due) != contacts {
		t.Fatalf("%d runs are due after the stop, %v", len(due), err)
	}
	for _, r := range due {
		if r.Workflow != hook.ID || r.Attempts != 0 {
			t.Errorf("a run of %s has %d attempts", r.Name, r.Attempts)
		}
	}
	w.poster.answer = nil
	w.run()
	w.wantRuns(hook, "done", "done", "done", "done", "done", "done")
}
