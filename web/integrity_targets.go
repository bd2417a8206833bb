package web

import (
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/publish"
	"github.com/backtrail/backtrail/workspace"
)

// targetsPanel is the part of the Integrity page that says where copies of the checkpoints go.
type targetsPanel struct {
	Fields []formField
	Errors *formErrors
	Sent   []sentCopy
	Next   *when // when the next copies leave, nil without targets
}

// sentCopy is what came of the last copies to one target.
type sentCopy struct {
	To    string
	Last  when // of the last copy that arrived
	Size  int64
	Error string // why the newest did not
	Tried when
}

// targets reads the panel; asked is what a form held that is shown again, with what is wrong with it.
func (s *site) targets(v *visit, asked *publish.Targets, wrong error) (*targetsPanel, error) {
	if !v.may(audit.AuditManage) {
		return nil, nil
	}
	state, err := s.ws.Publish.Targets(v.Context(), v.caller())
	if err != nil {
		return nil, err
	}
	c := clock{s.now(), workspace.Zone(v.id.Account)}
	panel := &targetsPanel{}
	for _, t := range []struct {
		name string
		publish.Target
	}{{"the webhook", state.Webhook}, {"the email", state.Email}} {
		if !t.SentAt.IsZero() || t.Error != "" {
			panel.Sent = append(panel.Sent, sentCopy{To: t.name, Last: c.full(t.SentAt), Size: t.Size, Error: t.Error, Tried: c.full(t.FailedAt)})
		}
	}
	if !state.DueAt.IsZero() {
		next := c.full(state.DueAt)
		panel.Next = &next
	}
	shown := state.Targets()
	if asked != nil {
		shown = *asked
	}
	panel.Fields = s.targetFields(shown, wrong)
	panel.Errors = summarize(wrong, func(key string) bool { return key == "webhook" || key == "email" || key == "schedule" })
	return panel, nil
}

func (s *site) targetFields(t publish.Targets, wrong error) []formField {
	email := "An address outside of this company is best."
	if !s.ws.Publish.SendsMail() {
		email = "This server has no mail server; whoever runs it can give it one (--smtp)."
	}
	var schedules []formOption
	for _, o := range []struct {
		schedule publish.Schedule
		label    string
	}{{publish.Hourly, "Every hour"}, {publish.Daily, "Every day"}, {publish.Weekly, "Every week"}} {
		schedules = append(schedules, formOption{string(o.schedule), o.label, o.schedule == t.Schedule})
	}
	fields := []formField{
		{Key: "webhook", Label: "Webhook", Kind: "input", Type: "url", Value: t.Webhook, Hint: "An https address that takes a POST with the checkpoint as text."},
		{Key: "email", Label: "Email", Kind: "input", Type: "email", Value: t.Email, Hint: email},
		{Key: "schedule", Label: "How often", Kind: "select", Value: string(t.Schedule), Required: true, Choices: []choiceGroup{{Options: schedules}}},
	}
	for i := range fields {
		fields[i].Error = mistakeAt(wrong, fields[i].Key)
	}
	return fields
}

// targetsSave changes where copies go.
func (s *site) targetsSave(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	t := publish.Targets{Webhook: strings.TrimSpace(form.Get("webhook")), Email: strings.TrimSpace(form.Get("email")), Schedule: publish.Schedule(form.Get("schedule"))}
	if _, err := s.ws.Publish.SetTargets(v.Context(), v.caller(), t); err != nil {
		if shownOnForm(err) {
			return s.showIntegrity(v, integrityForms{targets: &t, targetsWrong: err})
		}
		return err
	}
	return v.redirect(integrityPath, Success("Saved where checkpoints are sent."))
}

// targetsSend sends copies now.
func (s *site) targetsSend(v *visit) error {
	if _, err := s.ws.Publish.SendNow(v.Context(), v.caller()); err != nil {
		if shownOnForm(err) {
			return s.showIntegrity(v, integrityForms{targetsWrong: err})
		}
		return err
	}
	return v.redirect(integrityPath, Success("The checkpoint is on its way."))
}
