package crm_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// crowd is a store in which one object has many records, all alike.
type crowd struct {
	crm.Store
	object string
	n      int
	fields map[string]audit.Value
	wrote  int
}

func (c *crowd) ReadRecords(ctx context.Context, account audit.AccountID, fn func(crm.View) error) error {
	return c.Store.ReadRecords(ctx, account, func(v crm.View) error { return fn(crowdView{v, c}) })
}

func (c *crowd) WriteRecords(ctx context.Context, account audit.AccountID, fn func(crm.Tx) error) error {
	return c.Store.WriteRecords(ctx, account, func(tx crm.Tx) error { return fn(crowdTx{tx, crowdView{tx, c}}) })
}

type crowdView struct {
	crm.View
	*crowd
}

func (v crowdView) Find(ctx context.Context, q crm.Query) ([]*crm.Record, *crm.Position, error) {
	if q.Object.Key != v.object {
		return v.View.Find(ctx, q)
	}
	from := 0
	if q.After != nil {
		fmt.Sscan(string(q.After.ID), &from)
	}
	var page []*crm.Record
	for i := from; i < min(from+q.Limit, v.n); i++ {
		page = append(page, &crm.Record{Object: v.object, ID: audit.RecordID(fmt.Sprint(i)), Version: 1, Name: "One", Fields: v.fields})
	}
	if from+q.Limit >= v.n {
		return page, nil, nil
	}
	return page, &crm.Position{ID: audit.RecordID(fmt.Sprint(from + q.Limit))}, nil
}

type crowdTx struct {
	crm.Tx
	view crowdView
}

func (tx crowdTx) Find(ctx context.Context, q crm.Query) ([]*crm.Record, *crm.Position, error) {
	return tx.view.Find(ctx, q)
}

func (tx crowdTx) Update(context.Context, crm.Row, crm.Row) error {
	tx.view.wrote++
	return nil
}

// A change of an object that would write very many records is refused before it begins.
func TestRedefinitionOfManyRecords(t *testing.T) {
	b := newBench(t)
	b.define("House", field("Name", crm.Text), field("Price", crm.Text))
	filled := field("Rooms", crm.Number)
	filled.Required, filled.Default = ptr(true), ptr("1")
	const most = crm.MaxRedefined
	for _, tt := range []struct {
		name string
		in   crm.ObjectInput
		most int // records; 0 for any number
	}{
		{"a field goes", crm.ObjectInput{Remove: []string{"price"}}, most},
		{"another type", crm.ObjectInput{Fields: []crm.FieldInput{{Key: "price", Type: ptr(crm.Money)}}}, most},
		{"a default for all", crm.ObjectInput{Fields: []crm.FieldInput{filled}}, most},
		{"other names", crm.ObjectInput{Title: []string{"price"}}, most},
		{"two at once", crm.ObjectInput{Remove: []string{"price"}, Fields: []crm.FieldInput{filled}}, most / 2},
		{"another label", crm.ObjectInput{Fields: []crm.FieldInput{{Key: "price", Label: ptr("Cost")}}}, 0},
		{"required, which it is already", crm.ObjectInput{Fields: []crm.FieldInput{{Key: "price", Required: ptr(true)}}}, 0},
		{"a field more", crm.ObjectInput{Fields: []crm.FieldInput{field("Garden", crm.Text)}}, 0},
	} {
		many := &crowd{Store: b.db, object: "house", n: tt.most, fields: map[string]audit.Value{"name": audit.String("One"), "price": audit.String("5")}}
		engine := crm.NewEngine(many, b.schema, b.recorder)
		if tt.most == 0 {
			many.n = most + 1
		}
		if p, err := engine.PreviewObject(t.Context(), b.caller, "house", tt.in); err != nil {
			t.Errorf("%s: %+v, %v", tt.name, p, err)
		}
		if tt.most == 0 {
			continue
		}
		many.n++
		before := len(b.log())
		_, preview := engine.PreviewObject(t.Context(), b.caller, "house", tt.in)
		_, change := engine.ChangeObject(t.Context(), b.caller, "house", tt.in, 0)
		for _, err := range []error{preview, change} {
			if !errs.Is(err, errs.TooLarge) || errs.Code(err) != "too_many_records" || !strings.Contains(err.Error(), "more than 50,000 houses") || errs.Of(err).Fix == "" {
				t.Errorf("%s of one more: %v", tt.name, err)
			}
		}
		if n := len(b.log()) - before; n > 0 || many.wrote > 0 {
			t.Errorf("%s: what was refused wrote %d events and %d records", tt.name, n, many.wrote)
		}
	}
}
