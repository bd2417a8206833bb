package demo

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
)

// keysDay is when the programs beside got their keys.
const keysDay = 6

// makeKeys makes the keys of the web forms and of the bookkeeping.
func (h *house) makeKeys(ctx context.Context) error {
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	if _, h.website, err = h.w.Auth.CreateKey(ctx, c, "Website forms", auth.MemberRole); err != nil {
		return err
	}
	h.clock.pass(70 * time.Second)
	var books auth.Key
	books, h.books, err = h.w.Auth.CreateKey(ctx, c, "Bookkeeping sync", auth.MemberRole)
	h.booksID = books.ID
	return err
}

// key is a program as the caller of one request.
func (h *house) key(ctx context.Context, token, ip, agent string) (audit.Caller, error) {
	from := audit.Origin{Channel: audit.API, Context: audit.Context{IP: ip, UserAgent: agent, Request: string(h.w.Recorder.NewID())}}
	id, err := h.w.Auth.Authenticate(ctx, auth.Credentials{Bearer: token, Origin: from})
	return id.Caller, err
}

// sync is what the programs do on a day: the web forms bring leads at any hour, the bookkeeping tags at night who paid.
func (h *house) sync(day int, start time.Time) []act {
	if day <= keysDay {
		return nil
	}
	var acts []act
	for range h.between(0, 2) {
		acts = append(acts, act{h.moment(start, 7, 23), h.form})
	}
	if h.chance(60) {
		acts = append(acts, act{h.moment(start, 7, 22), h.answer})
	}
	if day < booksRevokedDay && start.Weekday() == time.Tuesday {
		acts = append(acts, act{h.moment(start, 2, 3), h.bookkeeping})
	}
	return acts
}

// form is somebody who fills in the form of the website.
func (h *house) form(ctx context.Context) error {
	g, ok := h.nextGuest()
	if !ok {
		return nil
	}
	c, err := h.key(ctx, h.website, "192.0.2.17", "HarbourForms/2.3")
	if err != nil {
		return err
	}
	k, err := h.meet(ctx, c, g, nil)
	if err != nil || !h.chance(30) {
		return err
	}
	h.clock.pass(400 * time.Millisecond)
	return h.openDeal(ctx, c, k, nil)
}

// bookkeeping writes the revenue of a few companies in one batch.
func (h *house) bookkeeping(ctx context.Context) error {
	c, err := h.key(ctx, h.books, "192.0.2.58", "ledgerly-sync/5.1 (+https://ledgerly.example)")
	if err != nil {
		return err
	}
	var b crm.Batch
	seen := map[*company]bool{}
	for range h.between(3, 7) {
		k := pick(h, h.companies)
		if seen[k] {
			continue
		}
		seen[k] = true
		in, err := h.input("company", map[string]string{"revenue": money(h.between(200, 9000) * 1000)})
		if err != nil {
			return err
		}
		b.Update = append(b.Update, crm.BatchUpdate{ID: k.id, Fields: in})
	}
	_, err = h.w.Engine.Batch(ctx, c, "company", b)
	return err
}
