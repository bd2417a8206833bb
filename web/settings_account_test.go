package web

import "testing"

func TestAccountSettings(t *testing.T) {
	w := newWorld(t)
	good := []string{"name", "New name", "timezone", "America/New_York", "restore_window_days", "30", "retention_days", "0", "export_expiry_days", "7"}
	for field, c := range map[string]struct{ value, says string }{
		"name":                {" ", "The account needs a name."},
		"timezone":            {"Mars/Phobos", "The time zone must be a name of the IANA list"},
		"restore_window_days": {"0", "restorable for 1 to 3650 days"},
		"retention_days":      {"5", "kept for 30 to 36500 days"},
		"export_expiry_days":  {"366", "kept for 1 to 365 days"},
	} {
		w.owner.post("/settings/account", with(good, field, c.value)...).want(t, 422, c.says, `href="#f-`+field+`"`)
	}
	w.owner.post("/settings/account", with(good, "restore_window_days", "many", "name", "Kept")...).want(t, 422, "must be a whole number", `value="many"`, `value="Kept"`)
	w.owner.post("/settings/account", good...).to(t, "/settings/account")
	w.owner.get("/settings/account").want(t, 200, "Saved the settings of the account.", `value="America/New_York"`, "New name", `value="7"`)
	if got := w.events(1)[0]; got != "account.updated" {
		t.Errorf("the newest event is %s", got)
	}
	w.member.get("/settings/account").want(t, 200, "New name", "America/New_York").wantNot(t, `action="/settings/account"`)
}
