package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// opportunityMove puts an opportunity into another stage.
func (s *site) opportunityMove(v *visit) error {
	return s.changeCard(v, func(form url.Values) (map[string]string, string, error) {
		stage := audit.RecordID(form.Get("stage"))
		if !audit.ValidID(stage) {
			return nil, "", errs.InvalidField("stage", "required", "Choose a stage.")
		}
		return map[string]string{"stage": string(stage)}, "", nil
	})
}

// opportunityStatus wins, loses, abandons or opens an opportunity.
func (s *site) opportunityStatus(v *visit) error {
	return s.changeCard(v, func(form url.Values) (map[string]string, string, error) {
		status := form.Get("status")
		field, _ := s.object("opportunity").Field("status")
		if !field.Offers(status) {
			return nil, "", errs.InvalidField("status", "invalid_option", "Choose a status.")
		}
		texts := map[string]string{"status": status, "lost_reason": "", "closed": ""}
		if status != "open" {
			texts["closed"] = s.now().In(workspace.Zone(v.id.Account)).Format(time.DateOnly)
		}
		if status == "lost" {
			texts["lost_reason"] = form.Get("lost_reason")
		}
		return texts, field.OptionLabel(status), nil
	})
}

// changeCard changes an opportunity from its card and leads back to the board.
func (s *site) changeCard(v *visit, read func(url.Values) (texts map[string]string, status string, err error)) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	form, err := v.form()
	if err != nil {
		return err
	}
	texts, status, err := read(form)
	if err != nil {
		return err
	}
	version, err := versionOf(form)
	if err != nil {
		return err
	}
	o := s.object("opportunity")
	if closed, given := texts["closed"]; given && closed != "" {
		now, err := s.ws.Engine.Record(v.Context(), v.caller(), o.Key, id)
		if err != nil {
			return err
		}
		// A deal that was opened with a date to come is closed on that date at the earliest.
		texts["closed"] = max(closed, now.Fields["opened"].Text())
	}
	rec, err := s.ws.Engine.Update(v.Context(), v.caller(), o.Key, id, crm.Texts(o, texts), version)
	if err != nil {
		return err
	}
	to := boardOf(rec, form.Get("show"))
	if v.wantsJSON() {
		return v.redirect(to, nil)
	}
	if status != "" {
		return v.redirect(to, Success(audit.Quote(rec.Name)+" is "+strings.ToLower(status)+" now.").WithLink(recordAddress(o.Key, id), "Open it"))
	}
	names, err := s.ws.Engine.Names(v.Context(), v.caller(), "stage", []audit.RecordID{audit.RecordID(rec.Fields["stage"].Text())})
	if err != nil {
		return err
	}
	return v.redirect(to, Success(audit.Quote(rec.Name)+" was moved to "+names[audit.RecordID(rec.Fields["stage"].Text())]+".").
		WithLink(recordAddress(o.Key, id), "Open it"))
}

// boardOf is the board that an opportunity stands on; show names the statuses that it shows.
func boardOf(rec *crm.Record, show string) string {
	params := url.Values{"pipeline": {rec.Fields["pipeline"].Text()}}
	if show != "" {
		params.Set("status", show)
	}
	return boardPath + queryOf(params)
}

// versionOf is the version that the form was made from, 0 for any.
func versionOf(form url.Values) (int64, error) {
	if form.Get("version") == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil || n < 1 {
		return 0, errs.InvalidField("version", "invalid_version", "The version of the form cannot be read.").WithFix("Load the page again.")
	}
	return n, nil
}
