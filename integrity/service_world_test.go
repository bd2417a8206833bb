package integrity_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/jobs/jobstest"
	"github.com/backtrail/backtrail/ledger"
)

const bureauAccount = audit.AccountID("00000000-0000-7000-8000-00000000000a")

// bureau is a service over a ledger and jobs in memory.
type bureau struct {
	*integrity.Service
	shelf  *shelf
	store  *jobstest.Store
	runner *jobs.Runner
	key    *ledger.Key
	keyErr error // why the server has no key
	stuck  error // why the sealer refuses to go on
	now    time.Time
}

func newBureau(t *testing.T, sealed, waiting int) *bureau {
	t.Helper()
	key, err := ledger.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	b := &bureau{shelf: newShelf(t, key, sealed, waiting), store: jobstest.New(), key: key, now: bureauTime.Add(time.Hour)}
	b.process(t)
	return b
}

var bureauTime = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// process replaces the service by that of another process on the same database.
func (b *bureau) process(t *testing.T) {
	t.Helper()
	catalog, err := audit.NewCatalog([]audit.Module{{Key: "audit"}}, []audit.EventType{
		{Type: "audit.verified", Module: "audit", Action: audit.Executed, Template: "The verification of the audit log {note}"}})
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	clock := func() time.Time { return b.now.Add(time.Since(started)) }
	b.runner = jobs.NewRunner(jobs.Options{Store: b.store, Clock: clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	b.Service = integrity.NewService(integrity.ServiceOptions{Store: b.shelf, Log: b.shelf, Runner: b.runner,
		Recorder: audit.NewRecorder(clock, audit.NewIDSource(clock), catalog),
		Key: func(context.Context) (*ledger.Key, error) {
			if b.keyErr != nil {
				return nil, b.keyErr
			}
			return b.key, nil
		},
		CheckedHead: func(context.Context, audit.AccountID) (integrity.Signed, error) {
			return b.shelf.signed, errors.Join(b.keyErr, b.stuck)
		}})
}

// start runs jobs until stop is called.
func (b *bureau) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.runner.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// told are the events of the service.
func (b *bureau) told() (told []string) {
	for _, e := range b.store.Events {
		told = append(told, fmt.Sprintf("%s %s: %s", e.Actor.Name, e.Outcome, e.Description))
	}
	return told
}

func (b *bureau) verifier(t *testing.T) string {
	t.Helper()
	vkey, err := b.key.Verifier(ledger.Origin(string(bureauAccount)))
	if err != nil {
		t.Fatal(err)
	}
	return vkey
}

func bureauCaller(permissions ...audit.Permission) audit.Caller {
	c := audit.Caller{Origin: audit.Origin{Account: bureauAccount, Channel: audit.Web,
		Actor: audit.Actor{Type: audit.User, ID: "u1", Name: "Ana Silva"}}, Permissions: map[audit.Permission]bool{}}
	for _, p := range permissions {
		c.Permissions[p] = true
	}
	return c
}

var (
	bureauReader  = bureauCaller(audit.AuditRead)
	bureauManager = bureauCaller(audit.AuditRead, audit.AuditManage)
)

// shelf is an account's ledger in memory.
type shelf struct {
	audit.Log // what is not needed
	signed    integrity.Signed
	tiles     map[ledger.TileID]ledger.Tile
	rows      []integrity.Row
	waiting   []integrity.Row
	onRead    func(context.Context) error // before each page of rows
	headErr   error                       // why the head cannot be read
}

func shelfID(n int) audit.EventID {
	return audit.EventID(fmt.Sprintf("00000000-0000-7000-8000-%012d", n))
}

func shelfRow(n int) integrity.Row {
	at := bureauTime.Add(time.Duration(n) * time.Second)
	e := &audit.Event{ID: shelfID(n), Account: bureauAccount, OccurredAt: at, RecordedAt: at, Actor: audit.SystemActor("Test"), Channel: audit.API,
		Module: "contacts", Type: "contact.created", Action: audit.Created, Outcome: audit.Success, Description: fmt.Sprintf("Created contact %d", n),
		Operation: audit.OperationID(shelfID(n))}
	salt := sha256.Sum256([]byte(e.ID))
	return integrity.Row{Body: e.AppendCanonical(nil), Salt: salt[:16], Columns: integrity.Columns{ID: e.ID, OccurredAt: at.UnixMicro(), RecordedAt: at.UnixMicro(),
		Actor: string(e.Actor.ID), Type: string(e.Type), Module: e.Module, Action: string(e.Action), Outcome: string(e.Outcome), Channel: string(e.Channel),
		Operation: string(e.Operation)}}
}

func newShelf(t *testing.T, key *ledger.Key, sealed, waiting int) *shelf {
	t.Helper()
	s := &shelf{tiles: map[ledger.TileID]ledger.Tile{}, signed: integrity.Signed{Head: ledger.Empty}}
	for n := range sealed + waiting {
		if row := shelfRow(n); n < sealed {
			row.Seq = int64(n + 1)
			s.rows = append(s.rows, row)
		} else {
			s.waiting = append(s.waiting, row)
		}
	}
	if sealed == 0 {
		return s
	}
	var leaves []ledger.Hash
	for _, row := range s.rows {
		leaf, err := audit.AppendLeaf(nil, row.Body, audit.Salt(row.Salt))
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, ledger.LeafHash(leaf))
	}
	head, tiles, err := ledger.Append(t.Context(), s, ledger.Empty, leaves)
	if err != nil {
		t.Fatal(err)
	}
	for _, tile := range tiles {
		s.tiles[tile.TileID] = tile
	}
	s.signed = integrity.Signed{Head: head, By: key.Public(), SealedAt: bureauTime}
	if s.signed.Checkpoint, err = key.Sign(ledger.Origin(string(bureauAccount)), head); err != nil {
		t.Fatal(err)
	}
	return s
}

// ReadLedger implements integrity.Store.
func (s *shelf) ReadLedger(_ context.Context, _ audit.AccountID, fn func(integrity.Source) error) error {
	return fn(s)
}

// Signed implements integrity.Source.
func (s *shelf) Signed(context.Context) (integrity.Signed, error) { return s.signed, s.headErr }

// Tiles implements ledger.TileReader.
func (s *shelf) Tiles(_ context.Context, ids []ledger.TileID) (found []ledger.Tile, err error) {
	for _, id := range ids {
		tile, ok := s.tiles[id]
		if !ok {
			return nil, ledger.MissingTile(id)
		}
		found = append(found, tile)
	}
	return found, nil
}

// Rows implements integrity.Source.
func (s *shelf) Rows(ctx context.Context, after int64, limit int) ([]integrity.Row, error) {
	if s.onRead != nil {
		if err := s.onRead(ctx); err != nil {
			return nil, err
		}
	}
	rest := slices.DeleteFunc(slices.Clone(s.rows), func(r integrity.Row) bool { return r.Seq <= after })
	return rest[:min(limit, len(rest))], ctx.Err()
}

// Row implements integrity.Source.
func (s *shelf) Row(_ context.Context, seq int64) (integrity.Row, error) {
	if seq < 1 || seq > int64(len(s.rows)) {
		return integrity.Row{}, errs.New(errs.NotFound, "not_found", "There is no such place in the ledger.")
	}
	return s.rows[seq-1], nil
}

// Backlog implements integrity.Source.
func (s *shelf) Backlog(context.Context) (events, since int64, err error) {
	for _, r := range s.waiting {
		if since == 0 || r.Columns.RecordedAt < since {
			since = r.Columns.RecordedAt
		}
	}
	return int64(len(s.waiting)), since, nil
}

// Waiting implements integrity.Source.
func (s *shelf) Waiting(_ context.Context, after audit.EventID, limit int) ([]integrity.Row, error) {
	rest := slices.DeleteFunc(slices.Clone(s.waiting), func(r integrity.Row) bool { return r.Columns.ID <= after })
	return rest[:min(limit, len(rest))], nil
}

// Event implements audit.Log.
func (s *shelf) Event(_ context.Context, _ audit.AccountID, id audit.EventID) (audit.Stored, error) {
	for _, row := range append(slices.Clone(s.rows), s.waiting...) {
		if row.Columns.ID == id {
			return audit.Stored{Seq: row.Seq, Body: row.Body}, nil
		}
	}
	return audit.Stored{}, errs.New(errs.NotFound, "not_found", "There is no such event.")
}
