package api

import (
	"context"
	"net/url"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/workspace"
)

// Deletion is what one operation deleted and what can still be restored.
type Deletion struct {
	Event       audit.EventID     `json:"event" doc:"The deletion, for /audit/events/{id}/restore"`
	Operation   audit.OperationID `json:"operation" doc:"For /audit/operations/{operation}/restore"`
	Record      DeletedRecord     `json:"record"`
	Actor       ActorRef          `json:"actor"`
	Description string            `json:"description"`
	OccurredAt  string            `json:"occurred_at" format:"date-time"`
	Counts      map[string]int    `json:"counts" doc:"The deleted records by object"`
	Until       string            `json:"until" format:"date-time" doc:"Until when it can be restored"`
}

// DeletedRecord is the record whose deletion took the others along.
type DeletedRecord struct {
	Object string         `json:"object"`
	ID     audit.RecordID `json:"id"`
	Name   string         `json:"name"`
}

// ActorRef is who did it, as the log names them.
type ActorRef struct {
	Type  audit.ActorType `json:"type"`
	ID    *audit.ActorID  `json:"id"`
	Name  string          `json:"name"`
	Email *string         `json:"email"`
}

// DeletionPage is a page of deletions.
type DeletionPage struct {
	Deletions  []Deletion `json:"deletions"`
	NextCursor *string    `json:"next_cursor" doc:"For the next page; null at the end"`
}

type deletionsAnswer struct{ Body DeletionPage }

// DeletedFilter narrows the deletions: an operation is found by any of the records that it deleted.
type DeletedFilter struct {
	User   []string `query:"user,explode" doc:"Ids of actors"`
	Module []string `query:"module,explode" doc:"Keys of modules"`
	Object []string `query:"object,explode" doc:"Keys of objects"`
	Q      []string `query:"q,explode" doc:"A question of the search language, as of GET /audit/events"`
}

func (f DeletedFilter) params() url.Values {
	return url.Values{"user": f.User, "module": f.Module, "object": f.Object, "q": f.Q}
}

func (a *API) listDeletions(ctx context.Context, in *struct {
	Paging
	DeletedFilter
}) (*deletionsAnswer, error) {
	caller := callerOf(ctx)
	filter, err := audit.ParseFilter(in.params(), a.Catalog, workspace.Zone(identityOf(ctx).Account))
	if err != nil {
		return nil, err
	}
	list := "deleted?" + in.params().Encode() // a cursor is of its list
	var after audit.Position
	if err := readCursor(in.Cursor, &after, caller.Account, list); err != nil {
		return nil, err
	}
	if err := a.readLog(ctx); err != nil {
		return nil, err
	}
	found, next, err := a.Restore.Deletions(ctx, a.log(ctx), caller, restore.DeletionQuery{Filter: filter, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &deletionsAnswer{DeletionPage{Deletions: make([]Deletion, len(found))}}
	for i, d := range found {
		e := d.Event
		out.Body.Deletions[i] = Deletion{e.ID, e.Operation, DeletedRecord{e.Record.Object, e.Record.ID, e.Record.Name},
			ActorRef{e.Actor.Type, nullable(e.Actor.ID), e.Actor.Name, nullable(e.Actor.Email)},
			e.Description, timeText(e.OccurredAt), d.Counts, timeText(d.Until)}
	}
	if !next.IsZero() {
		out.Body.NextCursor = cursorOf(next, caller.Account, list)
	}
	return out, nil
}
