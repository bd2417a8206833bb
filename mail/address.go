package mail

import (
	"net/mail"
	"strings"
)

// maxAddress is the longest address that RFC 5321 lets a server take.
const maxAddress = 254

// ValidAddress reports whether text is one bare address, such as ana@example.com. An address cannot bring a second
// recipient or a header with it: control characters, spaces, names and quotes are refused.
func ValidAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name != "" || a.Address != text || len(text) > maxAddress || strings.ContainsFunc(text, notInAddress) {
		return false
	}
	_, domain, _ := strings.Cut(text, "@")
	return strings.Contains(strings.Trim(domain, "."), ".") && !strings.ContainsAny(text, `"[]`)
}

func notInAddress(r rune) bool { return r <= ' ' || r > '~' }
