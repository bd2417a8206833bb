package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/client"
	"github.com/backtrail/backtrail/webhook"
	"github.com/backtrail/backtrail/workspace"
)

// An alert is made, changed, tested, fires by a webhook with a signature, and goes.
func TestAlerts(t *testing.T) {
	type got struct {
		header http.Header
		body   []byte
	}
	calls := make(chan got, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- got{r.Header, body}
	}))
	defer hook.Close()
	h := newHouseWith(t, workspace.Options{AllowPrivateWebhooks: true, PublicURL: "https://log.example.com"})
	ctx := t.Context()
	list, err := h.owner.Alerts(ctx)
	must(t, err)
	if len(list) != 3 || !list[0].ReadyMade || list[0].Enabled || len(list[0].Recipients) != 1 || list[0].Recipients[0].Email != "owner@acme.test" || list[0].CreatedAt != nil {
		t.Errorf("the ready-made ones are %+v", list)
	}
	on := true
	ready, err := h.owner.UpdateAlert(ctx, list[0].ID, client.AlertUpdate{Enabled: &on})
	must(t, err)
	if !ready.Enabled || !ready.ReadyMade || ready.CreatedAt == nil {
		t.Errorf("switched on it is %+v", ready)
	}
	wantCode(t, h.owner.DeleteAlert(ctx, ready.ID), 422, "ready_made")

	made, err := h.owner.CreateAlert(ctx, client.NewAlert{Name: "Contacts that went", Query: "type=contact.deleted", Count: 2, Minutes: 5, Webhook: hook.URL + "/s3cret"})
	must(t, err)
	if made.When != "2 entries within 5 minutes" || !made.Enabled || !strings.HasPrefix(made.Secret, "whsec_") || made.Digest != nil || *made.Webhook != hook.URL+"/s3cret" || made.Owner != "First key" {
		t.Errorf("made %+v", made)
	}
	p, err := h.owner.PreviewAlert(ctx, client.NewAlert{Query: "type=staff.added"})
	must(t, err)
	if p.Fired != 1 || p.Matches != 1 || !p.Whole {
		t.Errorf("the preview is %+v", p)
	}
	sent, err := h.owner.TestAlert(ctx, made.ID)
	must(t, err)
	if len(sent) != 1 || sent[0].Problem != nil || sent[0].To != hook.URL+"/…" {
		t.Errorf("the test gives %+v", sent)
	}
	<-calls
	_, err = h.owner.TestAlert(ctx, made.ID)
	wantCode(t, err, 409, "tested_already")

	for _, name := range []string{"Ana", "Bo"} {
		c := h.create("contact", client.Fields{"first_name": name})
		_, err := h.owner.Delete(ctx, "contact", c.ID)
		must(t, err)
	}
	c := <-calls
	stamp := c.header.Get("webhook-timestamp")
	at, err := time.ParseDuration(stamp + "s")
	must(t, err)
	want, err := webhook.Sign(made.Secret, c.header.Get("webhook-id"), time.Unix(0, 0).Add(at), c.body)
	must(t, err)
	if c.header.Get("webhook-signature") != want["webhook-signature"] || !strings.Contains(string(c.body), `Deleted contact \"Bo\"`) {
		t.Errorf("called with %v %s", c.header, c.body)
	}
	one, err := h.owner.Alert(ctx, made.ID)
	must(t, err)
	if one.FiredAt == nil || one.Secret != "" || *one.Fired != h.last("audit.alert_fired").ID {
		t.Errorf("it has fired: %+v", one)
	}

	count, per, digest, secret := 3, "person", "07:30", made.Secret
	changed, err := h.owner.UpdateAlert(ctx, made.ID, client.AlertUpdate{Count: &count, Per: &per, Digest: &digest, NewSecret: true})
	must(t, err)
	if changed.When != "3 entries within 5 minutes by one person" || *changed.Digest != digest || changed.Secret == "" || changed.Secret == secret {
		t.Errorf("changed to %+v", changed)
	}
	must(t, h.owner.DeleteAlert(ctx, made.ID))
	_, err = h.owner.Alert(ctx, made.ID)
	wantCode(t, err, 404, "unknown_alert")
	wantCode(t, h.owner.DeleteAlert(ctx, made.ID), 404, "unknown_alert")
}

// Another account's alerts are not there, who may only read changes none and sees no secret, and mistakes are named.
func TestAlertsRefused(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	made, err := h.owner.CreateAlert(ctx, client.NewAlert{Name: "A", Query: "action=deleted", Webhook: "https://example.com/s3cret"})
	must(t, err)
	_, err = h.other.Alert(ctx, made.ID)
	wantCode(t, err, 404, "unknown_alert")
	_, err = h.other.UpdateAlert(ctx, made.ID, client.AlertUpdate{})
	wantCode(t, err, 404, "unknown_alert")
	_, err = h.other.TestAlert(ctx, made.ID)
	wantCode(t, err, 404, "unknown_alert")
	_, err = h.member.Alerts(ctx)
	wantCode(t, err, 403, "forbidden")
	h.hire("Ag", "ag@acme.test", "agency")
	reader := h.loggedIn("ag@acme.test")
	one, err := reader.Alert(ctx, made.ID)
	must(t, err)
	if *one.Webhook != "https://example.com/…" {
		t.Errorf("a reader sees %s", *one.Webhook)
	}
	_, err = reader.CreateAlert(ctx, client.NewAlert{Name: "B", Query: "action=deleted", Recipients: []string{"ag@acme.test"}})
	wantCode(t, err, 403, "forbidden")

	for body, want := range map[string]string{
		`{"name":"","query":"range=7d"}`:                                          "name required, query days, recipients required",
		`{"name":"B","query":"action=x","webhook":"http://a"}`:                    "query invalid_action, webhook invalid_url",
		`{"name":"B","query":"q=x","recipients":["x@y.z"],"count":2}`:             "minutes out_of_range, recipients not_a_reader",
		`{"name":"B","query":"q=x","webhook":"https://a.example","digest":"9am"}`: "digest invalid_time",
		`{"name":"B","query":"q=x","webhook":"https://10.0.0.1/"}`:                "webhook private_address",
		`{"name":"B","query":"q=x","webhook":"https://a.example","every":true}`:   "every unknown_field",
	} {
		resp, p := h.raw(h.owner, "POST", "/api/v1/audit/alerts", strings.NewReader(body), nil)
		var fields []string
		for _, f := range p.Fields {
			fields = append(fields, f.Field+" "+f.Code)
		}
		if got := strings.Join(fields, ", "); resp.StatusCode != 400 || got != want {
			t.Errorf("%s: %d %s, want %s", body, resp.StatusCode, got, want)
		}
	}
}
