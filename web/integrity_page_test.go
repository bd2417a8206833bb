package web

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// seal seals what waits; no sealer runs beside these tests.
func (w *world) seal() {
	w.t.Helper()
	if err := w.db.Seal(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func TestIntegrity(t *testing.T) {
	w := newWorld(t)
	w.owner.get(integrityPath).want(t, 200, "Nothing is sealed yet", "entries waiting", "It has not been verified yet", "Verify the whole log").
		wantNot(t, "Download the checkpoint", "stands still")
	w.seal()
	page := w.owner.get(integrityPath).want(t, 200, "Newest checkpoint", "just now", "Download the checkpoint", "Download the key", "readonly",
		"backtrail verify harbour-evidence.zip \\ --key harbour-ledger-key.txt", "backtrail verify --db URL \\ --account "+string(w.account.ID))
	key := w.owner.get(integrityPath+"/key").want(t, 200)
	if key.header.Get("Content-Disposition") != "attachment; filename=harbour-ledger-key.txt" || !strings.Contains(page.text(), strings.TrimSpace(key.body)) {
		t.Errorf("the key is %q, %v", key.body, key.header)
	}
	note := w.owner.get(integrityPath+"/checkpoint").want(t, 200)
	c, err := ledger.OpenCheckpoint([]byte(note.body), strings.TrimSpace(key.body))
	if err != nil || !strings.Contains(page.text(), c.Root.String()) || !strings.HasPrefix(note.header.Get("Content-Disposition"), "attachment; filename=harbour-checkpoint-") {
		t.Errorf("the checkpoint is %+v, %v, %v", c, err, note.header)
	}
}

// TestTargets changes where checkpoints are sent.
func TestTargets(t *testing.T) {
	w := newWorld(t)
	w.seal()
	targets := integrityPath + "/targets"
	w.owner.get(integrityPath).want(t, 200, "Send checkpoints to", "Every day", "has no mail server").wantNot(t, "Send now", "Last sent")
	w.owner.post(targets, "webhook", "http://10.0.0.1/", "email", "somebody", "schedule", "yearly").
		want(t, 422, "must begin with https://", "sends no mail", "must be hourly, daily or weekly", `value="http://10.0.0.1/"`, `aria-invalid="true"`)
	w.owner.post(targets+"/send").want(t, 422, "<html")
	w.owner.post(targets, "webhook", " https://backtrail.invalid/hook ", "email", "", "schedule", "weekly").to(t, integrityPath)
	w.admin.get(integrityPath).want(t, 200, `value="https://backtrail.invalid/hook"`, "The next copies leave", "Send now")
	if e := w.newest("audit.settings_updated"); len(e.Changes) != 2 || strings.Contains(string(e.Changes[0].After), "hook") {
		t.Errorf("the event is %+v", e)
	}
	w.owner.post(targets+"/send").to(t, integrityPath)
	w.member.post(targets, "webhook", "https://example.com/").want(t, 403)
	w.member.post(targets+"/send").want(t, 403)
	w.owner.post(targets, "webhook", "", "email", "", "schedule", "daily").to(t, integrityPath)
	w.owner.get(integrityPath).want(t, 200).wantNot(t, "Send now", "backtrail.invalid")
}

func TestVerifyTheLog(t *testing.T) {
	w := newWorld(t)
	w.seal()
	note := w.owner.get(integrityPath + "/checkpoint").body
	w.owner.post(integrityPath, "checkpoint", strings.ReplaceAll(note, "\n", "\r\n")).to(t, integrityPath)
	running := w.owner.get(integrityPath).want(t, 200, "Verifying the whole log", "0 entries", "You can leave this page", `hx-trigger="every 1s"`, "<noscript><meta", "Cancel")
	w.owner.post(integrityPath).to(t, integrityPath) // joins it
	one := regexp.MustCompile(integrityPath + `/[0-9a-f-]{36}`).FindString(running.body)
	w.owner.get(one).want(t, 200, "Verifying the whole log", "Cancel", `hx-trigger="every 1s"`)
	w.admin.get(one).want(t, 200)
	for _, path := range []string{integrityPath, one} { // what is swapped in must not make the page come again
		w.owner.htmx(path).want(t, 200, "Verifying the whole log").wantNot(t, "<noscript>")
	}

	w.runJobs()
	w.owner.finished(integrityPath).want(t, 200, "Nothing wrong.", "as it was signed", "has grown out of the checkpoint", "Olga Owner").wantNot(t, "<html", "<noscript>", "stands still")
	w.owner.finished(one).want(t, 200, "Nothing wrong.").wantNot(t, "<html", "Cancel")
	e := w.newest("audit.verified")
	w.owner.get(eventAddress(e.ID)).want(t, 200, `href="`+one+`"`, "found nothing wrong in", "Waits to be sealed")
	w.owner.post(one+"/cancel").to(t, integrityPath) // it was quicker
	w.owner.post(integrityPath).to(t, integrityPath)
	w.owner.finished(integrityPath).want(t, 200, "Earlier verifications", `href="`+one+`"`)
}

func TestVerifyMistakes(t *testing.T) {
	w := newWorld(t)
	w.seal()
	w.owner.post(integrityPath, "checkpoint", "<b>nonsense").want(t, 422, "This is not a checkpoint", "&lt;b&gt;nonsense", `aria-invalid="true"`, "<html").wantNot(t, "<b>nonsense")
	other, err := w.ws.Found(t.Context(), foundingOf("Other"))
	if err != nil {
		t.Fatal(err)
	}
	w.seal()
	stranger := w.login(other.Owner.Fields["email"].Text())
	w.owner.post(integrityPath, "checkpoint", stranger.get(integrityPath+"/checkpoint").body).want(t, 422, "of the ledger", string(other.Account.ID))
	w.owner.post(integrityPath).to(t, integrityPath)
	w.owner.post(integrityPath, "checkpoint", w.owner.get(integrityPath+"/checkpoint").body).want(t, 422, "does not look at this checkpoint")
	one := regexp.MustCompile(integrityPath + `/[0-9a-f-]{36}`).FindString(w.owner.get(integrityPath).body)
	stranger.get(one).want(t, 404)
	stranger.post(one+"/cancel").want(t, 404)
	stranger.get(integrityPath).want(t, 200, "It has not been verified yet")
	w.owner.post(one+"/cancel").to(t, integrityPath)
	w.owner.get(integrityPath).want(t, 200, "The verification was cancelled")
	w.owner.get(integrityPath+"?after=x").want(t, 400)
	w.owner.get(integrityPath+"/nonsense").want(t, 404)
}

func TestIntegrityPermissions(t *testing.T) {
	w := newWorld(t)
	w.seal()
	e := w.newest("staff.added")
	for _, path := range []string{integrityPath, integrityPath + "/key", integrityPath + "/checkpoint", integrityPath + "/" + string(e.ID), eventAddress(e.ID) + "/proof"} {
		w.member.get(path).want(t, 403, "audit.read")
	}
	w.member.post(integrityPath).want(t, 403)
	w.update(w.record("staff", w.memberID), "permissions", "audit.read")
	w.member.get(integrityPath).want(t, 200, "audit.manage", "Download the key").wantNot(t, "<button class=\"btn btn-primary\">Verify")
	w.member.post(integrityPath).want(t, 403, "audit.manage")
	if got := w.newest("access.denied"); got.Outcome != audit.Denied || !strings.Contains(got.Description, integrityPath) {
		t.Errorf("the refusal is logged as %q", got.Description)
	}
}

func TestEntrySaysItsPlace(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana")
	e := w.newest("contact.created")
	w.owner.get(eventAddress(e.ID)).want(t, 200, "In the ledger", "Waits to be sealed").wantNot(t, "/proof")
	w.owner.get(eventAddress(e.ID)+"/proof").want(t, 409, "no place in the ledger yet")
	w.seal()
	w.owner.hx(eventAddress(e.ID), "drawer").want(t, 200, "In the ledger", "sealed", eventAddress(e.ID)+"/proof").wantNot(t, "rely on this")
	proof := w.owner.get(eventAddress(e.ID)+"/proof").want(t, 200)
	if _, err := ledger.ParseProof([]byte(proof.body)); err != nil || proof.header.Get("Content-Disposition") != "attachment; filename="+string(e.ID)+".tlog-proof" {
		t.Errorf("the proof: %v, %v", err, proof.header)
	}

	w.ws.Integrity.Store = tamperedStore{w.ws.Integrity.Store, func(r *integrity.Row) { r.Salt[0] ^= 1 }}
	w.owner.get(eventAddress(e.ID)).want(t, 200, "Do not rely on this entry", "it was changed since", "not as it was sealed", "its proof")
	w.ws.Integrity.Store = tamperedStore{w.ws.Integrity.Store, nil}
	w.owner.get(eventAddress(e.ID)).want(t, 200, "Do not rely on this entry", "do not fit together").wantNot(t, "/proof")
}

// tamperedStore shows ledgers of which somebody changed the rows, or took the tiles.
type tamperedStore struct {
	integrity.Store
	change func(*integrity.Row)
}

type tamperedSource struct {
	integrity.Source
	change func(*integrity.Row)
}

func (s tamperedStore) ReadLedger(ctx context.Context, account audit.AccountID, fn func(integrity.Source) error) error {
	return s.Store.ReadLedger(ctx, account, func(src integrity.Source) error { return fn(tamperedSource{src, s.change}) })
}

func (s tamperedSource) Row(ctx context.Context, seq int64) (integrity.Row, error) {
	row, err := s.Source.Row(ctx, seq)
	if err == nil && s.change != nil {
		s.change(&row)
	}
	return row, err
}

func (s tamperedSource) Rows(ctx context.Context, after int64, limit int) ([]integrity.Row, error) {
	rows, err := s.Source.Rows(ctx, after, limit)
	for i := range rows {
		if s.change != nil {
			s.change(&rows[i])
		}
	}
	return rows, err
}

func (s tamperedSource) Tiles(ctx context.Context, ids []ledger.TileID) ([]ledger.Tile, error) {
	if s.change == nil {
		return nil, ledger.MissingTile(ids[0])
	}
	return s.Source.Tiles(ctx, ids)
}

func TestVerificationFindsAndSays(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "first_name", "Ana")
	e := w.newest("contact.created")
	w.seal()
	w.ws.Integrity.Store = tamperedStore{w.ws.Integrity.Store, func(r *integrity.Row) {
		if r.Columns.ID == e.ID {
			r.Salt[0] ^= 1
		}
	}}
	w.runJobs()
	w.owner.post(integrityPath).to(t, integrityPath)
	w.owner.finished(integrityPath).want(t, 200, "1 problem found", "not as it was signed", "Changed", `href="`+eventAddress(e.ID)+`"`)
	if got := w.newest("audit.verified"); got.Outcome != audit.Failed || !strings.Contains(got.Description, "found 1 problem in") {
		t.Errorf("it is logged as %q", got.Description)
	}
}

func TestIntegritySaysWhySealingStandsStill(t *testing.T) {
	w := newWorld(t)
	w.seal()
	w.create("contact", "first_name", "Ana")
	w.ws.Integrity.Store = lateStore{w.ws.Integrity.Store}
	w.ws.Integrity.CheckedHead = func(context.Context, audit.AccountID) (integrity.Signed, error) {
		return integrity.Signed{}, errs.New(errs.Unavailable, "ledger_rolled_back", "The database is older.").WithFix("Restore a newer backup.")
	}
	w.owner.get(integrityPath).want(t, 200, "Sealing stands still", "2 entries waiting", "1 h ago", "Nothing is lost", "The database is older. Restore a newer backup.")
	w.ws.Integrity.Key = func(context.Context) (*ledger.Key, error) { return nil, errors.New("gone") }
	w.owner.get(integrityPath).want(t, 200, "Download the key") // the one that has signed
	other, err := w.ws.Found(t.Context(), foundingOf("Other"))
	if err != nil {
		t.Fatal(err)
	}
	w.login(other.Owner.Fields["email"].Text()).get(integrityPath).want(t, 200, "cannot read the key", "Nothing is sealed yet").wantNot(t, "Download the key")
}

// lateStore shows events that wait as an hour old.
type lateStore struct{ integrity.Store }

type lateSource struct{ integrity.Source }

func (s lateStore) ReadLedger(ctx context.Context, account audit.AccountID, fn func(integrity.Source) error) error {
	return s.Store.ReadLedger(ctx, account, func(src integrity.Source) error { return fn(lateSource{src}) })
}

func (s lateSource) Backlog(ctx context.Context) (events, since int64, err error) {
	events, _, err = s.Source.Backlog(ctx)
	return events, time.Now().Add(-time.Hour).UnixMicro(), err
}

func TestFileSlug(t *testing.T) {
	for name, want := range map[string]string{
		"Harbour & Sons, Ltd.": "harbour-sons-ltd", "日本": "account", "../../etc": "etc", "": "account", "Ünal 2": "nal-2",
		strings.Repeat("ab ", 30): "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-a", `a"b;c`: "a-b-c",
	} {
		if got := fileSlug(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}
