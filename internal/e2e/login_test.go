package e2e

import (
	"testing"

	"github.com/backtrail/backtrail/demo"
)

// logIn fills in the form of the login page.
func (b *tab) logIn(email, password string) {
	b.t.Helper()
	b.at("textbox", "Email").fill(email)
	b.css("#password").fill(password)
	b.at("button", "Log in").follow()
}

func TestLogIn(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tab(width)
		b.open("/opportunities/list")
		b.waitForPath("/login?next=%2Fopportunities%2Flist")

		b.expect("status of 401")
		b.logIn(owner, "not the password")
		b.at("alert", "").says("The email or the password is not right")
		b.logIn(owner, demo.Password)
		b.waitForPath("/opportunities/list")
		b.at("heading", "Opportunities").see()
	})
}
