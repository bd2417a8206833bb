package export

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"sync"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/jobs"
)

// checkpoint is the job's state behind each chunk that was written: a run that follows goes on from there.
type checkpoint struct {
	After  audit.Position `json:"after"`
	Rows   int64          `json:"rows"`
	Bytes  int64          `json:"bytes"`
	Chunks int            `json:"chunks"`
	Hash   []byte         `json:"hash"` // the state of the SHA-256
}

// writer makes the file of an export job. Each chunk ends behind a row.
type writer struct {
	task  *jobs.Task
	enc   Encoder
	at    checkpoint
	sum   hash.Hash
	piece []byte
}

// run is the handler: it writes the file, from the last checkpoint on when there is one.
func (s *Service) run(ctx context.Context, t *jobs.Task) error {
	e, err := exportOf(t.Job())
	if err != nil {
		return err
	}
	a := e.asked
	if err := a.parse(s.Recorder.Catalog()); err != nil {
		return err
	}
	if a.Format == EvidenceFormat {
		return s.runPack(ctx, t, a)
	}
	w, err := newWriter(ctx, t, a)
	if err != nil {
		return err
	}
	stopCounting := s.count(ctx, t, a)
	defer stopCounting()

	sel := a.selection()
	sel.After = w.at.After
	for row, err := range Rows(ctx, s.Log, sel) {
		if err == nil {
			err = w.add(ctx, row)
		}
		if err != nil {
			return err
		}
	}
	stopCounting()
	return s.finish(ctx, t, a, w)
}

func newWriter(ctx context.Context, t *jobs.Task, a asked) (*writer, error) {
	w := &writer{task: t, sum: sha256.New()}
	var err error
	if w.enc, err = NewEncoder(a.Format, a.loc); err != nil {
		return nil, err
	}
	if state := t.Job().State; state != nil {
		if err = json.Unmarshal(state, &w.at); err == nil {
			err = w.sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(w.at.Hash)
		}
		if err != nil {
			return nil, fmt.Errorf("export: checkpoint: %w", err)
		}
	} else {
		w.piece = w.enc.Begin(nil)
	}
	t.SetDone(w.at.Rows)
	// Chunks behind the checkpoint cannot be there: they commit together. This costs one look.
	return w, t.Write(ctx, func(tx jobs.Tx, _ *jobs.Job) error { return tx.DeleteChunks(ctx, t.Job().ID, w.at.Chunks) })
}

// count finds the total beside the export: on a large log it may take as long as the export itself, which shows its
// rows until then. The returned function ends it and waits for that.
func (s *Service) count(ctx context.Context, t *jobs.Task, a asked) (stop func()) {
	if s.Count == nil || t.Job().Total > 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var counting sync.WaitGroup
	counting.Go(func() {
		if n, err := s.Count(ctx, a.Origin.Account, a.filter); err == nil { // without a total it works as well
			t.SetTotal(n)
		}
	})
	return func() {
		cancel()
		counting.Wait()
	}
}

func (w *writer) add(ctx context.Context, row audit.Stored) (err error) {
	if w.piece, err = w.enc.Append(w.piece, row); err != nil {
		return err
	}
	w.at.Rows++
	w.task.Advance(1)
	if len(w.piece) < jobs.ChunkSize {
		return nil
	}
	if w.at.After, err = position(row); err != nil {
		return err
	}
	chunk, state, err := w.cut()
	if err != nil {
		return err
	}
	return w.task.Write(ctx, func(tx jobs.Tx, j *jobs.Job) error {
		j.State, j.HasFile = state, true
		return tx.PutChunk(ctx, j.ID, chunk)
	})
}

// cut closes the piece: it is hashed, compressed, counted, and the next one begins.
func (w *writer) cut() (chunk jobs.Chunk, state []byte, err error) {
	w.sum.Write(w.piece)
	chunk = jobs.NewChunk(w.at.Chunks, w.piece)
	w.at.Chunks++
	w.at.Bytes += int64(len(w.piece))
	w.piece = w.piece[:0]
	if w.at.Hash, err = w.sum.(encoding.BinaryMarshaler).MarshalBinary(); err == nil {
		state, err = json.Marshal(w.at)
	}
	return chunk, state, err
}

func (w *writer) summary() Summary {
	return Summary{Rows: w.at.Rows, Bytes: w.at.Bytes, SHA256: hex.EncodeToString(w.sum.Sum(nil))}
}

// finish writes the last chunk, the result and the event in one transaction.
func (s *Service) finish(ctx context.Context, t *jobs.Task, a asked, w *writer) error {
	chunk, _, err := w.cut() // empty when the last chunk ended the file
	if err != nil {
		return err
	}
	sum := w.summary()
	result, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	keep, err := s.Keep(ctx, a.Origin.Account)
	if err != nil {
		return err
	}
	origin, _ := a.begun()
	t.SetTotal(sum.Rows) // events recorded after the request were counted, but are not in it
	return t.Finish(ctx, func(tx jobs.Tx, j *jobs.Job) error {
		j.Result, j.State, j.HasFile, j.ExpiresAt, j.Total = result, nil, true, j.FinishedAt.Add(keep), sum.Rows
		if chunk.Size > 0 {
			if err := tx.PutChunk(ctx, j.ID, chunk); err != nil {
				return err
			}
		}
		d := a.ended(j.ID, audit.Success, "is complete with "+rowsText(sum.Rows))
		d.Changes = sum.changes()
		_, err := s.Recorder.One(ctx, tx, origin, d)
		return err
	})
}

// failed records the end of an export that will not be made.
func (s *Service) failed(ctx context.Context, tx jobs.Tx, j jobs.Job) error {
	e, err := exportOf(j)
	if err != nil {
		return err
	}
	origin, _ := e.asked.begun()
	_, err = s.Recorder.One(ctx, tx, origin, e.asked.ended(j.ID, audit.Failed, "failed"+e.asked.after(j.Done)+": "+j.Error))
	return err
}
