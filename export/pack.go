package export

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// Packs is what evidence packs are made with. All of its functions are safe for concurrent use.
type Packs struct {
	Ledger Ledger // nil makes no packs
	// Verifier is the key of the account's ledger, as an auditor gets it. Name is what the account is called.
	Verifier func(ctx context.Context, account audit.AccountID) (string, error)
	Name     func(ctx context.Context, account audit.AccountID) (string, error)
	// Seal seals what waits, where no sealer runs; nil leaves it to the sealer.
	Seal func(context.Context) error
	// Wait is how long a pack waits for what was recorded before it was asked for to be sealed; 10 s when 0.
	Wait time.Duration
}

// Ledger reads the sealed events of accounts and the trees over them.
type Ledger interface {
	integrity.Store
	// FirstSince returns the first place whose event was recorded, or happened, at t or later; 0 when there is none.
	FirstSince(ctx context.Context, account audit.AccountID, t time.Time) (int64, error)
}

// askPack takes over what is asked of evidence packs alone.
func (s *Service) askPack(a *asked, r Request) error {
	switch {
	case a.Format != EvidenceFormat && len(r.Withhold) > 0:
		return errs.InvalidField("withhold", "only_evidence", "withhold is for evidence packs; %s has all columns.", a.Format.label())
	case a.Format != EvidenceFormat && r.Complete:
		return errs.InvalidField("complete", "only_evidence", "complete is for evidence packs; %s proves nothing.", a.Format.label())
	case a.Format == EvidenceFormat && s.Packs.Ledger == nil:
		return errs.InvalidField("format", "no_ledger", "There are no evidence packs here: this log has no ledger.")
	}
	if err := audit.CheckWithhold(r.Withhold); err != nil {
		return errs.InvalidField("withhold", "unknown_class", "%s withhold takes %s.", errs.Of(err).Detail, strings.Join(audit.Withholdable, ", "))
	}
	for _, class := range audit.Withholdable { // each once, in one order
		if slices.Contains(r.Withhold, class) {
			a.Withhold = append(a.Withhold, class)
		}
	}
	a.Complete = r.Complete
	return nil
}

// packWords is the format in a sentence, with what is asked of a pack.
func (a asked) packWords() string {
	words := a.Format.label()
	if a.Complete {
		words = "complete " + words
	}
	if len(a.Withhold) > 0 {
		words += " without " + strings.Join(a.Withhold, ", ")
	}
	return words
}

// writePack writes the evidence pack that was asked for, and returns the number of its rows: those so far when it fails.
func (s *Service) writePack(ctx context.Context, out io.Writer, a asked, progress func(done, total int64)) (rows int64, err error) {
	if err := s.awaitSealed(ctx, a); err != nil {
		return 0, err
	}
	plan, err := s.plan(ctx, a)
	if err != nil {
		return 0, err
	}
	m, err := evidence.Write(ctx, out, plan, &sealedLog{service: s, asked: a, limit: firstPage}, progress)
	return m.Rows, err
}

