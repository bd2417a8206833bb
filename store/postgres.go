package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

var postgresDialect = &dialect{
	name:  "postgres",
	goose: goose.DialectPostgres,

	Text: `TEXT COLLATE "C"`, JSON: "JSON", Blob: "BYTEA", NoBytes: `'\x'`,
	RandomSalt: "decode(replace(gen_random_uuid()::text, '-', ''), 'hex')",
	refuse: func(table, verb, message string) string {
		also := ""
		if verb == "DELETE" {
			also = fmt.Sprintf("\nCREATE TRIGGER %[1]s_no_truncate BEFORE TRUNCATE ON %[1]s FOR EACH STATEMENT EXECUTE FUNCTION %[1]s_no_%[2]s();", table, verb)
		}
		return fmt.Sprintf(`-- +goose StatementBegin
CREATE FUNCTION %[1]s_no_%[2]s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%[3]s'; END $$;
-- +goose StatementEnd
CREATE TRIGGER %[1]s_no_%[2]s BEFORE %[2]s ON %[1]s FOR EACH STATEMENT EXECUTE FUNCTION %[1]s_no_%[2]s();`, table, verb, message) + also
	},
	permit: func(table, verb string) string { return fmt.Sprintf("DROP FUNCTION %s_no_%s CASCADE;", table, verb) },
	keep: func(table, other, message string, columns ...string) string {
		return fmt.Sprintf(`-- +goose StatementBegin
CREATE FUNCTION %[1]s_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF EXISTS (SELECT 1 FROM gone AS g WHERE NOT EXISTS (SELECT 1 FROM %[2]s AS o WHERE %[3]s)) THEN
		RAISE EXCEPTION '%[4]s';
	END IF;
	RETURN NULL;
END $$;
CREATE FUNCTION %[1]s_no_TRUNCATE() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%[4]s'; END $$;
-- +goose StatementEnd
CREATE TRIGGER %[1]s_kept AFTER DELETE ON %[1]s REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION %[1]s_kept();
CREATE TRIGGER %[1]s_no_TRUNCATE BEFORE TRUNCATE ON %[1]s FOR EACH STATEMENT EXECUTE FUNCTION %[1]s_no_TRUNCATE();`,
			table, other, same("o", "g", columns), message)
	},
	// The setting is read once for each query, not for each row.
	wall: func(table, column string) string {
		return fmt.Sprintf(`ALTER TABLE %[1]s ENABLE ROW LEVEL SECURITY;
ALTER TABLE %[1]s FORCE ROW LEVEL SECURITY;
CREATE POLICY own_account ON %[1]s USING ((SELECT current_setting('backtrail.account', true)) IN (%[2]s, '*'));`, table, column)
	},

	// The index of words is asked through a function. The operator @@ may not look into rows before their policy has let
	// them through, so with a policy in the way no index is used; the function belongs to the owner of the tables, whom the
	// second policy lets look for words, and checks the account itself.
	WordIndex: `CREATE TABLE event_words (
	account TEXT COLLATE "C" NOT NULL,
	seq     BIGINT NOT NULL,
	words   TSVECTOR NOT NULL,
	PRIMARY KEY (account, seq)
);
CREATE INDEX event_words_found ON event_words USING gin (words) WITH (gin_pending_list_limit = 256);
ALTER TABLE event_words ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_words FORCE ROW LEVEL SECURITY;
CREATE POLICY own_account ON event_words USING ((SELECT current_setting('backtrail.account', true)) IN (account, '*'));
CREATE POLICY finder ON event_words FOR SELECT TO CURRENT_USER USING (true);
-- +goose StatementBegin
CREATE FUNCTION word_hits(whose TEXT, asked TSQUERY, most BIGINT) RETURNS SETOF BIGINT LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT SET enable_seqscan = off AS $$ BEGIN
	IF current_setting('backtrail.account', true) IN (whose, '*') THEN
		RETURN QUERY EXECUTE 'SELECT seq FROM event_words WHERE words @@ $1 AND account || '''' = $2 LIMIT $3' USING asked, whose, most;
	END IF;
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION word_hits FROM PUBLIC;`,
	putWords:   putWordsTogether,
	ClearWords: "DELETE FROM event_words",
	findWords: func(account audit.AccountID, _ int64, text string, limit int64) fragment {
		return sqlf("SELECT * FROM word_hits(?, CAST(? AS TSQUERY), ?)", account, text, limit)
	},
	wordSyntax: wordSyntax{and: " & ", or: " | ", word: func(word string, begins bool) string {
		if begins {
			return "'" + word + "':*"
		}
		return "'" + word + "'"
	}},
	amongNumbers: func(column string, seqs []int64) fragment {
		return sqlf(column+" = ANY (CAST(? AS BIGINT[]))", numbers("{", "}", seqs))
	},

	elements:  func(array string) string { return "SELECT json_array_elements_text(CAST(" + array + " AS JSON))" },
	contains:  func(text, pattern string) string { return text + ` COLLATE "C" ILIKE ` + pattern + ` ESCAPE '\'` },
	unindexed: func(column string) string { return "(" + column + " || '')" },
	unplanned: func(column string) string { return "(" + column + " + 0)" },
	cents:     func(amount string) string { return "CAST(replace(" + amount + ", '.', '') AS BIGINT)" },
	number:    func(text string) string { return "CAST(" + text + " AS NUMERIC)" },
	folded:    func(text string) string { return `lower((` + text + `) COLLATE "C")` },
	// The number is that of the transaction itself. It is given with the transaction's first write, so not in the order
	// of the commits: the sealer waits until all lower ones have ended (see horizon).
	append:          appendAcross,
	numbered:        "SELECT coalesce(CAST(CAST(pg_current_xact_id_if_assigned() AS TEXT) AS BIGINT), 0)",
	horizon:         "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)",
	unborn:          "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)",
	lockRow:         " FOR UPDATE",
	hold:            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
	openTransaction: "SELECT CAST(coalesce(max(EXTRACT(EPOCH FROM clock_timestamp() - xact_start)), 0) * 1000000 AS BIGINT) FROM pg_stat_activity WHERE backend_xid IS NOT NULL",
	size:            "SELECT pg_database_size(current_database())",
	fault:           postgresFault,
}

