package api

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/savedviews"
	"github.com/backtrail/backtrail/workspace"
)

// SavedView is a filter of the log under a name.
type SavedView struct {
	ID        savedviews.ID `json:"id"`
	Name      string        `json:"name"`
	Query     string        `json:"query" doc:"The filter as it was saved: the parameters of GET /audit/events; range (today, yesterday, 7d, 30d, 90d, month) and last (the last day, itself included) beside them" example:"action=deleted&range=7d"`
	Filter    string        `json:"filter" doc:"The same in the parameters of GET /audit/events alone, with the days of now" example:"action=deleted&from=2026-02-23"`
	Shared    bool          `json:"shared" doc:"Whether everybody of the account who may read the log sees it"`
	Own       bool          `json:"own" doc:"Whether the caller made it"`
	Owner     string        `json:"owner" doc:"Who made it, as they were called then"`
	CreatedAt string        `json:"created_at" format:"date-time"`
	UpdatedAt string        `json:"updated_at" format:"date-time"`
}

func (a *API) viewOf(ctx context.Context, v savedviews.View) SavedView {
	zone := workspace.Zone(identityOf(ctx).Account)
	return SavedView{ID: v.ID, Name: v.Name, Query: v.Query, Filter: savedviews.Resolve(v.Params(), a.now(), zone).Encode(), Shared: v.Shared,
		Own: v.Owner == callerOf(ctx).Self(), Owner: v.OwnerName, CreatedAt: timeText(v.CreatedAt), UpdatedAt: timeText(v.UpdatedAt)}
}

func (a *API) now() time.Time { return a.Recorder.Now() }

type viewsAnswer struct {
	Body struct {
		Views []SavedView `json:"views"`
	}
}

type viewAnswer struct{ Body SavedView }

func (a *API) listViews(ctx context.Context, _ *none) (*viewsAnswer, error) {
	list, err := a.Views.Views(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	out := &viewsAnswer{}
	out.Body.Views = make([]SavedView, len(list))
	for i, v := range list {
		out.Body.Views[i] = a.viewOf(ctx, v)
	}
	return out, nil
}

type viewBody struct {
	Name   string `json:"name" doc:"At most 100 characters; no other of the caller's, or no other shared one, may have it" example:"Deletions this week"`
	Query  string `json:"query" doc:"The filter, at most 4,000 bytes; see SavedView" example:"action=deleted&range=7d"`
	Shared bool   `json:"shared,omitempty" doc:"Needs audit.manage"`
}

func (a *API) createView(ctx context.Context, in *struct{ Body viewBody }) (*viewAnswer, error) {
	v, err := a.Views.Save(ctx, callerOf(ctx), savedviews.NewView(in.Body))
	if err != nil {
		return nil, err
	}
	return &viewAnswer{a.viewOf(ctx, v)}, nil
}

type viewChange struct {
	Name   *string `json:"name,omitempty"`
	Query  *string `json:"query,omitempty"`
	Shared *bool   `json:"shared,omitempty"`
}

func (a *API) updateView(ctx context.Context, in *struct {
	ID   savedviews.ID `path:"id" doc:"Id of the view"`
	Body viewChange
}) (*viewAnswer, error) {
	v, err := a.Views.Update(ctx, callerOf(ctx), in.ID, savedviews.Change(in.Body))
	if err != nil {
		return nil, err
	}
	return &viewAnswer{a.viewOf(ctx, v)}, nil
}

func (a *API) deleteView(ctx context.Context, in *struct {
	ID savedviews.ID `path:"id" doc:"Id of the view"`
}) (*none, error) {
	return nil, a.Views.Delete(ctx, callerOf(ctx), in.ID)
}
