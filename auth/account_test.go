package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

func TestUpdateAccount(t *testing.T) {
	for _, tt := range []struct {
		name   string
		update AccountUpdate
		field  string // that is wrong, "" for none
		events int
	}{
		{"nothing", AccountUpdate{}, "", 0},
		{"the same", AccountUpdate{Name: new("Account"), RestoreWindowDays: new(60)}, "", 0},
		{"name", AccountUpdate{Name: new("Acme")}, "", 1},
		{"time zone", AccountUpdate{Timezone: new("Europe/Lisbon")}, "", 1},
		{"window", AccountUpdate{RestoreWindowDays: new(3650)}, "", 1},
		{"retention", AccountUpdate{RetentionDays: new(30)}, "", 1},
		{"expiry of exports", AccountUpdate{ExportExpiryDays: new(365)}, "", 1},
		{"empty name", AccountUpdate{Name: new("  ")}, "name", 0},
		{"NUL in the name", AccountUpdate{Name: new("a\x00b")}, "name", 0},
		{"long name", AccountUpdate{Name: new(strings.Repeat("x", 1<<20))}, "name", 0},
		{"no time zone", AccountUpdate{Timezone: new("")}, "timezone", 0},
		{"Local", AccountUpdate{Timezone: new("Local")}, "timezone", 0},
		{"a path", AccountUpdate{Timezone: new("../../etc/passwd")}, "timezone", 0},
		{"Mars", AccountUpdate{Timezone: new("Mars/Olympus")}, "timezone", 0},
		{"no window", AccountUpdate{RestoreWindowDays: new(0)}, "restore_window_days", 0},
		{"wide window", AccountUpdate{RestoreWindowDays: new(3651)}, "restore_window_days", 0},
		{"short retention", AccountUpdate{RetentionDays: new(29)}, "retention_days", 0},
		{"long retention", AccountUpdate{RetentionDays: new(36501)}, "retention_days", 0},
		{"no expiry of exports", AccountUpdate{ExportExpiryDays: new(0)}, "export_expiry_days", 0},
		{"long expiry of exports", AccountUpdate{ExportExpiryDays: new(366)}, "export_expiry_days", 0},
		{"negative retention", AccountUpdate{RetentionDays: new(-1)}, "retention_days", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			after, err := w.UpdateAccount(t.Context(), SystemCaller(w.one, "Test"), tt.update)
			if tt.field != "" {
				if !errs.Is(err, errs.Invalid) || errs.Of(err).Fields[0].Field != tt.field {
					t.Fatalf("error is %v, want one of %s", err, tt.field)
				}
			} else if err != nil {
				t.Fatal(err)
			} else if kept := w.memory.rows.accounts[w.one]; kept != after {
				t.Errorf("kept %+v, returned %+v", kept, after)
			}
			if events := w.events(w.one); len(events) != tt.events {
				t.Errorf("%d events, want %d", len(events), tt.events)
			}
		})
	}
}

func TestUpdateAccountEvent(t *testing.T) {
	w := newWorld(t)
	c := SystemCaller(w.one, "Test")
	if _, err := w.UpdateAccount(t.Context(), c, AccountUpdate{RestoreWindowDays: new(1), RetentionDays: new(3650), ExportExpiryDays: new(7)}); err != nil {
		t.Fatal(err)
	}
	e := w.wantTypes(w.one, "account.updated")[0]
	if e.Record.Object != "account" || len(e.Changes) != 3 || e.Changes[0].Before.Text() != "60" ||
		e.Changes[0].AfterShown() != "1 day" || e.Changes[1].BeforeShown() != "for good" || e.Changes[1].AfterShown() != "3,650 days" ||
		e.Changes[2].Field != "export_expiry_days" || e.Changes[2].BeforeShown() != "30 days" || e.Changes[2].AfterShown() != "7 days" {
		t.Errorf("event is %+v", e)
	}
	c.Permissions = Effective(MemberRole, nil)
	_, err := w.UpdateAccount(t.Context(), c, AccountUpdate{Name: new("x")})
	wantCode(t, err, errs.Forbidden, "forbidden")
}

