package integrity_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
)

var errKeyGone = errs.New(errs.Unavailable, "ledger_key_missing", "The key /secret/path is not there.")

func TestServiceCheckpoint(t *testing.T) {
	b := newBureau(t, 300, 0)
	text, err := b.Checkpoint(t.Context(), bureauReader)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := ledger.OpenCheckpoint(text, b.verifier(t)); err != nil || c.Size != 300 {
		t.Errorf("the checkpoint is %+v, %v", c, err)
	}
	if _, err := newBureau(t, 0, 3).Checkpoint(t.Context(), bureauReader); errs.Code(err) != "no_checkpoint" || !errs.Is(err, errs.NotFound) {
		t.Errorf("before the first: %v", err)
	}
}

func TestServiceVerifierKey(t *testing.T) {
	b := newBureau(t, 5, 0)
	for name, gone := range map[string]error{"with the key": nil, "without it": errKeyGone} {
		b.keyErr = gone
		if got, err := b.VerifierKey(t.Context(), bureauReader); err != nil || got != b.verifier(t) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	empty := newBureau(t, 0, 1)
	if got, err := empty.VerifierKey(t.Context(), bureauReader); err != nil || got != empty.verifier(t) {
		t.Errorf("before the first event is sealed: %q, %v", got, err)
	}
	empty.keyErr = errKeyGone
	if _, err := empty.VerifierKey(t.Context(), bureauReader); errs.Code(err) != "ledger_key_missing" || strings.Contains(errs.Of(err).Detail, "/secret") {
		t.Errorf("without a key, and nothing signed: %v", err)
	}
}

func TestServiceProof(t *testing.T) {
	b := newBureau(t, 600, 1)
	for _, n := range []int{0, 255, 256, 599} {
		text, err := b.Proof(t.Context(), bureauReader, shelfID(n))
		if err != nil {
			t.Fatal(err)
		}
		p, err := ledger.ParseProof(text)
		if err != nil || p.Index != int64(n) {
			t.Fatalf("proof of %d: %+v, %v", n, p, err)
		}
		place, err := b.Place(t.Context(), bureauReader, int64(n+1))
		if err != nil || !place.Holds || place.Size != 600 || place.Index != int64(n) || !bytes.Equal(place.Proof(), text) {
			t.Errorf("place %d: %+v, %v", n+1, place, err)
		}
		leaf, err := audit.AppendLeaf(nil, b.shelf.rows[n].Body, audit.Salt(place.Salt))
		if err != nil || ledger.LeafHash(leaf) != place.Leaf {
			t.Errorf("the leaf of %d is another one: %v", n, err)
		}
		if _, err := p.Check(place.Leaf, b.verifier(t)); err != nil {
			t.Errorf("proof of %d: %v", n, err)
		}
	}
	for name, test := range map[string]struct {
		id   audit.EventID
		kind errs.Kind
		code string
	}{
		"one that waits": {shelfID(600), errs.Conflict, "not_sealed"},
		"unknown":        {shelfID(900), errs.NotFound, "not_found"},
		"no id":          {"x'", errs.NotFound, "not_found"},
	} {
		if _, err := b.Proof(t.Context(), bureauReader, test.id); !errs.Is(err, test.kind) || errs.Code(err) != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestServicePlaceOfTampered: whatever was changed, nothing passes for proved that is not.
func TestServicePlaceOfTampered(t *testing.T) {
	const seq = 7
	for name, test := range map[string]struct {
		tamper func(s *shelf)
		code   string // "" when the proof holds, but not the event
	}{
		"the body":             {func(s *shelf) { s.rows[seq-1].Body = shelfRow(900).Body }, ""},
		"not canonical":        {func(s *shelf) { s.rows[seq-1].Body = []byte("{}") }, ""},
		"the salt":             {func(s *shelf) { s.rows[seq-1].Salt = slices.Repeat([]byte{1}, 16) }, ""},
		"a short salt":         {func(s *shelf) { s.rows[seq-1].Salt = []byte{1} }, ""},
		"a longer salt":        {func(s *shelf) { s.rows[seq-1].Salt = append(slices.Clone(s.rows[seq-1].Salt), 0) }, ""},
		"the row":              {func(s *shelf) { s.rows = s.rows[:seq-1] }, "not_found"},
		"its hash":             {func(s *shelf) { s.tiles[ledger.TileID{}].Hashes[32*(seq-1)] ^= 1 }, "ledger_damaged"},
		"another's hash":       {func(s *shelf) { s.tiles[ledger.TileID{}].Hashes[0] ^= 1 }, "ledger_damaged"},
		"a cut tile":           {func(s *shelf) { s.tiles[ledger.TileID{}] = ledger.Tile{Hashes: s.tiles[ledger.TileID{}].Hashes[:64]} }, "ledger_damaged"},
		"the tile":             {func(s *shelf) { delete(s.tiles, ledger.TileID{}) }, "ledger_damaged"},
		"the head":             {func(s *shelf) { s.signed.Size = 9 }, "ledger_damaged"},
		"the head cut":         {func(s *shelf) { s.signed.Size = seq - 1 }, "ledger_damaged"},
		"no head":              {func(s *shelf) { s.signed = integrity.Signed{Head: ledger.Empty} }, "ledger_damaged"},
		"no checkpoint":        {func(s *shelf) { s.signed.Checkpoint = nil }, "ledger_damaged"},
		"another's checkpoint": {func(s *shelf) { s.signed.Checkpoint = newShelf(t, bureauKey(t), 3, 0).signed.Checkpoint }, "ledger_damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBureau(t, 10, 0)
			test.tamper(b.shelf)
			p, err := b.Place(t.Context(), bureauReader, seq)
			if errs.Code(err) != test.code || p.Holds {
				t.Errorf("%+v, %v; want %q", p, err, test.code)
			}
		})
	}
}

func bureauKey(t *testing.T) *ledger.Key {
	t.Helper()
	key, err := ledger.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestServiceState(t *testing.T) {
	stuck := errs.New(errs.Unavailable, "ledger_rolled_back", "The database is older.").WithFix("Restore a newer backup.")
	unreadable := errs.New(errs.Unavailable, "ledger_checkpoint_unreadable", "The published checkpoint /secret/a.txt cannot be read.")
	for name, test := range map[string]struct {
		waiting       int
		after         time.Duration // since the first that waits was recorded
		keyErr, stuck error
		want          string // the code of the standstill; "" for none
		says          string
	}{
		"nothing waits":   {0, time.Hour, nil, stuck, "", ""},
		"not for long":    {3, 50 * time.Second, nil, stuck, "", ""},
		"for long":        {3, 61 * time.Second, nil, nil, "not_sealed", "may have stopped"},
		"rolled back":     {3, time.Hour, nil, stuck, "ledger_rolled_back", "older"},
		"no key":          {3, time.Hour, errKeyGone, nil, "ledger_key_missing", "cannot read the key"},
		"no checkpoint":   {3, time.Hour, nil, unreadable, "ledger_checkpoint_unreadable", "cannot read the checkpoint"},
		"something else":  {3, time.Hour, nil, errors.New("disk"), "ledger_damaged", "cannot be gone on"},
		"more than shown": {1005, time.Hour, nil, nil, "not_sealed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBureau(t, 4, test.waiting)
			b.keyErr, b.stuck, b.now = test.keyErr, test.stuck, bureauTime.Add(4*time.Second+test.after)
			b.process(t)
			st, err := b.State(t.Context(), bureauReader)
			if err != nil || st.Size != 4 || !st.SealedAt.Equal(bureauTime) || st.Waiting != test.waiting {
				t.Fatalf("%+v, %v", st, err)
			}
			if test.waiting > 0 && !st.Since.Equal(bureauTime.Add(4*time.Second)) {
				t.Errorf("they wait since %s", st.Since)
			}
			got := ""
			if st.Standstill != nil {
				got = st.Standstill.Code
				if !strings.Contains(st.Standstill.Detail, test.says) || st.Standstill.Fix == "" || strings.Contains(st.Standstill.Error(), "/secret") {
					t.Errorf("it says %q", st.Standstill)
				}
			}
			if got != test.want {
				t.Errorf("the standstill is %q, want %q", got, test.want)
			}
		})
	}
}

// TestServiceDamagedHead: a head that has not even the form of one is said to be damaged, and hides nothing else.
func TestServiceDamagedHead(t *testing.T) {
	b := newBureau(t, 4, 1)
	b.shelf.headErr = fmt.Errorf("the root has 3 bytes: %w", ledger.ErrDamaged)
	if st, err := b.State(t.Context(), bureauReader); err != nil || st.Standstill == nil || st.Standstill.Code != "ledger_damaged" {
		t.Errorf("the state is %+v, %v", st, err)
	}
	if _, err := b.Checkpoint(t.Context(), bureauReader); errs.Code(err) != "ledger_damaged" {
		t.Errorf("the checkpoint: %v", err)
	}
	if _, err := b.Place(t.Context(), bureauReader, 1); errs.Code(err) != "ledger_damaged" {
		t.Errorf("a place: %v", err)
	}
	if got, err := b.VerifierKey(t.Context(), bureauReader); err != nil || got != b.verifier(t) {
		t.Errorf("the key: %q, %v", got, err)
	}
}

func TestServicePermissions(t *testing.T) {
	b := newBureau(t, 3, 0)
	v, err := b.RequestVerify(t.Context(), bureauManager, nil)
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]func(c audit.Caller) error{
		"checkpoint":   func(c audit.Caller) error { _, err := b.Checkpoint(t.Context(), c); return err },
		"key":          func(c audit.Caller) error { _, err := b.VerifierKey(t.Context(), c); return err },
		"proof":        func(c audit.Caller) error { _, err := b.Proof(t.Context(), c, shelfID(1)); return err },
		"place":        func(c audit.Caller) error { _, err := b.Place(t.Context(), c, 1); return err },
		"state":        func(c audit.Caller) error { _, err := b.State(t.Context(), c); return err },
		"verification": func(c audit.Caller) error { _, err := b.Verification(t.Context(), c, v.ID); return err },
		"list":         func(c audit.Caller) error { _, err := b.Verifications(t.Context(), c, "", 9); return err },
		"request":      func(c audit.Caller) error { _, err := b.RequestVerify(t.Context(), c, nil); return err },
		"cancel":       func(c audit.Caller) error { return b.CancelVerify(t.Context(), c, v.ID) },
	}
	missing := func(err error) string {
		if err == nil {
			return ""
		}
		return string(errs.Of(err).Permission)
	}
	for name, call := range calls {
		if got := missing(call(bureauCaller(audit.AuditManage, audit.AuditExport))); got != "audit.read" {
			t.Errorf("%s without audit.read: %q is missing", name, got)
		}
		want := ""
		if name == "request" || name == "cancel" {
			want = "audit.manage"
		}
		if got := missing(call(bureauReader)); got != want {
			t.Errorf("%s with audit.read alone: %q is missing, want %q", name, got, want)
		}
	}
	stranger := bureauManager
	stranger.Account = "00000000-0000-7000-8000-00000000000b"
	if _, err := b.Verification(t.Context(), stranger, v.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("another account's verification: %v", err)
	}
	if err := b.CancelVerify(t.Context(), stranger, v.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("cancelling another account's: %v", err)
	}
}

func TestServiceVerify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, 2500, 2)
		v, err := b.RequestVerify(t.Context(), bureauManager, b.shelf.signed.Checkpoint)
		if err != nil || v.Status != jobs.Queued || v.RequestedBy.Name != "Ana Silva" || v.Report != nil {
			t.Fatalf("%+v, %v", v, err)
		}
		// While it is not at its end, whoever asks is shown it.
		if again, err := b.RequestVerify(t.Context(), bureauManager, nil); err != nil || again.ID != v.ID {
			t.Errorf("a second request: %+v, %v", again, err)
		}
		if _, err := b.RequestVerify(t.Context(), bureauManager, newShelf(t, b.key, 3, 0).signed.Checkpoint); errs.Code(err) != "verify_running" {
			t.Errorf("one with another checkpoint: %v", err)
		}
		defer b.start()()
		synctest.Wait()
		if v, err = b.Verification(t.Context(), bureauReader, v.ID); err != nil || v.Status != jobs.Done {
			t.Fatalf("%+v, %v", v, err)
		}
		r := v.Report
		if !r.OK() || r.Events != 2500 || r.Size != 2500 || r.Waiting != 2 || !r.KeyChecked || r.Checkpoints != 1 || r.Root != b.shelf.signed.Root {
			t.Errorf("the report is %+v", r)
		}
		if v.Progress != (jobs.Progress{Done: 2500, Total: 2500}) || v.FinishedAt.IsZero() {
			t.Errorf("%+v", v)
		}
		if diff := cmp.Diff([]string{"Ana Silva success: The verification of the audit log found nothing wrong in 2,500 events"}, b.told()); diff != "" {
			t.Error(diff)
		}
		e := b.store.Events[0]
		if e.Record.ID != audit.RecordID(v.ID) || e.Record.Object != integrity.VerificationObject || !strings.Contains(string(e.Body), r.Root.String()) {
			t.Errorf("the event is %s", e.Body)
		}
		next, err := b.RequestVerify(t.Context(), bureauManager, nil)
		if err != nil || next.ID == v.ID {
			t.Fatalf("after its end: %+v, %v", next, err)
		}
		synctest.Wait()
		if list, err := b.Verifications(t.Context(), bureauReader, "", 10); err != nil || len(list) != 2 || list[0].ID != next.ID {
			t.Errorf("the list: %v, %v", list, err)
		}
		if list, err := b.Verifications(t.Context(), bureauReader, next.ID, 10); err != nil || len(list) != 1 || list[0].ID != v.ID {
			t.Errorf("the rest of the list: %v, %v", list, err)
		}
	})
}

func TestServiceVerifyFinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, 20, 0)
		b.shelf.rows[4].Body = bytes.Replace(b.shelf.rows[4].Body, []byte("Created contact 4"), []byte("Created contact 5"), 1)
		defer b.start()()
		v, err := b.RequestVerify(t.Context(), bureauManager, nil)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if v, err = b.Verification(t.Context(), bureauReader, v.ID); err != nil || v.Status != jobs.Done || v.Report.OK() {
			t.Fatalf("%+v, %v", v, err)
		}
		found := slices.ContainsFunc(v.Report.Findings, func(f integrity.Finding) bool {
			return f.Kind == integrity.Changed && f.Seq == 5 && f.Event == shelfID(4)
		})
		if !found {
			t.Errorf("it found %+v", v.Report.Findings)
		}
		if told := b.told(); len(told) != 1 || !strings.HasPrefix(told[0], "Ana Silva failed: The verification of the audit log found ") {
			t.Errorf("it told %q", told)
		}
	})
}

// TestServiceVerifyWithoutKey: the key that the database names is not taken for ours.
func TestServiceVerifyWithoutKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, 20, 0)
		b.keyErr = errKeyGone
		defer b.start()()
		v, err := b.RequestVerify(t.Context(), bureauManager, nil)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if v, err = b.Verification(t.Context(), bureauReader, v.ID); err != nil || v.Status != jobs.Done || v.Report.KeyChecked {
			t.Errorf("%+v, %v", v.Report, err)
		}
	})
}

