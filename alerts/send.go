package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/calendar"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Kind is the kind of the jobs that deliver messages.
const Kind jobs.Kind = "alert"

// payload is what a job delivers: what one alert has to say, to one person or to its webhook.
type payload struct {
	Alert   ID              `json:"alert"`
	Staff   audit.RecordID  `json:"staff,omitempty"` // "" for the webhook
	Fired   []audit.EventID `json:"fired"`
	More    int             `json:"more,omitempty"` // firings beyond
	Digest  bool            `json:"digest,omitempty"`
	Webhook string          `json:"webhook,omitempty"`
}

// audience is who is told at a moment.
type audience struct {
	people  []Reader
	webhook string   // as it is shown, "" for none
	leftOut []string // with the reasons
	unowned string   // why the webhook gets nothing any more
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
	err = s.People.Manages(ctx, a.Account, a.Owner)
	switch {
	case errs.Is(err, errs.Forbidden):
		to.unowned = fmt.Sprintf("%s, who saved it last, may no longer read and manage the audit log, and its webhook stands on their rights. Somebody who may switches it on again.", audit.Quote(a.Owner.Name))
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
		targets = append(targets, payload{Webhook: a.Webhook})
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
		p.Alert, p.Fired, p.More, p.Digest = a.ID, fired, more, a.Digest != ""
		b, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if err := tx.PutJob(ctx, jobs.Job{Account: a.Account, ID: jobs.ID(s.Recorder.NewID()), Kind: Kind, Status: jobs.Queued, Payload: b, CreatedAt: op.Now()}); err != nil {
			return err
		}
	}
	s.reach("send: enqueued")
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
