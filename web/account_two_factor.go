package web

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// twoFactorPage shows how the visitor's second factor stands, and sets one up.
type twoFactorPage struct {
	Base
	Tabs   accountTabs
	On     bool
	Since  Moment
	Left   int // recovery codes
	Setup  *twoFactorSetup
	Fields []formField
	Errors *formErrors
	// Failed is the form that the errors belong to: start, confirm, off or codes.
	Failed string
}

// twoFactorSetup is a key to scan, or to type.
type twoFactorSetup struct {
	Secret  string // whole, for the form
	Groups  string // in groups of four, for people
	Picture template.HTML
}

// recoveryPage shows recovery codes, once.
type recoveryPage struct {
	Base
	Tabs  accountTabs
	Codes []string
	Fresh bool // the second factor was turned on just now
}

func (s *site) twoFactor(v *visit) error { return s.showTwoFactor(v, "", nil, nil) }

func (s *site) showTwoFactor(v *visit, form string, setup *auth.Setup, problem error) error {
	state, err := s.ws.Auth.TwoFactor(v.Context(), v.id)
	if err != nil {
		return err
	}
	page := &twoFactorPage{Base: s.base(v, "Second factor", ""), Tabs: accountTabs{"two-factor"}, On: !state.EnabledAt.IsZero(), Left: state.CodesLeft, Failed: form}
	page.Since = page.Day(state.EnabledAt)
	if setup != nil {
		picture, err := qrCode(setup.Address)
		if err != nil {
			return err
		}
		page.Setup = &twoFactorSetup{setup.Secret, inFours(setup.Secret), picture}
		page.Fields = []formField{codeField(problem)}
	} else {
		page.Fields = []formField{passwordField("password", "Your password", problem)}
	}
	page.Errors = summarizeFields(problem, page.Fields)
	if e := errs.Of(problem); e != nil {
		setRetryAfter(v, e)
	}
	return v.render(statusOfForm(problem), "account_two_factor", page)
}

func codeField(problem error) formField {
	return formField{Key: "code", Label: "Code", Kind: "input", Type: "text", Required: true, Fill: "one-time-code", Error: mistakeAt(problem, "code")}
}

// inFours puts a space behind every fourth letter.
func inFours(text string) string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// twoFactorStart asks for the password and shows the key.
func (s *site) twoFactorStart(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	setup, problem := s.ws.Auth.SetUpTwoFactor(v.Context(), v.id, form.Get("password"))
	if problem != nil {
		return s.twoFactorProblem(v, "start", nil, problem)
	}
	return s.showTwoFactor(v, "", &setup, nil)
}

func (s *site) twoFactorProblem(v *visit, form string, setup *auth.Setup, problem error) error {
	if !shownOnForm(problem) {
		return problem
	}
	return s.showTwoFactor(v, form, setup, problem)
}

// twoFactorConfirm turns it on with a first code. The key is shown again only to a form that has it.
func (s *site) twoFactorConfirm(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	setup, known, err := s.ws.Auth.SetupOf(v.Context(), v.id, form.Get("key"))
	if err != nil {
		return err
	}
	if !known {
		return v.redirect("/account/two-factor", Warning("This key is not the newest one any more. Begin again."))
	}
	codes, problem := s.ws.Auth.EnableTwoFactor(v.Context(), v.id, form.Get("code"))
	if problem != nil {
		return s.twoFactorProblem(v, "confirm", &setup, problem)
	}
	return s.showRecovery(v, codes, true)
}

func (s *site) showRecovery(v *visit, codes []string, fresh bool) error {
	return v.render(http.StatusOK, "account_recovery", &recoveryPage{Base: s.base(v, "Recovery codes", ""), Tabs: accountTabs{"two-factor"}, Codes: codes, Fresh: fresh})
}

func (s *site) twoFactorOff(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	if problem := s.ws.Auth.DisableTwoFactor(v.Context(), v.id, form.Get("password")); problem != nil {
		return s.twoFactorProblem(v, "off", nil, problem)
	}
	return v.redirect("/account/two-factor", Success("The second factor is off. Your password alone lets you in."))
}

func (s *site) twoFactorCodes(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	codes, problem := s.ws.Auth.RenewRecoveryCodes(v.Context(), v.id, form.Get("password"))
	if problem != nil {
		return s.twoFactorProblem(v, "codes", nil, problem)
	}
	return s.showRecovery(v, codes, false)
}
