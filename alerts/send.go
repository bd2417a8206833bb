package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/calendar"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Kind is the kind of the jobs that deliver messages.
const Kind jobs.Kind = "alert"

// keepJobs is how long it can be seen what became of a message.
const keepJobs = 30 * 24 * time.Hour

// payload is what a job delivers: what one alert has to say, to one person or to its webhook. It holds all that this takes of the
// alert, as it was then: who changes or deletes an alert does not call back what it has to say.
type payload struct {
	Alert     ID              `json:"alert"`
	Name      string          `json:"name"`
	Query     string          `json:"query"`
	Condition Condition       `json:"condition"`
	Staff     audit.RecordID  `json:"staff,omitempty"` // "" for the webhook
	Fired     []audit.EventID `json:"fired"`
	More      int             `json:"more,omitempty"` // firings beyond
	Digest    bool            `json:"digest,omitempty"`
	// Notice says that the event is no firing, but what became of the alert.
	Notice  bool   `json:"notice,omitempty"`
	Webhook string `json:"webhook,omitempty"`
	Secret  string `json:"secret,omitempty"`
	Owner   Owner  `json:"owner,omitzero"` // on whose rights the webhook stands
}

// alert is the alert as it was.
func (p payload) alert(account audit.AccountID) Alert {
	return Alert{Account: account, ID: p.Alert, Name: p.Name, Query: p.Query, Condition: p.Condition, Webhook: p.Webhook, Secret: p.Secret, Owner: p.Owner}
}

// audience is who is told at a moment.
type audience struct {
	people   []Reader
	webhook  string   // as it is shown, "" for none
	leftOut  []string // with the reasons
	rationed bool     // somebody is left out because of the account's limit
	unowned  string   // why the webhook gets nothing any more
}

func (to audience) told() []string {
	var out []string
	for _, r := range to.people {
		out = append(out, r.Email)
	}
	if to.webhook != "" {
		out = append(out, to.webhook)
	}
	return out
}

// audience asks for the rights of everybody whom an alert names.
func (s *Service) audience(ctx context.Context, a *Alert) (audience, error) {
	var to audience
	list, err := s.Recipients(ctx, *a)
	if err != nil {
		return to, err
	}
	for _, r := range list {
		if r.Why != "" {
			to.leftOut = append(to.leftOut, r.leftOut())
			continue
		}
		to.people = append(to.people, r.Reader)
	}
	if a.Webhook == "" {
		return to, nil
	}
	if a.Paused != "" {
		to.leftOut = append(to.leftOut, a.ShownWebhook()+" (paused)")
		return to, nil
	}
	err = s.People.Manages(ctx, a.Account, a.Owner)
	switch {
	case errs.Is(err, errs.Forbidden):
		to.unowned = fmt.Sprintf("%s, who saved it last, may no longer read and manage the audit log, and its webhook stands on their rights. It is called again when somebody who may saves the alert.", audit.Quote(a.Owner.Name))
		to.leftOut = append(to.leftOut, a.ShownWebhook()+" (who answers for it lost the right)")
	case err != nil:
		return to, err
	default:
		to.webhook = a.ShownWebhook()
	}
	return to, nil
}

// leftOut is somebody who gets nothing, with the reason.
func (r Recipient) leftOut() string {
	name := r.Email
	if name == "" {
		name = r.Name
	}
	return strings.TrimSpace(name + " (" + r.Why + ")")
}

// send enqueues a job for each who is told; one that fails is tried again without the others. When there is nobody left, the
// log says so.
func (s *Service) send(ctx context.Context, tx Tx, op *audit.Operation, a *Alert, to audience, fired []audit.EventID, more int) error {
	var targets []payload
	for _, r := range to.people {
		targets = append(targets, payload{Staff: r.ID})
	}
	if to.webhook != "" {
		targets = append(targets, payload{Webhook: a.Webhook, Secret: a.Secret, Owner: a.Owner})
	}
	if len(targets) == 0 && to.rationed {
		a.FailedAt, a.Problem = op.Now(), "Nobody was told: "+spentWords(Letters)+"."
		return nil // the log has it once
	}
	if len(targets) == 0 {
		a.FailedAt, a.Problem = op.Now(), "Nobody was told: "+strings.Join(to.leftOut, ", ")+"."
		s.failed.Add(1)
		d := a.failure("nobody is left to tell: " + strings.Join(to.leftOut, ", "))
		d.Cause = fired[0]
		_, err := op.Record(ctx, d)
		return err
	}
	for _, p := range targets {
		p.Fired, p.More, p.Digest = fired, more, a.Digest != ""
		if err := s.enqueue(ctx, tx, a, p); err != nil {
			return err
		}
	}
	s.reach("send: enqueued")
	return nil
}

func (s *Service) enqueue(ctx context.Context, tx Tx, a *Alert, p payload) error {
	p.Alert, p.Name, p.Query, p.Condition = a.ID, a.Name, a.Query, a.Condition
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return tx.PutJob(ctx, jobs.Job{Account: a.Account, ID: jobs.ID(s.Recorder.NewID()), Kind: Kind, Status: jobs.Queued, Payload: b, CreatedAt: s.Recorder.Now()})
}

// tellRest fires and sends what an alert that is on has noted, ahead of a change that it would not outlive, or after which others would
// be told.
func (s *Service) tellRest(ctx context.Context, tx Tx, a *Alert, now time.Time) error {
	if !a.Enabled {
		return nil
	}
	if p, since := a.take(true, true); p != nil {
		if _, err := s.fire(ctx, tx, a, p, since, now); err != nil {
			return err
		}
	}
	if len(a.State.Digest) > 0 {
		_, err := s.sendDigest(ctx, tx, a)
		return err
	}
	return nil
}

// tellOf lets those whom an alert told until now know what an event says became of it: nobody takes a guard away behind their
// backs.
func (s *Service) tellOf(ctx context.Context, tx Tx, was Alert, event audit.EventID) error {
	list, err := s.Recipients(ctx, was)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(r Recipient) bool { return r.Why != "" })
	got, over, until, err := s.spend(ctx, tx, Notices, len(list))
	if err != nil {
		return err
	}
	if over {
		return s.tellSpent(ctx, tx, &was, Notices, until)
	}
	for _, r := range list[:got] {
		if err := s.enqueue(ctx, tx, &was, payload{Staff: r.ID, Fired: []audit.EventID{event}, Notice: true}); err != nil {
			return err
		}
	}
	return nil
}

// nextDigest is when a digest leaves that tells of something at a time: when the clock of the account next shows its hour. An hour that
// the clocks leave out is the moment at which they jump, and of one that comes twice the first counts.
func nextDigest(clock string, after time.Time, zone *time.Location) time.Time {
	wall, _ := clockTime(clock)
	local := after.In(zone)
	for day := range 3 {
		at := calendar.NextInstant(time.Date(local.Year(), local.Month(), local.Day()+day, wall.Hour(), wall.Minute(), 0, 0, time.UTC), zone)
		if at.After(after) {
			return at
		}
	}
	return after.Add(24 * time.Hour) // a zone that leaves out days
}