// postgresFaults are the faults by SQLSTATE, or by its class.
var postgresFaults = map[string]fault{
	"23505": taken,
	"53100": diskFull,
	"25006": notWritable, "42501": notPermitted,
	"40001": clashed, "40P01": clashed, "55P03": busy,
	"57014": tooSlow, "25P03": tooSlow,
	"57P01": gone, "57P02": gone, "57P03": gone, "57P05": gone, "08": gone, "53300": crowded,
	"28": refused, "3D": noDatabase,
	"22021": badText, "22P05": badText,
	"XX001": damaged, "XX002": damaged,
}

func postgresFault(err error) fault {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		if f, ok := postgresFaults[e.Code]; ok {
			return f
		}
		return postgresFaults[e.Code[:2]]
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return gone
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return gone
	}
	if errors.Is(err, sql.ErrConnDone) || pgconn.SafeToRetry(err) || isBroken(err) {
		return gone
	}
	return otherFault
}

// isBroken reports whether a connection ended in the middle. The driver has no type for it.
func isBroken(err error) bool {
	text := err.Error()
	return strings.Contains(text, "conn closed") || strings.Contains(text, "unexpected EOF") || strings.Contains(text, "bad connection") ||
		strings.Contains(text, "connection reset") || strings.Contains(text, "broken pipe")
}

