package web

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/mail/mailtest"
)

var shownLink = regexp.MustCompile(`http://[^<"\s]+`)

// link is the one-time link that a page shows, without its host.
func (a answer) link(t *testing.T) string {
	t.Helper()
	text := html.UnescapeString(shownLink.FindString(a.body))
	_, path, ok := strings.Cut(strings.TrimPrefix(text, "http://"), "/")
	if !ok {
		t.Fatalf("the page shows no link: %s", a.text())
	}
	return "/" + path
}

// invite adds somebody by the form and returns their page and the link.
func (w *world) invite(name, email, role string) (page, link string) {
	w.t.Helper()
	a := w.owner.post("/settings/staff", "name", name, "email", email, "role", role).want(w.t, 200, "Invitation", "comes in by this link")
	found := regexp.MustCompile(`/settings/staff/[0-9a-f-]{36}`).FindString(a.body)
	return found, a.link(w.t)
}

func TestInvitation(t *testing.T) {
	w := newWorld(t)
	page, link := w.invite("Nadia New", "nadia@example.com", "member")
	if got := w.events(2); got[0] != "staff.invited" || got[1] != "staff.added" {
		t.Errorf("events are %q", got)
	}
	w.owner.get(page).want(t, 200, "Invited", "The link can be used until", "Make a new link").wantNot(t, strings.SplitAfter(link, "token=")[1])

	b := w.browser()
	a := b.get(link).to(t, "/invitation") // the token is in no address from here on
	if a.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the referrer policy is %q", a.header.Get("Referrer-Policy"))
	}
	b.get("/invitation").want(t, 200, "Join Harbour", "Nadia New", "Choose a password")
	b.post("/invitation", "password", "a password of hers", "again", "another").want(t, 422, "The two passwords differ.")
	b.post("/invitation", "password", "short", "again", "short").want(t, 422, "at least 10 characters")
	b.post("/invitation", "password", "a password of hers", "again", "a password of hers").to(t, "/")
	b.get("/contacts").want(t, 200, "Welcome, Nadia New.")
	w.owner.get(page).want(t, 200, "Active")
	if got := w.events(2); got[0] != "session.login" || got[1] != "staff.joined" {
		t.Errorf("events are %q", got)
	}

	// Once: neither the link nor the cookie opens anything again.
	again := w.browser()
	again.get(link).to(t, "/invitation")
	again.get("/invitation").want(t, 410, "not valid any more")
	again.post("/invitation", "password", "a password of hers", "again", "a password of hers").want(t, 410)
	w.browser().get("/invitation").want(t, 410)
}

// An invitation is mailed when the server knows its address and the account a mail server, and the pages say which lacks.
func TestInvitationByMail(t *testing.T) {
	w := newWorld(t)
	page, _ := w.invite("Nadia New", "nadia@example.com", "member")
	shown := "It is shown for you to hand over"
	w.owner.get(page).want(t, 200, shown, "(--public-url)")
	w.owner.post(page+"/invitation").want(t, 200, shown, "(--public-url)")
	w.ws.PublicURL = "https://log.example.com"
	w.owner.get(page).want(t, 200, shown, "the business profile names no mail server")
	w.owner.post(page+"/invitation").want(t, 200, shown, "the business profile names no mail server", "https://log.example.com/invitation?token=")

	s := &mailtest.Server{}
	to := s.Start(t)
	profile := w.owner.get("/settings/business-profile").location
	form := formFields(t, w.owner.get(profile+"/edit"), profile)
	w.owner.post(profile, with(form, "smtp_host", to.Host, "smtp_port", strconv.Itoa(to.Port), "mail_from", "studio@example.com")...).to(t, profile)
	w.owner.get(page).want(t, 200, "It is mailed to nadia@example.com.").wantNot(t, shown)
	w.owner.post(page+"/invitation").to(t, page)
	w.owner.get(page).want(t, 200, "The invitation is on its way to nadia@example.com.")
	if mails := s.Mails(); len(mails) != 1 || mails[0].To != "nadia@example.com" || !strings.Contains(string(mails[0].Body), "https://log.example.com/invitation") {
		t.Errorf("%d mails: %+v", len(mails), mails)
	}

	// A mail server that does not take it is named, and the link shown after all.
	form = formFields(t, w.owner.get(profile+"/edit"), profile)
	w.owner.post(profile, with(form, "smtp_host", "127.0.0.1", "smtp_port", "1")...).to(t, profile)
	w.owner.post(page+"/invitation").want(t, 200, "The mail could not be sent.", "Hand the link over yourself.").wantNot(t, shown)
}

