package store

import (
	"context"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

// A member is the staff record that the engine keeps, with its fields email, name, role, permissions and status.
const selectMember = "SELECT r.account, r.id, r.fields FROM "

func scanMember(r row) (auth.Member, error) { return scanMemberAnd(r) }

func scanMembership(r row) (auth.Member, error) {
	var accepted int64
	m, err := scanMemberAnd(r, &accepted)
	m.Accepted = !instant(accepted).IsZero()
	return m, err
}

func scanMemberAnd(r row, more ...any) (m auth.Member, err error) {
	var text string
	if err := r.Scan(append([]any{&m.Account, &m.ID, &text}, more...)...); err != nil {
		return m, err
	}
	fields, err := decodeFields(text)
	m.Name, m.Email = fields["name"].Text(), fields["email"].Text()
	m.Role, m.Status = fields["role"].Text(), fields["status"].Text()
	for _, p := range fields["permissions"].Strings() {
		m.Permissions = append(m.Permissions, audit.Permission(p))
	}
	return m, err
}

// Memberships implements auth.Store.
func (db *DB) Memberships(ctx context.Context, email string) ([]auth.Member, error) {
	return look(ctx, db, everyone, func(h held) ([]auth.Member, error) {
		return all(ctx, h.conn, scanMembership, "SELECT r.account, r.id, r.fields, coalesce(i.accepted_at, 0) FROM uniques AS u "+
			"JOIN records AS r ON r.account = u.account AND r.object = u.object AND r.id = u.id "+
			"LEFT JOIN invitations AS i ON i.account = r.account AND i.staff = r.id AND i.email = u.value "+
			"WHERE u.value = $1 AND u.object = 'staff' AND u.field = 'email' ORDER BY r.account", strings.ToLower(email))
	})
}

// Member implements auth.Store.
func (db *DB) Member(ctx context.Context, account audit.AccountID, email string) (auth.Member, error) {
	return look(ctx, db, of(account), func(h held) (auth.Member, error) {
		return must(one(ctx, h.conn, scanMember, selectMember+"uniques AS u JOIN records AS r ON r.account = u.account AND r.object = u.object AND r.id = u.id "+
			"WHERE u.account = $1 AND u.object = 'staff' AND u.field = 'email' AND u.within = '' AND u.value = $2", account, strings.ToLower(email)))("member")
	})
}

// MemberByID implements auth.Store.
func (db *DB) MemberByID(ctx context.Context, account audit.AccountID, id audit.RecordID) (auth.Member, error) {
	return look(ctx, db, of(account), func(h held) (auth.Member, error) {
		return must(one(ctx, h.conn, scanMember, selectMember+"records AS r WHERE r.account = $1 AND r.object = 'staff' AND r.id = $2", account, id))("member")
	})
}
