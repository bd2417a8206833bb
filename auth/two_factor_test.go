package auth

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// phone is an authenticator app.
type phone struct {
	w      *world
	secret string
}

// code is what the app shows, off by some time.
func (p phone) code(off time.Duration) string {
	p.w.t.Helper()
	code, err := totp.GenerateCode(p.secret, p.w.clock().Add(off))
	if err != nil {
		p.w.t.Fatal(err)
	}
	return code
}

// withFactor gives Ana a second factor by way of a session.
func (w *world) withFactor() (ana Member, app phone, recovery []string) {
	w.t.Helper()
	ana = w.ana()
	id := w.identify(w.login("ana@one.test").Token)
	setup, err := w.SetUpTwoFactor(w.t.Context(), id, goodPassword)
	if err != nil {
		w.t.Fatal(err)
	}
	app = phone{w, setup.Secret}
	if recovery, err = w.EnableTwoFactor(w.t.Context(), id, app.code(0)); err != nil {
		w.t.Fatal(err)
	}
	w.pass(time.Minute)
	return ana, app, recovery
}

// firstStep is a login up to its code.
func (w *world) firstStep() string {
	w.t.Helper()
	in := w.login("ana@one.test")
	if in.SecondStep == "" || in.Token != "" {
		w.t.Fatalf("the login gave %+v, want a second step and no session", in)
	}
	return in.SecondStep
}

func TestTwoFactorIsTurnedOn(t *testing.T) {
	w := newWorld(t)
	ana := w.ana()
	id := w.identify(w.login("ana@one.test").Token)
	_, err := w.SetUpTwoFactor(t.Context(), id, "not this one")
	wantCode(t, err, errs.Invalid, "wrong_password")
	setup, err := w.SetUpTwoFactor(t.Context(), id, goodPassword)
	if err != nil || !strings.HasPrefix(setup.Address, "otpauth://totp/Backtrail:ana@one.test?") {
		t.Fatalf("%v %q", err, setup.Address)
	}
	if again, ok, err := w.SetupOf(t.Context(), id, setup.Secret); err != nil || !ok || again != setup {
		t.Errorf("the same setup is %+v %v %v", again, ok, err)
	}
	if _, ok, _ := w.SetupOf(t.Context(), id, "another"); ok {
		t.Error("the setup is shown to who does not know its secret")
	}
	app := phone{w, setup.Secret}
	if in := w.login("ana@one.test"); in.Token == "" {
		t.Error("a code is asked for before the factor is in use")
	}
	_, err = w.EnableTwoFactor(t.Context(), id, "000000")
	if app.code(0) != "000000" {
		wantCode(t, err, errs.Invalid, "wrong_code")
	}
	codes, err := w.EnableTwoFactor(t.Context(), id, " "+app.code(0)[:3]+" "+app.code(0)[3:])
	if err != nil || len(codes) != RecoveryCodes {
		t.Fatalf("%v, codes %q", err, codes)
	}
	events := w.events(w.one)
	if e := events[len(events)-1]; e.Type != "two_factor.enabled" || e.Record.ID != ana.ID || e.Context.Session != id.Session.ID {
		t.Errorf("event is %+v", e)
	}
	secrets := append(slices.Clone(codes), strings.ReplaceAll(codes[0], "-", ""))
	w.wantNowhere(secrets...)
	for _, e := range events {
		if strings.Contains(string(e.AppendCanonical(nil)), setup.Secret) {
			t.Errorf("%s has the secret", e.Type)
		}
	}
	_, err = w.SetUpTwoFactor(t.Context(), id, goodPassword)
	wantCode(t, err, errs.Conflict, "two_factor_on")
}

func TestLoginAsksForACode(t *testing.T) {
	for _, tt := range []struct {
		name string
		off  time.Duration
		ok   bool
	}{
		{"now", 0, true}, {"one step behind", -30 * time.Second, true}, {"one step ahead", 30 * time.Second, true},
		{"two steps behind", -60 * time.Second, false}, {"two steps ahead", 60 * time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			_, app, _ := w.withFactor()
			w.events(w.one)
			in, err := w.FinishLogin(t.Context(), w.firstStep(), app.code(tt.off), w.from)
			if !tt.ok {
				wantCode(t, err, errs.Unauthenticated, "wrong_code")
				if e := w.wantTypes(w.one, "session.login_failed")[0]; e.Changes[0].After.Text() != "wrong_code" {
					t.Errorf("reason is %s", e.Changes[0].After)
				}
				return
			}
			if err != nil || in.Token == "" {
				t.Fatalf("%v %+v", err, in)
			}
			w.identify(in.Token)
			if e := w.wantTypes(w.one, "session.login")[0]; e.Changes[0].After.Text() != "code" {
				t.Errorf("changes are %+v", e.Changes)
			}
		})
	}
}