func TestServiceVerifyGiven(t *testing.T) {
	b := newBureau(t, 3, 0)
	foreign, err := b.key.Sign("backtrail/another", b.shelf.signed.Head)
	if err != nil {
		t.Fatal(err)
	}
	for text, code := range map[string]string{
		"":                       "invalid_checkpoint",
		"words":                  "invalid_checkpoint",
		strings.Repeat("x", 1e5): "invalid_checkpoint",
		string(foreign):          "other_ledger",
	} {
		_, err := b.RequestVerify(t.Context(), bureauManager, []byte(text))
		if e := errs.Of(err); err == nil || len(e.Fields) != 1 || e.Fields[0] != (errs.Field{Field: "checkpoint", Code: code, Detail: e.Fields[0].Detail}) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if len(b.store.Rows) != 0 {
		t.Errorf("%d jobs were made", len(b.store.Rows))
	}
}

func TestServiceVerifyCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, 20, 0)
		v, err := b.RequestVerify(t.Context(), bureauManager, nil)
		if err == nil {
			err = b.CancelVerify(t.Context(), bureauManager, v.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer b.start()()
		synctest.Wait()
		if v, err = b.Verification(t.Context(), bureauReader, v.ID); err != nil || v.Status != jobs.Cancelled {
			t.Errorf("%+v, %v", v, err)
		}
		if err := b.CancelVerify(t.Context(), bureauManager, v.ID); errs.Code(err) != "already_finished" {
			t.Errorf("a second time: %v", err)
		}
		if diff := cmp.Diff([]string{"Ana Silva failed: The verification of the audit log was cancelled after 0 events"}, b.told()); diff != "" {
			t.Error(diff)
		}
		if next, err := b.RequestVerify(t.Context(), bureauManager, nil); err != nil || next.ID == v.ID {
			t.Errorf("after that: %+v, %v", next, err)
		}
	})
}

func TestServiceVerifyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, 20, 0)
		b.shelf.onRead = func(context.Context) error { return errors.New("disk") }
		defer b.start()()
		v, err := b.RequestVerify(t.Context(), bureauManager, nil)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if v, err = b.Verification(t.Context(), bureauReader, v.ID); err != nil || v.Status != jobs.Failed || v.Error == "" {
			t.Errorf("%+v, %v", v, err)
		}
		if told := b.told(); len(told) != 1 || !strings.Contains(told[0], "failed: The verification of the audit log could not be done: It was tried 3 times") {
			t.Errorf("it told %q", told)
		}
	})
}

// TestServiceVerifyBeginsAnew: a verification that a stop cut off is done from its beginning by the next process.
func TestServiceVerifyBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBureau(t, 2500, 0)
		reads := 0
		var stop func()
		b.shelf.onRead = func(ctx context.Context) error {
			if reads++; reads == 2 {
				go stop()
				<-ctx.Done()
			}
			return ctx.Err()
		}
		stop = b.start()
		v, err := b.RequestVerify(t.Context(), bureauManager, nil)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if v, err = b.Verification(t.Context(), bureauReader, v.ID); err != nil || v.Status != jobs.Queued {
			t.Fatalf("after the stop: %+v, %v", v, err)
		}
		b.process(t)
		defer b.start()()
		synctest.Wait()
		if v, err = b.Verification(t.Context(), bureauReader, v.ID); err != nil || v.Status != jobs.Done || !v.Report.OK() || v.Report.Events != 2500 {
			t.Errorf("%+v, %v", v, err)
		}
		if len(b.told()) != 1 {
			t.Errorf("it told %q", b.told())
		}
	})
}
