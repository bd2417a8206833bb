package api_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/client"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// sealed waits until an event has its place, and returns it.
func (h *house) sealed(id string) client.EventDetail {
	h.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		e, err := h.owner.Event(h.t.Context(), id)
		must(h.t, err)
		if e.Proof != nil {
			return e
		}
	}
	h.t.Fatalf("the event %s is not sealed", id)
	return client.EventDetail{}
}

// verified waits for a verification to end.
func (h *house) verified(id string) client.Verification {
	h.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		v, err := h.owner.Verification(h.t.Context(), id)
		must(h.t, err)
		if v.Status != "queued" && v.Status != "running" {
			return v
		}
	}
	h.t.Fatal("the verification does not end")
	return client.Verification{}
}

// TestLedgerProof checks an event as an auditor does: with the key, and what the API gives.
func TestLedgerProof(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "Ana"})
	e := h.sealed(h.last("contact.created").ID)
	vkey, err := h.owner.LedgerKey(t.Context())
	must(t, err)
	text, err := h.owner.Proof(t.Context(), e.ID)
	must(t, err)
	proof, err := ledger.ParseProof([]byte(text))
	must(t, err)

	resp, _ := h.raw(h.owner, "GET", "/api/v1/audit/events/"+e.ID, nil, nil)
	var salt audit.Salt
	if n, err := hex.Decode(salt[:], []byte(e.Proof.Salt)); err != nil || n != len(salt) {
		t.Fatalf("the salt is %q", e.Proof.Salt)
	}
	leaf, err := audit.AppendLeaf(nil, storedBody(t, resp), salt)
	must(t, err)
	hash := ledger.LeafHash(leaf)
	if got := base64.StdEncoding.EncodeToString(hash[:]); got != e.Proof.LeafHash || e.Proof.Seq != e.Seq || e.Proof.Index != e.Seq-1 || proof.Index != e.Proof.Index {
		t.Errorf("the proof is %+v, the leaf %s, the event's seq %d", e.Proof, got, e.Seq)
	}
	c, err := proof.Check(hash, strings.TrimSpace(vkey))
	if err != nil || c.Origin != ledger.Origin(string(h.founded.Account.ID)) || c.Size < e.Proof.Size {
		t.Errorf("the proof leads to %+v: %v", c, err)
	}
	if e.Proof.URL != "/api/v1/ledger/proof/"+e.ID {
		t.Errorf("the proof is at %s", e.Proof.URL)
	}
}

// storedBody takes out of an answer what the server puts in front of the stored bytes.
func storedBody(t *testing.T, resp *http.Response) []byte {
	t.Helper()
	var all map[string]json.RawMessage
	must(t, json.NewDecoder(resp.Body).Decode(&all))
	for _, name := range []string{"seq", "restore", "proof", "causes", "caused", "caused_count"} {
		delete(all, name)
	}
	b, err := json.Marshal(all)
	must(t, err)
	e, err := audit.ParseEvent(b)
	must(t, err)
	return e.AppendCanonical(nil)
}

func TestLedgerTexts(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "Ana"})
	e := h.sealed(h.last("contact.created").ID)
	for _, path := range []string{"checkpoint", "key", "proof/" + e.ID} {
		resp, _ := h.raw(h.owner, "GET", "/api/v1/ledger/"+path, nil, nil)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, resp.StatusCode, resp.Header)
		}
	}
	vkey, err := h.owner.LedgerKey(t.Context())
	must(t, err)
	if strings.Count(vkey, "\n") != 1 || !strings.HasSuffix(vkey, "\n") {
		t.Errorf("the key is %q", vkey)
	}
	note, err := h.owner.Checkpoint(t.Context())
	must(t, err)
	if _, err := ledger.OpenCheckpoint([]byte(note), strings.TrimSpace(vkey)); err != nil {
		t.Error(err)
	}
	// The other account has a ledger of its own, with a key of another name.
	theirs, err := h.other.LedgerKey(t.Context())
	must(t, err)
	if theirs == vkey {
		t.Error("two accounts have one key")
	}
	note, err = h.other.Checkpoint(t.Context())
	must(t, err)
	if _, err := ledger.OpenCheckpoint([]byte(note), strings.TrimSpace(vkey)); err == nil {
		t.Error("the other account's checkpoint passes for ours")
	}
	_, err = h.other.Proof(t.Context(), e.ID)
	wantCode(t, err, 404, "not_found")
}

