package publish_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/mail/mailtest"
	"github.com/backtrail/backtrail/publish"
)

const (
	exported = audit.Type("audit.checkpoint_exported")
	updated  = audit.Type("audit.settings_updated")
)

// hook is a webhook of a test.
type hook struct {
	*httptest.Server
	status atomic.Int64 // the answer
	mu     sync.Mutex
	bodies []string
}

func newHook(t *testing.T) *hook {
	h := &hook{}
	h.status.Store(http.StatusOK)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.bodies = append(h.bodies, string(body))
		w.WriteHeader(int(h.status.Load()))
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) took() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bodies
}

// run runs the deliveries until the test ends.
func (h *house) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.runner.Run(ctx)
	}()
	h.t.Cleanup(func() {
		cancel()
		<-ended
		h.close()
	})
}

// settled waits until so many deliveries have ended, and returns the targets.
func (h *house) settled(n int) publish.State {
	h.t.Helper()
	await(h.t, "the deliveries", func() bool { return len(h.events(acme, exported)) >= n })
	s, err := h.service.Targets(h.t.Context(), boss(acme))
	must(h.t, err)
	return s
}

func TestTargets(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		h := open(t, e.url(t), choices{mailer: new(mailtest.Server).Start(t)})
		h.found()
		h.clock.set(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		ctx := t.Context()
		s, err := h.service.Targets(ctx, boss(acme))
		must(t, err)
		if diff := cmp.Diff(publish.State{Schedule: publish.Daily}, s); diff != "" {
			t.Errorf("at first: %s", diff)
		}
		set := publish.Targets{Webhook: "https://hooks.example.com/secret", Email: "audit@example.com", Schedule: publish.Weekly}
		s, err = h.service.SetTargets(ctx, boss(acme), set)
		must(t, err)
		monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
		if s.Targets() != set || s.DueAt.Before(monday) || !s.DueAt.Before(monday.Add(time.Hour)) {
			t.Errorf("set %+v", s)
		}
		again, err := h.service.Targets(ctx, boss(acme))
		must(t, err)
		if diff := cmp.Diff(s, again); diff != "" {
			t.Error(diff)
		}
		ev := h.newest(acme, updated)
		if ev.Description != "Changed where checkpoints of the log are sent" || ev.Record.Name != "Acme" || len(ev.Changes) != 3 || bytes.Contains(h.events(acme, updated)[0].Body, []byte("secret")) {
			t.Errorf("event %s", h.events(acme, updated)[0].Body)
		}
		if _, err := h.service.SetTargets(ctx, boss(acme), set); err != nil || len(h.events(acme, updated)) != 1 {
			t.Errorf("the same again: %v, %d events", err, len(h.events(acme, updated)))
		}
		if _, err := h.service.SetTargets(ctx, boss(acme), publish.Targets{Webhook: "nonsense", Email: "nonsense"}); len(errs.Of(err).Fields) != 2 {
			t.Errorf("nonsense: %v", err)
		}
		theirs, err := h.service.Targets(ctx, boss(rival))
		must(t, err)
		if theirs.Targets() != (publish.Targets{Schedule: publish.Daily}) {
			t.Errorf("another account has %+v", theirs)
		}
		s, err = h.service.SetTargets(ctx, boss(acme), publish.Targets{})
		must(t, err)
		if !s.DueAt.IsZero() || s.Schedule != publish.Daily || len(h.events(acme, updated)) != 2 {
			t.Errorf("none: %+v", s)
		}

		member := audit.Caller{Origin: boss(acme).Origin, Permissions: map[audit.Permission]bool{audit.AuditRead: true}}
		_, get := h.service.Targets(ctx, member)
		_, put := h.service.SetTargets(ctx, member, set)
		_, send := h.service.SendNow(ctx, member)
		for _, err := range []error{get, put, send} {
			if !errs.Is(err, errs.Forbidden) || errs.Of(err).Permission != "audit.manage" {
				t.Errorf("a member: %v", err)
			}
		}
	})
}

