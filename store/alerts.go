package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
)

// Alerts are trusted as who is to be told of what: who can edit them can silence one, or have it told elsewhere. What fired
// stands in the log. The secret of a webhook is kept as it is, for every call is signed with it; nothing reads it but that.

var (
	_ alerts.Store = (*DB)(nil)
	_ alerts.Tx    = (*JobsTx)(nil)
)

const alertColumns = "account, id, name, query, number, minutes, per, digest, recipients, webhook, secret, enabled, paused, owner_type, owner, owner_name, " +
	"created_at, updated_at, since, state, due_at, fired_at, fired, sent_at, failed_at, problem, tested_at"

func scanAlert(r row) (a alerts.Alert, err error) {
	var enabled int
	var recipients, state string
	var created, updated, since, due, fired, sent, failed, tested int64
	c, o := &a.Condition, &a.Owner
	err = r.Scan(&a.Account, &a.ID, &a.Name, &a.Query, &c.Count, &c.Minutes, &c.Per, &a.Digest, &recipients, &a.Webhook, &a.Secret, &enabled, &a.Paused, &o.Type, &o.ID, &o.Name,
		&created, &updated, &since, &state, &due, &fired, &a.Fired, &sent, &failed, &a.Problem, &tested)
	if err != nil {
		return a, err
	}
	a.Enabled, a.CreatedAt, a.UpdatedAt, a.Since = enabled == 1, instant(created), instant(updated), instant(since)
	a.DueAt, a.FiredAt, a.SentAt, a.FailedAt, a.TestedAt = instant(due), instant(fired), instant(sent), instant(failed), instant(tested)
	for id := range strings.FieldsSeq(recipients) {
		a.Recipients = append(a.Recipients, audit.RecordID(id))
	}
	return a, json.Unmarshal([]byte(state), &a.State)
}

func readAlerts(ctx context.Context, c conn, account audit.AccountID) ([]alerts.Alert, error) {
	return all(ctx, c, scanAlert, "SELECT "+alertColumns+" FROM alerts WHERE account = $1", account)
}

// Alerts implements alerts.Store.
func (db *DB) Alerts(ctx context.Context, account audit.AccountID) ([]alerts.Alert, error) {
	return look(ctx, db, of(account), func(h held) ([]alerts.Alert, error) { return readAlerts(ctx, h.conn, account) })
}

// AlertsDue implements alerts.Store.
func (db *DB) AlertsDue(ctx context.Context, now time.Time, after audit.AccountID, limit int) ([]audit.AccountID, error) {
	return look(ctx, db, everyone, func(h held) ([]audit.AccountID, error) {
		return all(ctx, h.conn, scanText[audit.AccountID], "SELECT DISTINCT account FROM alerts WHERE due_at > 0 AND due_at <= $1 AND account > $2 ORDER BY account LIMIT $3", micros(now), after, limit)
	})
}

// WriteAlerts implements alerts.Store.
func (db *DB) WriteAlerts(ctx context.Context, account audit.AccountID, fn func(alerts.Tx) error) error {
	return db.write(ctx, of(account), func(c *writeConn) error { return fn(newJobsTx(c, account)) })
}

// LockAlerts implements alerts.Tx. It locks the name: there may be no row yet.
func (tx *JobsTx) LockAlerts(ctx context.Context) ([]alerts.Alert, error) {
	if err := tx.c.hold(ctx, "alerts:"+string(tx.account)); err != nil {
		return nil, err
	}
	return readAlerts(ctx, tx.c, tx.account)
}

// PutAlert implements alerts.Tx.
func (tx *JobsTx) PutAlert(ctx context.Context, a alerts.Alert) error {
	enabled := 0
	if a.Enabled {
		enabled = 1
	}
	ids := make([]string, len(a.Recipients))
	for i, id := range a.Recipients {
		ids[i] = string(id)
	}
	state, err := json.Marshal(a.State)
	if err != nil {
		return err
	}
	var set []string
	for column := range strings.SplitSeq(alertColumns, ", ") {
		if column != "account" && column != "id" && column != "created_at" {
			set = append(set, column+" = excluded."+column)
		}
	}
	_, err = tx.c.exec(ctx, "INSERT INTO alerts ("+alertColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27) "+
		"ON CONFLICT (account, id) DO UPDATE SET "+strings.Join(set, ", "),
		tx.account, a.ID, a.Name, a.Query, a.Condition.Count, a.Condition.Minutes, a.Condition.Per, a.Digest, strings.Join(ids, " "), a.Webhook, a.Secret, enabled, a.Paused,
		a.Owner.Type, a.Owner.ID, a.Owner.Name, micros(a.CreatedAt), micros(a.UpdatedAt), micros(a.Since), string(state), micros(a.DueAt), micros(a.FiredAt), a.Fired,
		micros(a.SentAt), micros(a.FailedAt), a.Problem, micros(a.TestedAt))
	return err
}

// AlertsSpent implements alerts.Tx.
func (tx *JobsTx) AlertsSpent(ctx context.Context, l alerts.Limit) (alerts.Spent, error) {
	found, err := all(ctx, tx.c, func(r row) (s alerts.Spent, err error) {
		var since int64
		err = r.Scan(&since, &s.Count)
		s.Since = instant(since)
		return s, err
	}, "SELECT since, spent FROM alert_limits WHERE account = $1 AND what = $2", tx.account, l.What)
	if err != nil || len(found) == 0 {
		return alerts.Spent{}, err
	}
	return found[0], nil
}

// PutAlertsSpent implements alerts.Tx.
func (tx *JobsTx) PutAlertsSpent(ctx context.Context, l alerts.Limit, s alerts.Spent) error {
	_, err := tx.c.exec(ctx, "INSERT INTO alert_limits (account, what, since, spent) VALUES ($1, $2, $3, $4) "+
		"ON CONFLICT (account, what) DO UPDATE SET since = excluded.since, spent = excluded.spent", tx.account, l.What, micros(s.Since), s.Count)
	return err
}

// DeleteAlert implements alerts.Tx.
func (tx *JobsTx) DeleteAlert(ctx context.Context, id alerts.ID) error {
	_, err := tx.c.exec(ctx, "DELETE FROM alerts WHERE account = $1 AND id = $2", tx.account, id)
	return err
}
