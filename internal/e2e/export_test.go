package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
)

// TestExportFiltered downloads what a filter shows: the file has the rows of the screen, in their order.
func TestExportFiltered(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(admin, width)
		files := b.downloads()
		b.open("/settings/audit-logs?type=session.login&range=90d")
		b.loadAll()
		onScreen := js[[]string](b, `[...document.querySelectorAll("#audit-results tbody tr[id^=e-]")].map(r => r.id.slice(2))`)
		expandable := js[int](b, `document.querySelectorAll("a.expander").length`)
		if len(onScreen) < 100 || expandable > 0 {
			t.Fatalf("the filter shows %d entries, %d of them with parts; this test needs pages of them, and none with parts", len(onScreen), expandable)
		}
		b.at("summary", "Export").click()
		b.at("button", "CSV").click()
		file := files.next()
		rows, err := csv.NewReader(strings.NewReader(string(file.content))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file.name, ".csv") {
			t.Errorf("the file is called %s", file.name)
		}
		at := slices.Index(rows[0], "Event ID")
		var inFile []string
		for _, row := range rows[1:] {
			inFile = append(inFile, row[at])
		}
		if !slices.Equal(inFile, onScreen) {
			t.Errorf("the file has %d rows, the screen %d:\n%s\n%s", len(inFile), len(onScreen), inFile, onScreen)
		}
		b.open("/settings/audit-logs?module=audit&range=today")
		b.css("#audit-results").says("The export of the audit log is complete")
	})
}

// TestExportQueued asks for more than is downloaded at once: it is made in the background, and its progress shown.
func TestExportQueued(t *testing.T) {
	w := newWorld(t)
	o, err := w.Schema.Object("contact")
	if err != nil {
		t.Fatal(err)
	}
	batch := crm.Batch{}
	for i := range 6000 {
		batch.Create = append(batch.Create, crm.Texts(o, map[string]string{"last_name": fmt.Sprintf("Guest %d", i)}))
	}
	if _, err := w.Engine.Batch(t.Context(), w.caller(owner), "contact", batch); err != nil {
		t.Fatal(err)
	}
	b := w.tabOf(admin, desk)
	files := b.downloads()
	b.open("/settings/audit-logs")
	b.at("summary", "Export").click()
	b.at("button", "JSON Lines").follow()
	b.waitForPath("/settings/audit-logs/exports")
	b.at("status", "").says("The export is being made")
	b.row("JSON Lines").says("Done")
	b.css("#export-said").says("The export is done")
	rows := b.row("JSON Lines").css("[data-label=Rows]").text()
	b.at("link", "Download").click()
	file := files.next()
	lines := strings.Split(strings.TrimSuffix(string(file.content), "\n"), "\n")
	if shown := strings.ReplaceAll(rows, ",", ""); fmt.Sprint(len(lines)) != shown || len(lines) <= 10_000 {
		t.Errorf("the file has %d lines, the page says %s", len(lines), rows)
	}
	for _, line := range []string{lines[0], lines[len(lines)-1]} {
		if !json.Valid([]byte(line)) {
			t.Errorf("this line is no JSON: %s", line)
		}
	}

	// Its hash is the file's, and the command that checks it is there to be copied.
	b.css(".export-check summary").click()
	sum := fmt.Sprintf("%x", sha256.Sum256(file.content))
	b.css(".export-check details[open]").says(`echo "` + sum + " " + file.name + `" | sha256sum --check`)

	w.failExport()
	b.open("/settings/audit-logs/exports")
	b.row("JSON Lines").says("The disk is full.")
	b.at("button", "Try again").follow()
	b.row("JSON Lines").says("Done")
	b.row("JSON Lines").says("tried again by")
	b.at("button", "Remove").click()
	b.at("dialog", "").at("button", "Remove").follow()
	b.row("JSON Lines").says("Expired")
	b.at("button", "Ask again").follow()
	b.at("link", "Download").see()
}

// failExport makes the account's last export one that failed.
func (w *world) failExport() {
	w.t.Helper()
	ctx := w.t.Context()
	found, err := w.Jobs.Jobs(ctx, w.account, export.Kind, "", 1)
	if err != nil || len(found) == 0 {
		w.t.Fatalf("find an export: %v", err)
	}
	if err := w.Jobs.Store.WriteJobs(ctx, w.account, func(tx jobs.Tx) error {
		j := found[0]
		j.Status, j.Error, j.HasFile, j.Result = jobs.Failed, "The disk is full.", false, nil
		return tx.PutJob(ctx, j)
	}); err != nil {
		w.t.Fatal(err)
	}
}

// TestEvidencePack makes a pack for an auditor on the page, and checks it as they do.
func TestEvidencePack(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(admin, width)
		files := b.downloads()
		b.open("/settings/audit-logs?type=session.login&range=7d")
		b.at("summary", "Export").click()
		b.css(".export-pack > summary").click()
		b.at("checkbox", "~Prove that nothing was left out").click()
		b.at("checkbox", "Email addresses").click()
		b.at("button", "Make evidence pack").follow()
		b.waitForPath("/settings/audit-logs/exports")
		b.row("Evidence pack").says("Done")
		b.row("Evidence pack").says("Left out: Email addresses")
		b.at("link", "Download").click()
		file := files.next()
		verifier, err := dbtest.Key().Verifier(ledger.Origin(string(w.account)))
		if err != nil {
			t.Fatal(err)
		}
		r, err := evidence.Check(t.Context(), bytes.NewReader(file.content), int64(len(file.content)), evidence.Options{Verifier: verifier, Complete: true})
		if err != nil || !r.OK() || r.Rows == 0 || !strings.HasPrefix(file.name, "audit-evidence-") {
			t.Errorf("%s: %v, %+v", file.name, err, r)
		}
	})
}

// loadAll goes to the end of the log until all of it is shown.
func (b *tab) loadAll() {
	b.t.Helper()
	b.until("the log is shown to its beginning", func() (string, error) {
		done, err := eval[bool](b, `(() => { scrollTo(0, document.body.scrollHeight); return !document.querySelector("#audit-more"); })()`)
		if err != nil || done {
			return "", err
		}
		return "there is more", nil
	})
}
