package auth

import (
	"context"
	"slices"
	"strconv"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// awaitCode begins the second step of a login whose password was right. Nothing is forgiven yet: who knows a password
// and no code must not be able to empty the counters.
func (s *Service) awaitCode(ctx context.Context, checked Person) (LoggedIn, error) {
	token, hash := newSessionToken()
	step := SecondStep{TokenHash: hash, Person: checked.ID, ExpiresAt: s.recorder.Now().Add(secondStepTime)}
	err := s.store.WriteAuth(ctx, func(tx Tx) error {
		if err := stillHolds(ctx, tx, checked); err != nil {
			return err
		}
		return tx.PutSecondStep(ctx, step)
	})
	return LoggedIn{SecondStep: token}, err
}

func secondStepOver() error {
	return errs.New(errs.Unauthenticated, "login_expired", "This login has waited too long for its code.").WithFix("Log in again.")
}

// CodeNeeded is the answer to a login that has to bring a code as well and does not.
func CodeNeeded() error {
	return errs.New(errs.Unauthenticated, "code_needed", "This login needs a code as well.").
		WithFix("Send the six digits of the authenticator app, or a recovery code, as code.")
}

// LoginWithCode is Login and FinishLogin in one; code may be "" for somebody without a second factor.
func (s *Service) LoginWithCode(ctx context.Context, email, password, code string, from audit.Origin) (LoggedIn, error) {
	in, err := s.Login(ctx, email, password, from)
	if err != nil || in.SecondStep == "" {
		return in, err
	}
	if code == "" {
		return LoggedIn{}, CodeNeeded()
	}
	return s.FinishLogin(ctx, in.SecondStep, code, from)
}

// WaitingFor is the email of the person whose login waits for its code; errs.Unauthenticated when it does not any more.
func (s *Service) WaitingFor(ctx context.Context, secondStep string) (string, error) {
	_, person, err := s.waiting(ctx, secondStep)
	return person.Email, err
}

func (s *Service) waiting(ctx context.Context, token string) (SecondStep, Person, error) {
	step, err := s.store.SecondStep(ctx, hashSecret(token))
	if errs.Is(err, errs.NotFound) || err == nil && !s.recorder.Now().Before(step.ExpiresAt) {
		return step, Person{}, secondStepOver()
	}
	if err != nil {
		return step, Person{}, err
	}
	person, err := s.store.Person(ctx, step.Person)
	return step, person, err
}

// FinishLogin takes the code of a login that Login left waiting: one of the app, or a recovery code. Each is taken once.
//
// errs.Unauthenticated wrong_code or used_code leaves it waiting, login_expired does not; errs.TooMany as for Login.
func (s *Service) FinishLogin(ctx context.Context, secondStep, code string, from audit.Origin) (LoggedIn, error) {
	step, person, err := s.waiting(ctx, secondStep)
	if err != nil {
		return LoggedIn{}, err
	}
	members, err := s.memberships(ctx, person.Email)
	if err != nil {
		return LoggedIn{}, err
	}
	open := withStatus(members, active)
	if len(open) == 0 {
		return LoggedIn{}, secondStepOver()
	}
	fail := func(buckets []bucket, r reason) error {
		return s.recordFailure(ctx, from, open, buckets, func(Member) reason { return r })
	}
	codes := codeBuckets(person.ID)
	v, err := s.countAttempt(ctx, codes)
	if err != nil {
		return LoggedIn{}, err
	}
	if v.wait > 0 {
		if v.record {
			err = fail(codes, tooMany)
		}
		if err != nil {
			return LoggedIn{}, err
		}
		return LoggedIn{}, tooManyAttempts(v.wait)
	}
	buckets := append(bucketsFor(person.Email, from.Context.IP), codes...)
	in, err := s.startSession(ctx, person, person, open, buckets, from, func(tx Tx) ([]audit.Change, error) {
		return s.takeCode(ctx, tx, step, code)
	})
	for r, code := range map[reason]string{wrongCode: "wrong_code", usedCode: "used_code"} {
		if errs.Code(err) == code {
			if err := fail(codes, r); err != nil {
				return LoggedIn{}, err
			}
		}
	}
	return in, err
}

// takeCode uses a code up, in the transaction that begins the session, and says what the event of the login has to tell.
func (s *Service) takeCode(ctx context.Context, tx Tx, step SecondStep, code string) ([]audit.Change, error) {
	if _, err := tx.SecondStep(ctx, step.TokenHash); errs.Is(err, errs.NotFound) {
		return nil, secondStepOver()
	} else if err != nil {
		return nil, err
	}
	f, err := tx.SecondFactor(ctx, step.Person)
	if errs.Is(err, errs.NotFound) {
		return nil, secondStepOver() // it was turned off in the meantime
	}
	if err != nil {
		return nil, err
	}
	if err := tx.DeleteSecondStep(ctx, step.TokenHash); err != nil {
		return nil, err
	}
	if i := f.recovery(code); i >= 0 {
		before := strconv.Itoa(len(f.Recovery))
		f.Recovery = slices.Delete(f.Recovery, i, i+1)
		return []audit.Change{
			{Field: "second_factor", Label: "Second factor", After: audit.String("recovery_code"), AfterText: "Recovery code"},
			{Field: "recovery_codes", Label: "Recovery codes left", Before: audit.String(before), After: audit.String(strconv.Itoa(len(f.Recovery)))},
		}, tx.PutSecondFactor(ctx, f)
	}
	at, right := f.step(code, s.recorder.Now())
	if !right {
		return nil, errs.New(errs.Unauthenticated, "wrong_code", "The code is not right.").WithFix("Type the six digits that your app shows now, or a recovery code.")
	}
	fresh, err := tx.TakeStep(ctx, step.Person, at)
	if err != nil {
		return nil, err
	}
	if !fresh {
		return nil, errs.New(errs.Unauthenticated, "used_code", "This code was used already.").WithFix("Wait for the next one.")
	}
	return []audit.Change{{Field: "second_factor", Label: "Second factor", After: audit.String("code"), AfterText: "Code"}}, nil
}
