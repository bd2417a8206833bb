package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/backtrail/backtrail/errs"
)

// postgresConfig is what a URL says: the driver's part, and ours.
type postgresConfig struct {
	url         string // without what is ours
	config      *pgx.ConnConfig
	connections int
}

const (
	// connectionsDefault is the number of connections of one process: PostgreSQL has 100 for all, and several servers
	// share them.
	connectionsDefault = 24
	connectTimeout     = 10 * time.Second
)

// postgresDefaults are the settings of every connection; those in the URL go before them.
var postgresDefaults = map[string]string{
	"application_name": "backtrail",
	// What was acknowledged is on the disk, whatever the server's default is.
	"synchronous_commit": "on",
	// A statement that runs longer has lost its reader.
	"statement_timeout": "120s",
	// A transaction that waits for us longer than that is in the way of the sealer and of vacuum.
	"idle_in_transaction_session_timeout": "300s",
	"timezone":                            "UTC",
}

// parsePostgres reads a URL. Our parameter is pool_max_conns; the driver's and the server's are left to them.
func parsePostgres(text string) (*postgresConfig, error) {
	// The text is not repeated: it may hold a password. Neither is the driver's error.
	invalid := errs.InvalidField("db", "invalid_database_url", "The database URL is not one of PostgreSQL.").
		WithFix("Give postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full; a password is better kept in PGPASSWORD or ~/.pgpass.")
	u, err := url.Parse(text)
	if err != nil {
		return nil, invalid
	}
	c := &postgresConfig{connections: connectionsDefault}
	q := u.Query()
	if n := q.Get("pool_max_conns"); n != "" {
		c.connections, err = strconv.Atoi(n)
		if err != nil || c.connections < 2 || c.connections > 1000 {
			return nil, errs.InvalidField("db", "invalid_database_url", "pool_max_conns in the database URL must be a number from 2 to 1000.").
				WithFix("Leave it out for %d.", connectionsDefault)
		}
		q.Del("pool_max_conns")
		u.RawQuery = q.Encode()
	}
	c.url = u.String()
	if c.config, err = pgx.ParseConfig(c.url); err != nil {
		return nil, invalid
	}
	if c.config.ConnectTimeout == 0 {
		c.config.ConnectTimeout = connectTimeout
	}
	given := c.config.RuntimeParams
	c.config.RuntimeParams = maps.Clone(postgresDefaults)
	maps.Copy(c.config.RuntimeParams, given)
	return c, nil
}

// patience is how long a statement may take, and so a writer waits for another one of its account: statement_timeout in
// the forms of the server, 0 for no limit.
func (c *postgresConfig) patience() time.Duration {
	text := c.config.RuntimeParams["statement_timeout"]
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(n) * time.Millisecond
	}
	d, err := time.ParseDuration(strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), "min", "m"))
	if err != nil {
		return 0 // a form that only the server knows
	}
	return d
}

// pool is a set of connections with further settings.
func (c *postgresConfig) pool(most int, settings map[string]string) *sql.DB {
	config := c.config.Copy()
	maps.Copy(config.RuntimeParams, settings)
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db
}

// backup runs pg_dump, which knows how to.
func (c *postgresConfig) backup(ctx context.Context, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return errs.New(errs.Conflict, "file_exists", "The file %s is there already.", to).WithFix("Name a new file; a backup never overwrites one.")
	}
	if err != nil {
		return errs.New(errs.Unavailable, "file_unavailable", "The file %s cannot be written.", to).Because(err)
	}
	u, err := url.Parse(c.url)
	if err != nil {
		return err
	}
	if u.User != nil { // the password does not stand in the list of processes
		u.User = url.User(u.User.Username())
	}
	var said strings.Builder
	cmd := exec.CommandContext(ctx, "pg_dump", "--format=custom", "--no-owner", "--enable-row-security", "--dbname", u.String())
	cmd.Env = append(os.Environ(), "PGOPTIONS=-c backtrail.account=*")
	if c.config.Password != "" {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+c.config.Password)
	}
	cmd.Stdout, cmd.Stderr = f, &said
	err = errors.Join(cmd.Run(), f.Sync(), f.Close())
	if err == nil {
		return nil
	}
	removed := os.Remove(to)
	if errors.Is(err, exec.ErrNotFound) {
		return errors.Join(errs.New(errs.Unavailable, "no_pg_dump", "pg_dump is not installed here.").
			WithFix("Install the client programs of PostgreSQL (Debian: postgresql-client), or run pg_dump where they are."), removed)
	}
	return errors.Join(errs.New(errs.Unavailable, "backup_failed", "pg_dump could not copy the database: %s", strings.TrimSpace(said.String())).
		WithFix("It must be of the server's version or newer."), removed)
}

// FileNameOf is a name for files that belong to a PostgreSQL database: its host, port and name.
func FileNameOf(url string) string {
	c, err := parsePostgres(url)
	if err != nil {
		return "database"
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, c.config.Host+"-"+strconv.Itoa(int(c.config.Port))+"-"+c.config.Database)
}
