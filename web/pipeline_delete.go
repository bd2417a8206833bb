package web

import (
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// pipelineDeleteAsk says how many stages and opportunities a pipeline takes along, and until when they can come back.
func (s *site) pipelineDeleteAsk(v *visit) error {
	p, err := s.pipelineOf(v)
	if err != nil {
		return err
	}
	if err := v.mustWrite(s.object("pipeline")); err != nil {
		return err
	}
	last, err := s.lastWordOf(v, p)
	if err != nil {
		return err
	}
	return s.showPipelineDelete(v, p, last, nil)
}

func (s *site) showPipelineDelete(v *visit, p *crm.Record, last *lastWord, problem error) error {
	page := &recordDeletePage{Base: s.base(v, "Delete "+p.Name, "opportunities"), Word: "pipeline", Name: p.Name,
		Action: recordAddress("pipeline", p.ID) + "/delete", Cancel: recordAddress("pipeline", p.ID),
		Last: last, Problem: summarizeLast(problem)}
	var err error
	if page.deletion, err = s.deletionOf(v, page.Base, p); err != nil {
		return err
	}
	return v.render(statusOfForm(problem), "record_delete", page)
}

func (s *site) pipelineDelete(v *visit) error {
	p, err := s.pipelineOf(v)
	if err != nil {
		return err
	}
	form, err := v.form()
	if err != nil {
		return err
	}
	last, err := s.lastWordOf(v, p)
	if err != nil {
		return err
	}
	if err := last.missing(form); err != nil {
		return s.showPipelineDelete(v, p, last, err)
	}
	done, err := s.ws.Engine.Delete(v.Context(), v.caller(), "pipeline", p.ID)
	if errs.Is(err, errs.Conflict) {
		return s.showPipelineDelete(v, p, last, err)
	}
	if err != nil {
		return err
	}
	return v.redirect(pipelinesPath, s.deleted(v, p, done))
}
