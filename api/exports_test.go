package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/client"
	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/jobs"
)

// exported waits for an export to end.
func (h *house) exported(id string) client.Export {
	h.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		e, err := h.owner.Export(h.t.Context(), id)
		must(h.t, err)
		if e.Status != "queued" && e.Status != "running" {
			return e
		}
	}
	h.t.Fatal("the export does not end")
	return client.Export{}
}

func (h *house) download(id, byteRange string) string {
	h.t.Helper()
	f, err := h.owner.ExportFile(h.t.Context(), id, byteRange)
	must(h.t, err)
	defer f.Close()
	b, err := io.ReadAll(f)
	must(h.t, err)
	return string(b)
}

func TestExport(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "=cmd()"})
	asked, err := h.admin.CreateExport(t.Context(), client.ExportRequest{Format: "csv", Filter: client.Filter{Object: []string{"contact"}, Action: []string{"created", "deleted"}}, Timezone: "Asia/Tokyo"})
	must(t, err)
	done := h.exported(asked.ID)
	if done.Status != "done" || done.Rows != 1 || done.Progress.Done != 1 || done.ExpiresAt == nil || done.Timezone != "Asia/Tokyo" || done.RequestedBy.Name != "Key of admin" {
		t.Errorf("the export is %+v", done)
	}
	file := h.download(done.ID, "")
	sum := sha256.Sum256([]byte(file))
	if hex.EncodeToString(sum[:]) != done.SHA256 || int64(len(file)) != done.Bytes || !strings.HasPrefix(file, "Timestamp,User,Event type") {
		t.Errorf("the file is not the one that was announced:\n%.300s", file)
	}
	if got := h.download(done.ID, "bytes=10-19"); got != file[10:20] {
		t.Errorf("a range gives %q, want %q", got, file[10:20])
	}
	if e := h.last("audit.export_downloaded"); e.Record.ID != done.ID {
		t.Errorf("the download is logged as %+v", e)
	}
	page, err := h.owner.ExportPage(t.Context(), client.Paging{Limit: 1})
	must(t, err)
	if len(page.Items) != 1 || page.Items[0].ID != done.ID || page.Next != "" {
		t.Errorf("the list is %+v", page)
	}
	must(t, h.owner.DeleteExport(t.Context(), done.ID))
	_, err = h.owner.ExportFile(t.Context(), done.ID, "")
	wantCode(t, err, 410, "expired")
}

// TestRetryExport tries an export again that failed, and asks for one whose file is kept as long as the account says.
func TestRetryExport(t *testing.T) {
	h := newHouse(t)
	days := 7
	account, err := h.owner.UpdateAccount(t.Context(), client.AccountUpdate{ExportExpiryDays: &days})
	must(t, err)
	if e := h.last("account.updated"); account.ExportExpiryDays != 7 || len(e.Changes) != 1 || e.Changes[0].Field != "export_expiry_days" {
		t.Errorf("the account is %+v, the event has %+v", account, e.Changes)
	}
	days = 366
	_, err = h.owner.UpdateAccount(t.Context(), client.AccountUpdate{ExportExpiryDays: &days})
	wantCode(t, err, 400, "out_of_range")
	h.sealed(h.last("account.updated").ID) // so that its place is in both files
	asked, err := h.admin.CreateExport(t.Context(), client.ExportRequest{Format: "jsonl", Filter: client.Filter{Object: []string{"account"}}})
	must(t, err)
	done := h.exported(asked.ID)
	if done.Status != "done" || !done.ExpiresAt.Equal(done.FinishedAt.AddDate(0, 0, 7)) {
		t.Errorf("the export is %+v", done)
	}
	_, err = h.owner.RetryExport(t.Context(), done.ID)
	wantCode(t, err, 409, "not_failed")
	h.failed(done.ID)
	again, err := h.owner.RetryExport(t.Context(), done.ID)
	must(t, err)
	if again.ID != done.ID || again.Status != "queued" || again.RetriedBy == nil || again.RequestedBy.Name != "Key of admin" || again.ExpiresAt != nil {
		t.Errorf("the export is %+v", again)
	}
	if e := h.last("audit.export_retried"); e.Record.ID != done.ID {
		t.Errorf("the retry is logged as %+v", e)
	}
	if again = h.exported(done.ID); again.Status != "done" || again.Rows != 1 || again.SHA256 != done.SHA256 {
		t.Errorf("the export is %+v, and was %+v", again, done)
	}
	_, err = h.member.RetryExport(t.Context(), done.ID)
	wantCode(t, err, 403, "forbidden")
}