// A code is taken once: again, or an older one after it, is refused, and of many at once one comes in.
func TestCodeReplay(t *testing.T) {
	w := newWorld(t)
	_, app, _ := w.withFactor()
	code, older := app.code(0), app.code(-30*time.Second)
	var steps []string
	for range 3 {
		steps = append(steps, w.firstStep())
	}
	w.events(w.one)
	var in atomic.Int32
	var wg sync.WaitGroup
	for _, step := range steps {
		wg.Go(func() {
			if _, err := w.FinishLogin(t.Context(), step, code, w.from); err == nil {
				in.Add(1)
			} else if errs.Code(err) != "used_code" {
				t.Errorf("refused with %v", err)
			}
		})
	}
	wg.Wait()
	if in.Load() != 1 {
		t.Fatalf("the code was taken %d times", in.Load())
	}
	step := w.firstStep()
	for _, c := range []string{code, older} {
		_, err := w.FinishLogin(t.Context(), step, c, w.from)
		wantCode(t, err, errs.Unauthenticated, "used_code")
	}
	w.pass(30 * time.Second)
	if _, err := w.FinishLogin(t.Context(), step, app.code(0), w.from); err != nil {
		t.Errorf("the next code: %v", err)
	}
	_, err := w.FinishLogin(t.Context(), step, app.code(30*time.Second), w.from)
	wantCode(t, err, errs.Unauthenticated, "login_expired") // that login has begun its session
}

