package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/jobs"
)

// UploadKind is the kind of the jobs that hold a file while its columns are mapped. They have no handler: an upload is done
// from the start, and its file goes with the first look for expired files after UploadKept.
const UploadKind jobs.Kind = "import_upload"

// UploadKept is how long an upload stays.
const UploadKept = 24 * time.Hour

// Upload is a file that waits to be imported.
type Upload struct {
	ID     jobs.ID `json:"-"`
	Object string  `json:"object"`
	Name   string  `json:"name"`
}

// Keep stores a file for the steps that follow: Inspect, dry runs, Enqueue. It refuses a file that is too large, and nothing
// else about it.
func (s *Service) Keep(ctx context.Context, c audit.Caller, object, name string, file io.ReadSeeker) (Upload, error) {
	if _, err := s.writable(c, object); err != nil {
		return Upload{}, err
	}
	if err := checkSize(file); err != nil {
		return Upload{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Upload{}, err
	}
	u := Upload{ID: jobs.ID(s.Recorder.NewID()), Object: object, Name: name}
	payload, err := json.Marshal(u)
	if err != nil {
		return u, err
	}
	j := jobs.Job{Account: c.Account, ID: u.ID, Kind: UploadKind, RequestedBy: c.Actor.ID, Payload: payload, HasFile: true}
	_, err = s.Runner.Enqueue(ctx, j, func(tx jobs.Tx, j *jobs.Job) error {
		j.Status, j.FinishedAt, j.ExpiresAt = jobs.Done, j.CreatedAt, j.CreatedAt.Add(UploadKept)
		_, err := jobs.PutFile(ctx, tx, j.ID, file)
		return err
	})
	return u, err
}

// Kept opens an upload of the caller's own; errs.NotFound for any other, errs.Gone when its time is over.
func (s *Service) Kept(ctx context.Context, c audit.Caller, id jobs.ID) (Upload, *jobs.File, error) {
	j, err := s.Runner.JobOf(ctx, c, UploadKind, id)
	if err != nil {
		return Upload{}, nil, err
	}
	u := Upload{ID: id}
	if err := json.Unmarshal(j.Payload, &u); err != nil {
		return u, nil, fmt.Errorf("importer: payload of job %s: %w", id, err)
	}
	if _, err := s.writable(c, u.Object); err != nil {
		return u, nil, err
	}
	f, err := s.Runner.Open(ctx, j)
	return u, f, err
}
