package mail

import (
	"context"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/placeholder"
)

// Filled is a text for one contact.
type Filled struct {
	Subject string
	Body    string
	// Empty are the placeholders for which the contact has nothing and the text no word: nothing stands there.
	Empty []string
}

// Fill fills a template in for a contact, as the composer shows it. errs.Invalid names a placeholder that there is not (any more).
func (s *Service) Fill(ctx context.Context, c audit.Caller, template, contact audit.RecordID) (Filled, error) {
	var f Filled
	err := s.Engine.Do(ctx, c, func(op *crm.Operation) error {
		rec, err := op.Record(ctx, "contact", contact)
		if err != nil {
			return err
		}
		f, err = s.fill(ctx, op, rec, Outgoing{Template: template})
		return err
	})
	return f, err
}

func (s *Service) fill(ctx context.Context, op *crm.Operation, contact *crm.Record, o Outgoing) (Filled, error) {
	if o.Template != "" {
		t, err := op.Record(ctx, "template", o.Template)
		if err != nil {
			return Filled{}, err
		}
		if o.Subject == "" {
			o.Subject = t.Fields["subject"].Text()
		}
		if o.Body == "" {
			o.Body = t.Fields["body"].Text()
		}
	}
	var out Filled
	for _, part := range []struct {
		field, text string
		to          *string
	}{{"subject", o.Subject, &out.Subject}, {"body", o.Body, &out.Body}} {
		if err := modules.CheckPlaceholders(s.Engine.Schema(op.Caller().Account), part.text); err != nil {
			return Filled{}, errs.InvalidField(part.field, errs.Code(err), "%s", errs.Of(err).Detail)
		}
		t, err := placeholder.Parse(part.text)
		if err != nil {
			return Filled{}, err
		}
		values, err := s.values(ctx, op, contact, t.Names())
		if err != nil {
			return Filled{}, err
		}
		text, empty := t.Fill(func(name string) string { return values[name] })
		if part.field == "subject" {
			text = oneLine(text) // a value may have several
		}
		*part.to = text
		out.Empty = append(out.Empty, empty...)
	}
	return out, nil
}

// values are those of the placeholders that a text has.
func (s *Service) values(ctx context.Context, op *crm.Operation, contact *crm.Record, names []string) (map[string]string, error) {
	values := map[string]string{}
	object, err := s.Engine.Schema(op.Caller().Account).Object("contact")
	if err != nil {
		return nil, err
	}
	var profile *crm.Record
	for _, name := range names {
		own, isOfBusiness := strings.CutPrefix(name, "business.")
		key := strings.TrimPrefix(name, "contact.")
		switch {
		case key == "name":
			values[name] = contact.Name
		case name == "sender.name":
			values[name] = op.Caller().Actor.Name
		case name == "sender.email":
			values[name] = op.Caller().Actor.Email
		case isOfBusiness:
			if profile == nil {
				if profile, err = s.profileIn(ctx, op); err != nil {
					return nil, err
				}
			}
			values[name] = profile.Fields[own].Text()
		default:
			if f, ok := object.Field(key); ok {
				if values[name], err = s.shown(ctx, op, f, contact); err != nil {
					return nil, err
				}
			}
		}
	}
	return values, nil
}

// shown is a contact's value as a letter says it.
func (s *Service) shown(ctx context.Context, op *crm.Operation, f *crm.Field, rec *crm.Record) (string, error) {
	v := rec.Fields[f.Key]
	switch f.Type {
	case crm.RefType:
		if v == audit.None {
			return "", nil
		}
		of, err := op.Record(ctx, f.Object, audit.RecordID(v.Text()))
		if err != nil {
			return "", gone(err)
		}
		return of.Name, nil
	case crm.Tags:
		return strings.Join(v.Strings(), ", "), nil
	case crm.Select:
		return f.OptionLabel(v.Text()), nil
	case crm.Boolean:
		if v.Bool() {
			return "yes", nil
		}
		return "no", nil
	case crm.Money:
		return crm.FormatMoney(v.Text()), nil
	}
	return v.Text(), nil
}

// profileIn is the business profile; an empty record when there is none.
func (s *Service) profileIn(ctx context.Context, op *crm.Operation) (*crm.Record, error) {
	object, err := s.Engine.Schema(op.Caller().Account).Object("business_profile")
	if err != nil {
		return nil, err
	}
	found, _, err := op.Find(ctx, crm.Query{Object: object, Sort: "created_at", Limit: 1})
	if err != nil || len(found) == 0 {
		return &crm.Record{}, err
	}
	return found[0], nil
}