func TestWrongCodesUntilTheLimit(t *testing.T) {
	w := newWorld(t)
	_, app, _ := w.withFactor()
	w.events(w.one)
	step := w.firstStep()
	for range CodeAttempts {
		_, err := w.FinishLogin(t.Context(), step, "12345", w.from)
		wantCode(t, err, errs.Unauthenticated, "wrong_code")
	}
	_, err := w.FinishLogin(t.Context(), step, app.code(0), w.from)
	wantCode(t, err, errs.TooMany, "too_many_attempts")
	_, err = w.FinishLogin(t.Context(), w.firstStep(), app.code(0), w.from) // another login shares the counter
	wantCode(t, err, errs.TooMany, "too_many_attempts")
	if got := len(w.events(w.one)); got != CodeAttempts+2 {
		t.Errorf("%d failures were recorded", got)
	}
	w.pass(AttemptWindow)
	if _, err := w.FinishLogin(t.Context(), w.firstStep(), app.code(0), w.from); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// Who knows the password and not the code cannot go on asking for second steps.
func TestSecondStepsCountAsAttempts(t *testing.T) {
	w := newWorld(t)
	w.withFactor()
	for range EmailAttempts {
		w.firstStep()
	}
	_, err := w.Login(t.Context(), "ana@one.test", goodPassword, w.from)
	wantCode(t, err, errs.TooMany, "too_many_attempts")
}

func TestRecoveryCode(t *testing.T) {
	w := newWorld(t)
	_, _, codes := w.withFactor()
	w.events(w.one)
	in, err := w.FinishLogin(t.Context(), w.firstStep(), strings.ToLower(strings.ReplaceAll(codes[3], "-", " ")), w.from)
	if err != nil {
		t.Fatal(err)
	}
	e := w.wantTypes(w.one, "session.login")[0]
	if e.Changes[0].AfterText != "Recovery code" || e.Changes[1].After.Text() != "9" {
		t.Errorf("changes are %+v", e.Changes)
	}
	_, err = w.FinishLogin(t.Context(), w.firstStep(), codes[3], w.from)
	wantCode(t, err, errs.Unauthenticated, "wrong_code")
	id := w.identify(in.Token)
	if f, err := w.TwoFactor(t.Context(), id); err != nil || f.CodesLeft != 9 || f.EnabledAt.IsZero() {
		t.Errorf("%+v %v", f, err)
	}
	fresh, err := w.RenewRecoveryCodes(t.Context(), id, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.FinishLogin(t.Context(), w.firstStep(), codes[0], w.from)
	wantCode(t, err, errs.Unauthenticated, "wrong_code")
	if _, err := w.FinishLogin(t.Context(), w.firstStep(), fresh[0], w.from); err != nil {
		t.Error(err)
	}
}

func TestSecondStepEnds(t *testing.T) {
	w := newWorld(t)
	ana, app, _ := w.withFactor()
	late, changed, gone := w.firstStep(), w.firstStep(), w.firstStep()
	w.wantNowhere(late, changed, gone)
	w.pass(secondStepTime)
	_, err := w.FinishLogin(t.Context(), late, app.code(0), w.from)
	wantCode(t, err, errs.Unauthenticated, "login_expired")
	if _, err := w.SweepExpired(t.Context()); err != nil {
		t.Fatal(err)
	}

	changed = w.firstStep()
	origin := audit.Origin{Actor: audit.SystemActor("Command line"), Channel: audit.SystemChannel}
	if err := w.SetPassword(t.Context(), "ana@one.test", goodPassword, origin); err != nil {
		t.Fatal(err)
	}
	_, err = w.FinishLogin(t.Context(), changed, app.code(0), w.from)
	wantCode(t, err, errs.Unauthenticated, "login_expired")

	gone = w.firstStep()
	w.status(ana.ID, deactivated)
	_, err = w.FinishLogin(t.Context(), gone, app.code(0), w.from)
	wantCode(t, err, errs.Unauthenticated, "login_expired")
	_, err = w.FinishLogin(t.Context(), "no such token", app.code(0), w.from)
	wantCode(t, err, errs.Unauthenticated, "login_expired")
}

func TestTwoFactorIsTurnedOff(t *testing.T) {
	w := newWorld(t)
	_, app, _ := w.withFactor()
	in, err := w.LoginWithCode(t.Context(), "ana@one.test", goodPassword, app.code(0), w.from)
	if err != nil {
		t.Fatal(err)
	}
	id := w.identify(in.Token)
	wantCode(t, w.DisableTwoFactor(t.Context(), id, "not this one"), errs.Invalid, "wrong_password")
	w.events(w.one)
	if err := w.DisableTwoFactor(t.Context(), id, goodPassword); err != nil {
		t.Fatal(err)
	}
	w.wantTypes(w.one, "two_factor.disabled")
	wantCode(t, w.DisableTwoFactor(t.Context(), id, goodPassword), errs.NotPossible, "two_factor_off")
	if w.login("ana@one.test").Token == "" {
		t.Error("a code is still asked for")
	}
}

func TestLoginWithCode(t *testing.T) {
	w := newWorld(t)
	w.withFactor()
	_, err := w.LoginWithCode(t.Context(), "ana@one.test", goodPassword, "", w.from)
	wantCode(t, err, errs.Unauthenticated, "code_needed")
	_, err = w.LoginWithCode(t.Context(), "ana@one.test", "not this one", "123456", w.from)
	wantCode(t, err, errs.Unauthenticated, "invalid_credentials")
}

// An owner takes the second factor from somebody of their account alone; nobody else does.
func TestResetTwoFactor(t *testing.T) {
	w := newWorld(t)
	ana, _, _ := w.withFactor()
	w.person("olga@one.test")
	w.staff(w.one, "Olga", "olga@one.test", Owner, active)
	w.person("adam@one.test")
	w.staff(w.one, "Adam", "adam@one.test", Admin, active)
	olga, adam := w.identify(w.login("olga@one.test").Token), w.identify(w.login("adam@one.test").Token)
	wantCode(t, w.ResetTwoFactor(t.Context(), adam.Caller, ana.ID), errs.Forbidden, "owner_needed")

	elsewhere := w.staff(w.two, "Ana S.", "ana@one.test", MemberRole, active)
	wantCode(t, w.ResetTwoFactor(t.Context(), olga.Caller, ana.ID), errs.NotPossible, "other_accounts")
	w.status(elsewhere.ID, deactivated)
	w.events(w.one)
	if err := w.ResetTwoFactor(t.Context(), olga.Caller, ana.ID); err != nil {
		t.Fatal(err)
	}
	if e := w.wantTypes(w.one, "two_factor.disabled")[0]; e.Actor.Name != "Olga" || e.Record.ID != ana.ID {
		t.Errorf("event is %+v", e)
	}
	if w.login("ana@one.test").Token == "" {
		t.Error("a code is still asked for")
	}
	wantCode(t, w.RemoveTwoFactor(t.Context(), "ana@one.test", w.from), errs.NotPossible, "two_factor_off")
}
