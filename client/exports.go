package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Export is an export with its progress.
type Export struct {
	ID          string              `json:"id"`
	Status      string              `json:"status"` // queued, running, done, failed or cancelled
	Format      string              `json:"format"`
	Filter      map[string][]string `json:"filter"`
	Timezone    string              `json:"timezone"`
	Withhold    []string            `json:"withhold"`
	Complete    bool                `json:"complete"`
	RequestedBy Actor               `json:"requested_by"`
	RetriedBy   *Actor              `json:"retried_by"` // who tried it again last, nil for nobody
	Progress    struct {
		Done  int64 `json:"done"`
		Total int64 `json:"total"` // 0 while it is not known
	} `json:"progress"`
	Rows       int64      `json:"rows"` // 0 until it is done
	Bytes      int64      `json:"bytes"`
	SHA256     string     `json:"sha256"` // of the whole file, in hex
	Error      string     `json:"error"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at"`
	ExpiresAt  *time.Time `json:"expires_at"` // when the file goes
}

// ExportRequest asks for an export.
type ExportRequest struct {
	Format   string // csv, jsonl or evidence
	Filter   Filter
	Timezone string // of the times in the file; "" for the account's
	// Withhold and Complete are for evidence packs: classes of values that are left out (email, ip, user_agent, session,
	// user, record, changes, description), and whether the pack proves that nothing else was.
	Withhold []string
	Complete bool
}

// CreateExport asks for an export; Export tells its progress. It needs audit.export.
func (c *Client) CreateExport(ctx context.Context, r ExportRequest) (Export, error) {
	body := map[string]any{"format": r.Format, "filter": r.Filter.values()}
	if r.Timezone != "" {
		body["timezone"] = r.Timezone
	}
	if len(r.Withhold) > 0 {
		body["withhold"] = r.Withhold
	}
	if r.Complete {
		body["complete"] = true
	}
	var e Export
	err := c.post(ctx, body, &e, "audit", "exports")
	return e, err
}

// Export returns an export.
func (c *Client) Export(ctx context.Context, id string) (Export, error) {
	var e Export
	err := c.get(ctx, nil, &e, "audit", "exports", id)
	return e, err
}

// ExportPage returns a page of exports, newest first.
func (c *Client) ExportPage(ctx context.Context, p Paging) (Page[Export], error) {
	return pageOf[Export](ctx, c, "exports", p.into(url.Values{}), "audit", "exports")
}

// Exports walks over the exports, newest first.
func (c *Client) Exports(ctx context.Context) iter.Seq2[Export, error] {
	return each(ctx, c.ExportPage)
}

// ExportFile opens the file of an export that is done; byteRange is "" for all of it, or as in "bytes=1000-". The
// caller closes it. not_ready, no_file, expired.
func (c *Client) ExportFile(ctx context.Context, id, byteRange string) (io.ReadCloser, error) {
	r := request{method: http.MethodGet, path: []string{"audit", "exports", id, "file"}, header: http.Header{}}
	if byteRange != "" {
		r.header.Set("Range", byteRange)
	}
	resp, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// RetryExport tries an export again that failed, from where it stood. not_failed.
func (c *Client) RetryExport(ctx context.Context, id string) (Export, error) {
	var e Export
	err := c.post(ctx, nil, &e, "audit", "exports", id, "retry")
	return e, err
}

// DeleteExport cancels an export, or removes its file.
func (c *Client) DeleteExport(ctx context.Context, id string) error {
	return c.call(ctx, request{method: http.MethodDelete, path: []string{"audit", "exports", id}}, nil)
}
