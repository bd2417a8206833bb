package client

import "context"

// Object is a type of records.
type Object struct {
	Key         string  `json:"key"`
	Label       string  `json:"label"`
	LabelPlural string  `json:"label_plural"`
	Module      string  `json:"module"`
	Custom      bool    `json:"custom"`
	Fields      []Field `json:"fields"`
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