func TestLedgerVerify(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "Ana"})
	h.sealed(h.last("contact.created").ID)
	note, err := h.admin.Checkpoint(t.Context())
	must(t, err)
	resp, _ := h.raw(h.admin, "POST", "/api/v1/ledger/verify", nil, nil)
	if resp.StatusCode != 202 {
		t.Errorf("without a body: %d", resp.StatusCode)
	}
	var first client.Verification
	must(t, json.NewDecoder(resp.Body).Decode(&first))
	h.verified(first.ID)
	asked, err := h.admin.Verify(t.Context(), note)
	must(t, err)
	v := h.verified(asked.ID)
	r := v.Report
	if v.Status != "done" || r == nil || !r.OK || !r.KeyChecked || r.Checkpoints != 1 || r.Events != r.Size || r.Size == 0 || len(r.Findings) != 0 || v.RequestedBy.Name != "Key of admin" || v.FinishedAt == nil {
		t.Errorf("the verification is %+v, its report %+v", v, r)
	}
	if v.Progress.Done != r.Events || v.Progress.Total != r.Events {
		t.Errorf("the progress is %+v", v.Progress)
	}
	if e := h.last("audit.verified"); e.Record.ID != v.ID || e.Outcome != "success" || e.Actor.Name != "Key of admin" {
		t.Errorf("it is logged as %+v", e)
	}
	page, err := h.owner.VerificationPage(t.Context(), client.Paging{Limit: 1})
	must(t, err)
	if len(page.Items) != 1 || page.Items[0].ID != v.ID || page.Next == "" {
		t.Errorf("the first page is %+v", page)
	}
	var all []string
	for v, err := range h.owner.Verifications(t.Context()) {
		must(t, err)
		all = append(all, v.ID)
	}
	if len(all) != 2 || all[1] != first.ID {
		t.Errorf("the list is %v", all)
	}
	wantCode(t, h.owner.CancelVerification(t.Context(), v.ID), 409, "already_finished")
	_, err = h.owner.Verify(t.Context(), "nonsense")
	wantCode(t, err, 400, "invalid_checkpoint")
	theirs, err := h.other.Checkpoint(t.Context())
	must(t, err)
	_, err = h.owner.Verify(t.Context(), theirs)
	wantCode(t, err, 400, "other_ledger")
}

// TestLedgerPermissions: who may read the log may read its ledger; a verification takes more.
func TestLedgerPermissions(t *testing.T) {
	h := newHouse(t)
	h.hire("Rita Reader", "rita@acme.test", "member")
	staff := h.last("staff.added")
	_, err := h.owner.Update(t.Context(), "staff", staff.Record.ID, client.Fields{"permissions": []string{"audit.read"}}, 0)
	must(t, err)
	rita := h.loggedIn("rita@acme.test")
	h.sealed(staff.ID)
	for name, call := range map[string]func(c *client.Client, ctx context.Context) error{
		"checkpoint": func(c *client.Client, ctx context.Context) error { _, err := c.Checkpoint(ctx); return err },
		"key":        func(c *client.Client, ctx context.Context) error { _, err := c.LedgerKey(ctx); return err },
		"proof":      func(c *client.Client, ctx context.Context) error { _, err := c.Proof(ctx, staff.ID); return err },
		"list": func(c *client.Client, ctx context.Context) error {
			_, err := c.VerificationPage(ctx, client.Paging{})
			return err
		},
	} {
		if err := call(rita, t.Context()); err != nil {
			t.Errorf("%s with audit.read: %v", name, err)
		}
		wantCode(t, call(h.member, t.Context()), 403, "forbidden")
	}
	_, err = rita.Verify(t.Context(), "")
	wantCode(t, err, 403, "forbidden")
	if e := h.last("access.denied"); e.Changes[1].After != "audit.manage" {
		t.Errorf("the refusal is logged as %+v", e.Changes)
	}
}

// cutStore is a store whose ledgers have lost their tiles.
type cutStore struct{ integrity.Store }

type cutSource struct{ integrity.Source }

func (s cutStore) ReadLedger(ctx context.Context, account audit.AccountID, fn func(integrity.Source) error) error {
	return s.Store.ReadLedger(ctx, account, func(src integrity.Source) error { return fn(cutSource{src}) })
}

func (cutSource) Tiles(_ context.Context, ids []ledger.TileID) ([]ledger.Tile, error) {
	return nil, ledger.MissingTile(ids[0])
}

// TestLedgerDamaged: an event can be read all the same, and its proof says what is wrong.
func TestLedgerDamaged(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "Ana"})
	e := h.sealed(h.last("contact.created").ID)
	h.w.Integrity.Store = cutStore{h.w.Integrity.Store}
	if e, err := h.owner.Event(t.Context(), e.ID); err != nil || e.Proof != nil {
		t.Errorf("the event: %+v, %v", e.Proof, err)
	}
	_, err := h.owner.Proof(t.Context(), e.ID)
	wantCode(t, err, 503, "ledger_damaged")
}
