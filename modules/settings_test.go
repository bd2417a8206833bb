package modules_test

import (
	"maps"
	"testing"

	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/restore"
)

const needed = "smtp_password password_needed"

// The stored SMTP password goes nowhere else and for nobody else unless it is entered again: who names the server does not know it.
func TestSMTPPasswordIsEnteredAnew(t *testing.T) {
	for name, test := range map[string]struct {
		pairs []string
		want  string // "" for an edit that is done
	}{
		"another host":                     {[]string{"smtp_host", "mail.evil.example"}, needed},
		"another port":                     {[]string{"smtp_port", "2525"}, needed},
		"no port":                          {[]string{"smtp_port", ""}, needed},
		"another user":                     {[]string{"smtp_user", "eve"}, needed},
		"all of them":                      {[]string{"smtp_host", "mail.evil.example", "smtp_port", "465", "smtp_user", "eve"}, needed},
		"with the password":                {[]string{"smtp_host", "mail.other.example", "smtp_port", "465", "smtp_user", "shop", "smtp_password", "other"}, ""},
		"the password alone":               {[]string{"smtp_password", "other"}, ""},
		"without the password":             {[]string{"smtp_host", "mail.evil.example", "smtp_password", ""}, ""},
		"something else":                   {[]string{"mail_from", "shop@example.com", "city", "Porto"}, ""},
		"the same as before":               {[]string{"smtp_host", "mail.example.com", "smtp_user", "studio"}, ""},
		"no host, so it is sent to nobody": {[]string{"smtp_host", ""}, ""},
		"no user, so it is not sent":       {[]string{"smtp_user", "", "smtp_host", "mail.evil.example"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			profile := l.sends()
			err := l.edit(profile, test.pairs...)
			if got := code(err); test.want == "" && err != nil || test.want != "" && got != test.want {
				t.Errorf("%v, want %q", err, test.want)
			}
			// What a trial run says is what would happen.
			l = newLife(t)
			profile = l.sends()
			err = l.engine.Do(t.Context(), l.caller, func(op *crm.Operation) error {
				return op.Check(t.Context(), profile.Object, profile, l.input(profile.Object, test.pairs...), nil)
			})
			if got := code(err); test.want == "" && err != nil || test.want != "" && got != test.want {
				t.Errorf("a trial run: %v, want %q", err, test.want)
			}
		})
	}
}

// sends is a business profile with a mail server.
func (l *life) sends() *crm.Record {
	l.t.Helper()
	return l.make("business_profile", "name", "Acme", "smtp_host", "mail.example.com", "smtp_port", "587", "smtp_user", "studio", "smtp_password", "hush", "mail_from", "studio@example.com")
}

// Leading the password away step by step does not work either, nor by taking something back.
func TestSMTPPasswordIsNotLedAway(t *testing.T) {
	l := newLife(t)
	profile := l.sends()
	l.must(l.edit(profile, "smtp_user", ""))
	l.must(l.edit(profile, "smtp_host", "mail.evil.example"))
	if err := l.edit(profile, "smtp_user", "studio"); code(err) != needed {
		t.Errorf("the user is entered last: %v", err)
	}
	l.must(l.edit(profile, "smtp_host", ""))
	l.must(l.edit(profile, "smtp_user", "studio"))
	if err := l.edit(profile, "smtp_host", "mail.evil.example"); code(err) != needed {
		t.Errorf("the host is entered last: %v", err)
	}

	// The first server is the attacker's, the second one the studio's: taking the change back would send the new password there.
	l = newLife(t)
	profile = l.sends()
	l.must(l.edit(profile, "smtp_host", "mail.other.example", "smtp_user", "shop", "smtp_password", "other"))
	events := l.events()
	changed := events[len(events)-1]
	before := l.look(profile)
	_, err := l.restore.Undo(t.Context(), l.caller, changed.ID, restore.Request{Resolutions: []restore.Resolution{
		{Object: profile.Object, Field: "smtp_password", Kind: restore.FieldGone, Choose: restore.Skip}}})
	if code(err) != needed {
		t.Errorf("it was taken back: %v", err)
	}
	if after := l.look(profile); !maps.Equal(after.Fields, before.Fields) || after.Version != before.Version {
		t.Errorf("something of it was taken back: %v", after.Fields)
	}
	if n := len(l.events()); n != len(events) {
		t.Errorf("%d events were written", n-len(events))
	}
	// Other fields of the profile can be.
	l.must(l.edit(profile, "city", "Porto"))
	events = l.events()
	if _, err := l.restore.Undo(t.Context(), l.caller, events[len(events)-1].ID, restore.Request{}); err != nil {
		t.Error(err)
	}
}
