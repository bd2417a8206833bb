package alerts_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/export"
)

func TestService(t *testing.T) {
	w := newWorld(t)
	w.staff("Ana", auth.Admin)
	a, secret, err := w.alerts.Create(t.Context(), w.caller(), alerts.NewAlert{Name: " Gone ", Query: "?type=contact.*&action=&action=deleted", Recipients: []string{"ana@example.com"}})
	if err != nil || secret != "" || a.Name != "Gone" || a.Query != "action=deleted&type=contact.%2A" || a.Condition != (alerts.Condition{Count: 1, Per: alerts.Together}) || a.Owner.Name != "Olga" || a.Enabled {
		t.Fatalf("%+v %q %v", a, secret, err)
	}
	e := w.events("audit.alert_created")[0]
	var fields []string
	for _, c := range e.Changes {
		fields = append(fields, c.Label+": "+c.AfterShown())
	}
	w.want("the event", strings.Join(fields, "\n"), "Name: Gone", "Filter: action=deleted&type=contact.%2A", "When: every entry", "Sent: at once", "Recipients: ana@example.com", "On: no")

	on, name, c, digest := true, "Contacts that went", times(10, 5), "07:30"
	people := []string{"olga@example.com", "ana@example.com"}
	if a, _, err = w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{Name: &name, Condition: &c, Digest: &digest, Recipients: &people, Enabled: &on}); err != nil || !a.Enabled || len(a.Recipients) != 2 {
		t.Fatalf("%+v %v", a, err)
	}
	w.want("the event", w.said("audit.alert_updated"), `Changed the alert "Contacts that went" on the audit log: Name, When, Sent and 2 more`)
	if _, _, err = w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{Name: &name}); err != nil || len(w.events("audit.alert_updated")) != 1 {
		t.Errorf("what stays the same is in the log: %v", err)
	}
	list, err := w.alerts.Alerts(t.Context(), w.caller())
	var names []string
	for _, one := range list {
		names = append(names, one.Name)
	}
	if err != nil || !slices.Equal(names, []string{"Contacts that went", "Failed logins", "Log exported", "Many deletions"}) {
		t.Errorf("the list is %q, %v", names, err)
	}
	if err := w.alerts.Delete(t.Context(), w.caller(), a.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.alerts.Delete(t.Context(), w.caller(), a.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if _, _, err = w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{Name: &name}); !errs.Is(err, errs.NotFound) {
		t.Errorf("changed after it was deleted: %v", err)
	}
	w.remove("X") // nobody follows any more
	w.run()
	w.want("fired", w.said("audit.alert_fired"))
}

// What is wrong is said of each field, and nothing is half-written.
func TestRefused(t *testing.T) {
	w := newWorld(t)
	w.staff("Mo", auth.MemberRole)
	bad := alerts.NewAlert{Query: "action=deleted", Name: "A", Recipients: []string{"olga@example.com"}}
	for want, spoil := range map[string]func(*alerts.NewAlert){
		"name required":             func(in *alerts.NewAlert) { in.Name = " " },
		"name too_long":             func(in *alerts.NewAlert) { in.Name = strings.Repeat("é", 101) },
		"query required":            func(in *alerts.NewAlert) { in.Query = "" },
		"query days":                func(in *alerts.NewAlert) { in.Query = "action=deleted&range=7d" },
		"query days ":               func(in *alerts.NewAlert) { in.Query = "q=(a+OR+-at:2026)" },
		"query invalid_action":      func(in *alerts.NewAlert) { in.Query = "action=eaten" },
		"count out_of_range":        func(in *alerts.NewAlert) { in.Condition = times(1001, 5) },
		"count out_of_range ":       func(in *alerts.NewAlert) { in.Condition = times(-1, 5) },
		"minutes out_of_range":      func(in *alerts.NewAlert) { in.Condition = times(2, 0) },
		"minutes out_of_range ":     func(in *alerts.NewAlert) { in.Condition = times(2, 1441) },
		"per invalid_value":         func(in *alerts.NewAlert) { in.Condition = alerts.Condition{Count: 2, Minutes: 1, Per: "week"} },
		"digest invalid_time":       func(in *alerts.NewAlert) { in.Digest = "8:00" },
		"recipients required":       func(in *alerts.NewAlert) { in.Recipients = nil },
		"recipients not_a_reader":   func(in *alerts.NewAlert) { in.Recipients = []string{"mo@example.com"} },
		"recipients not_a_reader  ": func(in *alerts.NewAlert) { in.Recipients = []string{"stranger@example.com"} },
	} {
		in := bad
		spoil(&in)
		_, _, err := w.alerts.Create(t.Context(), w.caller(), in)
		var got []string
		for _, f := range errs.Of(err).Fields {
			got = append(got, f.Field+" "+f.Code)
		}
		if !errs.Is(err, errs.Invalid) || strings.Join(got, ", ") != strings.TrimSpace(want) {
			t.Errorf("%s: %v %v", want, got, err)
		}
	}
	bad.Name = "log EXPORTED"
	if _, _, err := w.alerts.Create(t.Context(), w.caller(), bad); errs.Code(err) != "name_taken" {
		t.Errorf("a name that is taken: %v", err)
	}
	if n := len(w.events("audit.alert_created")); n != 0 {
		t.Errorf("%d alerts were made", n)
	}
	for i := range alerts.MaxAlerts - 3 {
		w.alert(fmt.Sprint("A", i), "action=deleted", every)
	}
	bad.Name = "One more"
	if _, _, err := w.alerts.Create(t.Context(), w.caller(), bad); errs.Code(err) != "too_many_alerts" {
		t.Errorf("one more than there may be: %v", err)
	}
}

