package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
		got.Note, got.Cause = "at once as "+a.Format.label(), a.Requested
		if _, err = op.Record(ctx, got); err != nil {
			return err
		}
		return op.Close(ctx)
	})
}

func (d *Direct) stream(ctx context.Context, w io.Writer) (sum Summary, err error) {
	const flushAt = 64 << 10
	enc, err := NewEncoder(d.asked.Format, d.asked.loc)
	if err != nil {
		return sum, err
	}
	hash := sha256.New()
	out := io.MultiWriter(hash, w)
	buf := enc.Begin(make([]byte, 0, 2*flushAt))
	flush := func() error {
		n, err := out.Write(buf)
		sum.Bytes += int64(n)
		buf = buf[:0]
		return err
	}
	defer func() { sum.SHA256 = hex.EncodeToString(hash.Sum(nil)) }()
	for row, err := range Rows(ctx, d.service.Log, d.asked.selection()) {
		if err != nil {
			return sum, err
		}
		if buf, err = enc.Append(buf, row); err != nil {
			return sum, err
		}
		sum.Rows++
		if len(buf) >= flushAt {
			if err := flush(); err != nil {
				return sum, gone(err)
			}
		}
	}
	if err := flush(); err != nil {
		return sum, gone(err)
	}
	return sum, nil
}

func gone(err error) error {
	return errs.New(errs.Unavailable, "reader_gone", "The reader of the export went away.").Because(err)
}
