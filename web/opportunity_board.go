package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

const (
	boardPath  = "/opportunities"
	boardCards = 50  // of a stage
	mostStages = 100 // of a pipeline
)

// boardPage shows the opportunities of a pipeline, stage by stage.
type boardPage struct {
	Base
	Pipelines []pipelineTab
	Pipeline  *crm.Record // nil when there is none at all
	Status    string
	Statuses  []crm.Option
	Columns   []boardColumn
}

// pipelineTab leads to the board of a pipeline.
type pipelineTab struct {
	ID      audit.RecordID
	Name    string
	Current bool
}

// boardColumn is a stage with its opportunities.
type boardColumn struct {
	Stage       audit.RecordID
	Name        string
	Probability string
	Count       int
	Sums        []string // one for each currency
	Cards       []boardCard
	More        string // the list of them all, when not all are here
	Left        int    // that are not here
}

// boardCard is an opportunity.
type boardCard struct {
	ID      audit.RecordID
	Name    string
	Version int64
	Value   string
	With    string // the contact and the company
	Owner   string
	Age     when
	Status  string // its label; "" while it is open
	Key     string // of the status
}

func (s *site) board(v *visit) error {
	page, err := s.boardPage(v)
	if err != nil {
		return err
	}
	if v.htmx() {
		return v.renderPart(http.StatusOK, "board", "board", page)
	}
	return v.render(http.StatusOK, "board", page)
}

func (s *site) boardPage(v *visit) (*boardPage, error) {
	ctx, caller := v.Context(), v.caller()
	page := &boardPage{Base: s.base(v, "Opportunities", "opportunities"), Status: "open"}
	pipelines, err := s.pipelines(ctx, caller)
	if err != nil {
		return nil, err
	}
	o := s.object("opportunity")
	status, _ := o.Field("status")
	page.Statuses = status.Options
	if asked := v.FormValue("status"); asked == "all" || status.Offers(asked) {
		page.Status = asked
	}
	asked := audit.RecordID(v.FormValue("pipeline"))
	for _, p := range pipelines {
		if p.ID == asked || page.Pipeline == nil && asked == "" {
			page.Pipeline = p
		}
	}
	if page.Pipeline == nil && asked != "" {
		return nil, errs.New(errs.NotFound, "not_found", "There is no such pipeline.").WithFix("Choose one on the board of opportunities.")
	}
	for _, p := range pipelines {
		page.Pipelines = append(page.Pipelines, pipelineTab{p.ID, p.Name, p == page.Pipeline})
	}
	if page.Pipeline == nil {
		return page, nil
	}
	return page, s.fillBoard(v, page, o, status)
}

// fillBoard reads the columns.
func (s *site) fillBoard(v *visit, page *boardPage, o *crm.Object, status *crm.Field) error {
	ctx, caller := v.Context(), v.caller()
	stages, err := s.stagesOf(ctx, caller, page.Pipeline.ID)
	if err != nil {
		return err
	}
	stage, _ := o.Field("stage")
	names := newNames(s, caller)
	var found [][]*crm.Record
	for _, st := range stages {
		q := crm.Query{Object: o, Sort: "updated_at", Desc: true, Limit: boardCards,
			Where: []crm.Condition{{Field: stage, Values: []string{string(st.ID)}}}}
		if page.Status != "all" {
			q.Where = append(q.Where, crm.Condition{Field: status, Values: []string{page.Status}})
		}
		col := boardColumn{Stage: st.ID, Name: st.Name, Probability: st.Fields["probability"].Text()}
		if err := s.sumColumn(ctx, caller, q, &col); err != nil {
			return err
		}
		cards, _, err := s.ws.Engine.Find(ctx, caller, q)
		if err != nil {
			return err
		}
		if col.Left = col.Count - len(cards); col.Left > 0 {
			col.More = listOfStage(page, st.ID)
		}
		for _, rec := range cards {
			names.want("contact", rec.Fields["contact"])
			names.want("company", rec.Fields["company"])
			names.want("staff", rec.Fields["owner"])
		}
		found = append(found, cards)
		page.Columns = append(page.Columns, col)
	}
	if err := names.read(ctx); err != nil {
		return err
	}
	c := clock{s.now(), workspace.Zone(v.id.Account)}
	for i, cards := range found {
		for _, rec := range cards {
			page.Columns[i].Cards = append(page.Columns[i].Cards, cardOf(rec, status, names, c))
		}
	}
	return nil
}

