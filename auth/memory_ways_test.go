package auth

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// ways are the rows of what lets somebody in beside a password.
type ways struct {
	invitations map[string]Invitation
	links       map[string]PasswordLink
	factors     map[PersonID]SecondFactor
	steps       map[string]SecondStep
}

func newWays() ways {
	return ways{map[string]Invitation{}, map[string]PasswordLink{}, map[PersonID]SecondFactor{}, map[string]SecondStep{}}
}

func (w ways) clone() ways {
	return ways{maps.Clone(w.invitations), maps.Clone(w.links), maps.Clone(w.factors), maps.Clone(w.steps)}
}

func (w ways) Invitation(_ context.Context, account audit.AccountID, staff audit.RecordID) (Invitation, error) {
	return find(w.invitations, keyOf(account, string(staff)))
}
func (w ways) PasswordLink(_ context.Context, hash string) (PasswordLink, error) {
	return find(w.links, hash)
}
func (w ways) SecondFactor(_ context.Context, person PersonID) (SecondFactor, error) {
	f, err := find(w.factors, person)
	f.Recovery = slices.Clone(f.Recovery)
	return f, err
}
func (w ways) SecondStep(_ context.Context, hash string) (SecondStep, error) {
	return find(w.steps, hash)
}

func (m *memory) Invitation(ctx context.Context, account audit.AccountID, staff audit.RecordID) (Invitation, error) {
	r, done := m.read()
	defer done()
	return r.Invitation(ctx, account, staff)
}
func (m *memory) PasswordLink(ctx context.Context, hash string) (PasswordLink, error) {
	r, done := m.read()
	defer done()
	return r.PasswordLink(ctx, hash)
}
func (m *memory) SecondFactor(ctx context.Context, person PersonID) (SecondFactor, error) {
	r, done := m.read()
	defer done()
	return r.SecondFactor(ctx, person)
}
func (m *memory) SecondStep(ctx context.Context, hash string) (SecondStep, error) {
	r, done := m.read()
	defer done()
	return r.SecondStep(ctx, hash)
}

func (t *memoryTx) Invitation(ctx context.Context, account audit.AccountID, staff audit.RecordID) (Invitation, error) {
	return t.rows.Invitation(ctx, account, staff)
}
func (t *memoryTx) PasswordLink(ctx context.Context, hash string) (PasswordLink, error) {
	return t.rows.PasswordLink(ctx, hash)
}
func (t *memoryTx) SecondFactor(ctx context.Context, person PersonID) (SecondFactor, error) {
	return t.rows.SecondFactor(ctx, person)
}
func (t *memoryTx) SecondStep(ctx context.Context, hash string) (SecondStep, error) {
	return t.rows.SecondStep(ctx, hash)
}
func (t *memoryTx) PutInvitation(_ context.Context, i Invitation) error {
	t.rows.puts++
	t.rows.invitations[keyOf(i.Account, string(i.Staff))] = i
	return nil
}
func (t *memoryTx) PutPasswordLink(_ context.Context, l PasswordLink) error {
	t.rows.puts++
	t.rows.links[l.TokenHash] = l
	return nil
}
func (t *memoryTx) DeletePasswordLinks(_ context.Context, person PersonID) error {
	maps.DeleteFunc(t.rows.links, func(_ string, l PasswordLink) bool { return l.Person == person })
	return nil
}
func (t *memoryTx) PutSecondFactor(_ context.Context, f SecondFactor) error {
	t.rows.puts++
	t.rows.factors[f.Person] = f
	return nil
}
func (t *memoryTx) DeleteSecondFactor(_ context.Context, person PersonID) error {
	t.rows.puts++
	delete(t.rows.factors, person)
	return nil
}
func (t *memoryTx) TakeStep(_ context.Context, person PersonID, step int64) (bool, error) {
	f, ok := t.rows.factors[person]
	if !ok || f.LastStep >= step {
		return false, nil
	}
	f.LastStep = step
	t.rows.factors[person] = f
	return true, nil
}
func (t *memoryTx) PutSecondStep(_ context.Context, s SecondStep) error {
	t.rows.puts++
	t.rows.steps[s.TokenHash] = s
	return nil
}
func (t *memoryTx) DeleteSecondStep(_ context.Context, hash string) error {
	delete(t.rows.steps, hash)
	return nil
}
func (t *memoryTx) DeleteSecondSteps(_ context.Context, person PersonID) error {
	maps.DeleteFunc(t.rows.steps, func(_ string, s SecondStep) bool { return s.Person == person })
	return nil
}
func (t *memoryTx) DeleteExpired(_ context.Context, now time.Time) error {
	maps.DeleteFunc(t.rows.steps, func(_ string, s SecondStep) bool { return s.ExpiresAt.Before(now) })
	maps.DeleteFunc(t.rows.links, func(_ string, l PasswordLink) bool { return l.ExpiresAt.Before(now) })
	return nil
}
