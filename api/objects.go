package api

import (
	"context"

	"github.com/backtrail/backtrail/crm"
)

// Object is a type of records.
type Object struct {
	Key         string  `json:"key" example:"opportunity"`
	Label       string  `json:"label"`
	LabelPlural string  `json:"label_plural"`
	Module      string  `json:"module"`
	Custom      bool    `json:"custom"`
	Fields      []Field `json:"fields"`
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
}

func objectOf(o *crm.Object) Object {
	return Object{o.Key, o.Label, o.LabelPlural, o.Module, o.Custom, fieldsOf(o.Fields)}
}

func fieldsOf(fields []crm.Field) []Field {
	out := make([]Field, len(fields))
	for i, f := range fields {
		out[i] = Field{Key: f.Key, Label: f.Label, Type: f.Type, Required: f.Required, Unique: f.Unique || f.UniqueWithin != "",
			UniqueWithin: f.UniqueWithin, Options: f.Options, Object: f.Object, OnDelete: f.OnDelete, Default: f.Default, ReadOnly: f.Computed}
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
