package web

import (
	"net/http"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// opportunityMovePage asks where an opportunity goes: the way without a mouse. On the board it is a dialog.
type opportunityMovePage struct {
	Base
	ID       audit.RecordID
	Name     string
	Version  int64
	Stage    audit.RecordID // where it is
	Stages   []stageChoice
	Status   string
	Statuses []crm.Option
	Reason   string
	Show     string // the statuses that the board shows, to come back to
	Back     string
}

// stageChoice is a stage that an opportunity can be moved to.
type stageChoice struct {
	ID   audit.RecordID
	Name string
}

func (s *site) opportunityMoveAsk(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	if !v.may(audit.RecordsWrite) {
		return errs.MissingPermission(string(audit.RecordsWrite), "change opportunities")
	}
	rec, err := s.ws.Engine.Record(v.Context(), v.caller(), "opportunity", id)
	if err != nil {
		return err
	}
	stages, err := s.stagesOf(v.Context(), v.caller(), audit.RecordID(rec.Fields["pipeline"].Text()))
	if err != nil {
		return err
	}
	status, _ := s.object("opportunity").Field("status")
	page := &opportunityMovePage{Base: s.base(v, "Move "+rec.Name, "opportunities"), ID: id, Name: rec.Name, Version: rec.Version,
		Stage: audit.RecordID(rec.Fields["stage"].Text()), Status: rec.Fields["status"].Text(), Statuses: status.Options,
		Reason: rec.Fields["lost_reason"].Text(), Show: v.FormValue("show"), Back: boardOf(rec, v.FormValue("show"))}
	for _, st := range stages {
		page.Stages = append(page.Stages, stageChoice{st.ID, st.Name})
	}
	if v.htmx() {
		return v.renderPart(http.StatusOK, "opportunity_move", "dialog", page)
	}
	return v.render(http.StatusOK, "opportunity_move", page)
}