func TestDelivery(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		mails, hook := &mailtest.Server{}, newHook(t)
		h := open(t, e.url(t), choices{mailer: mails.Start(t)})
		h.found()
		h.run()
		if _, err := h.service.SendNow(t.Context(), boss(acme)); errs.Code(err) != "no_targets" {
			t.Errorf("without targets: %v", err)
		}
		_, err := h.service.SetTargets(t.Context(), boss(acme), publish.Targets{Webhook: hook.URL + "/secret", Email: "audit@example.com"})
		must(t, err)
		h.write(acme, 4)
		must(t, h.Seal(t.Context()))
		_, err = h.service.SendNow(t.Context(), boss(acme))
		must(t, err)
		if _, err := h.service.SendNow(t.Context(), boss(acme)); errs.Code(err) != "asked_already" {
			t.Errorf("at once again: %v", err)
		}
		s := h.settled(2)
		if s.Webhook.Size != 5 || s.Email.Size != 5 || s.Webhook.SentAt.IsZero() || s.Email.SentAt.IsZero() || s.Webhook.Error+s.Email.Error != "" {
			t.Errorf("state %+v", s)
		}
		vkey, err := dbtest.Key().Verifier(ledger.Origin(string(acme)))
		must(t, err)
		bodies := hook.took()
		if len(bodies) != 1 {
			t.Fatalf("the webhook took %d", len(bodies))
		}
		if c, err := ledger.OpenCheckpoint([]byte(bodies[0]), vkey); err != nil || c.Size != 5 {
			t.Errorf("the webhook took %q: %v", bodies[0], err)
		}
		if took := mails.Mails(); len(took) != 1 || took[0].To != "audit@example.com" ||
			!bytes.Contains(took[0].Body, []byte("Subject: Checkpoint of the audit log of Acme: 5 events")) {
			t.Errorf("mails %+v", took)
		}
		for _, stored := range h.events(acme, exported) {
			ev, err := stored.Event()
			must(t, err)
			if ev.Outcome != audit.Success || ev.Actor.Name != "Test" || len(ev.Changes) != 2 || !strings.HasPrefix(ev.Description, "The checkpoint of the log with 5 events was sent to ") || bytes.Contains(stored.Body, []byte("secret")) {
				t.Errorf("event %s", stored.Body)
			}
		}
	})
}

func TestDeliveryFails(t *testing.T) {
	hook := newHook(t)
	h := open(t, engines[0].url(t), choices{folder: t.TempDir()})
	h.found()
	h.run()
	_, err := h.service.SetTargets(t.Context(), boss(acme), publish.Targets{Webhook: hook.URL})
	must(t, err)
	must(t, h.Seal(t.Context()))
	for i, test := range []struct {
		status int
		error  string
		tries  int
	}{
		{500, "It was tried 3 times. It answered with the status 500.", 3},
		{429, "It was tried 3 times. It answered with the status 429.", 3},
		{404, "It answered with the status 404.", 1},
		{200, "", 1},
		{302, "It redirects to another place (302), which is not followed.", 1},
	} {
		before := len(hook.took())
		hook.status.Store(int64(test.status))
		h.clock.set(h.clock.read().Add(time.Hour))
		_, err := h.service.SendNow(t.Context(), boss(acme))
		must(t, err)
		s := h.settled(i + 1)
		if got := len(hook.took()) - before; got != test.tries || s.Webhook.Error != test.error {
			t.Errorf("%d: tried %d times, %+v", test.status, got, s.Webhook)
		}
		ev := h.newest(acme, exported)
		if failed := test.error != ""; (ev.Outcome == audit.Failed) != failed || failed && ev.Description != "The checkpoint of the log was not sent to "+hook.URL+": "+test.error {
			t.Errorf("%d: %s, %s", test.status, ev.Outcome, ev.Description)
		}
	}
	if n := h.service.FailedDeliveries(); n != 4 {
		t.Errorf("%d deliveries failed", n)
	}
}

// TestDeliveryRefused: what the sealer refuses is not sent out either; that it is not is an event.
func TestDeliveryRefused(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		hook, address := newHook(t), e.url(t)
		h := open(t, address, choices{folder: t.TempDir()})
		h.found()
		_, err := h.service.SetTargets(t.Context(), boss(acme), publish.Targets{Webhook: hook.URL})
		must(t, err)
		h.grow(2)
		e.edit(t, address, "UPDATE heads SET size = 99 WHERE account = '"+string(acme)+"'")
		h.run()
		_, err = h.service.SendNow(t.Context(), boss(acme))
		must(t, err)
		if s := h.settled(1); len(hook.took()) != 0 || !strings.Contains(s.Webhook.Error, "is not the one that was signed") {
			t.Errorf("took %q, state %+v", hook.took(), s.Webhook)
		}
	})
}

