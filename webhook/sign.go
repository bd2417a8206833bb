package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Sign is the headers by which a receiver knows that a call comes from who has the secret, is new, and was not changed on its
// way: those of Standard Webhooks 1.0 (https://www.standardwebhooks.com), webhook-id, webhook-timestamp and
// webhook-signature. The secret is whsec_ and a key in base64. A call that is tried again has the same id.
func Sign(secret, id string, at time.Time, body []byte) (map[string]string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, errors.New("webhook: the secret of the signature is no key")
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return map[string]string{"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))}, nil
}
