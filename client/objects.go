package client

import (
	"context"
	"net/http"
)

// Object is a type of records.
type Object struct {
	Key         string   `json:"key"`
	Label       string   `json:"label"`
	LabelPlural string   `json:"label_plural"`
	Module      string   `json:"module"`
	Custom      bool     `json:"custom"`
	Version     int64    `json:"version"` // of what administrators defined
	Title       []string `json:"title"`   // of a custom object: the fields that name its records
	Fields      []Field  `json:"fields"`
}

// Field is a field of an object.
type Field struct {
	Key          string   `json:"key"`
	Label        string   `json:"label"`
	Type         string   `json:"type"`
	Required     bool     `json:"required"`
	Unique       bool     `json:"unique"`
	UniqueWithin string   `json:"unique_within"` // the reference field in whose record it is unique
	Options      []Option `json:"options"`       // of a select
	Object       string   `json:"object"`        // that a ref points at
	OnDelete     string   `json:"on_delete"`     // of a ref: cascade, clear or refuse
	Default      string   `json:"default"`
	Columns      []Field  `json:"columns"` // of rows
	Custom       bool     `json:"custom"`
}

// Option is one choice of a select.
type Option struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

// Objects lists the types of records.
func (c *Client) Objects(ctx context.Context) ([]Object, error) {
	var out struct{ Objects []Object }
	err := c.get(ctx, nil, &out, "objects")
	return out.Objects, err
}

// Object returns one of them; unknown_object.
func (c *Client) Object(ctx context.Context, key string) (Object, error) {
	var o Object
	err := c.get(ctx, nil, &o, "objects", key)
	return o, err
}

// ObjectInput is what a request asks of an object; see docs/api.md.
type ObjectInput struct {
	Key          string       `json:"key,omitempty"`
	Label        string       `json:"label,omitempty"`
	LabelPlural  string       `json:"label_plural,omitempty"`
	Title        []string     `json:"title,omitempty"`
	Fields       []FieldInput `json:"fields,omitempty"`
	RemoveFields []string     `json:"remove_fields,omitempty"`
	DryRun       bool         `json:"dry_run,omitempty"`
}

// FieldInput is what a request asks of a field. Nil leaves a side of a known field as it is.
type FieldInput struct {
	Key      string            `json:"key,omitempty"`
	Label    string            `json:"label,omitempty"`
	Type     string            `json:"type,omitempty"`
	Required *bool             `json:"required,omitempty"`
	Unique   *bool             `json:"unique,omitempty"`
	Options  []Option          `json:"options,omitempty"`
	Object   string            `json:"object,omitempty"`
	OnDelete string            `json:"on_delete,omitempty"`
	Default  *string           `json:"default,omitempty"`
	Columns  []FieldInput      `json:"columns,omitempty"`
	Moves    map[string]string `json:"moves,omitempty"`
}

// Effect is what a change of an object does to its records.
type Effect struct {
	Kind     string `json:"kind"` // removed, converted, filled, renamed; lost, missing and duplicate refuse the change
	Field    string `json:"field"`
	Label    string `json:"label"`
	Records  int    `json:"records"`
	Examples []struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"examples"`
}

// ChangedObject is an object after a change, or as it would be.
type ChangedObject struct {
	Object
	Effects   []Effect `json:"effects"`
	Operation string   `json:"operation"` // "" when nothing was changed
}

// CreateObject makes a custom object.
func (c *Client) CreateObject(ctx context.Context, in ObjectInput) (Object, error) {
	var o Object
	err := c.post(ctx, in, &o, "objects")
	return o, err
}

// UpdateObject changes a custom object, or the custom fields of any object; values_in_the_way.
func (c *Client) UpdateObject(ctx context.Context, key string, in ObjectInput) (ChangedObject, error) {
	var o ChangedObject
	err := c.call(ctx, request{method: http.MethodPatch, path: []string{"objects", key}, body: in}, &o)
	return o, err
}

// DeleteObject deletes a custom object with its records.
func (c *Client) DeleteObject(ctx context.Context, key string) (Deleted, error) {
	var d Deleted
	err := c.call(ctx, request{method: http.MethodDelete, path: []string{"objects", key}}, &d)
	return d, err
}
