package export

import (
	"context"
	"crypto/sha256"

	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/jobs"
)

// runPack makes the file of an evidence pack. A run that follows one that was cut off begins anew, also with a newer
// checkpoint: the state of a compressor cannot be kept, and a second run costs no more than the first.
func (s *Service) runPack(ctx context.Context, t *jobs.Task, a asked) error {
	f := &packFile{ctx: ctx, writer: writer{task: t, sum: sha256.New()}}
	t.SetDone(0)
	if err := t.Write(ctx, func(tx jobs.Tx, _ *jobs.Job) error { return tx.DeleteChunks(ctx, t.Job().ID, 0) }); err != nil {
		return err
	}
	// Half of the work is making the pack, the other half is reading it again.
	var half int64
	rows, err := s.writePack(ctx, f, a, func(done, total int64) {
		half = total
		t.SetTotal(2 * total)
		t.SetDone(done)
	})
	if err == nil {
		err = f.flush()
	}
	if err == nil {
		err = s.checkFile(ctx, t, a, func(done, total int64) { t.SetDone(half + int64(float64(half)*float64(done)/float64(total))) })
	}
	if err != nil {
		return err
	}
	f.at.Rows = rows
	t.SetDone(rows)
	return s.finish(ctx, t, a, &f.writer)
}

// checkFile checks the pack as its reader will: a database that was edited gives one that does not verify. The owner
// of the log learns that here, not from the auditor.
func (s *Service) checkFile(ctx context.Context, t *jobs.Task, a asked, progress func(done, total int64)) error {
	verifier, err := s.verifier(ctx, a.Origin.Account)
	if err != nil {
		return err
	}
	file, err := jobs.OpenFile(ctx, s.Runner.Store, a.Origin.Account, t.Job().ID)
	if err != nil {
		return err
	}
	r, err := evidence.Check(ctx, newBlocks(file), file.Size(), evidence.Options{Verifier: verifier, Complete: a.Complete, Progress: progress})
	if err != nil {
		return err
	}
	return r.Damage()
}

// packFile is the file of the job that makes a pack.
type packFile struct {
	ctx context.Context
	writer
}

// Write implements io.Writer; every megabyte is a chunk, and durable.
func (f *packFile) Write(b []byte) (int, error) {
	f.piece = append(f.piece, b...)
	if len(f.piece) < jobs.ChunkSize {
		return len(b), nil
	}
	return len(b), f.flush()
}

func (f *packFile) flush() error {
	chunk, _, err := f.cut()
	if err != nil || chunk.Size == 0 {
		return err
	}
	return f.task.Write(f.ctx, func(tx jobs.Tx, j *jobs.Job) error {
		j.HasFile = true
		return tx.PutChunk(f.ctx, j.ID, chunk)
	})
}
