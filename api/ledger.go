package api

import (
	"context"
	"encoding/base64"
	"encoding/hex"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

func (a *API) checkpoint(ctx context.Context, _ *struct{}) (*streamed, error) {
	note, err := a.Integrity.Checkpoint(ctx, callerOf(ctx))
	return plain(note), err
}

func (a *API) verifierKey(ctx context.Context, _ *struct{}) (*streamed, error) {
	vkey, err := a.Integrity.VerifierKey(ctx, callerOf(ctx))
	return plain([]byte(vkey + "\n")), err
}

func (a *API) proof(ctx context.Context, in *struct {
	ID audit.EventID `path:"event_id" doc:"Id of the event"`
}) (*streamed, error) {
	proof, err := a.Integrity.Proof(ctx, callerOf(ctx), in.ID)
	return plain(proof), err
}

// plain answers with a text.
func plain(text []byte) *streamed {
	return &streamed{func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write(text)
	}}
}

// EventProof is where an event stands in the account's ledger.
type EventProof struct {
	Seq      int64  `json:"seq"`
	Index    int64  `json:"index" doc:"Of its leaf, from 0: seq less one"`
	Size     int64  `json:"size" doc:"Of the ledger that the proof at url is about"`
	LeafHash string `json:"leaf_hash" doc:"The hash of the leaf that the ledger holds there, in base64"`
	Salt     string `json:"salt" doc:"The event's salt, in hex: with it and the stored bytes, the leaf can be made again"`
	URL      string `json:"url" example:"/api/v1/ledger/proof/0190c0d6-0000-7000-8000-000000000000" doc:"The address of the proof"`
}

// proofOf says where an event stands; nil when it waits, or when nothing can be proved in a ledger that is damaged: the
// address of the proof says that.
func (a *API) proofOf(ctx context.Context, id audit.EventID, seq int64) (*EventProof, error) {
	p, err := a.Integrity.Place(ctx, callerOf(ctx), seq)
	if code := errs.Code(err); code == "not_sealed" || code == "ledger_damaged" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &EventProof{Seq: p.Seq, Index: p.Index, Size: p.Size, LeafHash: base64.StdEncoding.EncodeToString(p.Leaf[:]),
		Salt: hex.EncodeToString(p.Salt), URL: Prefix + "/ledger/proof/" + string(id)}, nil
}
