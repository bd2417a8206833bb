package web

import (
	"net/url"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/workspace"
)

// exportRequest exports what the form's filter shows: at once when it is small, as a job otherwise. An evidence pack
// waits for what was just recorded to be sealed, and is always a job.
func (s *site) exportRequest(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	filter := url.Values{}
	for name, values := range form {
		if slices.Contains(audit.FilterParams, name) {
			filter[name] = values
		}
	}
	r := export.Request{Format: form.Get("format"), Filter: filter, Timezone: form.Get("timezone"), Zone: workspace.Zone(v.id.Account),
		Withhold: form["withhold"], Complete: form.Get("complete") == "true"}
	if r.Format == string(export.EvidenceFormat) {
		return s.exportLater(v, r)
	}
	direct, err := s.ws.Exports.Direct(v.caller(), r)
	if err != nil {
		return err
	}
	small, err := direct.Fits(v.Context(), exportAtOnce)
	if err != nil {
		return err
	}
	if small {
		return sendDirect(v, direct)
	}
	return s.exportLater(v, r)
}

// exportMade is said when an export waits for its turn.
const exportMade = "The export is being made. It stands here when it is ready; you can leave this page."

func (s *site) exportLater(v *visit, r export.Request) error {
	if _, err := s.ws.Exports.Request(v.Context(), v.caller(), r); err != nil {
		return err
	}
	return v.redirect(exportsPath, Success(exportMade))
}

// exportRetry tries an export again that failed.
func (s *site) exportRetry(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	if _, err := s.ws.Exports.Retry(v.Context(), v.caller(), jobs.ID(id)); err != nil {
		return err
	}
	return v.redirect(exportsPath, Success("The export goes on from where it stood."))
}

// exportAnew asks once more for an export whose file is gone, or that was cancelled.
func (s *site) exportAnew(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	if _, err := s.ws.Exports.Anew(v.Context(), v.caller(), jobs.ID(id)); err != nil {
		return err
	}
	return v.redirect(exportsPath, Success(exportMade))
}
