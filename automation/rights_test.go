package automation_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// member is somebody who writes records and may not read the log, but for the permissions in more.
func (w *world) member(more ...audit.Permission) audit.Caller {
	c := w.caller()
	c.Role, c.Permissions = auth.MemberRole, maps.Clone(auth.Effective(auth.MemberRole, nil))
	for _, p := range more {
		c.Permissions[p] = true
	}
	return c
}

// A workflow does not read the log for somebody who may not: neither by a webhook, nor by what it begins with.
func TestLogIsNotReadByWorkflows(t *testing.T) {
	w := newWorld(t)
	const hook, other = `{"url":"https://hooks.example.com/a"}`, `{"url":"https://hooks.example.com/b"}`
	tag := []string{"add_tag", `{"tag":"new"}`}
	fields := func(trigger, enabled string, steps ...string) []string {
		return []string{"trigger", trigger, "steps", stepsText(t, steps...), "enabled", enabled}
	}
	for _, c := range []struct {
		trigger string
		steps   []string
		refused bool
	}{
		{"contact.created", tag, false},
		{"opportunity.*", []string{"create_task", `{"title":"Look"}`}, false},
		{"contact.created", []string{"call_webhook", hook}, true},
		{"session.login", []string{"create_task", `{"title":"Look"}`}, true},
		{"access.denied", []string{"create_task", `{"title":"Look"}`}, true},
		{"staff.added", []string{"create_task", `{"title":"Look"}`}, true},
		{"staff.*", []string{"create_task", `{"title":"Look"}`}, true},
		{"business_profile.updated", []string{"create_task", `{"title":"Look"}`}, true},
		{"account.updated", []string{"create_task", `{"title":"Look"}`}, true},
		{"audit.export_requested", []string{"create_task", `{"title":"Look"}`}, true},
		{"*.updated", []string{"create_task", `{"title":"Look"}`}, true},
		{"shop.order_placed", []string{"create_task", `{"title":"Look"}`}, true},
	} {
		for _, enabled := range []string{"true", "false"} {
			in := w.input("workflow", append(fields(c.trigger, enabled, c.steps...), "name", c.trigger+enabled+c.steps[0])...)
			_, err := w.ws.Engine.Create(t.Context(), w.member(), "workflow", in)
			if got := errs.Is(err, errs.Forbidden); got != c.refused || err != nil && (!got || errs.Of(err).Permission != string(audit.AuditRead)) {
				t.Errorf("a member makes %s, %s, enabled %s: %v", c.trigger, c.steps[0], enabled, err)
			}
			in["name"] = w.input("workflow", "name", "Reader "+c.trigger+enabled+c.steps[0])["name"]
			if _, err := w.ws.Engine.Create(t.Context(), w.member(audit.AuditRead), "workflow", in); err != nil {
				t.Errorf("who reads the log makes %s, %s: %v", c.trigger, c.steps[0], err)
			}
		}
	}

	change := func(rec *crm.Record, in ...string) error {
		_, err := w.ws.Engine.Update(t.Context(), w.member(), rec.Object, rec.ID, w.input(rec.Object, in...), 0)
		return err
	}
	refused := func(rec *crm.Record, in ...string) {
		t.Helper()
		if err := change(rec, in...); !errs.Is(err, errs.Forbidden) {
			t.Errorf("a member changes %s to %q: %v", rec.Name, in, err)
		}
	}
	allowed := func(rec *crm.Record, in ...string) {
		t.Helper()
		if err := change(rec, in...); err != nil {
			t.Errorf("a member changes %s to %q: %v", rec.Name, in, err)
		}
	}
	plain := w.flow("Plain", "contact.created", "", tag...)
	refused(plain, "trigger", "session.login", "steps", stepsText(t, "create_task", `{"title":"Look"}`))
	refused(plain, "steps", stepsText(t, append(tag, "call_webhook", hook)...))
	hooked := w.flow("Hooked", "contact.created", "", append(tag, "call_webhook", hook)...)
	refused(hooked, "trigger", "contact.*")
	refused(hooked, "conditions", `[{"field":"source","operator":"is","value":"Web"}]`)
	refused(hooked, "steps", stepsText(t, "call_webhook", other))
	refused(hooked, "steps", stepsText(t, "call_webhook", hook, "call_webhook", hook))
	allowed(hooked, "name", "Called", "description", "It calls", "folder", "Hooks")
	allowed(hooked, "steps", stepsText(t, "call_webhook", hook, "add_tag", `{"tag":"later"}`))
	allowed(hooked, "enabled", "false")
	refused(hooked, "enabled", "true")
	allowed(hooked, "steps", stepsText(t, tag...))
	allowed(hooked, "enabled", "true")
	spy := w.flow("Spy", "staff.*", "", "create_task", `{"title":"Look"}`)
	refused(spy, "steps", stepsText(t, "create_task", `{"title":"Look again"}`))
	allowed(spy, "enabled", "false")
	refused(spy, "enabled", "true")
	allowed(spy, "trigger", "contact.created")
}

// The runs of a workflow tell nobody what only the log tells.
func TestRunsWithoutTheLog(t *testing.T) {
	w := newWorld(t)
	steps := []string{"create_task", `{"title":"Look"}`}
	contacts, staff := w.flow("Contacts", "contact.updated", "", steps...), w.flow("Staff", "staff.added", "", steps...)
	ana := w.create("contact", "first_name", "Ana", "source", "Web")
	w.update(ana, "source", "Fair")
	w.create("staff", "name", "Bea", "email", "bea@example.com", "role", "member", "status", "active")
	w.run()
	for _, c := range []struct {
		name     string
		caller   audit.Caller
		contacts string
		staff    string
	}{
		{"the owner", w.caller(), `Updated Source of contact "Ana" about Ana`, `Added staff member "Bea" about Bea`},
		{"a member", w.member(), ` about Ana`, ` about nothing`},
	} {
		for flow, want := range map[*crm.Record]string{contacts: c.contacts, staff: c.staff} {
			list, err := w.ws.Automation.Runs(t.Context(), c.caller, flow.ID, "", 10)
			if err != nil || len(list) != 1 {
				t.Fatalf("%s sees %v, %v", c.name, list, err)
			}
			one, err := w.ws.Automation.RunOf(t.Context(), c.caller, flow.ID, list[0].ID)
			if diff := cmp.Diff(list[0], one, cmp.Comparer(func(a, b audit.Ref) bool { return a == b }), cmp.AllowUnexported(list[0].Steps[0])); err != nil || diff != "" {
				t.Errorf("alone it is another: %v %s", err, diff)
			}
			about := "nothing"
			if one.Record != nil {
				about = one.Record.Name
			}
			if got := one.Subject + " about " + about; got != want {
				t.Errorf("%s sees %q of %s, want %q", c.name, got, flow.Name, want)
			}
		}
	}
	// Who sees only what is assigned to them sees no runs at all.
	if _, err := w.ws.Automation.Runs(t.Context(), w.member(audit.AuditRead, audit.RecordsOnlyAssigned), contacts.ID, "", 10); !errs.Is(err, errs.Forbidden) {
		t.Errorf("who sees only their own sees runs: %v", err)
	}
}