func TestRecordDenied(t *testing.T) {
	w := newWorld(t)
	w.ana()
	origin := w.identify(w.login("ana@one.test").Token).Caller.Origin
	w.events(w.one)
	refusal := errs.Of(errs.MissingPermission("audit.read", "read the audit log"))
	if err := w.RecordDenied(t.Context(), origin, refusal, "GET /api/v1/audit/events"); err != nil {
		t.Fatal(err)
	}
	e := w.wantTypes(w.one, "access.denied")[0]
	if e.Outcome != audit.Denied || e.Description != "GET /api/v1/audit/events: the permission audit.read is missing" ||
		e.Changes[1].After.Text() != "audit.read" || e.Actor.Name != "Ana Silva" {
		t.Errorf("event is %+v", e)
	}
	if err := w.RecordDenied(t.Context(), origin, refusal, "GET /"+strings.Repeat("é\xff\n", 1<<20)); err != nil {
		t.Fatal(err)
	}
	if e := w.wantTypes(w.one, "access.denied")[0]; len(e.Description) > 2*maxAsked {
		t.Errorf("the description has %d bytes", len(e.Description))
	}
	for _, other := range []*errs.Error{nil, errs.New(errs.NotFound, "x", "x"), errs.New(errs.Invalid, "x", "x")} {
		if err := w.RecordDenied(t.Context(), origin, other, "GET /"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.RecordDenied(t.Context(), audit.Origin{}, refusal, "GET /"); err != nil {
		t.Fatal(err)
	}
	w.wantTypes(w.one)
}

func TestRecordViewedOncePerVisit(t *testing.T) {
	w := newWorld(t)
	w.ana()
	w.staff(w.two, "Ana S.", "ana@one.test", Owner, active)
	in := w.login("ana@one.test")
	_, key, err := w.CreateKey(t.Context(), SystemCaller(w.one, "Test"), "Sync", Admin)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Credentials{"session": {Cookie: in.Token}, "key": {Bearer: key}} {
		t.Run(name, func(t *testing.T) {
			w.events(w.one)
			view := func(account audit.AccountID, after time.Duration) {
				t.Helper()
				w.pass(after)
				c.Account = account
				id, err := w.Authenticate(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				if err := w.RecordViewed(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
			view(w.one, 0)
			view(w.one, time.Second)
			for range 4 { // a long visit with short breaks
				view(w.one, 29*time.Minute)
			}
			w.wantTypes(w.one, "audit.viewed")
			view(w.one, 31*time.Minute)
			w.wantTypes(w.one, "audit.viewed")
			if name == "session" { // another account's log is another visit, even at once
				w.events(w.two)
				view(w.two, 0)
				w.wantTypes(w.two, "audit.viewed")
				view(w.one, time.Minute) // it goes on with the visit before
				w.wantTypes(w.one)
			}
		})
	}
}

func TestFoundIn(t *testing.T) {
	w := newWorld(t)
	found := func(email, password string) (Account, Person) {
		t.Helper()
		f, err := w.NewFounding(t.Context(), "Acme", "", email, password)
		if err != nil {
			t.Fatal(err)
		}
		var a Account
		var p Person
		err = w.memory.WriteAuth(t.Context(), func(tx Tx) (err error) {
			a, p, err = w.FoundIn(t.Context(), tx, f)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.staff(a.ID, "Ana Silva", p.Email, Owner, active)
		return a, p
	}
	first, ana := found("Ana@acme.test", goodPassword)
	second, again := found("ana@acme.test", "not taken over")
	if ana != again || first.ID == second.ID || first.Timezone != "UTC" || first.RestoreWindowDays != DefaultRestoreWindow || first.ExportExpiryDays != DefaultExportExpiry {
		t.Errorf("accounts %+v and %+v, owners %+v and %+v", first, second, ana, again)
	}
	if in := w.login("ana@acme.test"); len(in.Memberships) != 2 {
		t.Errorf("memberships are %v", in.Memberships)
	}
	for _, tt := range []struct{ name, zone, email, password, field string }{
		{"", "", "a@b.test", goodPassword, "name"},
		{"Acme", "Mars", "a@b.test", goodPassword, "timezone"},
		{"Acme", "", "nobody", goodPassword, "owner_email"},
		{"Acme", "", "a@b.test", "short", "owner_password"},
	} {
		_, err := w.NewFounding(t.Context(), tt.name, tt.zone, tt.email, tt.password)
		if !errs.Is(err, errs.Invalid) || errs.Of(err).Fields[0].Field != tt.field {
			t.Errorf("%+v: error is %v", tt, err)
		}
	}
}

func TestRoles(t *testing.T) {
	for _, tt := range []struct {
		role  string
		extra []audit.Permission
		may   []audit.Permission
		not   []audit.Permission
	}{
		{Owner, nil, []audit.Permission{audit.AuditRead, audit.StaffManage, audit.RecordsWrite}, []audit.Permission{audit.AuditReadOwn, audit.RecordsOnlyAssigned}},
		{Admin, nil, []audit.Permission{audit.AuditRead, audit.SettingsManage}, []audit.Permission{audit.RecordsOnlyAssigned}},
		{MemberRole, nil, []audit.Permission{audit.RecordsRead, audit.RecordsWrite}, []audit.Permission{audit.AuditRead, audit.SettingsManage}},
		{MemberRole, []audit.Permission{audit.AuditReadOwn, audit.RecordsOnlyAssigned}, []audit.Permission{audit.AuditReadOwn, audit.RecordsOnlyAssigned}, []audit.Permission{audit.AuditRead}},
		{"king", []audit.Permission{audit.RecordsWrite}, []audit.Permission{audit.RecordsRead, audit.RecordsWrite}, nil},
		{"king", []audit.Permission{audit.RecordsRead}, nil, []audit.Permission{audit.RecordsWrite}},
		{MemberRole, []audit.Permission{"everything"}, nil, []audit.Permission{"everything"}},
		{"king", nil, nil, audit.Permissions},
	} {
		c := audit.Caller{Permissions: Effective(tt.role, tt.extra)}
		for _, p := range tt.may {
			if !c.May(p) {
				t.Errorf("%s %v may not %s", tt.role, tt.extra, p)
			}
		}
		for _, p := range tt.not {
			if c.May(p) {
				t.Errorf("%s %v may %s", tt.role, tt.extra, p)
			}
		}
	}
}
