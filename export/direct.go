package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Direct is an export at once, of a few rows, to whoever waits for it.
type Direct struct {
	service *Service
	asked   asked
	id      audit.RecordID
}

// Direct prepares an export at once. Nothing is recorded yet; errs.Invalid names what is wrong in r.
func (s *Service) Direct(c audit.Caller, r Request) (*Direct, error) {
	a, err := s.check(c, r)
	return &Direct{service: s, asked: a, id: s.Recorder.NewID()}, err
}

// FileName is a name for the file.
func (d *Direct) FileName() string { return fileName(d.asked.Until, d.asked.Format) }

// Format is the form of the file.
func (d *Direct) Format() Format { return d.asked.Format }

// Fits reports whether the export has at most so many rows. It looks no further than that.
func (d *Direct) Fits(ctx context.Context, rows int) (bool, error) {
	for _, err := range Rows(ctx, d.service.Log, d.asked.selection()) {
		if err != nil {
			return false, err
		}
		if rows--; rows < 0 {
			return false, nil
		}
	}
	return true, nil
}

// Write writes the export to w. That it was asked for and is downloaded is durable before the first byte leaves, and
// its end is recorded behind the last one. Call it once; a second call records a second download.
func (d *Direct) Write(ctx context.Context, w io.Writer) (Summary, error) {
	if err := d.begin(ctx); err != nil {
		return Summary{}, err
	}
	sum, err := d.stream(ctx, w)
	// The reader may be gone, and ctx with them: the end is recorded all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	end := d.asked.ended(jobs.ID(d.id), audit.Success, "is complete with "+rowsText(sum.Rows))
	if err != nil {
		end = d.asked.ended(jobs.ID(d.id), audit.Failed, "broke off after "+rowsText(sum.Rows))
	}
	end.Changes = sum.changes()
	if e := d.service.record(ctx, d.asked.Origin, end); e != nil && err == nil {
		err = e
	}
	return sum, err
}

func (d *Direct) begin(ctx context.Context) error {
	s, a := d.service, &d.asked
	return s.Runner.Store.WriteJobs(ctx, a.Origin.Account, func(tx jobs.Tx) error {
		op := s.Recorder.Begin(tx, a.Origin)
		var err error
		if a.Requested, err = op.Record(ctx, a.requested(d.id)); err != nil {
			return err
		}
		got := draft("audit.export_downloaded", d.id, a.Format)
		got.Note, got.Cause = "at once as "+a.packWords(), a.Requested
		if _, err = op.Record(ctx, got); err != nil {
			return err
		}
		return op.Close(ctx)
	})
}

func (d *Direct) stream(ctx context.Context, w io.Writer) (sum Summary, err error) {
	out := &wire{to: w, hash: sha256.New()}
	if d.asked.Format == EvidenceFormat {
		sum.Rows, err = d.service.writePack(ctx, out, d.asked, func(int64, int64) {})
	} else {
		sum.Rows, err = d.rows(ctx, out)
	}
	sum.Bytes, sum.SHA256 = out.bytes, hex.EncodeToString(out.hash.Sum(nil))
	return sum, err
}

func (d *Direct) rows(ctx context.Context, out io.Writer) (rows int64, err error) {
	const flushAt = 64 << 10
	enc, err := NewEncoder(d.asked.Format, d.asked.loc)
	if err != nil {
		return 0, err
	}
	buf := enc.Begin(make([]byte, 0, 2*flushAt))
	for row, err := range Rows(ctx, d.service.Log, d.asked.selection()) {
		if err != nil {
			return rows, err
		}
		if buf, err = enc.Append(buf, row); err != nil {
			return rows, err
		}
		rows++
		if len(buf) >= flushAt {
			if _, err := out.Write(buf); err != nil {
				return rows, err
			}
			buf = buf[:0]
		}
	}
	_, err = out.Write(buf)
	return rows, err
}

// wire is the way to whoever waits; it counts what they got.
type wire struct {
	to    io.Writer
	hash  hash.Hash
	bytes int64
}

func (w *wire) Write(b []byte) (int, error) {
	n, err := w.to.Write(b)
	w.hash.Write(b[:n])
	w.bytes += int64(n)
	if err != nil {
		err = errs.New(errs.Unavailable, "reader_gone", "The reader of the export went away.").Because(err)
	}
	return n, err
}
