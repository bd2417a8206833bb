package api

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/workspace"
)

type completeInput struct {
	Q  string `query:"q" doc:"The question as far as it is typed" maxLength:"4000"`
	At int    `query:"at" doc:"The place where one types, in characters from 0; the end when left out" minimum:"0" default:"4000"`
}

// Completion is what may stand at a place of a question.
type Completion struct {
	Start       int          `json:"start" doc:"The first character that a suggestion replaces, from 0"`
	End         int          `json:"end" doc:"The character behind the last one"`
	Suggestions []Suggestion `json:"suggestions"`
}

// Suggestion is one thing that may stand there.
type Suggestion struct {
	Text  string `json:"text" doc:"What to put there"`
	Label string `json:"label" doc:"What it is, in words; may be empty"`
}

type completeAnswer struct{ Body Completion }

func (a *API) complete(ctx context.Context, in *completeInput) (*completeAnswer, error) {
	if err := a.readLog(ctx); err != nil {
		return nil, err
	}
	account := callerOf(ctx).Account
	c := audit.Completer{Log: a.log(ctx), Account: account, Catalog: a.Catalog, Objects: a.Engine.Schema(account).Choices(),
		Now: a.Recorder.Now().In(workspace.Zone(identityOf(ctx).Account))}
	found, err := c.Complete(ctx, in.Q, in.At)
	if err != nil {
		return nil, err
	}
	out := Completion{Start: found.Start, End: found.End, Suggestions: []Suggestion{}}
	for _, s := range found.Suggestions {
		out.Suggestions = append(out.Suggestions, Suggestion(s))
	}
	return &completeAnswer{out}, nil
}