func listOfStage(page *boardPage, stage audit.RecordID) string {
	params := url.Values{"pipeline": {string(page.Pipeline.ID)}, "stage": {string(stage)}}
	if page.Status != "all" {
		params.Set("status", page.Status)
	}
	return boardPath + "/list" + queryOf(params)
}

// sumColumn counts a column and adds its values up, each currency by itself.
func (s *site) sumColumn(ctx context.Context, caller audit.Caller, q crm.Query, col *boardColumn) error {
	groups, err := s.ws.Engine.Tally(ctx, caller, q, "currency", "value")
	if err != nil {
		return err
	}
	slices.SortFunc(groups, func(a, b crm.Group) int { return strings.Compare(a.Key, b.Key) })
	for _, g := range groups {
		col.Count += g.Count
		if g.Sum != "0.00" && g.Sum != "0" && g.Sum != "" {
			col.Sums = append(col.Sums, formatMoney(g.Sum, g.Key))
		}
	}
	return nil
}

func cardOf(rec *crm.Record, status *crm.Field, names *nameBook, c clock) boardCard {
	card := boardCard{ID: rec.ID, Name: rec.Name, Version: rec.Version, Owner: names.of(rec.Fields["owner"]), Age: c.full(rec.CreatedAt)}
	if value := rec.Fields["value"].Text(); value != "" {
		card.Value = formatMoney(value, rec.Fields["currency"].Text())
	}
	with := []string{names.of(rec.Fields["contact"]), names.of(rec.Fields["company"])}
	card.With = strings.Join(slices.DeleteFunc(with, func(n string) bool { return n == "" }), ", ")
	if card.Key = rec.Fields["status"].Text(); card.Key != "open" && card.Key != "" {
		card.Status = status.OptionLabel(card.Key)
	}
	return card
}

// object is a built-in object.
func (s *site) object(key string) *crm.Object {
	o, err := s.ws.Schema.Object(key)
	if err != nil {
		panic("web: " + err.Error()) // built in
	}
	return o
}

// pipelines are all of the account, by name.
func (s *site) pipelines(ctx context.Context, caller audit.Caller) ([]*crm.Record, error) {
	found, _, err := s.ws.Engine.Find(ctx, caller, crm.Query{Object: s.object("pipeline"), Sort: "created_at", Limit: mostStages})
	return found, err
}

// stagesOf are the stages of a pipeline in their order.
func (s *site) stagesOf(ctx context.Context, caller audit.Caller, pipeline audit.RecordID) ([]*crm.Record, error) {
	o := s.object("stage")
	f, _ := o.Field("pipeline")
	found, _, err := s.ws.Engine.Find(ctx, caller, crm.Query{Object: o, Sort: "position", Limit: mostStages,
		Where: []crm.Condition{{Field: f, Values: []string{string(pipeline)}}}})
	slices.SortStableFunc(found, func(a, b *crm.Record) int { return comparePositions(a, b) })
	return found, err
}

// comparePositions orders stages; positions are decimals.
func comparePositions(a, b *crm.Record) int {
	x, errX := strconv.ParseFloat(a.Fields["position"].Text(), 64)
	y, errY := strconv.ParseFloat(b.Fields["position"].Text(), 64)
	switch {
	case errX != nil || errY != nil || x == y:
		return strings.Compare(string(a.ID), string(b.ID))
	case x < y:
		return -1
	}
	return 1
}
