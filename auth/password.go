package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/errs"
)

// Limits of a password.
const (
	MinPassword = 10  // characters
	MaxPassword = 256 // bytes
)

// DefaultHashing is the second recommended option of RFC 9106, section 4.
var DefaultHashing = argon2id.Params{Memory: 64 << 10, Iterations: 3, Parallelism: 4, SaltLength: 16, KeyLength: 32}

// CheckPassword says what is wrong with a new password for email; the error is errs.Invalid and names field.
func CheckPassword(field, email, password string) error {
	switch {
	case len(password) > MaxPassword:
		return errs.InvalidField(field, "password_too_long", "The password has %d bytes; the limit is %d.", len(password), MaxPassword)
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return errs.InvalidField(field, "password_characters", "The password holds characters that cannot be typed.")
	case utf8.RuneCountInString(password) < MinPassword:
		return errs.InvalidField(field, "password_too_short", "The password needs at least %d characters.", MinPassword).
			WithFix("A few words that you will remember make a good password.")
	case NormalEmail(password) == NormalEmail(email):
		return errs.InvalidField(field, "password_is_email", "The password must not be the email address.")
	}
	return nil
}

// hasher makes and checks password hashes, as many at once as there are processors: each takes memory for its time.
type hasher struct {
	params argon2id.Params
	turns  chan struct{}
	// nobody is a well-formed hash that no password fits. Checking against it is the work that an unknown email gets.
	nobody string
	// check is argon2id.CheckHash; a test counts its calls.
	check func(password, hash string) (bool, *argon2id.Params, error)
}

func newHasher(params argon2id.Params) *hasher {
	filler := make([]byte, params.SaltLength+params.KeyLength)
	rand.Read(filler)
	b64 := base64.RawStdEncoding
	nobody := fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", params.Memory, params.Iterations, params.Parallelism,
		b64.EncodeToString(filler[:params.SaltLength]), b64.EncodeToString(filler[params.SaltLength:]))
	return &hasher{params: params, turns: make(chan struct{}, runtime.GOMAXPROCS(0)), nobody: nobody,
		check: argon2id.CheckHash}
}

// turn waits for a place; done gives it back.
func (h *hasher) turn(ctx context.Context) (done func(), err error) {
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return argon2id.CreateHash(password, &h.params)
}

// verify reports whether password fits hash, and whether hash was made with other parameters than today's. It does the
// same work when there is no hash and when the password is one that cannot be.
func (h *hasher) verify(ctx context.Context, password, hash string) (right, outdated bool, err error) {
	done, err := h.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	possible := hash != "" && len(password) <= MaxPassword
	if !possible {
		password, hash = "", h.nobody
	}
	right, params, err := h.check(password, hash)
	if err != nil {
		return false, false, fmt.Errorf("auth: a stored password hash cannot be read: %w", err)
	}
	return right && possible, *params != h.params, nil
}
