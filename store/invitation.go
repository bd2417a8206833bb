package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

const selectInvitation = "SELECT account, staff, email, secret_hash, created_at, expires_at, accepted_at FROM invitations "

func scanInvitation(r row) (i auth.Invitation, err error) {
	var created, expires, accepted int64
	err = r.Scan(&i.Account, &i.Staff, &i.Email, &i.SecretHash, &created, &expires, &accepted)
	i.CreatedAt, i.ExpiresAt, i.AcceptedAt = instant(created), instant(expires), instant(accepted)
	return i, err
}

// Invitation implements auth.Store.
func (db *DB) Invitation(ctx context.Context, account audit.AccountID, staff audit.RecordID) (auth.Invitation, error) {
	return look(ctx, db, of(account), func(h held) (auth.Invitation, error) { return h.Invitation(ctx, account, staff) })
}

// Invitation implements auth.Held.
func (h held) Invitation(ctx context.Context, account audit.AccountID, staff audit.RecordID) (auth.Invitation, error) {
	if err := h.hold(ctx, "invitation:"+string(account)+string(staff)); err != nil {
		return auth.Invitation{}, err
	}
	return must(one(ctx, h.conn, scanInvitation, selectInvitation+"WHERE account = $1 AND staff = $2"+h.lock(), account, staff))("invitation")
}

// PutInvitation implements auth.Tx.
func (tx *AuthTx) PutInvitation(ctx context.Context, i auth.Invitation) error {
	_, err := tx.c.exec(ctx, "INSERT INTO invitations (account, staff, email, secret_hash, created_at, expires_at, accepted_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "+
		"ON CONFLICT (account, staff) DO UPDATE SET email = excluded.email, secret_hash = excluded.secret_hash, created_at = excluded.created_at, "+
		"expires_at = excluded.expires_at, accepted_at = excluded.accepted_at",
		i.Account, i.Staff, i.Email, i.SecretHash, micros(i.CreatedAt), micros(i.ExpiresAt), micros(i.AcceptedAt))
	return err
}
