package api

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

// Key is an API key without its secret.
type Key struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Role      string          `json:"role" enum:"owner,admin,member"`
	Prefix    string          `json:"prefix" doc:"The beginning of its token"`
	CreatedBy *audit.RecordID `json:"created_by" doc:"The staff member who made it; null for the command line"`
	CreatedAt string          `json:"created_at" format:"date-time"`
	LastUsed  *string         `json:"last_used_at" format:"date-time" doc:"To the minute; null for never"`
	RevokedAt *string         `json:"revoked_at" format:"date-time" doc:"null while it is valid"`
}

func keyOf(k auth.Key) Key {
	moment := func(t time.Time) *string {
		if t.IsZero() {
			return nil
		}
		text := timeText(t)
		return &text
	}
	out := Key{ID: k.ID, Name: k.Name, Role: k.Role, Prefix: k.Prefix(), CreatedAt: timeText(k.CreatedAt), LastUsed: moment(k.LastUsedAt), RevokedAt: moment(k.RevokedAt)}
	if k.CreatedBy != "" {
		out.CreatedBy = &k.CreatedBy
	}
	return out
}

type keysAnswer struct {
	Body struct {
		Keys []Key `json:"keys" doc:"The newest first, revoked ones too"`
	}
}

func (a *API) listKeys(ctx context.Context, _ *none) (*keysAnswer, error) {
	keys, err := a.Auth.Keys(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	out := &keysAnswer{}
	out.Body.Keys = make([]Key, len(keys))
	for i, k := range keys {
		out.Body.Keys[i] = keyOf(k)
	}
	return out, nil
}

type keyBody struct {
	Name string `json:"name" doc:"What it is for" example:"Website form"`
	Role string `json:"role" example:"member" doc:"owner, admin or member; no more than the caller may do"`
}

// NewKey is a key with its token.
type NewKey struct {
	Key
	Token string `json:"token" doc:"Shown here and never again" example:"bt_..."`
}

func (a *API) createKey(ctx context.Context, in *struct{ Body keyBody }) (*struct{ Body NewKey }, error) {
	k, token, err := a.Auth.CreateKey(ctx, callerOf(ctx), in.Body.Name, in.Body.Role)
	if err != nil {
		return nil, err
	}
	return &struct{ Body NewKey }{NewKey{keyOf(k), token}}, nil
}

func (a *API) revokeKey(ctx context.Context, in *struct {
	ID string `path:"id"`
}) (*none, error) {
	return nil, a.Auth.RevokeKey(ctx, callerOf(ctx), in.ID)
}
