package web

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/jobs"
)

// More than 10,000 entries are exported in the background: made once here, for one export that is cancelled and one that is
// waited for.
func TestLargeExportIsAJob(t *testing.T) {
	w := newWorld(t)
	w.batch("contact", 9_990, "first_name")
	w.batch("contact", 20, "last_name")
	t.Run("cancelled", func(t *testing.T) { cancelExport(t, w) })
	t.Run("waited for", func(t *testing.T) { waitForExport(t, w) })
}

func cancelExport(t *testing.T, w *world) {
	w.owner.post(exportsPath, "format", "csv", "object", "contact").to(t, exportsPath)
	page := w.owner.get(exportsPath)
	id := regexp.MustCompile(exportsPath + `/([0-9a-f-]{36})/delete`).FindStringSubmatch(page.body)[1]
	w.owner.post(exportsPath+"/"+id+"/delete").to(t, exportsPath)
	w.owner.get(exportsPath).want(t, 200, "The export was cancelled", "Cancelled").wantNot(t, "every 2s")
	if got := w.newest("audit.export_completed"); got.Outcome != audit.Failed {
		t.Errorf("the end is logged as %s", got.Outcome)
	}
}

func waitForExport(t *testing.T, w *world) {
	w.owner.post(exportsPath, "format", "jsonl", "action", "created", "object", "contact").to(t, exportsPath)
	page := w.owner.get(exportsPath).want(t, 200, "The export is being made", "Waiting", "Action: Created", "Object: Contact", "JSON Lines", "Olga Owner", "Cancel",
		`hx-trigger="every 2s"`, "<noscript><meta", "Europe/Lisbon", "Files are kept for 30 days", `/settings/audit-logs?action=created&amp;object=contact"`)
	id := regexp.MustCompile(exportsPath + `/([0-9a-f-]{36})/delete`).FindStringSubmatch(page.body)[1]
	w.owner.htmx(exportsPath+"/"+id).want(t, 200, "Waiting").wantNot(t, "<noscript>", "export-said") // swapped in, it would make the page come again
	w.owner.get(exportsPath+"/"+id).to(t, exportsPath+"#export-"+id)
	w.owner.get(exportsPath+"/"+id+"/file").want(t, 409, "not ready")
	w.owner.post(exportsPath+"/"+id+"/retry").want(t, 409, "Only an export that failed can be tried again", "Ask for a new export")
	other, err := w.ws.Found(t.Context(), foundingOf("Other"))
	if err != nil {
		t.Fatal(err)
	}
	stranger := w.login(other.Owner.Fields["email"].Text())
	stranger.get(exportsPath+"/"+id+"/file").want(t, 404)
	stranger.htmx(exportsPath+"/"+id).want(t, 404)
	stranger.post(exportsPath+"/"+id+"/retry").want(t, 404)
	stranger.post(exportsPath+"/"+id+"/anew").want(t, 404)
	stranger.post(exportsPath+"/"+id+"/delete").want(t, 404)
	stranger.get(exportsPath).want(t, 200, "No exports yet")

	w.runJobs()
	w.owner.finished(exportsPath+"/"+id).want(t, 200, "10,010", "Done", "SHA-256", "| sha256sum --check", " bytes\"", "The export is done, with 10,010 rows.").wantNot(t, "<html", "hx-trigger", "<noscript>")
	file := w.owner.get(exportsPath + "/" + id + "/file")
	if n := strings.Count(file.body, "\n"); file.status != 200 || n != 10_010 {
		t.Errorf("the file: %d, %d lines", file.status, n)
	}
	var first struct{ Type string }
	if err := json.Unmarshal([]byte(strings.SplitN(file.body, "\n", 2)[0]), &first); err != nil || first.Type != "contact.created" {
		t.Errorf("the first line is of type %q: %v", first.Type, err)
	}
	if got := w.newest("audit.export_downloaded"); got.Actor.Name != "Olga Owner" {
		t.Errorf("the download is logged for %q", got.Actor.Name)
	}
	w.owner.post(exportsPath+"/"+id+"/delete").to(t, exportsPath)
	w.owner.get(exportsPath).want(t, 200, "The file of the export was removed", "Expired", "Ask again").wantNot(t, ">Download<", "sha256sum")
	w.owner.get(exportsPath+"/"+id+"/file").want(t, 410)
	w.owner.post(exportsPath+"/"+id+"/anew").to(t, exportsPath)
	w.owner.get(exportsPath).want(t, 200, "The export is being made")
	if got := w.newest("audit.export_requested"); !strings.Contains(got.Description, "JSONL: action=created, object=contact") {
		t.Errorf("the second request is logged as %q", got.Description)
	}
}

// TestFailedExport: the page says why an export failed, and lets it be tried again by whoever may export today.
func TestFailedExport(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana")
	record := w.newest("contact.created").Record
	e, err := w.ws.Exports.Request(t.Context(), w.caller(), export.Request{Format: "csv", Filter: url.Values{"record": {string(record.ID)}}})
	if err != nil {
		t.Fatal(err)
	}
	job, err := w.ws.Jobs.Job(t.Context(), w.account.ID, export.Kind, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ws.Jobs.Store.WriteJobs(t.Context(), w.account.ID, func(tx jobs.Tx) error {
		job.Status, job.Error, job.FinishedAt = jobs.Failed, "It was tried 3 times.", job.CreatedAt
		return tx.PutJob(t.Context(), job)
	}); err != nil {
		t.Fatal(err)
	}
	at := exportsPath + "/" + string(e.ID)
	w.owner.get(exportsPath).want(t, 200, "Failed", "It was tried 3 times.", "Try again", "Record: Ana").wantNot(t, "<noscript><meta")
	w.member.post(at+"/retry").want(t, 403)
	w.owner.post(at+"/retry").to(t, exportsPath)
	w.owner.get(exportsPath).want(t, 200, "The export goes on from where it stood", "Waiting", "tried again by")
	w.runJobs()
	w.owner.finished(at).want(t, 200, "Done")
	if got := w.newest("audit.export_retried"); got.Actor.Name != "Olga Owner" {
		t.Errorf("the retry is logged as %+v", got)
	}
}

// TestZoneOfAnExport: the times of a file are in the zone that was asked for.
func TestZoneOfAnExport(t *testing.T) {
	w := newWorld(t)
	w.owner.get(auditPath).want(t, 200, `name="timezone" value="Europe/Lisbon"`)
	file := w.owner.post(exportsPath, "format", "csv", "timezone", "Asia/Tokyo").want(t, 200)
	if !strings.Contains(file.body, "+09:00,") {
		t.Errorf("the file begins with %.300s", file.body)
	}
	w.owner.post(exportsPath, "format", "csv", "timezone", "Mars/Phobos").want(t, 400, "must be the name of a time zone")
}
