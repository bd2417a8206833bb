package api

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/workspace"
)

// Count is one value with the number of its events.
type Count struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Count int    `json:"count"`
}

// Facets are the events that pass a filter, counted.
type Facets struct {
	Modules []Count `json:"modules"`
	Types   []Count `json:"types"`
	Actions []Count `json:"actions"`
	Users   []Count `json:"users"`
	// By what became of them, and by which way they came in.
	Outcomes []Count `json:"outcomes"`
	Channels []Count `json:"channels"`
}

type facetsAnswer struct{ Body Facets }

func (a *API) facets(ctx context.Context, in *AuditFilter) (*facetsAnswer, error) {
	f, err := in.read(ctx, a)
	if err != nil {
		return nil, err
	}
	found, err := a.log(ctx).Facets(ctx, callerOf(ctx).Account, f, 0)
	return &facetsAnswer{Facets{
		Modules:  counts(found.Modules, a.Catalog.ModuleLabel),
		Types:    counts(found.Types, func(key string) string { return a.Catalog.Label(audit.Type(key)) }),
		Actions:  counts(found.Actions, upperFirst),
		Users:    counts(found.Users, nil),
		Outcomes: counts(found.Outcomes, upperFirst), Channels: counts(found.Channels, upperFirst),
	}}, err
}

// counts are found with their labels for people; without label they have them already.
func counts(found []audit.Count, label func(key string) string) []Count {
	out := make([]Count, len(found))
	for i, c := range found {
		if out[i] = Count(c); label != nil {
			out[i].Label = label(c.Key)
		}
	}
	return out
}

// Histogram is the events that pass a filter over time.
type Histogram struct {
	Interval audit.Interval `json:"interval" enum:"minute,hour,day,week,month" doc:"The width of the buckets"`
	Buckets  []Bucket       `json:"buckets" doc:"The oldest first, without gaps"`
}

// Bucket is the events of one stretch of time.
type Bucket struct {
	Start    string               `json:"start" format:"date-time"`
	Total    int                  `json:"total"`
	ByAction map[audit.Action]int `json:"by_action"`
}

type histogramAnswer struct{ Body Histogram }

func (a *API) histogram(ctx context.Context, in *struct {
	AuditFilter
	Interval string `query:"interval" default:"auto" enum:"auto,minute,hour,day,week,month" doc:"The width of the buckets, in the account's time zone"`
}) (*histogramAnswer, error) {
	f, err := in.read(ctx, a)
	if err != nil {
		return nil, err
	}
	account := identityOf(ctx).Account
	found, err := a.log(ctx).Histogram(ctx, account.ID, f, audit.Interval(in.Interval), workspace.Zone(account))
	if err != nil {
		return nil, err
	}
	out := &histogramAnswer{Histogram{found.Interval, make([]Bucket, len(found.Buckets))}}
	for i, b := range found.Buckets {
		out.Body.Buckets[i] = Bucket{timeText(b.Start), b.Total, b.ByAction}
		if b.ByAction == nil {
			out.Body.Buckets[i].ByAction = map[audit.Action]int{}
		}
	}
	return out, nil
}
