package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// The second factor: codes by time (TOTP, RFC 6238) of six digits, a new one every 30 seconds.
const (
	codePeriod    = 30 // seconds
	codeSkew      = 1  // steps by which a clock may be wrong
	CodeAttempts  = 5  // wrong codes in AttemptWindow, for each person
	RecoveryCodes = 10
	recoveryBytes = 10 // of a recovery code: 80 bits need no slow hash
)

// SecondFactor is what makes a person's codes. The secret is stored as it is: who reads the database can make codes, and
// needs the password still. Recovery codes are kept as SHA-256 only.
type SecondFactor struct {
	Person    PersonID
	Secret    string   // base32
	Recovery  []string // hashes of the codes that are left
	CreatedAt time.Time
	EnabledAt time.Time // zero until the first code was right
	LastStep  int64     // of the newest code that was used: none up to it is taken again
}

func (f SecondFactor) enabled() bool { return !f.EnabledAt.IsZero() }

// SecondStep is a login whose password was right and which waits for a code.
type SecondStep struct {
	TokenHash string
	Person    PersonID
	ExpiresAt time.Time
}

// secondStepTime is how long such a login waits.
const secondStepTime = 10 * time.Minute

// Setup is a second factor that is being set up: the secret, and the same as an otpauth address for a QR code.
type Setup struct{ Secret, Address string }

// TwoFactor is how the caller's second factor stands.
type TwoFactor struct {
	EnabledAt time.Time // zero when there is none
	CodesLeft int       // recovery codes
}

// TwoFactor tells about the caller's own second factor.
func (s *Service) TwoFactor(ctx context.Context, id Identity) (TwoFactor, error) {
	if err := id.own("see the second factor"); err != nil {
		return TwoFactor{}, err
	}
	f, err := s.factor(ctx, id.Session.Person)
	return TwoFactor{f.EnabledAt, len(f.Recovery)}, err
}

// factor is a person's second factor if it is in use, a zero one otherwise.
func (s *Service) factor(ctx context.Context, person PersonID) (SecondFactor, error) {
	f, err := s.store.SecondFactor(ctx, person)
	if errs.Is(err, errs.NotFound) || err == nil && !f.enabled() {
		return SecondFactor{}, nil
	}
	return f, err
}