// staffAt is the id of the staff record with this page.
func staffAt(page string) audit.RecordID {
	return audit.RecordID(page[strings.LastIndex(page, "/")+1:])
}

// What happened to the staff record since makes an invitation void.
func TestInvitationIsVoid(t *testing.T) {
	for name, since := range map[string]func(w *world, page string){
		"a newer link": func(w *world, page string) { w.owner.post(page+"/invitation").want(w.t, 200) },
		"deactivated":  func(w *world, page string) { w.owner.post(page+"/status", "status", "deactivated").to(w.t, page) },
		"activated":    func(w *world, page string) { w.owner.post(page+"/status", "status", "active").to(w.t, page) },
		"another email": func(w *world, page string) {
			w.update(w.record("staff", staffAt(page)), "email", "other@example.com")
		},
		"removed": func(w *world, page string) {
			if _, err := w.ws.Engine.Delete(w.t.Context(), w.caller(), "staff", staffAt(page)); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			page, link := w.invite("Nadia New", "nadia@example.com", "member")
			since(w, page)
			b := w.browser()
			b.get(link).to(t, "/invitation")
			b.get("/invitation").want(t, 410, "not valid any more")
			b.post("/invitation", "password", "a password of hers", "again", "a password of hers").want(t, 410)
			b.get(link[:len(link)-2]+"AA").to(t, "/invitation")
			b.get("/invitation").want(t, 410)
		})
	}
}

func TestInvitationIsForOwnersAndAdmins(t *testing.T) {
	w := newWorld(t)
	page, _ := w.invite("Oona", "oona@example.com", "owner")
	w.admin.post(page+"/invitation").want(t, 403, "Only an owner can invite an owner.")
	w.member.post(page+"/invitation").want(t, 403)
	w.admin.get(page).want(t, 200, "Access").wantNot(t, page+"/invitation")
	w.member.get(page).want(t, 200).wantNot(t, `id="access"`)
	if got := w.events(2); got[0] != "access.denied" || got[1] != "access.denied" {
		t.Errorf("events are %q", got)
	}
}

func TestPasswordLink(t *testing.T) {
	w := newWorld(t)
	page := "/settings/staff/" + string(w.memberID)
	link := w.admin.post(page+"/password-link").want(t, 200, "chooses a new password by this link").link(t)
	b := w.browser()
	b.get(link).to(t, "/login/password")
	b.get("/login/password").want(t, 200, "member@example.com").wantNot(t, strings.SplitAfter(link, "token=")[1])
	b.post("/login/password", "new", "a password of hers", "again", "other").want(t, 422, "differ")
	b.post("/login/password", "new", "short", "again", "short").want(t, 422, "at least 10")
	b.post("/login/password", "new", "a password of hers", "again", "a password of hers").to(t, "/login")
	w.member.get("/contacts").to(t, "/login?next=%2Fcontacts") // her sessions ended
	again := w.browser()
	again.get(link).to(t, "/login/password")
	again.get("/login/password").want(t, 410, "not valid any more")
	again.post("/login/password", "new", "a password of mine", "again", "a password of mine").want(t, 410)
	b.post("/login", "email", "member@example.com", "password", "a password of hers").to(t, "/")

	w.admin.post("/settings/staff/"+string(w.ownerID)+"/password-link").want(t, 403)
	w.member.post("/settings/staff/"+string(w.ownerID)+"/password-link").to(t, "/login")
}

// The page says the same for everybody, until there were too many.
func TestForgottenPassword(t *testing.T) {
	w := newWorld(t)
	w.browser().get("/login").want(t, 200, "Forgotten password?")
	b := w.browser()
	b.get("/login/forgotten").want(t, 200, "Send the link")
	known := b.post("/login/forgotten", "email", "member@example.com").want(t, 200, "If somebody has this address")
	unknown := b.post("/login/forgotten", "email", "nobody@example.com").want(t, 200)
	if known.body != unknown.body {
		t.Error("the page tells who is known")
	}
	b.post("/login/forgotten", "email", "nonsense").want(t, 422, "not an email address")
	for range 8 {
		b.post("/login/forgotten", "email", "nobody@example.com")
	}
	if a := b.post("/login/forgotten", "email", "nobody@example.com").want(t, 429, "too many"); a.header.Get("Retry-After") == "" {
		t.Error("there is no Retry-After")
	}
}

