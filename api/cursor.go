package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// cursorOf writes a place in a list as an opaque text. The scope (the account, the list, its query) is in it as a
// hash, so that a cursor taken elsewhere is refused. It guards nothing: every query carries the account.
func cursorOf(place any, account audit.AccountID, scope ...string) *string {
	b, err := json.Marshal([]any{scopeHash(account, scope), place})
	if err != nil {
		panic("api: cursor: " + err.Error()) // texts
	}
	s := base64.RawURLEncoding.EncodeToString(b)
	return &s
}

// readCursor reads what cursorOf wrote for the same account and scope into place; "" leaves it as it is.
func readCursor(cursor string, place any, account audit.AccountID, scope ...string) error {
	if cursor == "" {
		return nil
	}
	var hash string
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		var parts []json.RawMessage
		if err = json.Unmarshal(b, &parts); err == nil && len(parts) == 2 && json.Unmarshal(parts[0], &hash) == nil &&
			hash == scopeHash(account, scope) && json.Unmarshal(parts[1], place) == nil {
			return nil
		}
	}
	return errs.InvalidField("cursor", "invalid_cursor", "The cursor does not belong to this list.").
		WithFix("Ask for the first page again without a cursor, with the same parameters for all pages.")
}

func scopeHash(account audit.AccountID, scope []string) string {
	sum := sha256.Sum256([]byte(string(account) + "\x00" + strings.Join(scope, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Paging is the parameters of every list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many at most"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
}
