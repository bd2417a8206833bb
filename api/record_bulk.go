package api

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

type bulkBody struct {
	Select     bulkSelect  `json:"select"`
	Set        inputFields `json:"set,omitempty" doc:"The values that all of them get, by the key of the field; null empties one"`
	AddTags    []string    `json:"add_tags,omitempty"`
	RemoveTags []string    `json:"remove_tags,omitempty"`
	Delete     bool        `json:"delete,omitempty" doc:"Delete them, with all that belongs to them; nothing else may be asked then"`
	DryRun     bool        `json:"dry_run,omitempty" doc:"Only say what it would be"`
	Plan       string      `json:"plan,omitempty" doc:"The plan that the caller saw; 409 selection_changed when other records are selected by now (to be deleted: or one of them was changed)"`
}

type bulkSelect struct {
	IDs    []audit.RecordID    `json:"ids,omitempty" doc:"Ids of the records"`
	All    bool                `json:"all,omitempty" doc:"All records that q and filter find, or every one of the object without them"`
	Q      string              `json:"q,omitempty" maxLength:"500" doc:"With all: words as in the list"`
	Filter map[string][]string `json:"filter,omitempty" doc:"With all: values by the key of the field, as in the list; an empty one asks for records without a value"`
}

// BulkResult is what a change of many records did or, without operation, would do.
type BulkResult struct {
	Operation *audit.OperationID `json:"operation" doc:"null for a dry run, and when every record was already as asked; then nothing was written"`
	Selected  int                `json:"selected" doc:"The records that were selected"`
	Changed   int                `json:"changed" doc:"Of these, the ones that were changed or deleted; 0 for a dry run"`
	Unchanged int                `json:"unchanged" doc:"Of these, the ones that were already as asked; 0 for a dry run"`
	Deleted   map[string]int     `json:"deleted" doc:"The number of deleted records by object; of a dry run, what would go along"`
	Cleared   map[string]int     `json:"cleared" doc:"Of a dry run: the records that would lose a reference, by object"`
	Refused   string             `json:"refused" doc:"Of a dry run: why it could not be done; empty when it could"`
	Token     string             `json:"plan" doc:"Of a dry run: stands for the records that are selected; send it along to change these and no others"`
}

type bulkAnswer struct{ Body BulkResult }

func (a *API) bulk(ctx context.Context, in *struct {
	ObjectPath
	Body bulkBody
}) (*bulkAnswer, error) {
	o, err := a.schema(ctx).Object(in.Object)
	if err != nil {
		return nil, err
	}
	sel, err := in.Body.Select.selection(o)
	if err != nil {
		return nil, err
	}
	change := crm.BulkChange{Delete: in.Body.Delete, Set: crm.Input(in.Body.Set), AddTags: in.Body.AddTags, RemoveTags: in.Body.RemoveTags, Token: in.Body.Plan}
	if in.Body.DryRun {
		p, err := a.Engine.PreviewBulk(ctx, callerOf(ctx), sel, change)
		if err == nil {
			err = p.Check(change.Token)
		}
		if err != nil {
			return nil, err
		}
		return &bulkAnswer{BulkResult{Selected: p.Count, Deleted: p.Taken, Cleared: p.Cleared, Refused: p.Refused, Token: p.Token}}, nil
	}
	res, err := a.Engine.Bulk(ctx, callerOf(ctx), sel, change)
	if err != nil {
		return nil, err
	}
	return &bulkAnswer{BulkResult{Operation: nullable(res.Operation), Selected: res.Selected, Changed: res.Changed, Unchanged: res.Unchanged,
		Deleted: res.Deleted, Cleared: map[string]int{}}}, nil
}

// selection reads which records are meant: ids, or all that a filter finds. Every record is never meant by leaving things out.
func (s *bulkSelect) selection(o *crm.Object) (crm.Selection, error) {
	sel := crm.Selection{Object: o.Key, IDs: s.IDs}
	if !s.All {
		if s.Q != "" || len(s.Filter) > 0 {
			return sel, errs.InvalidField("select.all", "required", "A filter selects with all only.").WithFix(`Send "all": true, or give ids.`)
		}
		return sel, nil
	}
	if len(s.IDs) > 0 {
		return sel, errs.InvalidField("select.ids", "ids_and_all", "Records are selected either by ids or by a filter.")
	}
	sel.Query = &crm.Query{Object: o, Words: audit.SplitWords(strings.ToLower(s.Q))}
	var wrong []errs.Field
	fail := func(field, code, format string, args ...any) {
		wrong = append(wrong, errs.Field{Field: field, Code: code, Detail: fmt.Sprintf(format, args...)})
	}
	if len(sel.Query.Words) > maxListWords {
		fail("select.q", "too_many_words", "The search text has more than %d words.", maxListWords)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Filter)) {
		f, ok := o.Field(key)
		if !ok || f.Type == crm.Secret || f.Type == crm.Rows {
			fail("select.filter."+key, "unknown_field", "%s cannot be filtered by %s.", o.LabelPlural, audit.Quote(key))
			continue
		}
		c := crm.Condition{Field: f}
		for _, v := range s.Filter[key] {
			value, err := filterValue(f, v)
			if err != nil {
				fail("select.filter."+key, errs.Code(err), "%s", errs.Of(err).Detail)
			}
			c.Values = append(c.Values, value)
		}
		sel.Query.Where = append(sel.Query.Where, c)
	}
	return sel, errs.InvalidFields(wrong)
}
