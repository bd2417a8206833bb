package modules

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// opportunities are the objects of the module opportunities.
var opportunities = []*crm.Object{pipeline, stage, opportunity}

var pipeline = &crm.Object{
	Key: "pipeline", Label: "Pipeline", LabelPlural: "Pipelines", Module: "opportunities",
	Title: [][]string{{"name"}},
	Fields: []crm.Field{
		required(unique(field("name", "Name", crm.Text))),
		field("description", "Description", crm.Long),
	},
	Rules: []crm.Rule{
		{Verb: "renamed", Field: "name", Label: "Renamed",
			Template: `Renamed pipeline "{name.before}" to "{name.after}"`, When: "A pipeline got another name."},
	},
}

var stage = &crm.Object{
	Key: "stage", Label: "Stage", LabelPlural: "Stages", Module: "opportunities",
	Title: [][]string{{"name"}},
	Check: checkStage,
	Fields: []crm.Field{
		required(ref("pipeline", "Pipeline", "pipeline", crm.Cascade)),
		required(crm.Field{Key: "name", Label: "Name", Type: crm.Text, UniqueWithin: "pipeline"}),
		required(field("position", "Position", crm.Number)),
		field("probability", "Probability (%)", crm.Number),
	},
	Rules: []crm.Rule{
		{Verb: "renamed", Field: "name", Label: "Renamed",
			Template: `Renamed stage "{name.before}" to "{name.after}"`, When: "A stage got another name."},
		{Verb: "reordered", Kind: crm.OnOrder, Field: "position", Parent: "pipeline", Label: "Reordered",
			Template: "Reordered the stages of pipeline {record}", When: "Stages of a pipeline changed their places; one event for the whole reorder, on the pipeline."},
	},
}

// checkStage keeps a stage in its pipeline while opportunities stand in it: they would be in two pipelines at once.
func checkStage(ctx context.Context, w *crm.Write) error {
	if w.Before == nil || w.After == nil || !w.Changed("pipeline") {
		return nil
	}
	f, _ := opportunity.Field("stage")
	in, err := w.Find(ctx, crm.Query{Object: opportunity, Where: []crm.Condition{{Field: f, Values: []string{string(w.After.ID)}}}, Sort: "name", Limit: 1})
	if err != nil || len(in) == 0 {
		return err
	}
	return errs.New(errs.Conflict, "still_referenced", "The stage holds opportunities; it cannot go to another pipeline.").
		WithFix("Move its opportunities to another stage first.")
}

var opportunity = &crm.Object{
	Key: "opportunity", Label: "Opportunity", LabelPlural: "Opportunities", Module: "opportunities",
	Title:    [][]string{{"name"}},
	Assignee: "owner",
	Check:    checkOpportunity,
	Fields: []crm.Field{
		required(field("name", "Name", crm.Text)),
		required(ref("pipeline", "Pipeline", "pipeline", crm.Cascade)),
		required(ref("stage", "Stage", "stage", crm.Refuse)),
		byDefault(choice("status", "Status", "open", "Open", "won", "Won", "lost", "Lost", "abandoned", "Abandoned"), "open"),
		{Key: "value", Label: "Value", Type: crm.Money, Currency: "currency"},
		field("currency", "Currency", crm.Text),
		ref("contact", "Contact", "contact", crm.Clear),
		ref("company", "Company", "company", crm.Clear),
		ref("owner", "Owner", "staff", crm.Clear),
		field("source", "Source", crm.Text),
		field("product", "Product", crm.Text),
		field("lost_reason", "Lost reason", crm.Text),
		field("expected_close", "Expected close", crm.Date),
		field("opened", "Opened", crm.Date),
		field("closed", "Closed", crm.Date),
		field("tags", "Tags", crm.Tags),
	},
	Rules: []crm.Rule{
		{Verb: "pipeline_changed", Field: "pipeline", Takes: []string{"stage"}, Label: "Pipeline changed",
			Template: "Moved {record} from pipeline {pipeline.before} to {pipeline.after}", When: "The opportunity went to another pipeline; its new stage is in the event."},
		{Verb: "stage_changed", Field: "stage", Label: "Stage changed",
			Template: "Moved {record} from {stage.before} to {stage.after}", When: "The opportunity went to another stage of its pipeline."},
		{Verb: "status_changed", Field: "status", Takes: []string{"lost_reason", "closed"}, Label: "Status changed",
			Template: "Changed the status of {record} from {status.before} to {status.after}", When: "The opportunity was won, lost, abandoned or opened again; lost reason and closing date that changed with it are in the event."},
		{Verb: "value_changed", Field: "value", Takes: []string{"currency"}, Label: "Value changed",
			Template: "Changed the value of {record} from {value.before} to {value.after}", When: "The opportunity got another value."},
		{Verb: "owner_changed", Field: "owner", Label: "Owner changed",
			Template: "Changed the owner of {record} from {owner.before} to {owner.after}", When: "The opportunity got another owner, or none."},
	},
}

// checkOpportunity wants the stage to be one of the opportunity's pipeline, and the dates in their order.
func checkOpportunity(ctx context.Context, w *crm.Write) error {
	if w.After == nil {
		return nil
	}
	f := w.After.Fields
	if opened, closed := f["opened"].Text(), f["closed"].Text(); opened != "" && closed != "" && closed < opened {
		return errs.InvalidField("closed", "before_start", "Closed (%s) is before Opened (%s).", closed, opened)
	}
	if !w.Changed("stage") && !w.Changed("pipeline") {
		return nil
	}
	id := audit.RecordID(f["stage"].Text())
	if w.Coming(id) {
		return nil
	}
	st, err := w.Record(ctx, "stage", id)
	if err != nil || st == nil {
		return err
	}
	if st.Fields["pipeline"] != f["pipeline"] {
		return errs.InvalidField("stage", "wrong_pipeline", "The stage %s belongs to another pipeline.", audit.Quote(st.Name)).
			WithFix("Choose a stage of the opportunity's pipeline, or change the pipeline too.")
	}
	return nil
}
