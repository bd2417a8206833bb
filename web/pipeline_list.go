package web

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

const pipelinesPath = "/pipelines"

// defaultStages are those of a new pipeline.
var defaultStages = []struct{ name, probability string }{
	{"New", "10"}, {"Qualified", "25"}, {"Proposal", "50"}, {"Negotiation", "75"}, {"Closing", "90"},
}

// pipelinesPage lists the pipelines.
type pipelinesPage struct {
	Base
	Pipelines []pipelineLine
	New       pipelineForm
}

// pipelineLine is a pipeline with what it holds.
type pipelineLine struct {
	ID            audit.RecordID
	Name          string
	Description   string
	Stages        int
	Opportunities int
}

// pipelineForm is what a form for a pipeline holds.
type pipelineForm struct {
	Name, Description string
	Stages            string // the names of the first stages, one a line
	Version           int64
	NameError         string
	Errors            *formErrors
}

func (s *site) pipelineList(v *visit) error {
	return s.showPipelines(v, pipelineForm{Stages: defaultStageNames()}, nil)
}

func defaultStageNames() string {
	text := ""
	for _, st := range defaultStages {
		text += st.name + "\n"
	}
	return text
}

func (s *site) showPipelines(v *visit, form pipelineForm, problem error) error {
	page := &pipelinesPage{Base: s.base(v, "Pipelines", "opportunities"), New: form}
	page.New.fail(problem)
	found, err := s.pipelines(v.Context(), v.caller())
	if err != nil {
		return err
	}
	counts := map[string]map[audit.RecordID]int{}
	for _, object := range []string{"stage", "opportunity"} {
		groups, err := s.ws.Engine.Tally(v.Context(), v.caller(), crm.Query{Object: s.object(object)}, "pipeline", "")
		if err != nil {
			return err
		}
		counts[object] = map[audit.RecordID]int{}
		for _, g := range groups {
			counts[object][audit.RecordID(g.Key)] = g.Count
		}
	}
	for _, p := range found {
		page.Pipelines = append(page.Pipelines, pipelineLine{p.ID, p.Name, p.Fields["description"].Text(), counts["stage"][p.ID], counts["opportunity"][p.ID]})
	}
	return v.render(statusOfForm(problem), "pipelines", page)
}

// fail puts an error into the form.
func (f *pipelineForm) fail(err error) {
	f.NameError = mistakeAt(err, "name")
	f.Errors = summarize(err, func(key string) bool { return key == "name" })
}

// pipelineCreate makes a pipeline with its first stages, in one operation.
func (s *site) pipelineCreate(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	given := pipelineForm{Name: form.Get("name"), Description: form.Get("description"), Stages: form.Get("stages")}
	var made *crm.Record
	err = s.ws.Engine.Do(v.Context(), v.caller(), func(op *crm.Operation) (err error) {
		made, err = op.Create(v.Context(), "pipeline", crm.Texts(s.object("pipeline"), map[string]string{"name": given.Name, "description": given.Description}))
		if err != nil {
			return err
		}
		names := lines(given.Stages)
		if len(names) == 0 {
			return errs.InvalidField("stages", "required", "A pipeline needs at least one stage.")
		}
		for i, name := range names {
			if err := s.createStage(v, op, made.ID, name, defaultProbability(name), i+1); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && shownOnForm(err) {
		return s.showPipelines(v, given, err)
	}
	if err != nil {
		return err
	}
	return v.redirect(recordAddress("pipeline", made.ID), Success("Created the pipeline "+audit.Quote(made.Name)+"."))
}

func defaultProbability(name string) string {
	i := slices.IndexFunc(defaultStages, func(d struct{ name, probability string }) bool { return d.name == name })
	if i < 0 {
		return ""
	}
	return defaultStages[i].probability
}