// awaitSealed waits until the event of the request is sealed, and with it everything that was committed before.
func (s *Service) awaitSealed(ctx context.Context, a asked) error {
	const look = 50 * time.Millisecond
	for waited := time.Duration(0); ; waited += look {
		if s.Packs.Seal != nil {
			if err := s.Packs.Seal(ctx); err != nil {
				return err
			}
		}
		e, err := s.Log.Event(ctx, a.Origin.Account, a.Requested)
		if err != nil || e.Seq > 0 {
			return err
		}
		if waited >= s.Packs.Wait {
			return errs.New(errs.NotPossible, "not_sealed", "A pack proves what is sealed, and what was recorded before it was asked for was not sealed within %v.", s.Packs.Wait).
				WithFix("Ask again. If it stays so, the server's log says why events are not sealed.")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
	}
}

// plan reads the head of the ledger, and trusts it as little as the auditor will.
func (s *Service) plan(ctx context.Context, a asked) (evidence.Plan, error) {
	account, by := a.Origin.Account, a.Origin.Actor
	p := evidence.Plan{Account: evidence.Account{ID: account}, MadeAt: s.Recorder.Now(), Filter: a.Filter, Zone: a.loc,
		RequestedBy: evidence.Person{Type: by.Type, ID: by.ID, Name: by.Name}, Withhold: a.Withhold, Complete: a.Complete, First: 1}
	var err error
	if p.Account.Name, err = s.Packs.Name(ctx, account); err != nil {
		return p, err
	}
	if p.Verifier, err = s.verifier(ctx, account); err != nil {
		return p, err
	}
	err = s.Packs.Ledger.ReadLedger(ctx, account, func(src integrity.Source) error {
		signed, err := src.Signed(ctx)
		p.Checkpoint, p.Head = signed.Checkpoint, signed.Head
		return err
	})
	if err != nil {
		return p, err
	}
	if c, err := ledger.OpenCheckpoint(p.Checkpoint, p.Verifier); err != nil || c.Head != p.Head {
		return p, errs.New(errs.Unverified, "ledger_damaged", "The head of the ledger is not signed with the key that this server has.").
			WithFix("The log and its ledger do not go together. backtrail verify --db says what was changed.").Because(err)
	}
	if from := a.filter.From; a.Complete && !from.IsZero() {
		if p.First, err = s.Packs.Ledger.FirstSince(ctx, account, from); err != nil {
			return p, err
		}
		if p.First == 0 || p.First > p.Head.Size {
			p.First = p.Head.Size + 1
		}
	}
	return p, nil
}

// verifier is the account's key. Which file is missing is for who runs the server, not for who asks for a pack.
func (s *Service) verifier(ctx context.Context, account audit.AccountID) (string, error) {
	key, err := s.Packs.Verifier(ctx, account)
	if errs.Is(err, errs.Unavailable) {
		err = errs.New(errs.Unavailable, "ledger_key_missing", "This server cannot read the key that signs the ledger, and without it makes no packs.").
			WithFix("Tell whoever runs the server: its log says which file to put back.").Because(err)
	}
	return key, err
}

// sealedLog is where a pack's events come from. The places under its checkpoint do not change any more, so each read is
// a short one of its own.
type sealedLog struct {
	service *Service
	asked   asked
	limit   int // of the next page
}

var _ evidence.Source = (*sealedLog)(nil)

func (l *sealedLog) read(ctx context.Context, fn func(integrity.Source) error) error {
	return l.service.Packs.Ledger.ReadLedger(ctx, l.asked.Origin.Account, fn)
}

// Tiles implements ledger.TileReader.
func (l *sealedLog) Tiles(ctx context.Context, ids []ledger.TileID) (tiles []ledger.Tile, err error) {
	err = l.read(ctx, func(src integrity.Source) (err error) {
		tiles, err = src.Tiles(ctx, ids)
		return err
	})
	return tiles, err
}

// Sealed implements evidence.Source. It bounds the pages as Rows does.
func (l *sealedLog) Sealed(ctx context.Context, first int64, limit int) (events []evidence.Sealed, err error) {
	var rows []integrity.Row
	asked := min(limit, l.limit)
	if err = l.read(ctx, func(src integrity.Source) (err error) {
		rows, err = src.Rows(ctx, first-1, asked)
		return err
	}); err != nil {
		return nil, err
	}
	size := 0
	for _, r := range rows {
		e := evidence.Sealed{Seq: r.Seq, Body: r.Body}
		if len(r.Salt) != len(e.Salt) {
			return nil, errors.New("export: the salt of a stored event is damaged")
		}
		copy(e.Salt[:], r.Salt)
		events = append(events, e)
		size += len(r.Body)
	}
	if asked == l.limit {
		l.limit = nextLimit(l.limit, len(rows), size)
	}
	return events, nil
}

// Rows implements evidence.Source: what the filter lets through, up to now. The pack leaves out what is behind its
// checkpoint by itself.
func (l *sealedLog) Rows(ctx context.Context) iter.Seq2[audit.Stored, error] {
	return Rows(ctx, l.service.Log, Selection{Account: l.asked.Origin.Account, Filter: l.asked.filter})
}
