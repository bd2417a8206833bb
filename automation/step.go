package automation

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workflow"
)

// do does a step inside of an operation and returns what is to be noted beside its events.
func (s *Service) do(ctx context.Context, op *crm.Operation, r Run, e *audit.Event, step workflow.Step) (note string, err error) {
	get := func(key string) string { return step.Settings[key] }
	if step.Err != nil {
		return "", errs.New(errs.NotPossible, "invalid_settings", "Its settings cannot be read.").WithFix("Open the workflow, and save its steps again.")
	}
	if step.Action == "create_task" {
		return "", s.createTask(ctx, op, r, e, step)
	}
	at, err := s.target(ctx, r.Account, op.Tx(), e, get("on"))
	if err != nil {
		return "", err
	}
	switch step.Action {
	case "set_field":
		f, ok := at.object.Field(get("field"))
		if !ok {
			return "", gone(at.object, get("field"))
		}
		return s.update(ctx, op, at, crm.Input{f.Key: f.TextInput(get("value"))})
	case "add_tag", "remove_tag":
		return s.tag(ctx, op, at, get("tag"), step.Action == "add_tag")
	case "change_owner":
		f := workflow.OwnerField(at.object)
		if f == nil {
			return "", gone(at.object, "owner")
		}
		return s.update(ctx, op, at, crm.Input{f.Key: f.TextInput(get("owner"))})
	case "move_to_stage":
		return s.moveToStage(ctx, op, at, audit.RecordID(get("stage")))
	case "send_email":
		return s.sendEmail(ctx, op, at, audit.RecordID(get("template")))
	}
	return "", errs.New(errs.NotPossible, "unknown_action", "There is no action %s any more.", audit.Quote(step.Action))
}

func gone(o *crm.Object, field string) error {
	return errs.New(errs.NotPossible, "field_gone", "A %s has no field %s any more.", o.Word().One, audit.Quote(field))
}

func (s *Service) update(ctx context.Context, op *crm.Operation, at target, in crm.Input) (string, error) {
	before := op.Log().Size()
	_, err := op.Update(ctx, at.object.Key, at.id, in, 0)
	if err == nil && op.Log().Size() == before {
		return "It was so already.", nil
	}
	return "", err
}

func (s *Service) tag(ctx context.Context, op *crm.Operation, at target, tag string, add bool) (string, error) {
	f := workflow.TagsField(at.object)
	if f == nil {
		return "", gone(at.object, "tags")
	}
	rec, err := op.Record(ctx, at.object.Key, at.id)
	if err != nil {
		return "", err
	}
	var words []string
	for _, w := range rec.Fields[f.Key].Strings() {
		if w != tag {
			words = append(words, w)
		}
	}
	if add {
		words = append(words, tag)
	}
	raw := json.RawMessage("null")
	if len(words) > 0 {
		raw = json.RawMessage(audit.List(words))
	}
	return s.update(ctx, op, at, crm.Input{f.Key: raw})
}

// moveToStage moves a record to a stage, and to the pipeline of the stage when it is in another one.
func (s *Service) moveToStage(ctx context.Context, op *crm.Operation, at target, id audit.RecordID) (string, error) {
	f := workflow.StageField(at.object)
	if f == nil {
		return "", gone(at.object, "stage")
	}
	stage, err := op.Record(ctx, "stage", id)
	if err != nil {
		return "", err
	}
	in := crm.Input{f.Key: json.RawMessage(audit.String(string(id)))}
	if pipeline, ok := at.object.Field("pipeline"); ok {
		in[pipeline.Key] = json.RawMessage(stage.Fields["pipeline"])
	}
	return s.update(ctx, op, at, in)
}

func (s *Service) createTask(ctx context.Context, op *crm.Operation, r Run, e *audit.Event, step workflow.Step) error {
	in := crm.Input{"title": json.RawMessage(audit.String(step.Settings["title"]))}
	if body := step.Settings["body"]; body != "" {
		in["body"] = json.RawMessage(audit.String(body))
	}
	if days, err := strconv.Atoi(step.Settings["due_days"]); err == nil {
		in["due"] = json.RawMessage(audit.String(op.Log().Now().AddDate(0, 0, days).Truncate(time.Minute).Format(crm.TimeLayout)))
	}
	at, err := s.target(ctx, r.Account, op.Tx(), e, step.Settings["on"])
	switch {
	case err == nil && at.object.Key == "contact":
		in["contact"] = json.RawMessage(audit.String(string(at.id)))
	case err != nil && step.Settings["on"] != "":
		return err
	}
	switch who := step.Settings["assignee"]; who {
	case "":
	case workflow.Owner:
		owner, err := s.ownerOf(ctx, op, r, e)
		if err != nil {
			return err
		}
		if owner != audit.None {
			in["assignee"] = json.RawMessage(owner)
		}
	default:
		in["assignee"] = json.RawMessage(audit.String(who))
	}
	_, err = op.Create(ctx, "task", in)
	return err
}

// ownerOf is whom the event's record belongs to, None for nobody.
func (s *Service) ownerOf(ctx context.Context, op *crm.Operation, r Run, e *audit.Event) (audit.Value, error) {
	if e.Record == nil {
		return audit.None, nil
	}
	sub, err := s.subject(ctx, r.Account, op.Tx(), e)
	if err != nil || sub == nil || workflow.OwnerField(sub.object) == nil {
		return audit.None, err
	}
	key := workflow.OwnerField(sub.object).Key
	if sub.rec != nil {
		return sub.rec.Fields[key], nil
	}
	return sub.fields(e)[key], nil
}

func (s *Service) sendEmail(ctx context.Context, op *crm.Operation, at target, template audit.RecordID) (string, error) {
	if at.object.Key != "contact" {
		return "", errs.New(errs.NotPossible, "no_contact", "An email goes to a contact, not to a %s.", at.object.Word().One)
	}
	contact, err := op.Record(ctx, at.object.Key, at.id)
	if err != nil {
		return "", err
	}
	text, err := op.Record(ctx, "template", template)
	if err != nil {
		return "", err
	}
	if contact.Fields["email"] == audit.None {
		return "", errs.New(errs.NotPossible, "no_email", "%s has no email address.", audit.Quote(contact.Name))
	}
	_, err = s.Mailer.SendTemplate(ctx, op, contact, text)
	return "", err
}