// openPostgres connects to a database that is there, and migrates it if the role may.
func openPostgres(ctx context.Context, url string, opts Options) (*DB, error) {
	c, err := parsePostgres(url)
	if err != nil {
		return nil, err
	}
	sharded, err := preparePostgres(ctx, c)
	if err != nil {
		return nil, err
	}
	readers := opts.Readers
	if readers <= 0 {
		readers = (c.connections + 1) / 2
	}
	writing := c.pool(max(c.connections-readers, 1), nil)
	reading := c.pool(readers, readerSettings)
	db := newDB(postgresDialect, newPostgresWriter(writing, sharded, c.patience()), postgresReader{reading})
	db.backup = c.backup
	db.postgres, db.ledger = c, opts.Ledger
	db.sealing = newPostgresWriter(c.pool(1, map[string]string{"application_name": "backtrail sealer"}), sharded, 0)
	db.announcer = newAnnouncer(reading)
	return db, nil
}

// readerSettings are the settings of the connections that read.
var readerSettings = map[string]string{
	"default_transaction_read_only": "on",
	// What a filter finds differs from account to account by orders of magnitude.
	"plan_cache_mode": "force_custom_plan",
	// How many bodies hold a word is not known, and the guess is low: PostgreSQL would rather sort what an account has
	// than walk down the index until a page is full. Where there is no other way it sorts all the same, but then believes
	// that the query is worth compiling.
	"enable_sort": "off",
	"jit":         "off",
}

// preparePostgres brings the schema up to date, and reports whether the server spreads the tables over nodes. A role
// that may not change the schema is told so only when there is something to do.
func preparePostgres(ctx context.Context, c *postgresConfig) (sharded bool, err error) {
	db := c.pool(2, map[string]string{"backtrail.account": everyone.accountText(), "statement_timeout": "0"})
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return false, c.unreachable(err)
	}
	var version int
	if err := db.QueryRowContext(ctx, "SELECT CAST(current_setting('server_version_num') AS INTEGER), EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')").
		Scan(&version, &sharded); err != nil {
		return false, postgresDialect.shown(err)
	}
	if version < oldestPostgres*10000 {
		return false, errs.New(errs.Unavailable, "database_too_old", "The server is PostgreSQL %d; %d is the oldest that will do.", version/10000, oldestPostgres).
			WithFix("Use a server of a version that PostgreSQL still maintains.")
	}
	err = migrate(ctx, postgresDialect, db)
	if err != nil && postgresFault(err) == notPermitted {
		return false, errs.New(errs.Unavailable, "schema_behind", "The database has an older schema than this program, and the role %s may not change it.", c.config.User).
			WithFix("Run backtrail migrate --db URL with the role that owns the tables, and start this one again.").Because(err)
	}
	return sharded, err
}

// oldestPostgres is the oldest version of the server: from 13 on it has xid8; it is tested from 14 on.
const oldestPostgres = 14

// unreachable says why a first connection failed.
func (c *postgresConfig) unreachable(err error) error {
	where := fmt.Sprintf("%s:%d", c.config.Host, c.config.Port)
	switch postgresFault(err) {
	case refused:
		return errs.New(errs.Unavailable, "database_login_refused", "PostgreSQL at %s refuses the role %s.", where, c.config.User).
			WithFix("Check the role and its password in --db (or PGPASSWORD, ~/.pgpass), and pg_hba.conf.").Because(err)
	case noDatabase:
		return errs.New(errs.Unavailable, "no_database", "PostgreSQL at %s has no database %s.", where, c.config.Database).
			WithFix("Make it first: createdb --owner ROLE %s.", c.config.Database).Because(err)
	case gone, otherFault:
		return errs.New(errs.Unavailable, "database_unavailable", "PostgreSQL at %s cannot be reached.", where).
			WithFix("Check that it runs and that --db names its host and port.").Because(err)
	}
	return postgresDialect.shown(err)
}

// postgresReader is the connections that only read.
type postgresReader struct{ db *sql.DB }

func (r postgresReader) read(ctx context.Context, whose scope, fn func(conn) error) error {
	return again(ctx, func() (bool, error) {
		t, err := beginPostgres(ctx, r.db, "ISOLATION LEVEL REPEATABLE READ READ ONLY", whose)
		if err != nil {
			return true, err
		}
		defer t.rollback()
		return false, fn(&readConn{t.conn, postgresDialect})
	})
}

func (r postgresReader) close() error { return r.db.Close() }