// failed lets an export that is done have failed.
func (h *house) failed(export string) {
	h.t.Helper()
	must(h.t, h.w.Jobs.Store.WriteJobs(h.t.Context(), h.founded.Account.ID, func(tx jobs.Tx) error {
		j, err := tx.LockJob(h.t.Context(), jobs.ID(export))
		if err != nil {
			return err
		}
		j.Status, j.Error, j.Result, j.HasFile = jobs.Failed, "It was tried 3 times.", nil, false
		return tx.PutJob(h.t.Context(), j)
	}))
}

// TestEvidence gets a pack and checks it as an auditor does.
func TestEvidence(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "Ana"})
	asked, err := h.admin.CreateExport(t.Context(), client.ExportRequest{Format: "evidence", Filter: client.Filter{Object: []string{"contact"}}, Withhold: []string{"ip", "user"}, Complete: true})
	must(t, err)
	done := h.exported(asked.ID)
	if done.Status != "done" || done.Rows != 1 || !done.Complete || !slices.Equal(done.Withhold, []string{"ip", "user"}) {
		t.Fatalf("the export is %+v", done)
	}
	file := h.download(done.ID, "")
	verifier, err := h.w.Verifier(t.Context(), h.founded.Account.ID)
	must(t, err)
	r, err := evidence.Check(t.Context(), strings.NewReader(file), int64(len(file)), evidence.Options{Verifier: verifier, Complete: true})
	must(t, err)
	if !r.OK() || r.Rows != 1 || r.Headers != r.Checkpoint.Size-1 || r.Manifest.Account.Name != "Acme" || r.Manifest.RequestedBy.Name != "" {
		t.Errorf("the pack gives %+v", r)
	}
	resp, _ := h.raw(h.owner, "GET", "/api/v1/audit/exports/"+done.ID+"/file", nil, nil)
	if got := resp.Header; got.Get("Content-Type") != "application/zip" || !strings.Contains(got.Get("Content-Disposition"), "audit-evidence-") {
		t.Errorf("the headers are %v", got)
	}
	if e := h.last("audit.export_requested"); !strings.Contains(e.Description, "complete evidence pack without ip, user") {
		t.Errorf("it is logged as %q", e.Description)
	}
}

func TestExportMistakes(t *testing.T) {
	h := newHouse(t)
	for body, field := range map[string]string{
		`{"format":"xml"}`: "format",
		`{}`:               "format",
		`{"format":"csv","filter":{"nonsense":"x"}}`: "filter.nonsense",
		`{"format":"csv","filter":{"action":"x"}}`:   "action",
		`{"format":"csv","filter":{"action":5}}`:     "filter.action",
		`{"format":"csv","filter":{"from":"x"}}`:     "from",
		`{"format":"csv","timezone":"Nowhere/City"}`: "timezone",
		`{"format":"csv","nonsense":1}`:              "nonsense",
		`{"format":"csv","withhold":["email"]}`:      "withhold",
		`{"format":"jsonl","complete":true}`:         "complete",
		`{"format":"evidence","withhold":["shoes"]}`: "withhold[0]",
		`{"format":"evidence","withhold":"email"}`:   "withhold",
	} {
		resp, p := h.raw(h.owner, "POST", "/api/v1/audit/exports", strings.NewReader(body), nil)
		if resp.StatusCode != 400 || len(p.Fields) == 0 || p.Fields[0].Field != field {
			t.Errorf("%s: %d %s %+v, want a mistake in %s", body, resp.StatusCode, p.Code, p.Fields, field)
		}
	}
}
