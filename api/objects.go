package api

import (
	"context"

	"github.com/backtrail/backtrail/crm"
)

// Object is a type of records.
type Object struct {
	Key         string `json:"key" example:"opportunity"`
	Label       string `json:"label"`
	LabelPlural string `json:"label_plural"`
	Module      string `json:"module"`
	Custom      bool   `json:"custom" doc:"An administrator made it"`
	// Version is that of what administrators defined.
	Version int64    `json:"version" doc:"For If-Match: one more with each change of the object or its custom fields, 0 for a built-in object without any"`
	Title   []string `json:"title,omitempty" doc:"Of a custom object: the fields that make the name of a record"`
	Fields  []Field  `json:"fields"`
}

// Field is a field of an object.
type Field struct {
	Key          string        `json:"key"`
	Label        string        `json:"label"`
	Type         crm.FieldType `json:"type" enum:"text,long,email,phone,url,number,money,date,datetime,bool,select,tags,ref,rows,secret"`
	Required     bool          `json:"required"`
	Unique       bool          `json:"unique" doc:"In the account, or in the record that unique_within points at"`
	UniqueWithin string        `json:"unique_within,omitempty"`
	Options      []crm.Option  `json:"options,omitempty" doc:"Of a select"`
	Object       string        `json:"object,omitempty" doc:"That a ref points at"`
	OnDelete     crm.OnDelete  `json:"on_delete,omitempty" enum:"cascade,clear,refuse" doc:"What becomes of a ref when its target is deleted"`
	Default      string        `json:"default,omitempty" doc:"What a new record gets when the field is not given"`
	ReadOnly     bool          `json:"read_only,omitempty" doc:"Worked out by the system; a request that gives it is refused"`
	Columns      []Field       `json:"columns,omitempty" doc:"Of rows"`
	Custom       bool          `json:"custom" doc:"An administrator made it"`
}

func objectOf(o *crm.Object) Object {
	out := Object{Key: o.Key, Label: o.Label, LabelPlural: o.LabelPlural, Module: o.Module, Custom: o.Custom, Fields: fieldsOf(o.Fields)}
	if d := o.Definition; d != nil {
		out.Version, out.Title = d.Version, d.Title
	}
	return out
}

func fieldsOf(fields []crm.Field) []Field {
	out := make([]Field, len(fields))
	for i, f := range fields {
		out[i] = Field{Key: f.Key, Label: f.Label, Type: f.Type, Required: f.Required, Unique: f.Unique || f.UniqueWithin != "",
			UniqueWithin: f.UniqueWithin, Options: f.Options, Object: f.Object, OnDelete: f.OnDelete, Default: f.Default, ReadOnly: f.Computed, Custom: f.Custom()}
		if len(f.Columns) > 0 {
			out[i].Columns = fieldsOf(f.Columns)
		}
	}
	return out
}

type objectsAnswer struct {
	Body struct {
		Objects []Object `json:"objects"`
	}
}

func (a *API) listObjects(ctx context.Context, _ *none) (*objectsAnswer, error) {
	var out objectsAnswer
	for _, o := range a.schema(ctx).Objects() {
		out.Body.Objects = append(out.Body.Objects, objectOf(o))
	}
	return &out, nil
}

type objectAnswer struct{ Body Object }

func (a *API) getObject(ctx context.Context, in *ObjectPath) (*objectAnswer, error) {
	o, err := a.schema(ctx).Object(in.Object)
	if err != nil {
		return nil, err
	}
	return &objectAnswer{objectOf(o)}, nil
}

// schema is the objects of the caller's account.
func (a *API) schema(ctx context.Context) *crm.Schema { return a.Engine.Schema(callerOf(ctx).Account) }

// ObjectPath names an object in the address.
type ObjectPath struct {
	Object string `path:"object" doc:"Key of the object" example:"contact"`
}