var setupKey = regexp.MustCompile(`name="key" value="([A-Z2-7]+)"`)

// secondFactor turns it on and returns the key and the recovery codes.
func (b *browser) secondFactor() (key string, codes []string) {
	t := b.w.t
	t.Helper()
	b.post("/account/two-factor", "password", "wrong one").want(t, 422, "not right")
	a := b.post("/account/two-factor", "password", password).want(t, 200, `<svg class="qr"`, "Or type the key")
	key = setupKey.FindStringSubmatch(a.body)[1]
	b.post("/account/two-factor/confirm", "key", "another", "code", "123456").to(t, "/account/two-factor")
	b.post("/account/two-factor/confirm", "key", key, "code", "12345").want(t, 422, "The code is not right.", `<svg class="qr"`)
	a = b.post("/account/two-factor/confirm", "key", key, "code", codeOf(t, key, -30*time.Second)).want(t, 200, "shown now and never again")
	codes = regexp.MustCompile(`<code>([A-Z2-7-]{19})</code>`).FindAllString(a.body, -1)
	for i := range codes {
		codes[i] = tags.ReplaceAllString(codes[i], "")
	}
	if len(codes) != 10 {
		t.Fatalf("codes are %q", codes)
	}
	return key, codes
}

func codeOf(t *testing.T, key string, off time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(key, time.Now().Add(off))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestSecondFactor(t *testing.T) {
	w := newWorld(t)
	w.admin.get("/account/two-factor").want(t, 200, "It is off.")
	_, codes := w.admin.secondFactor()
	w.admin.get("/account/two-factor").want(t, 200, "Recovery codes left").wantNot(t, codes[0])

	b := w.browser()
	b.cookies[sessionCookie] = "planted by somebody else"
	b.post("/login", "email", "admin@example.com", "password", password, "next", "/tasks").to(t, "/login/code?next=%2Ftasks")
	if b.cookies[sessionCookie] != "planted by somebody else" || b.cookies[secondStepCookie] == "" {
		t.Error("the first step gives a session, or no second step")
	}
	delete(b.cookies, sessionCookie)
	b.get("/tasks").to(t, "/login?next=%2Ftasks") // half a login opens nothing
	step := b.cookies[secondStepCookie]
	b.cookies[sessionCookie] = step
	b.get("/tasks").to(t, "/login?next=%2Ftasks")
	b.get("/login/code?next=/tasks").want(t, 200, "admin@example.com", "One more step")
	b.post("/login/code", "code", "12345", "next", "/tasks").want(t, 401, "The code is not right.")
	b.post("/login/code", "code", codes[0], "next", "//evil.example").to(t, "/")
	if got := b.cookies[sessionCookie]; got == step || got == "" || b.cookies[secondStepCookie] != "" {
		t.Error("the token of the second step lives on")
	}
	b.get("/tasks").want(t, 200)
	b.cookies[secondStepCookie] = step
	b.post("/login/code", "code", codes[1]).to(t, "/login")
	w.browser().get("/login/code").to(t, "/login")

	b.post("/account/two-factor/codes", "password", "wrong").want(t, 422, "not right")
	b.post("/account/two-factor/codes", "password", password).want(t, 200, "Recovery codes").wantNot(t, codes[1])
	page := "/settings/staff/" + string(w.record("staff", staffAt(w.pageOf("admin@example.com"))).ID)
	w.owner.get(page).want(t, 200, "On since", "Turn off the second factor")
	b.post("/account/two-factor/off", "password", "wrong").want(t, 422, "not right")
	b.post("/account/two-factor/off", "password", password).to(t, "/account/two-factor")
	w.login("admin@example.com")

	w.admin.secondFactor()
	w.admin.post(page+"/two-factor/off").want(t, 403, "Only an owner")
	w.owner.post(page+"/two-factor/off").to(t, page)
	w.owner.post(page+"/two-factor/off").to(t, page)
	w.owner.get(page).want(t, 200, "There is no second factor.")
	w.login("admin@example.com")
}

// pageOf is the page of the staff member with this email.
func (w *world) pageOf(email string) string {
	w.t.Helper()
	m, err := w.db.Member(w.t.Context(), w.account.ID, email)
	if err != nil {
		w.t.Fatal(err)
	}
	return "/settings/staff/" + string(m.ID)
}

func TestSessionsPage(t *testing.T) {
	w := newWorld(t)
	other := w.login("member@example.com")
	end := regexp.MustCompile(`/account/sessions/[0-9a-f-]{36}/end`)
	address := end.FindString(w.member.get("/account/sessions").want(t, 200, "This one", "192.0.2.7", "End all others").body)
	w.owner.post(address).want(t, 404, "There is no such session")
	w.member.post(address).to(t, "/account/sessions")
	other.get("/contacts").to(t, "/login?next=%2Fcontacts")
	w.member.get("/account/sessions").want(t, 200).wantNot(t, "End all others")
	w.login("member@example.com")
	w.login("member@example.com")
	w.member.post("/account/sessions/end-others").to(t, "/account/sessions")
	w.member.get("/account/sessions").want(t, 200, "2 other sessions have ended.")

	page := w.pageOf("member@example.com")
	address = regexp.MustCompile(page + `/sessions/[0-9a-f-]{36}/end`).FindString(w.admin.get(page).body)
	w.admin.post(address).to(t, page)
	w.member.get("/contacts").to(t, "/login?next=%2Fcontacts")
	if got := w.events(1); got[0] != "session.revoked" {
		t.Errorf("events are %q", got)
	}
}

func TestActingOnThePages(t *testing.T) {
	w := newWorld(t)
	page := w.pageOf("member@example.com")
	w.admin.get(page).want(t, 200).wantNot(t, page+"/act")
	w.admin.post(page+"/act").want(t, 403, "Only an owner can log in as somebody else.")
	if got := w.events(1); got[0] != "access.denied" {
		t.Errorf("events are %q", got)
	}
	w.owner.get(page).want(t, 200, "Log in as them")
	w.owner.post(page+"/act").to(t, "/")
	w.owner.get("/contacts").want(t, 200, "You, Olga Owner , work as member until", "Be yourself again").wantNot(t, "/settings/audit-logs", `href="/account/password"`)
	w.owner.get("/settings/audit-logs").want(t, 403)
	w.owner.get("/nowhere").want(t, 404, "Be yourself again")
	w.owner.get("/account/sessions").want(t, 403, "while you work as somebody else")
	w.owner.post("/account/password", "current", password, "new", "another long one", "again", "another long one").want(t, 403)
	w.owner.post("/contacts", "first_name", "Ida", "last_name", "Berg")

	e := w.newest("contact.created")
	if e.Actor.Name != "Olga Owner" || e.Actor.OnBehalfOf == nil || e.Actor.OnBehalfOf.Name != "member" {
		t.Errorf("event is %s %+v %+v", e.Type, e.Actor, e.Actor.OnBehalfOf)
	}
	w.owner.post("/acting/end").to(t, page)
	w.owner.get(page).want(t, 200, "You are yourself again").wantNot(t, "Be yourself again")
	w.owner.post("/acting/end").to(t, "/")
	w.owner.get("/settings/audit-logs").want(t, 200, "Stopped working as", "Began to work as")
}

// A login takes no token that was there before, and leaves the one before behind.
func TestLoginGivesANewSession(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.cookies[sessionCookie] = "planted by somebody else"
	b.post("/login", "email", "member@example.com", "password", password).to(t, "/")
	if b.cookies[sessionCookie] == "planted by somebody else" {
		t.Fatal("the planted token is taken")
	}
	first := b.cookies[sessionCookie]
	b.post("/login", "email", "owner@example.com", "password", password).to(t, "/")
	if b.cookies[sessionCookie] == first {
		t.Error("the token of another person is kept")
	}
}

func TestPermissionsInTheLog(t *testing.T) {
	w := newWorld(t)
	rec := w.record("staff", w.memberID)
	w.update(rec, "permissions", "audit.read, audit.export")
	w.update(rec, "permissions", "audit.export, settings.manage")
	if e := w.newest("staff.permissions_changed"); e.Description != `Changed the permissions of "member": added "Change the account's settings"; removed "See the audit log"` ||
		e.Changes[0].AfterText != "Export the audit log, Change the account's settings" {
		t.Errorf("%s %q %+v", e.Type, e.Description, e.Changes)
	}
}
