package store

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"testing/fstest"
	"text/template"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/backtrail/backtrail/errs"
)

// The migrations go forward only. A file that was released never changes (migrations/released.sum).
//
//go:embed migrations/*.sql
var migrations embed.FS

const migrateTries = 10

// render gives the migrations in the words of a dialect.
func render(d *dialect) (fs.FS, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range files {
		t, err := template.New("").Funcs(template.FuncMap{"refuse": d.refuse, "permit": d.permit, "keep": d.keep, "wall": d.wall}).ParseFS(migrations, name)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := t.Templates()[0].Execute(&b, d); err != nil {
			return nil, err
		}
		out[name[len("migrations/"):]] = &fstest.MapFile{Data: b.Bytes()}
	}
	return out, nil
}

// migrate brings the database to the schema of this program. A newer one is refused.
func migrate(ctx context.Context, d *dialect, db *sql.DB) error {
	files, err := render(d)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithTableName("schema_versions"), goose.WithDisableGlobalRegistry(true)}
	if d.goose == goose.DialectPostgres { // one of several servers migrates, the others wait for it
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
		if err != nil {
			return fmt.Errorf("store: migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(d.goose, db, files, options...)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return d.shown(fmt.Errorf("store: the version of the schema: %w", err))
	}
	if current > target {
		return errs.New(errs.Unavailable, "newer_schema", "The database has schema %d; this program knows %d.", current, target).
			WithFix("Run the newer backtrail that made it. A database does not go back to an older schema.")
	}
	if current == target {
		return nil
	}
	// Two processes may start at once: the one that comes second fails, and finds the work done when it looks again.
	for range migrateTries {
		if _, err = provider.Up(ctx); err == nil || ctx.Err() != nil {
			break
		}
		sleep(ctx, 50*time.Millisecond)
	}
	if err != nil {
		return d.shown(fmt.Errorf("store: migrate: %w", err))
	}
	return nil
}
