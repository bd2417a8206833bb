package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/backtrail/backtrail/audit"
)

const (
	keyPrefix  = "bt_"
	idSize     = 16
	secretSize = 32
)

var encoding = base64.RawURLEncoding.Strict()

// newSecret gives secretSize random bytes.
func newSecret() []byte {
	b := make([]byte, secretSize)
	rand.Read(b) // never fails (crypto/rand)
	return b
}

// hashSecret is the form in which a token or secret is kept. It is random and long, so it needs no slow hash.
func hashSecret[T string | []byte](secret T) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// newSessionToken gives a token and the hash under which its session is kept.
func newSessionToken() (token, hash string) {
	token = encoding.EncodeToString(newSecret())
	return token, hashSecret(token)
}

// keyToken is an API key as its holder has it.
type keyToken struct {
	account audit.AccountID
	id      string
	secret  []byte
}

// String is the token's text; only whoever made the key sees it, once. It is "" when an id is not a UUID.
func (k keyToken) String() string {
	if text := k.text(); text != "" {
		return keyPrefix + text
	}
	return ""
}

// text is the token without the mark of a key.
func (k keyToken) text() string {
	b, ok := appendID(nil, string(k.account))
	if !ok {
		return ""
	}
	if b, ok = appendID(b, k.id); !ok {
		return ""
	}
	return encoding.EncodeToString(append(b, k.secret...))
}

// parseKeyToken reads what String wrote, and nothing else: each key has one spelling.
func parseKeyToken(s string) (keyToken, bool) {
	text, ok := strings.CutPrefix(s, keyPrefix)
	if !ok {
		return keyToken{}, false
	}
	return parseToken(text)
}

// parseToken reads what text wrote.
func parseToken(text string) (keyToken, bool) {
	if len(text) != encoding.EncodedLen(2*idSize+secretSize) {
		return keyToken{}, false
	}
	b, err := encoding.DecodeString(text)
	if err != nil || len(b) != 2*idSize+secretSize { // line breaks are skipped by the decoder
		return keyToken{}, false
	}
	return keyToken{audit.AccountID(formatID(b[:idSize])), formatID(b[idSize : 2*idSize]), b[2*idSize:]}, true
}

func appendID(b []byte, id string) ([]byte, bool) {
	if !audit.ValidID(id) {
		return nil, false
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	return append(b, raw...), err == nil
}

func formatID(b []byte) string {
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
