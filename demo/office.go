package demo

import (
	"context"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/savedviews"
	"github.com/backtrail/backtrail/workflow"
)

// furnish is the owner's second morning: who the house is, its numbers, what it is connected with, and what shall
// happen by itself.
func (h *house) furnish(ctx context.Context) error {
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	err = h.each(ctx, "business_profile", func(rec *crm.Record) { h.profile = rec.ID })
	if err != nil {
		return err
	}
	err = h.update(ctx, c, "business_profile", h.profile, map[string]string{"name": "Harbour & Pine Interiors", "legal_name": "Harbour & Pine Interiors Ltd", "email": "studio@harbourpine.example",
		"phone": "+44 117 496 0100", "website": "harbourpine.example", "address": "14 Narrow Quay", "city": "Bristol", "postal_code": "BS1 4QA", "country": "United Kingdom",
		"currency": "GBP", "language": "English", "business_type": "Interior design", "registration_number": "08142277"})
	if err != nil {
		return err
	}
	for _, thing := range []struct {
		object string
		texts  map[string]string
		id     *audit.RecordID
	}{
		{"phone_number", map[string]string{"number": "+44 117 496 0100", "label": "Studio"}, new(audit.RecordID)},
		{"phone_number", map[string]string{"number": "+44 117 496 0101", "label": "Showroom", "assignee": string(h.people[priya].id)}, &h.showroomLine},
		{"phone_number", map[string]string{"number": "+44 117 496 0199", "label": "Spring campaign", "forward_to": "+44 117 496 0100"}, &h.springLine},
		{"integration", map[string]string{"provider": "Stripe", "api_key": "sk_demo_4f1c", "scopes": "payments, refunds"}, &h.stripe},
		{"integration", map[string]string{"provider": "Google Calendar", "scopes": "calendar"}, &h.google},
		{"workflow", map[string]string{"name": "Welcome new leads", "trigger": "contact.created", "folder": "Leads",
			"conditions": `[{"field":"source","operator":"is","value":"Website"}]`,
			"steps":      flow("create_task", `{"title":"Call back within a day","assignee":"owner","due_days":1}`)}, &h.welcomeFlow},
		{"workflow", map[string]string{"name": "Thank you", "trigger": "opportunity.status_changed", "folder": "Customers",
			"conditions": `[{"field":"status","operator":"is","value":"won"}]`, "steps": flow("send_email", `{"on":"contact","template":"`+string(h.templates[0])+`"}`, "wait", `{"amount":14,"unit":"days"}`,
				"create_task", `{"on":"contact","title":"Ask how they like it","assignee":"owner","due_days":3}`), "enabled": "true"}, &h.thanksFlow},
	} {
		h.clock.pass(time.Duration(h.between(50, 150)) * time.Second)
		rec, err := h.create(ctx, c, thing.object, thing.texts)
		if err != nil {
			return err
		}
		*thing.id = rec.ID
	}
	h.clock.pass(time.Minute)
	if err := h.update(ctx, c, "workflow", h.welcomeFlow, map[string]string{"enabled": "true"}); err != nil {
		return err
	}
	return h.saveViews(ctx, c)
}

// saveViews is what the owner wants to find with one click, and others with her.
func (h *house) saveViews(ctx context.Context, c audit.Caller) error {
	for _, v := range []savedviews.NewView{
		{Name: "Deletions this week", Query: "action=deleted&range=7d", Shared: true},
		{Name: "Failed and refused", Query: "outcome=failed&outcome=denied", Shared: true},
	} {
		h.clock.pass(40 * time.Second)
		c.Context.Request = string(h.w.Recorder.NewID())
		if _, err := h.w.Views.Save(ctx, c, v); err != nil {
			return err
		}
	}
	return nil
}

// flow is the steps of a workflow; they come as action, settings.
func flow(steps ...string) string {
	var list []workflow.Step
	for pair := range slices.Chunk(steps, 2) {
		row := `[{"action":"` + pair[0] + `","settings":` + string(audit.String(pair[1])) + `}]`
		list = append(list, workflow.StepsOf(audit.Value(row))...)
	}
	return string(workflow.StepsInput(list))
}

// mailServer gives the account its way out for email, and its owner the first use of it.
func (h *house) mailServer(ctx context.Context) error {
	err := h.by(ctx, eleanor, "business_profile", h.profile, map[string]string{"smtp_host": "mail.harbourpine.example", "smtp_port": "587",
		"smtp_user": "studio", "smtp_password": "demo-only", "mail_from": "studio@harbourpine.example"})
	if err != nil {
		return err
	}
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	h.clock.pass(20 * time.Second)
	err = h.w.Engine.Do(ctx, c, func(op *crm.Operation) error { // as package mail does; there is no mail server here
		_, err := op.Log().Record(ctx, audit.Draft{Type: "settings.mail_tested", Note: "was sent to " + h.people[eleanor].email,
			Record: &audit.Ref{Object: "business_profile", ID: h.profile, Name: "Harbour & Pine Interiors"}})
		return err
	})
	if err != nil {
		return err
	}
	h.clock.pass(2 * time.Minute)
	if c, err = h.as(ctx, eleanor); err != nil {
		return err
	}
	return h.watchLogins(ctx, c)
}

// tuneFlow is the welcome that was too eager: switched off, changed, renamed, switched on.
func (h *house) tuneFlow(ctx context.Context) error {
	for _, texts := range []map[string]string{
		{"enabled": "false"},
		{"steps": flow("wait", `{"amount":2,"unit":"hours"}`, "create_task", `{"title":"Call back within a day","assignee":"owner","due_days":1}`)},
		{"name": "Welcome from the website", "description": "Waits first: people complained about the call within minutes."},
		{"enabled": "true"},
	} {
		if err := h.by(ctx, marcus, "workflow", h.welcomeFlow, texts); err != nil {
			return err
		}
		h.clock.pass(time.Duration(h.between(40, 160)) * time.Second)
	}
	return nil
}

// rotateKey follows the key of the payments' provider that expired.
func (h *house) rotateKey(ctx context.Context) error {
	return h.by(ctx, marcus, "integration", h.stripe, map[string]string{"api_key": "sk_demo_9a27"})
}

// calendarOff and calendarOn: the other calendar is left alone for a day.
func (h *house) calendarOff(ctx context.Context) error {
	return h.by(ctx, marcus, "integration", h.google, map[string]string{"status": "disconnected"})
}
func (h *house) calendarOn(ctx context.Context) error {
	return h.by(ctx, marcus, "integration", h.google, map[string]string{"status": "connected", "scopes": "calendar, events"})
}

// releaseLine gives the number of the spring campaign up, and the showroom's to somebody else.
func (h *house) releaseLine(ctx context.Context) error {
	if err := h.by(ctx, eleanor, "phone_number", h.showroomLine, map[string]string{"assignee": string(h.people[sofia].id)}); err != nil {
		return err
	}
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	_, err = h.w.Engine.Delete(ctx, c, "phone_number", h.springLine)
	return err
}
