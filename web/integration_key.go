package web

import (
	"net/url"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// integrationKeyPage replaces or removes the key of an integration. It never shows the one that is set.
type integrationKeyPage struct {
	Base
	Name  string
	Here  string
	Set   bool
	Field formField
}

func (s *site) integrationKeyAsk(v *visit) error {
	rec, err := s.recordToWrite(v, s.views["integration"])
	if err != nil {
		return err
	}
	return s.askIntegrationKey(v, rec, nil)
}

func (s *site) askIntegrationKey(v *visit, rec *crm.Record, problem error) error {
	page := &integrationKeyPage{Base: s.base(v, "API key of "+rec.Name, "integrations"), Name: rec.Name, Here: s.views["integration"].address(rec.ID),
		Set: rec.Fields["api_key"] != audit.None}
	page.Field = formField{Key: "api_key", Label: "New key", Kind: "input", Type: "password", Fill: "new-password", Error: mistakeAt(problem, "api_key"),
		Hint: "It is kept apart, and never shown again, neither here nor in the log."}
	return v.render(statusOfForm(problem), "integration_key", page)
}

// integrationKey sets, replaces or removes the key.
func (s *site) integrationKey(v *visit, form url.Values, rec *crm.Record) error {
	key, done := form.Get("api_key"), "Set the API key of "
	switch {
	case form.Get("_remove") != "":
		key, done = "", "Removed the API key of "
	case strings.TrimSpace(key) == "":
		return s.askIntegrationKey(v, rec, errs.InvalidField("api_key", "required", "Enter the new key, or remove the one that is set."))
	case rec.Fields["api_key"] != audit.None:
		done = "Replaced the API key of "
	}
	_, err := s.ws.Engine.Update(v.Context(), v.caller(), "integration", rec.ID, crm.Texts(s.views["integration"].object, map[string]string{"api_key": key}), 0)
	if err != nil && shownOnForm(err) {
		return s.askIntegrationKey(v, rec, err)
	}
	if err != nil {
		return err
	}
	return v.redirect(s.views["integration"].address(rec.ID), Success(done+audit.Quote(rec.Name)+"."))
}

// fillIntegration offers another key on an integration's page.
func (s *site) fillIntegration(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if rec.Object == "integration" && v.mayWrite(view.object) {
		label := "Set the API key"
		if rec.Fields["api_key"] != audit.None {
			label = "Replace the API key"
		}
		page.Actions = append(page.Actions, navLink{label, view.address(rec.ID) + "/key"})
	}
	return nil
}
