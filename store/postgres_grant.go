package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/backtrail/backtrail/errs"
)

// serverRights are what the role of a server needs, by table. The log is what it may add to and not change; that a row
// leaves pending for any other reason than that it is in events is refused by a trigger.
var serverRights = map[string]string{
	"events":          "SELECT, INSERT",
	"pending":         "SELECT, INSERT, DELETE",
	"heads":           "SELECT, INSERT, UPDATE",
	"tiles":           "SELECT, INSERT, UPDATE",
	"undone":          "SELECT, INSERT",
	"schema_versions": "SELECT",
	"accounts":        "SELECT, INSERT, UPDATE",
	"people":          "SELECT, INSERT, UPDATE",
	"sessions":        "SELECT, INSERT, UPDATE, DELETE",
	"login_attempts":  "SELECT, INSERT, UPDATE, DELETE",
	"api_keys":        "SELECT, INSERT, UPDATE",
	"records":         "SELECT, INSERT, UPDATE, DELETE",
	"links":           "SELECT, INSERT, DELETE",
	"uniques":         "SELECT, INSERT, DELETE",
	"secrets":         "SELECT, INSERT, DELETE",
	"jobs":            "SELECT, INSERT, UPDATE, DELETE",
	"job_chunks":      "SELECT, INSERT, UPDATE, DELETE",

	"checkpoint_targets": "SELECT, INSERT, UPDATE",
	"automation_cursors": "SELECT, INSERT, UPDATE",
	"workflow_runs":      "SELECT, INSERT, UPDATE, DELETE",
	"definitions":        "SELECT, INSERT, UPDATE, DELETE",
	"schemas":            "SELECT, INSERT, UPDATE",
	"role_tables":        "SELECT, INSERT, UPDATE",
	"word_marks":         "SELECT, INSERT, UPDATE",
	"event_words":        "SELECT, INSERT",
	"saved_views":        "SELECT, INSERT, UPDATE, DELETE",
	"alerts":             "SELECT, INSERT, UPDATE, DELETE",
	"alert_limits":       "SELECT, INSERT, UPDATE",
	"alert_cursors":      "SELECT, INSERT, UPDATE",

	"invitations":    "SELECT, INSERT, UPDATE",
	"password_links": "SELECT, INSERT, DELETE",
	"second_factors": "SELECT, INSERT, UPDATE, DELETE",
	"second_steps":   "SELECT, INSERT, DELETE",
}

// Grant gives a role what a server needs in a PostgreSQL database, and takes everything else from it: no UPDATE and no
// DELETE on the log. The URL's role owns the tables. errs.Invalid when the URL is not PostgreSQL's, errs.NotFound when there is no such role.
func Grant(ctx context.Context, url, role string) error {
	c, err := parsePostgres(url)
	if err != nil {
		return err
	}
	db := c.pool(1, nil)
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return c.unreachable(err)
	}
	defer tx.Rollback()
	var there bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)", role).Scan(&there); err != nil {
		return postgresDialect.shown(err)
	}
	if !there {
		return errs.New(errs.NotFound, "unknown_role", "The server has no role %q.", role).WithFix("Make it first: createuser %s.", role)
	}
	if role == c.config.User {
		return errs.InvalidField("grant", "owner_role", "The role %s is the one that --db names: it owns the tables and may do everything anyway.", role).
			WithFix("Give the server a role of its own.")
	}
	name := pgx.Identifier{role}.Sanitize()
	for _, table := range slices.Sorted(maps.Keys(serverRights)) {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("REVOKE ALL ON %[1]s FROM %[2]s; GRANT %[3]s ON %[1]s TO %[2]s", table, name, serverRights[table])); err != nil {
			return postgresDialect.shown(err)
		}
	}
	if _, err := tx.ExecContext(ctx, "GRANT EXECUTE ON FUNCTION word_hits TO "+name); err != nil {
		return postgresDialect.shown(err)
	}
	return postgresDialect.shown(tx.Commit())
}
