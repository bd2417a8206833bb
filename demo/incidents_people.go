package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/backtrail/backtrail/audit"
)

// code is what a person's phone shows now.
func (h *house) code(p *person) (string, error) { return totp.GenerateCode(p.phoneKey, h.clock.now()) }

// tomaszFactor is a head of projects who turns on his second factor.
func (h *house) tomaszFactor(ctx context.Context) error {
	if _, err := h.as(ctx, tomasz); err != nil {
		return err
	}
	p := h.people[tomasz]
	setup, err := h.w.Auth.SetUpTwoFactor(ctx, p.seat.id, p.password)
	if err != nil {
		return err
	}
	p.phoneKey = setup.Secret
	h.clock.pass(50 * time.Second)
	code, err := h.code(p)
	if err != nil {
		return err
	}
	_, err = h.w.Auth.EnableTwoFactor(ctx, p.seat.id, code)
	h.clock.pass(2 * time.Minute)
	return err
}

// tomaszPhone is a phone that fell into the harbour: the owner turns off the factor, he turns it on anew.
func (h *house) tomaszPhone(ctx context.Context) error {
	p := h.people[tomasz]
	if err := h.logout(ctx, p); err != nil {
		return err
	}
	h.clock.pass(3 * time.Minute)
	in, err := h.w.Auth.Login(ctx, p.email, p.password, h.from(p))
	if err != nil {
		return err
	}
	if _, err := h.w.Auth.FinishLogin(ctx, in.SecondStep, "000000", h.from(p)); err == nil {
		return fmt.Errorf("demo: a guessed code was right")
	}
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	h.clock.pass(4 * time.Minute)
	if err := h.w.Auth.ResetTwoFactor(ctx, c, p.id); err != nil {
		return err
	}
	p.phoneKey = ""
	h.clock.pass(5 * time.Minute)
	if err := h.tomaszFactor(ctx); err != nil {
		return err
	}
	_, err = h.w.Auth.RenewRecoveryCodes(ctx, p.seat.id, p.password)
	return err
}

// priyaForgets is a password that is gone after a holiday; the operations manager hands over a link.
func (h *house) priyaForgets(ctx context.Context) error {
	p := h.people[priya]
	if err := h.logout(ctx, p); err != nil {
		return err
	}
	for _, guess := range []string{"seven seas of Bristol", "seven seals of bristol"} {
		if err := h.slip(ctx, p.email, guess, h.from(p)); err != nil {
			return err
		}
		h.clock.pass(time.Duration(h.between(8, 25)) * time.Second)
	}
	c, err := h.as(ctx, marcus)
	if err != nil {
		return err
	}
	h.clock.pass(6 * time.Minute)
	link, _, err := h.w.Auth.CreatePasswordLink(ctx, c, p.id)
	if err != nil {
		return err
	}
	h.clock.pass(4 * time.Minute)
	p.password = "nine herons on the Avon"
	return h.w.Auth.ResetPassword(ctx, link.Token, p.password, h.from(p))
}

// standIn is the owner, who finishes something for somebody who is ill, as them.
func (h *house) standIn(ctx context.Context) error {
	if _, err := h.as(ctx, eleanor); err != nil {
		return err
	}
	p, other := h.people[eleanor], h.people[sofia]
	if err := h.w.Auth.ActAs(ctx, p.seat.id, other.id); err != nil {
		return err
	}
	h.clock.pass(2 * time.Minute)
	c := p.seat.id.Caller
	c.Actor.OnBehalfOf = &audit.OnBehalfOf{ID: audit.ActorID(other.id), Name: other.name}
	c.Context.Request = string(h.w.Recorder.NewID())
	_, err := h.create(ctx, c, "task", map[string]string{"title": "Send the colour samples that Sofia promised", "assignee": string(other.id), "due": h.date(1) + "T09:00:00Z"})
	if err != nil {
		return err
	}
	h.clock.pass(3 * time.Minute)
	return h.w.Auth.StopActing(ctx, p.seat.id)
}

// inviteTrainee is somebody who has not come in yet.
func (h *house) inviteTrainee(ctx context.Context) error {
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	rec, err := h.create(ctx, c, "staff", map[string]string{"name": "Hanna Keller", "email": "hanna@demo.test", "role": "member", "title": "Trainee", "status": "invited"})
	if err != nil {
		return err
	}
	h.clock.pass(time.Second)
	_, _, err = h.w.Invite(ctx, c, rec.ID)
	return err
}