// StaffTwoFactor is since when a staff member has a second factor, zero for none. It needs staff.manage.
func (s *Service) StaffTwoFactor(ctx context.Context, c audit.Caller, staff audit.RecordID) (time.Time, error) {
	m, err := s.managed(ctx, c, staff, "see the second factor of others")
	if err != nil {
		return time.Time{}, err
	}
	p, err := s.store.PersonByEmail(ctx, NormalEmail(m.Email))
	if errs.Is(err, errs.NotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	f, err := s.factor(ctx, p.ID)
	return f.EnabledAt, err
}

func alreadyOn() error {
	return errs.New(errs.Conflict, "two_factor_on", "The second factor is on already.").WithFix("Turn it off first.")
}

// SetUpTwoFactor makes the secret of a second factor for the caller, whose password it asks for. It is in use when
// EnableTwoFactor has seen a code of it; until then a later setup replaces it.
//
// errs.Invalid names password; errs.TooMany as for Login; errs.Conflict when one is in use.
func (s *Service) SetUpTwoFactor(ctx context.Context, id Identity, password string) (Setup, error) {
	person, err := s.confirmOwn(ctx, id, "set up the second factor", password)
	if err != nil {
		return Setup{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Backtrail", AccountName: person.Email, Period: codePeriod})
	if err != nil {
		return Setup{}, err
	}
	f := SecondFactor{Person: person.ID, Secret: key.Secret(), Recovery: []string{}, CreatedAt: s.recorder.Now()}
	err = s.store.WriteAuth(ctx, func(tx Tx) error {
		held, err := tx.SecondFactor(ctx, person.ID)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		if held.enabled() {
			return alreadyOn()
		}
		return tx.PutSecondFactor(ctx, f)
	})
	return Setup{f.Secret, key.URL()}, err
}

// SetupOf is the setup that secret belongs to, for a page that is shown again; false when it is not the caller's.
func (s *Service) SetupOf(ctx context.Context, id Identity, secret string) (Setup, bool, error) {
	if err := id.own("set up the second factor"); err != nil {
		return Setup{}, false, err
	}
	f, err := s.store.SecondFactor(ctx, id.Session.Person)
	if errs.Is(err, errs.NotFound) || err == nil && (f.enabled() || subtle.ConstantTimeCompare([]byte(f.Secret), []byte(secret)) != 1) {
		return Setup{}, false, nil
	}
	if err != nil {
		return Setup{}, false, err
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(f.Secret)
	if err != nil {
		return Setup{}, false, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Backtrail", AccountName: id.Member.Email, Period: codePeriod, Secret: raw})
	if err != nil {
		return Setup{}, false, err
	}
	return Setup{f.Secret, key.URL()}, true, nil
}

// EnableTwoFactor puts the second factor in use that was set up, when code is one of it, and returns recovery codes,
// which are shown once and kept as hashes. errs.Invalid names code; errs.TooMany after too many wrong ones;
// errs.NotPossible when none was set up.
func (s *Service) EnableTwoFactor(ctx context.Context, id Identity, code string) ([]string, error) {
	if err := id.own("set up the second factor"); err != nil {
		return nil, err
	}
	person := id.Session.Person
	buckets := codeBuckets(person)
	if err := s.countOrWait(ctx, buckets); err != nil {
		return nil, err
	}
	codes, hashes := newRecoveryCodes()
	return codes, s.store.WriteAuth(ctx, func(tx Tx) error {
		if _, err := heldSession(ctx, tx, id.Session.TokenHash); err != nil {
			return err
		}
		f, err := tx.SecondFactor(ctx, person)
		if errs.Is(err, errs.NotFound) {
			return errs.New(errs.NotPossible, "not_set_up", "No second factor was set up.").WithFix("Set it up first, and scan its key.")
		}
		if err != nil {
			return err
		}
		if f.enabled() {
			return alreadyOn()
		}
		step, right := f.step(code, s.recorder.Now())
		if !right {
			return errs.InvalidField("code", "wrong_code", "The code is not right.").
				WithFix("Type the six digits that your app shows now. If they never fit, set the clock of your phone to automatic.")
		}
		f.EnabledAt, f.LastStep, f.Recovery = s.recorder.Now(), step, hashes
		if err := tx.PutSecondFactor(ctx, f); err != nil {
			return err
		}
		if err := forgive(ctx, tx, buckets); err != nil {
			return err
		}
		return s.tellFactor(ctx, tx, id, "two_factor.enabled")
	})
}

// tellFactor writes an event about the caller's own second factor.
func (s *Service) tellFactor(ctx context.Context, tx Tx, id Identity, t audit.Type) error {
	return s.eachAccount(ctx, tx, id.Caller.Origin, toldOf(id.Memberships, id.Session.Account), func(m Member) audit.Draft {
		return factorDraft(t, m)
	})
}

func factorDraft(t audit.Type, m Member) audit.Draft {
	staff := staffRef(m)
	return audit.Draft{Type: t, Record: &staff, Note: m.Name}
}

// DisableTwoFactor ends the caller's second factor; their password is asked for. errs.NotPossible when there is none.
func (s *Service) DisableTwoFactor(ctx context.Context, id Identity, password string) error {
	person, err := s.confirmOwn(ctx, id, "turn off the second factor", password)
	if err != nil {
		return err
	}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		if _, err := heldSession(ctx, tx, id.Session.TokenHash); err != nil {
			return err
		}
		if err := dropFactor(ctx, tx, person.ID); err != nil {
			return err
		}
		return s.tellFactor(ctx, tx, id, "two_factor.disabled")
	})
}

func dropFactor(ctx context.Context, tx Tx, person PersonID) error {
	f, err := tx.SecondFactor(ctx, person)
	if errs.Is(err, errs.NotFound) || err == nil && !f.enabled() {
		return errs.New(errs.NotPossible, "two_factor_off", "There is no second factor.")
	}
	if err != nil {
		return err
	}
	if err := tx.DeleteSecondSteps(ctx, person); err != nil {
		return err
	}
	return tx.DeleteSecondFactor(ctx, person)
}

// RenewRecoveryCodes replaces the caller's recovery codes; their password is asked for.
func (s *Service) RenewRecoveryCodes(ctx context.Context, id Identity, password string) ([]string, error) {
	person, err := s.confirmOwn(ctx, id, "make recovery codes", password)
	if err != nil {
		return nil, err
	}
	codes, hashes := newRecoveryCodes()
	return codes, s.store.WriteAuth(ctx, func(tx Tx) error {
		if _, err := heldSession(ctx, tx, id.Session.TokenHash); err != nil {
			return err
		}
		f, err := tx.SecondFactor(ctx, person.ID)
		if errs.Is(err, errs.NotFound) || err == nil && !f.enabled() {
			return errs.New(errs.NotPossible, "two_factor_off", "There is no second factor.")
		}
		if err != nil {
			return err
		}
		f.Recovery = hashes
		if err := tx.PutSecondFactor(ctx, f); err != nil {
			return err
		}
		return s.tellFactor(ctx, tx, id, "two_factor.codes_renewed")
	})
}

// ResetTwoFactor takes the second factor from a staff member who lost it. Owners can; not of somebody who works in
// another account as well.
func (s *Service) ResetTwoFactor(ctx context.Context, c audit.Caller, staff audit.RecordID) error {
	what := "turn off the second factor of others"
	if err := ownCaller(c, what); err != nil {
		return err
	}
	if c.Role != Owner {
		return ownerNeeded(what)
	}
	m, err := s.managed(ctx, c, staff, what)
	if err != nil {
		return err
	}
	if err := s.mayVouch(ctx, m); err != nil {
		return err
	}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		p, err := tx.PersonByEmail(ctx, NormalEmail(m.Email))
		if errs.Is(err, errs.NotFound) {
			return errs.New(errs.NotPossible, "two_factor_off", "There is no second factor.")
		}
		if err != nil {
			return err
		}
		if err := dropFactor(ctx, tx, p.ID); err != nil {
			return err
		}
		_, err = s.recorder.One(ctx, tx, c.Origin, factorDraft("two_factor.disabled", m))
		return err
	})
}

// RemoveTwoFactor is ResetTwoFactor for the command line, which origin describes: for the person with this email,
// whatever their accounts.
func (s *Service) RemoveTwoFactor(ctx context.Context, email string, origin audit.Origin) error {
	email = NormalEmail(email)
	members, err := s.memberships(ctx, email)
	if err != nil {
		return err
	}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		p, err := tx.PersonByEmail(ctx, email)
		if errs.Is(err, errs.NotFound) {
			return errs.New(errs.NotFound, "unknown_email", "Nobody with this email can log in.")
		}
		if err != nil {
			return err
		}
		if err := dropFactor(ctx, tx, p.ID); err != nil {
			return err
		}
		for _, m := range withStatus(members, active) {
			o := origin
			o.Account = m.Account
			if _, err := s.recorder.One(ctx, tx, o, factorDraft("two_factor.disabled", m)); err != nil {
				return err
			}
		}
		return nil
	})
}

