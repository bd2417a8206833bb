package web

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
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
		`hx-trigger="every 2s"`, "<noscript><meta", "Europe/Lisbon")
	w.owner.htmx(exportsPath).want(t, 200, "Waiting").wantNot(t, "<noscript>") // swapped in, it would make the page come again
	id := regexp.MustCompile(exportsPath + `/([0-9a-f-]{36})/delete`).FindStringSubmatch(page.body)[1]
	w.owner.get(exportsPath+"/"+id+"/file").want(t, 409, "not ready")
	other, err := w.ws.Found(t.Context(), foundingOf("Other"))
	if err != nil {
		t.Fatal(err)
	}
	stranger := w.login(other.Owner.Fields["email"].Text())
	stranger.get(exportsPath+"/"+id+"/file").want(t, 404)
	stranger.post(exportsPath+"/"+id+"/delete").want(t, 404)
	stranger.get(exportsPath).want(t, 200, "No exports yet")

	w.runJobs()
	w.owner.finished(exportsPath).want(t, 200, "10,010", "Done", "SHA-256").wantNot(t, "<html", "hx-trigger", "<noscript>")
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
	w.owner.get(exportsPath).want(t, 200, "The file of the export was removed", "Expired").wantNot(t, ">Download<")
	w.owner.get(exportsPath+"/"+id+"/file").want(t, 410)
}
