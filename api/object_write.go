package api

import (
	"context"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// ObjectInput is what a request asks of an object. What GET gives can be sent back.
type ObjectInput struct {
	Key         string      `json:"key,omitempty" doc:"Small letters, digits and underscores; made of the label when left out. It stays as it is."`
	Label       *string     `json:"label,omitempty" example:"Property"`
	LabelPlural *string     `json:"label_plural,omitempty" example:"Properties" doc:"Made of the label when left out"`
	Module      string      `json:"module,omitempty" doc:"custom; of a built-in object its own"`
	Custom      *bool       `json:"custom,omitempty"`
	Title       []string    `json:"title,omitempty" doc:"The fields that make the name of a record; the first one that can when left out"`
	Fields      []fieldBody `json:"fields,omitempty" doc:"Fields that the object has are changed, others are added; what is left out stays"`
}

type fieldBody struct {
	Key          string            `json:"key,omitempty" doc:"Made of the label when left out"`
	Label        *string           `json:"label,omitempty"`
	Type         *crm.FieldType    `json:"type,omitempty" enum:"text,long,email,phone,url,number,money,date,datetime,bool,select,tags,ref,rows,secret" doc:"text when left out. Another type is taken when every value fits it."`
	Required     *bool             `json:"required,omitempty" doc:"Records without a value get the default; without one they stand in the way"`
	Unique       *bool             `json:"unique,omitempty"`
	UniqueWithin string            `json:"unique_within,omitempty" doc:"Of built-in fields; it cannot be changed"`
	Options      []optionBody      `json:"options,omitempty" doc:"Of a select: all of them"`
	Object       *string           `json:"object,omitempty" doc:"That a ref points at"`
	OnDelete     *crm.OnDelete     `json:"on_delete,omitempty" enum:"cascade,clear,refuse" doc:"clear when left out, refuse of a required ref"`
	Default      *string           `json:"default,omitempty"`
	ReadOnly     bool              `json:"read_only,omitempty" doc:"Of built-in fields; it cannot be changed"`
	Columns      []fieldBody       `json:"columns,omitempty" doc:"Of rows: all of them, with key, label, type and required"`
	Custom       *bool             `json:"custom,omitempty"`
	Moves        map[string]string `json:"moves,omitempty" doc:"Of a select: an option that goes, with the one that records get instead; an empty text for none" example:"{\"sold\":\"closed\"}"`
}

type optionBody struct {
	Key   string `json:"key,omitempty" doc:"Made of the label when left out"`
	Label string `json:"label"`
}

// input is the body as the engine takes it, for the object o, nil for a new one.
func (b *ObjectInput) input(o *crm.Object) (crm.ObjectInput, error) {
	in := crm.ObjectInput{Key: b.Key, Label: b.Label, LabelPlural: b.LabelPlural, Title: b.Title}
	module, custom := crm.CustomModule, true
	if o != nil {
		module, custom = o.Module, o.Custom
	}
	if b.Module != "" && b.Module != module {
		return in, errs.InvalidField("module", "read_only", "The module is %s; it cannot be chosen.", module)
	}
	if b.Custom != nil && *b.Custom != custom {
		return in, errs.InvalidField("custom", "read_only", "Whether an object is custom cannot be chosen.")
	}
	for i, f := range b.Fields {
		if f.UniqueWithin != "" || f.ReadOnly {
			var known *crm.Field
			if o != nil {
				known, _ = o.Field(f.Key)
			}
			if known == nil || known.UniqueWithin != f.UniqueWithin || known.Computed != f.ReadOnly {
				return in, errs.InvalidField(fmt.Sprintf("fields[%d]", i), "read_only", "unique_within and read_only are of built-in fields; they cannot be chosen.")
			}
		}
		in.Fields = append(in.Fields, f.input())
	}
	return in, nil
}

func (f *fieldBody) input() crm.FieldInput {
	in := crm.FieldInput{Key: f.Key, Label: f.Label, Type: f.Type, Required: f.Required, Unique: f.Unique, Object: f.Object, OnDelete: f.OnDelete,
		Default: f.Default, Moves: f.Moves}
	for _, o := range f.Options {
		in.Options = append(in.Options, crm.Option(o))
	}
	for _, c := range f.Columns {
		in.Columns = append(in.Columns, c.input())
	}
	return in
}

func (a *API) createObject(ctx context.Context, in *struct{ Body ObjectInput }) (*objectAnswer, error) {
	input, err := in.Body.input(nil)
	if err != nil {
		return nil, err
	}
	o, err := a.Engine.CreateObject(ctx, callerOf(ctx), input)
	if err != nil {
		return nil, err
	}
	return &objectAnswer{objectOf(o)}, nil
}

type objectPatch struct {
	ObjectInput
	RemoveFields []string `json:"remove_fields,omitempty" doc:"Keys of custom fields to remove; their values leave the records, and can be restored"`
	DryRun       bool     `json:"dry_run,omitempty" doc:"Tell what would follow for the records, and change nothing"`
}

// ChangedObject is an object after a change, or as it would be.
type ChangedObject struct {
	Object
	Effects   []crm.Effect       `json:"effects" doc:"What follows for the records"`
	Operation *audit.OperationID `json:"operation" doc:"null when nothing was changed"`
}

type changedObjectAnswer struct{ Body ChangedObject }

func (a *API) updateObject(ctx context.Context, in *struct {
	ObjectPath
	IfMatch string `header:"If-Match" doc:"The version of the definition that the caller saw; 412 when it has another by now"`
	Body    objectPatch
}) (*changedObjectAnswer, error) {
	o, err := a.schema(ctx).Object(in.Object)
	if err != nil {
		return nil, err
	}
	version, err := versionOf(in.IfMatch)
	if err != nil {
		return nil, err
	}
	input, err := in.Body.input(o)
	if err != nil {
		return nil, err
	}
	input.Remove = in.Body.RemoveFields
	var done crm.Redefinition
	if in.Body.DryRun {
		done, err = a.Engine.PreviewObject(ctx, callerOf(ctx), in.Object, input)
	} else {
		done, err = a.Engine.ChangeObject(ctx, callerOf(ctx), in.Object, input, version)
	}
	if err != nil {
		return nil, err
	}
	out := ChangedObject{Object: objectOf(done.Object), Effects: done.Effects}
	if out.Effects == nil {
		out.Effects = []crm.Effect{}
	}
	if done.Operation != "" {
		out.Operation = &done.Operation
	}
	return &changedObjectAnswer{out}, nil
}

func (a *API) deleteObject(ctx context.Context, in *struct {
	ObjectPath
	IfMatch string `header:"If-Match" doc:"The version of the definition that the caller saw; 412 when it has another by now"`
}) (*deletedAnswer, error) {
	version, err := versionOf(in.IfMatch)
	if err != nil {
		return nil, err
	}
	d, err := a.Engine.DeleteObject(ctx, callerOf(ctx), in.Object, version)
	return &deletedAnswer{Deleted{d.Operation, d.Counts}}, err
}