// TestDeliveryUnreadable: the account reads that a file of the server cannot be read, not which one.
func TestDeliveryUnreadable(t *testing.T) {
	hook, address, folder := newHook(t), engines[0].url(t), t.TempDir()
	h := open(t, address, choices{folder: folder})
	h.found()
	_, err := h.service.SetTargets(t.Context(), boss(acme), publish.Targets{Webhook: hook.URL})
	must(t, err)
	h.grow(2)
	must(t, h.publish())
	h.close()
	must(t, os.WriteFile(filepath.Join(folder, string(acme)+".checkpoint"), []byte("damaged"), 0o600))
	h = open(t, address, choices{folder: folder})
	h.run()
	_, err = h.service.SendNow(t.Context(), boss(acme))
	must(t, err)
	if s := h.settled(1); len(hook.took()) != 0 || !strings.Contains(s.Webhook.Error, "cannot read the checkpoint") || strings.Contains(s.Webhook.Error, folder) {
		t.Errorf("took %q, state %+v", hook.took(), s.Webhook)
	}
}

// TestTargetTakenAway: a copy that is under way when its target is taken away, or exchanged, does not leave.
func TestTargetTakenAway(t *testing.T) {
	old, next := newHook(t), newHook(t)
	h := open(t, engines[0].url(t), choices{folder: t.TempDir()})
	h.found()
	_, err := h.service.SetTargets(t.Context(), boss(acme), publish.Targets{Webhook: old.URL})
	must(t, err)
	must(t, h.Seal(t.Context()))
	_, err = h.service.SendNow(t.Context(), boss(acme))
	must(t, err)
	_, err = h.service.SetTargets(t.Context(), boss(acme), publish.Targets{Webhook: next.URL})
	must(t, err)
	h.run()
	await(t, "the job", func() bool {
		list, err := h.Jobs(t.Context(), acme, publish.Kind, "", 10)
		must(t, err)
		return len(list) == 1 && list[0].Status == jobs.Done
	})
	if len(old.took())+len(next.took())+len(h.events(acme, exported)) != 0 {
		t.Error("a copy left")
	}
}

// TestOncePerSlot has several servers, which are down for days.
func TestOncePerSlot(t *testing.T) {
	onEngines(t, func(t *testing.T, e engine) {
		address := e.url(t)
		var servers []*house
		for range 3 {
			servers = append(servers, open(t, address, choices{}))
		}
		first := servers[0]
		first.found()
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		tell := func(d time.Duration) {
			now = now.Add(d)
			for _, s := range servers {
				s.clock.set(now)
			}
		}
		tell(0)
		s, err := first.service.SetTargets(t.Context(), boss(acme), publish.Targets{Webhook: "https://example.com"})
		must(t, err)
		_, err = first.service.SetTargets(t.Context(), boss(rival), publish.Targets{Webhook: "https://example.com", Schedule: publish.Hourly})
		must(t, err)
		count := func(account audit.AccountID) int {
			list, err := first.Jobs(t.Context(), account, publish.Kind, "", 100)
			must(t, err)
			return len(list)
		}
		for _, step := range []struct {
			wait      time.Duration
			day, hour int // copies that were made in all
		}{
			{0, 0, 0},
			{s.DueAt.Sub(now) - time.Second, 0, 1}, // eleven hours and more: one copy makes up for them
			{time.Hour, 1, 2},
			{2 * time.Hour, 1, 3},
			{5 * 24 * time.Hour, 2, 4},
			{0, 2, 4},
		} {
			tell(step.wait)
			var wg sync.WaitGroup
			for range 3 {
				for _, s := range servers {
					wg.Go(func() {
						if err := publish.SendDue(s.service, t.Context()); err != nil {
							t.Error(err)
						}
					})
				}
			}
			wg.Wait()
			if day, hour := count(acme), count(rival); day != step.day || hour != step.hour {
				t.Errorf("at %v there are %d daily and %d hourly copies, want %d and %d", now, day, hour, step.day, step.hour)
			}
		}
	})
}
