package demo

import (
	"context"
	"slices"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/mail"
)

// postOffice takes the mail of alerts: there is no mail server here.
type postOffice struct{}

// Send implements alerts.Mailer.
func (postOffice) Send(context.Context, audit.AccountID, mail.Letter) error { return nil }

// outside puts what is outside of the house in the place of what the services would call.
func (h *house) outside() {
	h.w.Automation.Poster = workshop{h}
	o := h.w.Alerts.Options
	h.post = jobs.NewRunner(jobs.Options{Store: h.store, Clock: h.clock.now, Poll: time.Millisecond})
	o.Runner, o.Mailer = h.post, postOffice{}
	h.w.Alerts = alerts.New(o)
}

// watchLogins lets the owner know when somebody tries passwords.
func (h *house) watchLogins(ctx context.Context, c audit.Caller) error {
	list, err := h.w.Alerts.Alerts(ctx, c)
	if err != nil {
		return err
	}
	on := true
	i := slices.IndexFunc(list, func(a alerts.Alert) bool { return a.Name == "Failed logins" })
	_, _, err = h.w.Alerts.Update(ctx, c, list[i].ID, alerts.Change{Enabled: &on})
	return err
}

// watch lets alerts fire, and their mail leave.
func (h *house) watch(ctx context.Context) error {
	if err := h.w.Alerts.CatchUp(ctx); err != nil {
		return err
	}
	list, err := h.store.Jobs(ctx, h.account, alerts.Kind, "", 50)
	if err != nil || !slices.ContainsFunc(list, open) {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.post.Run(running)
	}()
	defer func() {
		stop()
		<-ended
	}()
	for err == nil && slices.ContainsFunc(list, open) {
		time.Sleep(time.Millisecond)
		list, err = h.store.Jobs(ctx, h.account, alerts.Kind, "", 50)
	}
	return err
}

func open(j jobs.Job) bool { return !j.Status.Final() }
