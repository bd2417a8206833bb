package demo

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// When the workshop's server was down, and when somebody drew the line, in days before the end.
const (
	workshopDown = 26
	workshopBack = 16
	workshopOff  = 15
)

// tellWorkshop lets the joiners know of every large deal that was won.
func (h *house) tellWorkshop(ctx context.Context) error {
	c, err := h.as(ctx, marcus)
	if err != nil {
		return err
	}
	rec, err := h.create(ctx, c, "workflow", map[string]string{"name": "Tell the workshop", "trigger": "opportunity.status_changed", "folder": "Customers", "enabled": "true",
		"description": "The joiners plan their oak by what was won.",
		"conditions":  `[{"field":"status","operator":"is","value":"won"},{"field":"value","operator":"greater","value":"10000"}]`,
		"steps":       flow("call_webhook", `{"url":"https://workshop.example/hooks/9d4e"}`, "create_task", `{"on":"contact","title":"Agree the dates with the workshop","assignee":"owner","due_days":5}`)})
	h.workshopFlow = rec.ID
	return err
}

// leaveWorkshop switches it off: the workshop has another system now.
func (h *house) leaveWorkshop(ctx context.Context) error {
	return h.by(ctx, marcus, "workflow", h.workshopFlow, map[string]string{"enabled": "false"})
}

// workshop is the address outside that a workflow calls.
type workshop struct{ h *house }

// Check implements automation.Poster.
func (workshop) Check(string) error { return nil }

// Post implements automation.Poster.
func (w workshop) Post(context.Context, string, map[string]string, []byte) error {
	if ago := w.h.end.Sub(w.h.clock.now()); ago < workshopDown*24*time.Hour && ago > workshopBack*24*time.Hour {
		return errs.New(errs.Unavailable, "webhook_failed", "It answered with the status 503.")
	}
	return nil
}

// automate lets workflows and alerts do what they have to by now, and the mail leave that they wrote.
func (h *house) automate(ctx context.Context) error {
	h.stirred = false
	h.clock.pass(700 * time.Millisecond)
	if err := h.store.Seal(ctx); err != nil {
		return err
	}
	if err := h.w.Automation.CatchUp(ctx); err != nil {
		return err
	}
	if err := h.watch(ctx); err != nil {
		return err
	}
	return h.postQueued(ctx)
}

// postQueued sends the messages that wait.
func (h *house) postQueued(ctx context.Context) error {
	o, err := h.w.Schema.Object("message")
	if err != nil {
		return err
	}
	status, _ := o.Field("status")
	c := auth.SystemCaller(h.account, "Backtrail")
	found, _, err := h.w.Engine.Find(ctx, c, crm.Query{Object: o, Where: []crm.Condition{{Field: status, Values: []string{"queued"}}}, Sort: "created_at", Limit: 50})
	for _, rec := range found {
		h.clock.pass(1400 * time.Millisecond)
		if err := h.update(ctx, c, "message", rec.ID, map[string]string{"status": "sent", "from": "studio@harbourpine.example"}); err != nil {
			return err
		}
	}
	return err
}
