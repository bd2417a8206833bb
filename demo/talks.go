package demo

import (
	"context"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// talk is a conversation.
type talk struct {
	id       audit.RecordID
	contact  *contact
	channel  string
	closed   bool
	starred  bool
	assignee *person
	subject  string
	draft    audit.RecordID // that was written and not yet sent, "" for none
}

// writeTemplates makes the texts that come again and again.
func (h *house) writeTemplates(ctx context.Context) error {
	for _, t := range templates {
		c, err := h.as(ctx, priya)
		if err != nil {
			return err
		}
		rec, err := h.create(ctx, c, "template", map[string]string{"name": t[0], "channel": t[1], "subject": t[2], "body": t[3]})
		if err != nil {
			return err
		}
		h.templates = append(h.templates, rec.ID)
		h.clock.pass(2 * time.Minute)
	}
	return nil
}

// talksWith are the conversations that pass, without those of who is away.
func (h *house) talksWith(pass func(*talk) bool) []*talk {
	return slices.DeleteFunc(slices.Clone(h.talks), func(t *talk) bool { return t.contact == h.away || !pass(t) })
}

// begin opens a conversation with a contact.
func (h *house) begin(ctx context.Context, c audit.Caller, k *contact, channel string, owner *person) (*talk, error) {
	t := &talk{contact: k, channel: channel, assignee: owner, subject: pick(h, subjects)}
	texts := map[string]string{"contact": string(k.id), "channel": channel}
	if owner != nil {
		texts["assignee"] = string(owner.id)
	}
	rec, err := h.create(ctx, c, "conversation", texts)
	if err != nil {
		return nil, err
	}
	t.id = rec.ID
	h.talks = append(h.talks, t)
	return t, nil
}

// letter is an outgoing message of a conversation, without its status.
func (h *house) letter(t *talk) map[string]string {
	texts := map[string]string{"conversation": string(t.id), "direction": "out", "body": pick(h, letters), "to": t.contact.guest.fields["phone"], "from": "+44 117 496 0100"}
	if t.channel == "email" {
		texts["to"], texts["subject"] = t.contact.guest.email, t.subject
		delete(texts, "from") // the mail server's settings say it
	}
	return texts
}

// write sends a message: it finishes a draft, goes on with a conversation, or begins one.
func (h *house) write(ctx context.Context, who int) (bool, error) {
	c, err := h.as(ctx, who)
	if err != nil {
		return true, err
	}
	if drafts := h.talksWith(func(t *talk) bool { return t.draft != "" && !t.contact.quiet }); len(drafts) > 0 {
		t := drafts[0]
		id := t.draft
		t.draft = ""
		if t.channel == "sms" {
			return true, h.update(ctx, c, "message", id, map[string]string{"status": "sent"})
		}
		if err := h.update(ctx, c, "message", id, map[string]string{"status": "queued"}); err != nil {
			return true, err
		}
		return true, h.leave(ctx, c, id, h.chance(12))
	}
	var t *talk
	if open := h.talksWith(func(t *talk) bool { return !t.closed && !t.contact.quiet }); len(open) > 0 && h.chance(60) {
		t = recent(h, open)
	} else {
		k := recent(h, h.contacts)
		if k.quiet {
			return false, nil
		}
		if t, err = h.begin(ctx, c, k, pick(h, []string{"email", "email", "email", "sms"}), h.people[who]); err != nil {
			return true, err
		}
		h.clock.pass(time.Duration(h.between(30, 200)) * time.Second)
	}
	texts := h.letter(t)
	texts["status"] = "queued"
	if t.channel == "sms" {
		texts["status"] = "sent" // on somebody's phone
	}
	if h.chance(20) {
		texts["status"] = "draft"
	}
	rec, err := h.create(ctx, c, "message", texts)
	switch {
	case err != nil:
	case texts["status"] == "draft":
		t.draft = rec.ID
	case texts["status"] == "queued":
		err = h.leave(ctx, c, rec.ID, false)
	}
	return true, err
}

// leave is what the mail server makes of a message that waits: there is none here, so the house writes it down as
// package mail does. The jobs of these messages find nothing to do when the demo is served.
func (h *house) leave(ctx context.Context, c audit.Caller, message audit.RecordID, fails bool) error {
	page, err := h.w.Log.Events(ctx, c.Account, audit.Query{Limit: 1, Filter: audit.Filter{Where: audit.Is{Property: audit.ByRecord, Values: []string{string(message)}}}})
	if err != nil {
		return err
	}
	queued, err := page.Events[0].Event()
	if err != nil {
		return err
	}
	h.clock.pass(time.Duration(h.between(2, 6)) * time.Second)
	asked := c.Actor
	c.Actor, c.Channel, c.Cause = audit.SystemActor("Backtrail"), audit.SystemChannel, queued.ID
	c.Actor.OnBehalfOf = &audit.OnBehalfOf{ID: asked.ID, Name: asked.Name}
	if fails {
		return h.update(ctx, c, "message", message, map[string]string{"status": "failed", "error": "The mail server refused it (550): " + pick(h, failures)})
	}
	return h.update(ctx, c, "message", message, map[string]string{"status": "sent", "from": "studio@harbourpine.example",
		"message_id": string(message) + "@harbourpine.example"})
}

// tidyTalks closes, reopens, stars or hands over a conversation.
func (h *house) tidyTalks(ctx context.Context, who int) (bool, error) {
	n := h.rng.IntN(20)
	fitting := h.talksWith(func(t *talk) bool { return t.closed == (n < 2) && t.draft == "" })
	if len(fitting) == 0 {
		return false, nil
	}
	t := pick(h, fitting)
	texts := map[string]string{}
	switch {
	case n < 2:
		t.closed, texts["status"] = false, "open"
	case n < 12:
		t.closed, texts["status"] = true, "closed"
	case n < 15 && !t.starred:
		t.starred, texts["starred"] = true, "true"
	default:
		to := h.people[pick(h, h.around())]
		if t.assignee == to {
			return false, nil
		}
		t.assignee, texts["assignee"] = to, string(to.id)
	}
	return true, h.by(ctx, who, "conversation", t.id, texts)
}

// answer is a message that comes in by the mail gateway, for a conversation that is open or that it opens.
func (h *house) answer(ctx context.Context) error {
	c, err := h.key(ctx, h.website, "192.0.2.17", "HarbourForms/2.3")
	if err != nil {
		return err
	}
	open := h.talksWith(func(t *talk) bool { return !t.closed && t.channel == "email" })
	var t *talk
	if len(open) > 0 && h.chance(70) {
		t = recent(h, open)
	} else if t, err = h.begin(ctx, c, recent(h, h.contacts), "email", nil); err != nil {
		return err
	}
	_, err = h.create(ctx, c, "message", map[string]string{"conversation": string(t.id), "direction": "in", "status": "received",
		"from": t.contact.guest.email, "to": "studio@harbourpine.example", "subject": "Re: " + t.subject, "body": pick(h, answers)})
	return err
}
