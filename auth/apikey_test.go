package auth

import (
	"encoding/hex"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

func (w *world) bearer(token string, account audit.AccountID) (Identity, error) {
	return w.Authenticate(w.t.Context(), Credentials{Bearer: token, Account: account, Origin: audit.Origin{Channel: audit.API}})
}

func TestKeyLife(t *testing.T) {
	w := newWorld(t)
	ana := w.ana()
	c := w.identify(w.login("ana@one.test").Token).Caller
	w.events(w.one)
	key, token, err := w.CreateKey(t.Context(), c, " Sync ", Admin)
	if err != nil {
		t.Fatal(err)
	}
	if e := w.wantTypes(w.one, "api_key.created")[0]; e.Record.Name != "Sync" || e.Changes[1].After.Text() != Admin {
		t.Errorf("event is %+v", e)
	}
	parsed, _ := parseKeyToken(token)
	w.wantNowhere(token, hex.EncodeToString(parsed.secret), encoding.EncodeToString(parsed.secret))

	id, err := w.bearer(token, "")
	if err != nil {
		t.Fatal(err)
	}
	if id.Caller.Actor != (audit.Actor{Type: audit.APIKey, ID: audit.ActorID(key.ID), Name: "Sync"}) || id.Session != nil ||
		id.Account.ID != w.one || id.Caller.Context.Session != key.ID || !id.Caller.May(audit.AuditRead) || id.Key.CreatedBy != ana.ID {
		t.Errorf("identity is %+v", id)
	}
	if _, err := w.bearer(token, w.one); err != nil {
		t.Error(err)
	}
	_, err = w.bearer(token, w.two)
	wantCode(t, err, errs.NotFound, "unknown_account")

	w.status(ana.ID, deactivated)
	_, err = w.bearer(token, "")
	wantCode(t, err, errs.Unauthenticated, "invalid_api_key")
	w.status(ana.ID, active)

	for range 2 { // the second has nothing to do
		if err := w.RevokeKey(t.Context(), c, key.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.wantTypes(w.one, "api_key.revoked")
	_, err = w.bearer(token, "")
	wantCode(t, err, errs.Unauthenticated, "invalid_api_key")
	w.pass(time.Hour)
	_, err = w.touchKey(t.Context(), *id.Key)
	wantCode(t, err, errs.Unauthenticated, "invalid_api_key")
}

func TestForgedKeys(t *testing.T) {
	w := newWorld(t)
	_, token, err := w.CreateKey(t.Context(), SystemCaller(w.one, "Command line"), "Sync", Owner)
	if err != nil {
		t.Fatal(err)
	}
	k, _ := parseKeyToken(token)
	other := k
	other.account = w.two
	wrong := k
	wrong.secret = newSecret()
	for name, forged := range map[string]string{
		"another account": other.String(), "another secret": wrong.String(), "cut": token[:len(token)-1],
		"longer": token + "A", "no prefix": strings.TrimPrefix(token, keyPrefix), "line break": token[:20] + "\n" + token[21:], "empty": keyPrefix,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.bearer(forged, "")
			wantCode(t, err, errs.Unauthenticated, "invalid_api_key")
		})
	}
}

func TestKeyPermissions(t *testing.T) {
	w := newWorld(t)
	caller := func(role string, extra ...audit.Permission) audit.Caller {
		c := SystemCaller(w.one, "Test")
		c.Role, c.Permissions = role, Effective(role, extra)
		return c
	}
	for _, tt := range []struct {
		name       string
		caller     audit.Caller
		role, code string
		permission string
	}{
		{"owner makes owner", caller(Owner), Owner, "", ""},
		{"admin makes admin", caller(Admin), Admin, "", ""},
		{"admin makes owner", caller(Admin), Owner, "owner_needed", ""},
		{"member", caller(MemberRole), MemberRole, "forbidden", "settings.manage"},
		{"member with settings makes member", caller(MemberRole, audit.SettingsManage), MemberRole, "", ""},
		{"member with settings makes admin", caller(MemberRole, audit.SettingsManage), Admin, "forbidden", "audit.read"},
		{"unknown role", caller(Owner), "king", "invalid_option", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := w.CreateKey(t.Context(), tt.caller, "Key", tt.role)
			if errs.Code(err) != tt.code {
				t.Fatalf("error is %v, want %q", err, tt.code)
			}
			if err != nil && errs.Of(err).Permission != tt.permission {
				t.Errorf("missing permission %q, want %q", errs.Of(err).Permission, tt.permission)
			}
		})
	}
	member := caller(MemberRole)
	_, err := w.Keys(t.Context(), member)
	wantCode(t, err, errs.Forbidden, "forbidden")
	wantCode(t, w.RevokeKey(t.Context(), member, "x"), errs.Forbidden, "forbidden")
	wantCode(t, w.RevokeKey(t.Context(), caller(Owner), "x"), errs.NotFound, "unknown_key")
}

// A key that a key made ends with the person behind both.
func TestKeyOfAKey(t *testing.T) {
	w := newWorld(t)
	ana := w.ana()
	_, token, err := w.CreateKey(t.Context(), w.identify(w.login("ana@one.test").Token).Caller, "Parent", Admin)
	if err != nil {
		t.Fatal(err)
	}
	parent, err := w.bearer(token, "")
	if err != nil {
		t.Fatal(err)
	}
	child, _, err := w.CreateKey(t.Context(), parent.Caller, "Child", Admin)
	if err != nil || child.CreatedBy != ana.ID {
		t.Errorf("created by %q, %v; want %q", child.CreatedBy, err, ana.ID)
	}
}

func TestLastUseIsWrittenOnceAMinute(t *testing.T) {
	w := newWorld(t)
	key, token, err := w.CreateKey(t.Context(), SystemCaller(w.one, "Test"), "Sync", Admin)
	if err != nil {
		t.Fatal(err)
	}
	w.events(w.one)
	before := w.memory.writes
	for range 120 {
		if _, err := w.bearer(token, ""); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
	}
	if n := w.memory.writes - before; n != 2 {
		t.Errorf("%d writes in two minutes, want 2", n)
	}
	if used := w.memory.rows.keys[keyOf(w.one, key.ID)].LastUsedAt; used.IsZero() {
		t.Error("the last use is not kept")
	}
	w.wantTypes(w.one)
}

func TestRevokedKeyStaysRevoked(t *testing.T) {
	w := newWorld(t)
	c := SystemCaller(w.one, "Test")
	key, token, err := w.CreateKey(t.Context(), c, "Sync", Admin)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { w.pass(time.Minute); w.bearer(token, "") })
	}
	group.Go(func() {
		if err := w.RevokeKey(t.Context(), c, key.ID); err != nil {
			t.Error(err)
		}
	})
	group.Wait()
	_, err = w.bearer(token, "")
	wantCode(t, err, errs.Unauthenticated, "invalid_api_key")
}

func FuzzParseKeyToken(f *testing.F) {
	f.Add(keyToken{"0190a000-0000-7000-8000-000000000000", "0190a000-0000-7000-8000-000000000001", make([]byte, secretSize)}.String())
	f.Add("bt_")
	f.Add("bt_" + strings.Repeat("\n", 86))
	f.Fuzz(func(t *testing.T, s string) {
		k, ok := parseKeyToken(s)
		if !ok {
			return
		}
		if k.String() != s || !audit.ValidID(k.account) || !audit.ValidID(k.id) || len(k.secret) != secretSize {
			t.Errorf("%q was read as %+v, which is written %q", s, k, k.String())
		}
	})
}