// Reading asks for audit.read, changing for audit.manage too.
func TestRights(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Gone", "action=deleted", every)
	nobody := w.as("x", "Mo", auth.MemberRole)
	reader := w.as("x", "Mo", auth.MemberRole, audit.AuditRead)
	manager := w.as("x", "Mo", auth.MemberRole, audit.AuditManage)
	if _, err := w.alerts.Alerts(t.Context(), nobody); !errs.Is(err, errs.Forbidden) {
		t.Errorf("who may not read sees alerts: %v", err)
	}
	if _, err := w.alerts.Alert(t.Context(), reader, a.ID); err != nil {
		t.Error(err)
	}
	if _, err := w.alerts.Preview(t.Context(), nobody, "action=deleted", every); !errs.Is(err, errs.Forbidden) {
		t.Errorf("who may not read counts entries: %v", err)
	}
	for name, c := range map[string]audit.Caller{"a reader": reader, "who may only manage": manager} {
		_, _, made := w.alerts.Create(t.Context(), c, alerts.NewAlert{Name: "B", Query: "action=deleted", Recipients: []string{"olga@example.com"}})
		_, _, changed := w.alerts.Update(t.Context(), c, a.ID, alerts.Change{})
		_, tested := w.alerts.Test(t.Context(), c, a.ID)
		_, read := w.alerts.Readers(t.Context(), c)
		for what, err := range map[string]error{"makes": made, "changes": changed, "tests": tested, "lists readers": read, "deletes": w.alerts.Delete(t.Context(), c, a.ID)} {
			if !errs.Is(err, errs.Forbidden) {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
	}
}

// The three that come with every account are off, go to the owners, and fire once they are on.
func TestReadyMade(t *testing.T) {
	w := newWorld(t)
	list, err := w.alerts.Alerts(t.Context(), w.caller())
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	for _, kind := range []string{"requested", "retried", "downloaded"} {
		if i := slices.IndexFunc(list, func(a alerts.Alert) bool { return a.Name == "Log exported" }); !slices.Contains(list[i].Params()["type"], "audit.export_"+kind) {
			t.Errorf("that an export is %s is not watched", kind)
		}
	}
	on := true
	for _, a := range list {
		if a.Enabled || !a.Ready() || len(a.Recipients) != 1 || a.Recipients[0] != w.owner {
			t.Errorf("%+v", a)
		}
		if _, _, err := w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{Enabled: &on}); err != nil {
			t.Error(err)
		}
		if err := w.alerts.Delete(t.Context(), w.caller(), a.ID); errs.Code(err) != "ready_made" {
			t.Errorf("it was deleted: %v", err)
		}
	}
	if list, err = w.alerts.Alerts(t.Context(), w.caller()); err != nil || len(list) != 3 || !list[0].Enabled || list[0].CreatedAt.IsZero() {
		t.Errorf("%+v %v", list, err)
	}
	for range 10 {
		w.remove("X")
	}
	for range 5 {
		w.ws.Auth.Login(t.Context(), "olga@example.com", "wrong", audit.Origin{Channel: audit.API})
	}
	if _, err := w.ws.Exports.Request(t.Context(), w.caller(), export.Request{Format: "csv", Zone: time.UTC}); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.want("fired", sortedLines(w.said("audit.alert_fired")), `The alert "Failed logins" fired: 5 entries within 10 minutes: Olga`, `The alert "Log exported" fired: 1 entry`, `The alert "Many deletions" fired: 10 entries within 5 minutes`)
}

// A preview counts what an alert would have done, as the follower would have.
func TestPreview(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		w.remove("X")
		if i == 3 {
			w.pass(6 * 60 * 1e9)
		}
	}
	for _, c := range []struct {
		c              alerts.Condition
		fired, matches int
	}{{every, 4, 7}, {times(3, 5), 3, 7}, {times(4, 5), 1, 7}, {times(7, 10), 1, 7}, {times(8, 10), 0, 7}} {
		p, err := w.alerts.Preview(t.Context(), w.caller(), "action=deleted", c.c)
		if err != nil || p.Fired != c.fired || p.Matches != c.matches || !p.Whole {
			t.Errorf("%s: %+v %v", c.c.Words(), p, err)
		}
	}
	w.pass(31 * 24 * 60 * 60 * 1e9)
	if p, err := w.alerts.Preview(t.Context(), w.caller(), "action=deleted", every); err != nil || p.Fired != 0 {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := w.alerts.Preview(t.Context(), w.caller(), "action=eaten", times(0, 0)); !errs.Is(err, errs.Invalid) {
		t.Errorf("a filter that is wrong: %v", err)
	}
}

// slowEvents hold a preview up while it reads.
type slowEvents struct {
	alerts.Store
	meanwhile func()
}

func (s slowEvents) Events(ctx context.Context, account audit.AccountID, q audit.Query) (audit.Page, error) {
	s.meanwhile()
	return s.Store.Events(ctx, account, q)
}

// An account has one preview at a time, and other accounts theirs.
func TestOnePreviewAtATime(t *testing.T) {
	w := newWorld(t)
	w.remove("Ana")
	first := w.caller()
	w.other()
	tries := 0
	w.alerts.Store = slowEvents{w.alerts.Store, func() {
		if tries++; tries > 1 {
			return
		}
		if _, err := w.alerts.Preview(t.Context(), first, "action=deleted", every); !errs.Is(err, errs.TooMany) || errs.Code(err) != "preview_running" || errs.Of(err).Fix == "" {
			t.Errorf("a second one: %v", err)
		}
		if _, err := w.alerts.Preview(t.Context(), w.caller(), "action=deleted", every); err != nil {
			t.Errorf("one of another account: %v", err)
		}
	}}
	for range 2 { // and when it is done, the next
		if p, err := w.alerts.Preview(t.Context(), first, "action=deleted", every); err != nil || p.Matches != 1 {
			t.Errorf("%+v %v", p, err)
		}
	}
}

// largeEvents are pages without end, of one entry of a megabyte each.
type largeEvents struct {
	alerts.Store
	body []byte
	read *int
}

func (l largeEvents) Events(_ context.Context, _ audit.AccountID, q audit.Query) (audit.Page, error) {
	*l.read += len(l.body)
	return audit.Page{Events: []audit.Stored{{Seq: 1, Body: l.body}}, Next: audit.Position{OccurredAt: time.Unix(1, 0), ID: "x"}}, nil
}

// A preview ends where it has read much, and says how far it came.
func TestPreviewOfLargeEntries(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana")
	e := w.events("contact.created")[0]
	e.Changes[0].After = audit.String(strings.Repeat("x", 1<<20))
	read := 0
	w.alerts.Store = largeEvents{w.alerts.Store, e.AppendCanonical(nil), &read}
	p, err := w.alerts.Preview(t.Context(), w.caller(), "action=created", every)
	if err != nil || p.Whole || !p.Since.Equal(e.OccurredAt) || p.Matches != 64 || read > 65<<20 {
		t.Errorf("%+v %v, of %d bytes", p, err, read)
	}
}

// An alert whose filter asks for what is gone is switched off, and the log says why; another one goes on.
func TestFilterIsGone(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Telegraph", "action=deleted", every)
	w.alert("Gone", "type=contact.deleted", every)
	a.Query = "action=deleted&module=telegraph"
	if err := w.db.WriteAlerts(t.Context(), w.account, func(tx alerts.Tx) error { return tx.PutAlert(t.Context(), a) }); err != nil {
		t.Fatal(err)
	}
	w.remove("X")
	w.run()
	w.want("fired", w.said("audit.alert_fired"), `The alert "Gone" fired: 1 entry`)
	if a = w.stored(a.ID); a.Enabled || !strings.HasPrefix(a.Paused, "Its filter cannot be read any more: ") {
		t.Errorf("the alert is %+v", a)
	}
	if said := w.said("audit.alert_updated"); !strings.Contains(said, `Changed the alert "Telegraph" on the audit log: On. Backtrail switched it off: Its filter cannot be read any more: `) {
		t.Errorf("the log says %s", said)
	}
}
