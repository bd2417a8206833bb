package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// TestComeIn walks from an invitation over a second factor to an owner who works as the one who came in.
func TestComeIn(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		b.open("/settings/staff/new")
		b.at("textbox", "~Name").fill("Nadia Newcomer")
		b.at("textbox", "~Email").fill("nadia@example.com")
		b.at("button", "Invite").follow()
		b.says("It is shown now and never again.")
		link := read[string](b.css("#link"), "function() { return this.value; }")
		b.look("staff-invitation", width)

		new := w.tab(width)
		new.open(strings.TrimPrefix(link, b.base))
		new.waitForPath("/invitation")
		new.says("Choose a password, and you are in.")
		new.look("invitation", width)
		new.css("#f-password").fill("a password of hers")
		new.css("#f-again").fill("a password of hers")
		new.at("button", "Accept the invitation").follow()
		new.says("Welcome, Nadia Newcomer.")

		new.open("/account/two-factor")
		new.css("#f-password").fill("a password of hers")
		new.at("button", "Set up").follow()
		key := read[string](new.css("input[name=key]"), "function() { return this.value; }")
		new.look("two-factor-setup", width)
		code := func(off time.Duration) string {
			code, err := totp.GenerateCode(key, time.Now().Add(off))
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		new.css("#f-code").fill(code(-30 * time.Second))
		new.at("button", "Turn on").follow()
		new.says("shown now and never again")
		new.look("recovery-codes", width)

		other := w.tab(width)
		other.open("/login")
		other.logIn("nadia@example.com", "a password of hers")
		other.waitForPath("/login/code?next=%2F")
		other.look("login-code", width)
		other.css("#f-code").fill(code(0))
		other.at("button", "Log in").follow()
		other.waitForPath("/contacts")
		other.open("/account/sessions")
		other.says("This one")
		other.look("sessions", width)

		b.open("/settings/staff")
		b.at("link", "Nadia Newcomer").follow()
		b.says("On since")
		b.look("staff-member", width)
		b.at("button", "Log in as them").click()
		b.at("dialog", "").at("button", "Log in as them").follow()
		b.says("work as Nadia Newcomer")
		b.look("acting", width)
		b.at("button", "Be yourself again").follow()
		b.says("You are yourself again.")
	})
}
