package alerts

import (
	"context"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/follower"
)

// follower follows the log; see [follower.Follower].
func (s *Service) follower() *follower.Follower {
	return &follower.Follower{Reader: follower.Alerts, Store: s.Store, Take: s.take}
}

// tries is how often a batch is looked at anew because somebody changes alerts meanwhile, before it waits for the next turn.
const tries = 3

// take looks at a batch of events for the alerts that are on, and lets fire what is due by them. Filters are matched ahead of
// the transaction: they read every word of large events, and while it lasts nobody else may write.
func (s *Service) take(ctx context.Context, c follower.Cursor, batch []audit.Stored) (follower.Outcome, error) {
	events := make([]*audit.Event, len(batch))
	for i, stored := range batch {
		e, err := stored.Event()
		if err != nil {
			return follower.Lost, err
		}
		events[i] = e
	}
	list, err := s.Store.Alerts(ctx, c.Account)
	if err != nil {
		return follower.Lost, err
	}
	found := sifted{}
	for range tries {
		found.sift(s.Recorder.Catalog(), list, events, s.Recorder.Now())
		s.reach("follow: matched")
		outcome, now, err := s.count(ctx, c, batch[len(batch)-1].Seq, found)
		if err != nil || now == nil {
			return outcome, err
		}
		list = now
	}
	return follower.Lost, nil
}

// count moves the cursor and counts what was found. When an alert has another filter by now than those that were asked, it does
// nothing and returns the alerts as they are.
func (s *Service) count(ctx context.Context, c follower.Cursor, to int64, found sifted) (outcome follower.Outcome, changed []Alert, err error) {
	fired := false
	err = s.Store.WriteAlerts(ctx, c.Account, func(tx Tx) error {
		outcome, changed, fired = follower.Lost, nil, false
		list, err := tx.LockAlerts(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(a Alert) bool { return a.Enabled }) {
			outcome = follower.Left
			return tx.LeaveAccount(ctx, follower.Alerts)
		}
		if slices.ContainsFunc(list, func(a Alert) bool { return a.Enabled && found[a.Query] == nil }) {
			changed = list
			return nil
		}
		mine, err := tx.MoveCursor(ctx, follower.Alerts, c.Seq, to)
		if err != nil || !mine { // another server was quicker
			return err
		}
		s.reach("follow: cursor moved")
		for i := range list {
			if !list[i].Enabled {
				continue
			}
			some, err := s.watch(ctx, tx, &list[i], found[list[i].Query])
			if err != nil {
				return err
			}
			fired = fired || some
		}
		s.reach("follow: watched")
		outcome = follower.Took
		return nil
	})
	if err == nil && changed == nil {
		s.reach("follow: committed")
		if fired {
			s.Runner.Wake()
		}
	}
	return outcome, changed, err
}

// watch counts for one alert what passed its filter, and reports whether it fired.
func (s *Service) watch(ctx context.Context, tx Tx, a *Alert, passed *passage) (fired bool, err error) {
	if passed.gone != "" {
		return false, s.pause(ctx, tx, a, "Its filter cannot be read any more: "+passed.gone)
	}
	now := s.Recorder.Now()
	touched := false
	for _, e := range passed.events {
		if a.heeds(e, now) {
			a.count(e)
			touched = true
		}
	}
	if !touched {
		return false, nil
	}
	a.State.Counts.trim(a.Condition.window())
	return s.settle(ctx, tx, a, now)
}

// heeds reports whether an entry counts for an alert, should it pass its filter.
func (a *Alert) heeds(e *audit.Event, now time.Time) bool {
	if !countable(e, now) || e.RecordedAt.Before(a.Since) {
		return false
	}
	return e.Record == nil || e.Record.Object != Object || e.Record.ID != audit.RecordID(a.ID)
}

// count counts an entry that passed, and notes it when the alert fires by it, or it belongs to what fired.
func (a *Alert) count(e *audit.Event) {
	if a.Condition.Every() {
		a.pending().add([]audit.EventID{e.ID}, nil, e.ID)
		return
	}
	n := a.State.Counts.add(a.Condition, e)
	switch {
	case n.run != nil:
		ids := make([]audit.EventID, len(n.run))
		for i, s := range n.run {
			ids[i] = s.Event
		}
		a.pending().add(ids, []string{n.by}, e.ID)
	case !n.quiet.IsZero() && a.State.Pending != nil: // it can still be told with the others
		a.State.Pending.add([]audit.EventID{e.ID}, []string{n.by}, e.ID)
	case !n.quiet.IsZero():
		if a.State.Held == nil {
			a.State.Held, a.State.HeldUntil = &Pending{}, n.quiet
		}
		a.State.Held.add([]audit.EventID{e.ID}, []string{n.by}, e.ID)
	}
}

func (a *Alert) pending() *Pending {
	if a.State.Pending == nil {
		a.State.Pending = &Pending{}
	}
	return a.State.Pending
}

// due takes what is to be told at a moment; see take.
func (a *Alert) due(now time.Time) (p *Pending, since bool) {
	reached := func(at time.Time) bool { return !at.IsZero() && !now.Before(at) }
	return a.take(reached(a.heldDue()), reached(a.pendingDue()))
}

// take takes what is held, what is pending, or both together, nil for nothing. since says that all of it came after the alert
// fired.
func (a *Alert) take(held, pending bool) (p *Pending, since bool) {
	if held && a.State.Held != nil {
		p, since = a.State.Held, true
		a.State.Held, a.State.HeldUntil = nil, time.Time{}
	}
	if pending && a.State.Pending != nil {
		if p == nil {
			p = a.State.Pending
		} else {
			p.join(a.State.Pending)
		}
		a.State.Pending, since = nil, false
	}
	return p, since
}

// settle writes an alert after its state has changed: it fires and sends what is due, and notes when to look again.
func (s *Service) settle(ctx context.Context, tx Tx, a *Alert, now time.Time) (fired bool, err error) {
	var to audience
	if p, since := a.due(now); p != nil {
		if to, err = s.fire(ctx, tx, a, p, since, now); err != nil {
			return true, err
		}
		fired = true
	}
	if len(a.State.Digest) > 0 && !now.Before(a.State.DigestAt) {
		if to, err = s.sendDigest(ctx, tx, a); err != nil {
			return true, err
		}
		fired = true
	}
	switch {
	case to.unowned == "":
	case len(to.people) == 0 && !to.rationed:
		return true, s.pause(ctx, tx, a, to.unowned)
	default:
		if err := s.pauseWebhook(ctx, tx, a, to.unowned); err != nil {
			return true, err
		}
	}
	a.setDue()
	return fired, tx.PutAlert(ctx, *a)
}

// setDue notes when the state asks for something by the clock.
func (a *Alert) setDue() {
	a.DueAt = time.Time{}
	digest := a.State.DigestAt
	if len(a.State.Digest) == 0 {
		digest = time.Time{}
	}
	for _, at := range []time.Time{a.pendingDue(), a.heldDue(), digest} {
		if !at.IsZero() && (a.DueAt.IsZero() || at.Before(a.DueAt)) {
			a.DueAt = at
		}
	}
}

// pendingDue is when what is noted may fire, zero when nothing is.
func (a *Alert) pendingDue() time.Time {
	if a.State.Pending == nil {
		return time.Time{}
	}
	return a.FiredAt.Add(Group)
}

// heldDue is when what came since it fired may be told, zero when nothing did.
func (a *Alert) heldDue() time.Time {
	if a.State.Held == nil {
		return time.Time{}
	}
	if at := a.FiredAt.Add(Group); at.After(a.State.HeldUntil) {
		return at
	}
	return a.State.HeldUntil
}

// fire writes the event of what is to be told, and sees to it that it is.
func (s *Service) fire(ctx context.Context, tx Tx, a *Alert, p *Pending, since bool, now time.Time) (audience, error) {
	to, err := s.audience(ctx, a)
	if err != nil {
		return to, err
	}
	if a.Digest == "" {
		if err := s.ration(ctx, tx, a, &to); err != nil {
			return to, err
		}
	}
	op := s.Recorder.Begin(tx, system(a.Account))
	draft := a.firing(p, since, to.told(), to.leftOut)
	id, err := op.Record(ctx, draft)
	if err != nil {
		return to, err
	}
	s.reach("fire: recorded")
	a.FiredAt, a.Fired = now, id
	s.fired.Add(1)
	if a.Digest == "" {
		if err := s.send(ctx, tx, op, a, to, []audit.EventID{id}, 0); err != nil {
			return to, err
		}
	} else if err := s.addToDigest(ctx, a, id, now); err != nil {
		return to, err
	}
	return to, op.Close(ctx)
}

// addToDigest keeps a firing for the next digest.
func (s *Service) addToDigest(ctx context.Context, a *Alert, id audit.EventID, now time.Time) error {
	if len(a.State.Digest) == MaxDigest {
		a.State.More++
		return nil
	}
	if len(a.State.Digest) == 0 {
		_, zone, err := s.Account(ctx, a.Account)
		if err != nil {
			return err
		}
		a.State.DigestAt = nextDigest(a.Digest, now, zone)
	}
	a.State.Digest = append(a.State.Digest, id)
	return nil
}

// sendDigest sends what fired since the last digest.
func (s *Service) sendDigest(ctx context.Context, tx Tx, a *Alert) (audience, error) {
	to, err := s.audience(ctx, a)
	if err != nil {
		return to, err
	}
	if err := s.ration(ctx, tx, a, &to); err != nil {
		return to, err
	}
	op := s.Recorder.Begin(tx, system(a.Account))
	if err := s.send(ctx, tx, op, a, to, a.State.Digest, a.State.More); err != nil {
		return to, err
	}
	a.State.Digest, a.State.More, a.State.DigestAt = nil, 0, time.Time{}
	return to, op.Close(ctx)
}

// pause switches an alert off that cannot go on, and says why.
func (s *Service) pause(ctx context.Context, tx Tx, a *Alert, why string) error {
	if err := s.tellRest(ctx, tx, a, s.Recorder.Now()); err != nil {
		return err
	}
	was := *a
	a.Enabled, a.Paused, a.UpdatedAt = false, why, s.Recorder.Now()
	a.State, a.DueAt = State{}, time.Time{}
	if err := tx.PutAlert(ctx, *a); err != nil {
		return err
	}
	return s.recordAndTell(ctx, tx, system(a.Account), was, *a, "audit.alert_updated", ". Backtrail switched it off: "+why)
}

// pauseWebhook leaves a webhook out from now on, and says why; emails go on. The caller writes the alert.
func (s *Service) pauseWebhook(ctx context.Context, tx Tx, a *Alert, why string) error {
	was := *a
	a.Paused, a.UpdatedAt = why, s.Recorder.Now()
	return s.recordAndTell(ctx, tx, system(a.Account), was, *a, "audit.alert_updated", ". Backtrail stopped calling it: "+why)
}
