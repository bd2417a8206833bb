package web

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"net/url"
)

// pipelinePage is a pipeline with its stages.
type pipelinePage struct {
	Base
	ID      audit.RecordID
	Name    string
	Form    pipelineForm
	Stages  []stageLine
	Add     stageForm
	Count   int // of opportunities
	History *historyView
}

func (s *site) pipelineShow(v *visit) error {
	p, err := s.pipelineOf(v)
	if err != nil {
		return err
	}
	return s.showPipeline(v, p, pipelineForm{Name: p.Name, Description: p.Fields["description"].Text(), Version: p.Version}, stageForm{}, nil)
}

// pipelineOf is the pipeline of the address.
func (s *site) pipelineOf(v *visit) (*crm.Record, error) {
	id, err := v.recordID()
	if err != nil {
		return nil, err
	}
	return s.ws.Engine.Record(v.Context(), v.caller(), "pipeline", id)
}

func (s *site) showPipeline(v *visit, p *crm.Record, form pipelineForm, add stageForm, problem error) error {
	page := &pipelinePage{Base: s.base(v, p.Name, "opportunities"), ID: p.ID, Name: p.Name, Form: form, Add: add}
	stages, err := s.stagesOf(v.Context(), v.caller(), p.ID)
	if err != nil {
		return err
	}
	o := s.object("opportunity")
	f, _ := o.Field("pipeline")
	groups, err := s.ws.Engine.Tally(v.Context(), v.caller(), crm.Query{Object: o, Where: []crm.Condition{{Field: f, Values: []string{string(p.ID)}}}}, "stage", "")
	if err != nil {
		return err
	}
	for i, st := range stages {
		line := stageLine{ID: st.ID, Name: st.Name, Version: st.Version, Probability: st.Fields["probability"].Text(), First: i == 0, Last: i == len(stages)-1}
		for _, g := range groups {
			if g.Key == string(st.ID) {
				line.Count = g.Count
			}
		}
		page.Count += line.Count
		page.Stages = append(page.Stages, line)
	}
	if page.History, err = s.historyOf(v, "pipeline", p.ID, recordAddress("pipeline", p.ID)); err != nil {
		return err
	}
	return v.render(statusOfForm(problem), "pipeline", page)
}

// ofPipelines handles an address of pipelines as that of other records.
func ofPipelines(make func(*objectView) handler) handler {
	return func(v *visit) error {
		o, err := v.schema().Object("pipeline")
		if err != nil {
			return err
		}
		return make(&objectView{key: o.Key, nav: "opportunities", object: o, path: recordPaths[o.Key]})(v)
	}
}

// pipelineSave changes the name and the description.
func (s *site) pipelineSave(v *visit, form url.Values, p *crm.Record) error {
	version, err := versionOf(form)
	if err != nil {
		return err
	}
	given := pipelineForm{Name: form.Get("name"), Description: form.Get("description"), Version: version}
	in := crm.Texts(s.object("pipeline"), map[string]string{"name": given.Name, "description": given.Description})
	_, err = s.ws.Engine.Update(v.Context(), v.caller(), "pipeline", p.ID, in, given.Version)
	if err != nil && shownOnForm(err) {
		given.fail(err)
		return s.showPipeline(v, p, given, stageForm{}, err)
	}
	if err != nil {
		return err
	}
	return v.redirect(recordAddress("pipeline", p.ID), Success("Saved."))
}
