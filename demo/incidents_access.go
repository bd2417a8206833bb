package demo

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/jobs"
)

// bruteForce is a stranger who guesses at the owner's password by night.
func (h *house) bruteForce(ctx context.Context) error {
	for i := range 8 {
		from := audit.Origin{Channel: audit.API, Context: audit.Context{IP: "192.0.2.211", UserAgent: "python-requests/2.32.3",
			Request: string(h.w.Recorder.NewID())}}
		if err := h.slip(ctx, h.people[eleanor].email, fmt.Sprintf("harbour%d", 2018+i), from); err != nil {
			return err
		}
		h.clock.pass(time.Duration(h.between(700, 2600)) * time.Millisecond)
	}
	h.stirred = true // an alert watches
	return nil
}

// memberTriesLog is a member who looks for the audit log and is refused.
func (h *house) memberTriesLog(ctx context.Context) error {
	c, err := h.as(ctx, sofia)
	if err != nil {
		return err
	}
	_, err = h.w.Exports.Direct(c, export.Request{Format: string(export.CSVFormat)})
	if !errs.Is(err, errs.Forbidden) {
		return fmt.Errorf("demo: a member's export was not refused: %v", err)
	}
	return h.w.Auth.RecordDenied(ctx, c.Origin, errs.Of(err), "POST /settings/audit/export")
}

// lookAtLog is a visit to the audit log.
func (h *house) lookAtLog(who int) func(context.Context) error {
	return func(ctx context.Context) error {
		if _, err := h.as(ctx, who); err != nil {
			return err
		}
		return h.w.Auth.RecordViewed(ctx, h.people[who].seat.id)
	}
}

// monthlyExport is who came in and who was let in, downloaded at once.
func (h *house) monthlyExport(ctx context.Context) error {
	c, err := h.as(ctx, marcus)
	if err != nil {
		return err
	}
	month := url.Values{"from": {h.date(-30)}, "module": {"access", "staff"}}
	d, err := h.w.Exports.Direct(c, export.Request{Format: string(export.CSVFormat), Filter: month, Zone: h.zone})
	if err != nil {
		return err
	}
	_, err = d.Write(ctx, io.Discard)
	return err
}

// exportJob is an export in the background, and its download.
func (h *house) exportJob(ctx context.Context) error {
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	e, err := h.w.Exports.Request(ctx, c, export.Request{Format: string(export.CSVFormat), Filter: url.Values{"from": {h.date(-60)}}, Zone: h.zone})
	if err != nil {
		return err
	}
	err = h.await(ctx, func() (jobs.Status, error) {
		e, err := h.w.Exports.Get(ctx, c, e.ID)
		return e.Status, err
	})
	if err != nil {
		return err
	}
	h.clock.pass(8 * time.Second)
	_, _, err = h.w.Exports.Open(ctx, c, e.ID)
	return err
}

// verifyLog is a verification of the whole log.
func (h *house) verifyLog(ctx context.Context) error {
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	v, err := h.w.Integrity.RequestVerify(ctx, c, nil)
	if err != nil {
		return err
	}
	return h.await(ctx, func() (jobs.Status, error) {
		v, err := h.w.Integrity.Verification(ctx, c, v.ID)
		return v.Status, err
	})
}

// await runs what waits in the background until the job that status tells of has ended.
func (h *house) await(ctx context.Context, status func() (jobs.Status, error)) error {
	h.clock.pass(2 * time.Second)
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.w.Jobs.Run(running)
	}()
	at, err := status()
	for ; err == nil && !at.Final(); at, err = status() {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	<-ended
	return err
}

func (h *house) promoteTomasz(ctx context.Context) error {
	h.people[tomasz].role = "admin"
	return h.by(ctx, eleanor, "staff", h.people[tomasz].id, map[string]string{"role": "admin", "title": "Head of projects"})
}

// trustPriya gives a member two single permissions.
func (h *house) trustPriya(ctx context.Context) error {
	return h.by(ctx, eleanor, "staff", h.people[priya].id, map[string]string{"permissions": "audit.read_own,settings.manage"})
}

// openObjects lets members make objects of their own, for a while; closeObjects ends it.
func (h *house) openObjects(ctx context.Context) error { return h.setMembers(ctx, audit.ObjectsManage) }

func (h *house) closeObjects(ctx context.Context) error { return h.setMembers(ctx) }

// setMembers gives the role of members more than it has at first.
func (h *house) setMembers(ctx context.Context, more ...audit.Permission) error {
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	_, err = h.w.Auth.UpdateRoles(ctx, c, auth.RoleUpdate{Version: auth.AnyVersion, Admin: auth.RolePermissions(auth.Admin),
		Member: append(auth.RolePermissions(auth.MemberRole), more...)})
	return err
}

// jonasGoes deactivates somebody who leaves, after their deals and contacts have found new owners.
func (h *house) jonasGoes(ctx context.Context) error {
	leaver, heir := h.people[jonas], h.people[sofia]
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	give := crm.BulkChange{Set: crm.Input{"owner": []byte(audit.String(string(heir.id)))}}
	deals := crm.Selection{Object: "opportunity"}
	for _, d := range h.withDeals(func(d *deal) bool { return d.owner == leaver && isOpen(d) }) {
		d.owner = heir
		deals.IDs = append(deals.IDs, d.id)
	}
	if _, err := h.w.Engine.Bulk(ctx, c, deals, give); err != nil {
		return err
	}
	h.clock.pass(3 * time.Minute)
	err = h.bulk(ctx, eleanor, 400, give, func(k *contact) bool {
		if k.owner != leaver {
			return false
		}
		k.owner = heir
		return true
	})
	if err != nil {
		return err
	}
	h.clock.pass(40 * time.Second)
	leaver.gone, leaver.seat = true, nil
	return h.by(ctx, eleanor, "staff", leaver.id, map[string]string{"status": "deactivated"})
}

// jonasTries is the next morning.
func (h *house) jonasTries(ctx context.Context) error {
	p := h.people[jonas]
	return h.slip(ctx, p.email, p.password, audit.Origin{Channel: audit.Web,
		Context: audit.Context{IP: p.home, UserAgent: p.mobile, Request: string(h.w.Recorder.NewID())}})
}

func (h *house) priyaPassword(ctx context.Context) error {
	if _, err := h.as(ctx, priya); err != nil {
		return err
	}
	p, next := h.people[priya], "seven seals of Bristol"
	h.clock.pass(2 * time.Minute)
	if err := h.login(ctx, p); err != nil { // once more, on another device: that session outlives the first
		return err
	}
	if err := h.w.Auth.ChangePassword(ctx, p.seat.id, p.password, next); err != nil {
		return err
	}
	p.password = next
	return nil
}

func (h *house) revokeBooks(ctx context.Context) error {
	c, err := h.as(ctx, marcus)
	if err != nil {
		return err
	}
	return h.w.Auth.RevokeKey(ctx, c, h.booksID)
}
