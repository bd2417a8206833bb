package auth

import (
	"strings"
	"unicode/utf8"
)

const maxEmail = 254 // bytes, RFC 5321

// NormalEmail is the form in which emails are compared: without surrounding space, in small letters. It is "" for what
// cannot be one.
func NormalEmail(email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	if len(email) > maxEmail || !utf8.ValidString(email) || strings.ContainsFunc(email, isControl) {
		return ""
	}
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" || domain == "" {
		return ""
	}
	return email
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }
