package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// stageLine is a stage on the page of its pipeline.
type stageLine struct {
	ID          audit.RecordID
	Name        string
	Version     int64
	Probability string
	Count       int // of opportunities
	First, Last bool
}

// stageForm adds a stage.
type stageForm struct {
	Name, Probability string
	Errors            *formErrors
}

// lines are the lines of a text that hold something.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func (s *site) createStage(v *visit, op *crm.Operation, pipeline audit.RecordID, name, probability string, position int) error {
	_, err := op.Create(v.Context(), "stage", crm.Texts(s.object("stage"), map[string]string{"pipeline": string(pipeline),
		"name": name, "probability": probability, "position": strconv.Itoa(position)}))
	return err
}

// stageAdd makes a stage at the end of the pipeline.
func (s *site) stageAdd(v *visit, form url.Values, p *crm.Record) error {
	stages, err := s.stagesOf(v.Context(), v.caller(), p.ID)
	if err != nil {
		return err
	}
	given := stageForm{Name: form.Get("name"), Probability: form.Get("probability")}
	err = s.ws.Engine.Do(v.Context(), v.caller(), func(op *crm.Operation) error {
		if len(stages) >= mostStages {
			return errs.New(errs.Conflict, "too_many_stages", "A pipeline has at most %d stages.", mostStages)
		}
		return s.createStage(v, op, p.ID, given.Name, given.Probability, nextPosition(stages))
	})
	if err != nil && shownOnForm(err) {
		given.Errors = summarize(err, func(string) bool { return false })
		return s.showPipeline(v, p, pipelineForm{Name: p.Name, Description: p.Fields["description"].Text(), Version: p.Version}, given, err)
	}
	if err != nil {
		return err
	}
	return v.redirect(recordAddress("pipeline", p.ID)+"#stages", Success("Added the stage "+audit.Quote(given.Name)+"."))
}

// nextPosition is behind the last stage.
func nextPosition(stages []*crm.Record) int {
	last := 0.0
	for _, st := range stages {
		if n, err := strconv.ParseFloat(st.Fields["position"].Text(), 64); err == nil {
			last = max(last, n)
		}
	}
	return int(last) + 1
}

// stageSave renames a stage, or changes its probability.
func (s *site) stageSave(v *visit) error {
	return s.changeStage(v, func(st *crm.Record, form url.Values) (string, error) {
		version, err := versionOf(form)
		if err != nil {
			return "", err
		}
		in := crm.Texts(s.object("stage"), map[string]string{"name": form.Get("name"), "probability": form.Get("probability")})
		_, err = s.ws.Engine.Update(v.Context(), v.caller(), "stage", st.ID, in, version)
		return "Saved the stage " + audit.Quote(form.Get("name")) + ".", err
	})
}

// stageDelete deletes a stage; the engine refuses while opportunities stand in it.
func (s *site) stageDelete(v *visit) error {
	return s.changeStage(v, func(st *crm.Record, _ url.Values) (string, error) {
		_, err := s.ws.Engine.Delete(v.Context(), v.caller(), "stage", st.ID)
		return "Deleted the stage " + audit.Quote(st.Name) + ".", err
	})
}

// changeStage does something to a stage and leads back to its pipeline; what cannot be done is said there.
func (s *site) changeStage(v *visit, change func(*crm.Record, url.Values) (string, error)) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	form, err := v.form()
	if err != nil {
		return err
	}
	st, err := s.ws.Engine.Record(v.Context(), v.caller(), "stage", id)
	if err != nil {
		return err
	}
	back := recordAddress("pipeline", audit.RecordID(st.Fields["pipeline"].Text())) + "#stages"
	done, err := change(st, form)
	if err != nil && (shownOnForm(err) || errs.Is(err, errs.Stale)) {
		e := errs.Of(err)
		return v.redirect(back, Failure(strings.TrimSpace(e.Detail+" "+e.Fix)))
	}
	if err != nil {
		return err
	}
	return v.redirect(back, Success(done))
}

// stageOrder puts the stages of a pipeline into the order of the form: all of them, or one a place up or down.
func (s *site) stageOrder(v *visit, form url.Values, p *crm.Record) error {
	stages, err := s.stagesOf(v.Context(), v.caller(), p.ID)
	if err != nil {
		return err
	}
	order := form["order"]
	if len(order) == 0 {
		order = stepped(stages, form.Get("stage"), form.Get("step"))
	}
	if !samePlaces(stages, order) {
		return errs.New(errs.Stale, "version_conflict", "The stages of the pipeline changed in the meantime.").WithFix("Load the page again.")
	}
	var b crm.Batch
	for i, id := range order {
		at := slices.IndexFunc(stages, func(st *crm.Record) bool { return string(st.ID) == id })
		if position := strconv.Itoa(i + 1); stages[at].Fields["position"].Text() != position {
			b.Update = append(b.Update, crm.BatchUpdate{ID: audit.RecordID(id), Fields: crm.Texts(s.object("stage"), map[string]string{"position": position})})
		}
	}
	if len(b.Update) > 0 {
		if _, err := s.ws.Engine.Batch(v.Context(), v.caller(), "stage", b); err != nil {
			return err
		}
	}
	return v.redirect(recordAddress("pipeline", p.ID)+"#stages", nil)
}

// stepped is the order of the stages with one of them a place up or down.
func stepped(stages []*crm.Record, stage, step string) []string {
	order := make([]string, len(stages))
	for i, st := range stages {
		order[i] = string(st.ID)
	}
	at := slices.Index(order, stage)
	to := at - 1
	if step == "down" {
		to = at + 1
	}
	if at >= 0 && to >= 0 && to < len(order) {
		order[at], order[to] = order[to], order[at]
	}
	return order
}

// samePlaces reports whether order names each of the stages once.
func samePlaces(stages []*crm.Record, order []string) bool {
	if len(order) != len(stages) {
		return false
	}
	var ids []string
	for _, st := range stages {
		ids = append(ids, string(st.ID))
	}
	given := slices.Clone(order)
	slices.Sort(ids)
	slices.Sort(given)
	return slices.Equal(ids, given)
}
