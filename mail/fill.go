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
// It only reads: nobody waits for it.
func (s *Service) Fill(ctx context.Context, c audit.Caller, template, contact audit.RecordID) (Filled, error) {
	in := present{s.Engine, c}
	rec, err := in.Record(ctx, "contact", contact)
	if err != nil {
		return Filled{}, err
	}
	return s.fill(ctx, in, rec, Outgoing{Template: template})
}

// source is where what is filled in comes from: the records as they are inside an operation, or at present.
type source interface {
	Caller() audit.Caller
	// Record and Find are those of crm.Operation.
	Record(ctx context.Context, object string, id audit.RecordID) (*crm.Record, error)
	Find(ctx context.Context, q crm.Query) ([]*crm.Record, *crm.Position, error)
}

var (
	_ source = (*crm.Operation)(nil)
	_ source = present{}
)

// present is the records as the caller may see them now.
type present struct {
	engine *crm.Engine
	caller audit.Caller
}

func (p present) Caller() audit.Caller { return p.caller }

func (p present) Record(ctx context.Context, object string, id audit.RecordID) (*crm.Record, error) {
	return p.engine.Record(ctx, p.caller, object, id)
}

func (p present) Find(ctx context.Context, q crm.Query) ([]*crm.Record, *crm.Position, error) {
	return p.engine.Find(ctx, p.caller, q)
}

func (s *Service) fill(ctx context.Context, in source, contact *crm.Record, o Outgoing) (Filled, error) {
	if o.Template != "" {
		t, err := in.Record(ctx, "template", o.Template)
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
		if err := modules.CheckPlaceholders(s.Engine.Schema(in.Caller().Account), part.text); err != nil {
			return Filled{}, errs.InvalidField(part.field, errs.Code(err), "%s", errs.Of(err).Detail)
		}
		t, err := placeholder.Parse(part.text)
		if err != nil {
			return Filled{}, err
		}
		values, err := s.values(ctx, in, contact, t.Names())
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
func (s *Service) values(ctx context.Context, in source, contact *crm.Record, names []string) (map[string]string, error) {
	values := map[string]string{}
	object, err := s.Engine.Schema(in.Caller().Account).Object("contact")
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
			values[name] = in.Caller().Actor.Name
		case name == "sender.email":
			values[name] = in.Caller().Actor.Email
		case isOfBusiness:
			if profile == nil {
				if profile, err = s.profileIn(ctx, in); err != nil {
					return nil, err
				}
			}
			values[name] = profile.Fields[own].Text()
		default:
			if f, ok := object.Field(key); ok {
				if values[name], err = s.shown(ctx, in, f, contact); err != nil {
					return nil, err
				}
			}
		}
	}
	return values, nil
}

// shown is a contact's value as a letter says it.
func (s *Service) shown(ctx context.Context, in source, f *crm.Field, rec *crm.Record) (string, error) {
	v := rec.Fields[f.Key]
	switch f.Type {
	case crm.RefType:
		if v == audit.None {
			return "", nil
		}
		of, err := in.Record(ctx, f.Object, audit.RecordID(v.Text()))
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
func (s *Service) profileIn(ctx context.Context, in source) (*crm.Record, error) {
	object, err := s.Engine.Schema(in.Caller().Account).Object("business_profile")
	if err != nil {
		return nil, err
	}
	found, _, err := in.Find(ctx, crm.Query{Object: object, Sort: "created_at", Limit: 1})
	if err != nil || len(found) == 0 {
		return &crm.Record{}, err
	}
	return found[0], nil
}