// step finds the time step of which code is the code, at most codeSkew beside now's.
func (f SecondFactor) step(code string, now time.Time) (step int64, right bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	for d := int64(-codeSkew); d <= codeSkew; d++ {
		at := now.Add(time.Duration(d) * codePeriod * time.Second)
		want, err := totp.GenerateCodeCustom(f.Secret, at, totp.ValidateOpts{Period: codePeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, right = at.Unix()/codePeriod, true
		}
	}
	return step, right
}

var recoveryAlphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

// newRecoveryCodes gives codes as XXXX-XXXX-XXXX-XXXX, and their hashes.
func newRecoveryCodes() (codes, hashes []string) {
	for range RecoveryCodes {
		b := make([]byte, recoveryBytes)
		rand.Read(b) // never fails (crypto/rand)
		text := recoveryAlphabet.EncodeToString(b)
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, hashSecret(text))
	}
	return codes, hashes
}

// recovery is the place of a recovery code among those that are left, -1 when it is none.
func (f SecondFactor) recovery(code string) int {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if len(code) != recoveryAlphabet.EncodedLen(recoveryBytes) {
		return -1
	}
	return slices.Index(f.Recovery, hashSecret(code))
}

func codeBuckets(person PersonID) []bucket {
	return []bucket{{"code:" + string(person), CodeAttempts, true}}
}

// countOrWait counts an attempt that nothing is recorded of.
func (s *Service) countOrWait(ctx context.Context, buckets []bucket) error {
	v, err := s.countAttempt(ctx, buckets)
	if err == nil && v.wait > 0 {
		return tooManyAttempts(v.wait)
	}
	return err
}
