package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Place is where an event stands in the account's ledger.
type Place struct {
	Seq      int64  `json:"seq"`       // from 1
	Index    int64  `json:"index"`     // of its leaf, from 0
	Size     int64  `json:"size"`      // of the ledger
	LeafHash string `json:"leaf_hash"` // in base64
	Salt     string `json:"salt"`      // in hex
	URL      string `json:"url"`       // where the proof is
}

// Checkpoint returns the newest signed head of the account's ledger. no_checkpoint before there is one.
func (c *Client) Checkpoint(ctx context.Context) (string, error) {
	return c.text(ctx, "ledger", "checkpoint")
}

// LedgerKey returns the verifier key of the account's ledger, with the line feed behind it.
func (c *Client) LedgerKey(ctx context.Context) (string, error) {
	return c.text(ctx, "ledger", "key")
}

// Proof returns the proof that an event is in the ledger. not_sealed while it waits, a moment.
func (c *Client) Proof(ctx context.Context, event string) (string, error) {
	return c.text(ctx, "ledger", "proof", event)
}

func (c *Client) text(ctx context.Context, path ...string) (string, error) {
	resp, err := c.send(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

// Verification is a check of the whole log, under way or done.
type Verification struct {
	ID          string `json:"id"`
	Status      string `json:"status"` // queued, running, done, failed or cancelled
	RequestedBy Actor  `json:"requested_by"`
	Progress    struct {
		Done  int64 `json:"done"` // events
		Total int64 `json:"total"`
	} `json:"progress"`
	Report     *VerificationReport `json:"report"` // nil until it is done
	Error      string              `json:"error"`  // why it could not be done
	CreatedAt  time.Time           `json:"created_at"`
	FinishedAt *time.Time          `json:"finished_at"`
}

// VerificationReport is what a verification found.
type VerificationReport struct {
	OK          bool      `json:"ok"` // nothing is wrong
	Size        int64     `json:"size"`
	Root        string    `json:"root"` // in base64
	Checkpoint  string    `json:"checkpoint"`
	Events      int64     `json:"events"`  // sealed ones that were read
	Waiting     int64     `json:"waiting"` // those that waited to be sealed
	Bytes       int64     `json:"bytes"`
	KeyChecked  bool      `json:"key_checked"` // false on a server that does not have the key
	Checkpoints int       `json:"checkpoints"` // of those that were given, the ones that agree
	Findings    []Finding `json:"findings"`
	More        int64     `json:"more"` // findings that are not listed
}

// Finding is one thing that is wrong.
type Finding struct {
	Kind   string `json:"kind"`
	Seq    int64  `json:"seq"`   // the place in the ledger; 0 for none
	Event  string `json:"event"` // id of the event; "" when it is not known
	Detail string `json:"detail"`
}

// Verify starts a verification of the whole log, or joins the one that is under way; Verification tells its progress.
// checkpoint is one that was kept, "" for none. It needs audit.manage. verify_running.
func (c *Client) Verify(ctx context.Context, checkpoint string) (Verification, error) {
	body := map[string]string{}
	if checkpoint != "" {
		body["checkpoint"] = checkpoint
	}
	var v Verification
	err := c.post(ctx, body, &v, "ledger", "verify")
	return v, err
}

// Verification returns a verification.
func (c *Client) Verification(ctx context.Context, id string) (Verification, error) {
	var v Verification
	err := c.get(ctx, nil, &v, "ledger", "verify", id)
	return v, err
}

// VerificationPage returns a page of verifications, newest first.
func (c *Client) VerificationPage(ctx context.Context, p Paging) (Page[Verification], error) {
	return pageOf[Verification](ctx, c, "verifications", p.into(url.Values{}), "ledger", "verify")
}

// Verifications walks over the verifications, newest first.
func (c *Client) Verifications(ctx context.Context) iter.Seq2[Verification, error] {
	return each(ctx, c.VerificationPage)
}

// CancelVerification cancels a verification. already_finished.
func (c *Client) CancelVerification(ctx context.Context, id string) error {
	return c.call(ctx, request{method: http.MethodDelete, path: []string{"ledger", "verify", id}}, nil)
}
