package api_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/client"
)

func TestLedgerTargets(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	got, err := h.owner.LedgerTargets(ctx)
	must(t, err)
	if diff := cmp.Diff(client.Targets{Schedule: "daily"}, got); diff != "" {
		t.Errorf("at first: %s", diff)
	}
	_, err = h.owner.SendCheckpoint(ctx)
	wantCode(t, err, 422, "no_targets")

	got, err = h.admin.SetLedgerTargets(ctx, client.TargetsUpdate{Webhook: "https://backtrail.invalid/hook", Schedule: "hourly"})
	must(t, err)
	if got.Webhook == nil || got.Webhook.Address != "https://backtrail.invalid/hook" || got.Email != nil || got.Schedule != "hourly" || got.NextAt == nil {
		t.Errorf("set %+v", got)
	}
	again, err := h.owner.LedgerTargets(ctx)
	must(t, err)
	if diff := cmp.Diff(got, again); diff != "" {
		t.Error(diff)
	}
	if e := h.last("audit.settings_updated"); len(e.Changes) != 2 || e.Changes[0].Label != "Webhook" {
		t.Errorf("event %+v", e)
	}
	_, err = h.owner.SendCheckpoint(ctx)
	must(t, err)
	_, err = h.owner.SendCheckpoint(ctx)
	wantCode(t, err, 409, "asked_already")
	theirs, err := h.other.LedgerTargets(ctx)
	must(t, err)
	if theirs.Webhook != nil {
		t.Errorf("another account has %+v", theirs)
	}

	_, err = h.member.LedgerTargets(ctx)
	wantStatus(t, err, 403)
	_, err = h.member.SetLedgerTargets(ctx, client.TargetsUpdate{})
	wantStatus(t, err, 403)
	_, err = h.member.SendCheckpoint(ctx)
	wantStatus(t, err, 403)

	for body, want := range map[string]string{
		`{"webhook":"http://127.0.0.1/","email":"audit@example.com","schedule":"yearly"}`: "webhook invalid_url, email no_mail_server, schedule invalid_value",
		`{"webhook":"https://10.0.0.1/"}`:                                                 "webhook private_address",
		`{"webhook":["https://example.com/"]}`:                                            "webhook invalid_type",
		`{"webhooks":"https://example.com/"}`:                                             "webhooks unknown_field",
	} {
		resp, p := h.raw(h.owner, "PUT", "/api/v1/ledger/targets", strings.NewReader(body), nil)
		var fields []string
		for _, f := range p.Fields {
			fields = append(fields, f.Field+" "+f.Code)
		}
		if got := strings.Join(fields, ", "); resp.StatusCode != 400 || got != want {
			t.Errorf("%s: %d %s, want %s", body, resp.StatusCode, got, want)
		}
	}
	got, err = h.owner.SetLedgerTargets(ctx, client.TargetsUpdate{})
	must(t, err)
	if got.Webhook != nil || got.NextAt != nil {
		t.Errorf("taken away: %+v", got)
	}
}
