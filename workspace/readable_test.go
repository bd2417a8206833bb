package workspace_test

import (
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// The log of an account as three callers may read it: the whole, their own part, nothing.
func TestReadableBy(t *testing.T) {
	w := open(t)
	f := newFirm(t, w, "Acme", "ana@example.com")
	staff, err := f.add("Mia", "mia@example.com", "member", "active")
	if err != nil {
		t.Fatal(err)
	}
	mia := f.caller
	mia.Actor = audit.Actor{Type: audit.User, ID: audit.ActorID(staff.ID), Name: "Mia"}
	mia.Role, mia.Permissions = auth.MemberRole, auth.Effective(auth.MemberRole, []audit.Permission{audit.AuditReadOwn})
	o, err := w.Schema.Object("contact")
	if err != nil {
		t.Fatal(err)
	}
	contact := func(c audit.Caller, name string) audit.EventID {
		t.Helper()
		rec, err := w.Engine.Create(t.Context(), c, "contact", crm.Texts(o, map[string]string{"first_name": name}))
		if err != nil {
			t.Fatal(err)
		}
		page, err := w.Log.Events(t.Context(), c.Account, audit.Query{Limit: 1, Filter: audit.Filter{Where: audit.Is{Property: audit.ByRecord, Values: []string{string(rec.ID)}}}})
		if err != nil {
			t.Fatal(err)
		}
		e, err := page.Events[0].Event()
		if err != nil {
			t.Fatal(err)
		}
		return e.ID
	}
	hers, anas := contact(mia, "Own"), contact(f.caller, "Other")
	nobody := mia
	nobody.Permissions = auth.Effective(auth.MemberRole, nil)
	acting := f.caller // Ana works as Mia
	acting.Actor.OnBehalfOf, acting.Permissions = &audit.OnBehalfOf{ID: mia.Actor.ID, Name: "Mia"}, mia.Permissions

	for name, tt := range map[string]struct {
		caller     audit.Caller
		hers, anas bool
		refused    bool
	}{
		"audit.read":     {f.caller, true, true, false},
		"audit.read_own": {mia, true, false, false},
		"working as her": {acting, true, false, false},
		"neither":        {nobody, false, false, true},
	} {
		log := audit.ReadableBy(w.Log, tt.caller)
		sees := func(what string, err error, want bool) {
			t.Helper()
			switch {
			case tt.refused && !errs.Is(err, errs.Forbidden):
				t.Errorf("%s: %s: %v, want it forbidden", name, what, err)
			case !tt.refused && want && err != nil, !tt.refused && !want && !errs.Is(err, errs.NotFound):
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		account := f.caller.Account
		for id, want := range map[audit.EventID]bool{hers: tt.hers, anas: tt.anas} {
			_, err := log.Event(t.Context(), account, id)
			sees("event", err, want)
			_, err = log.Operation(t.Context(), account, audit.OperationID(id), "", 10)
			sees("operation", err, want)
		}
		created := audit.Filter{Where: audit.Is{Property: audit.ByType, Values: []string{"contact.created"}}}
		n := 0
		for _, seen := range []bool{tt.hers, tt.anas} {
			if seen {
				n++
			}
		}
		page, err := log.Events(t.Context(), account, audit.Query{Filter: created, Limit: 10})
		if sees("list", err, true); len(page.Events) != n {
			t.Errorf("%s: the list has %d events of %d", name, len(page.Events), n)
		}
		facets, err := log.Facets(t.Context(), account, created, 0)
		if sees("facets", err, true); len(facets.Users) != n {
			t.Errorf("%s: the facets have %d users of %d", name, len(facets.Users), n)
		}
		hist, err := log.Histogram(t.Context(), account, created, audit.Day, time.UTC)
		total := 0
		for _, b := range hist.Buckets {
			total += b.Total
		}
		if sees("histogram", err, true); total != n {
			t.Errorf("%s: the histogram counts %d of %d", name, total, n)
		}
	}
}
