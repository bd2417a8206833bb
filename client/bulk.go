package client

import "context"

// Bulk changes or deletes all records that Select means.
type Bulk struct {
	Select     Selection `json:"select"`
	Set        Fields    `json:"set,omitempty"`
	AddTags    []string  `json:"add_tags,omitempty"`
	RemoveTags []string  `json:"remove_tags,omitempty"`
	Delete     bool      `json:"delete,omitempty"`
	DryRun     bool      `json:"dry_run,omitempty"`
	Plan       string    `json:"plan,omitempty"` // of the BulkResult that was seen
}

// Selection means records by their ids, or with All those that Q and Filter find; at most 50,000.
type Selection struct {
	IDs    []string            `json:"ids,omitempty"`
	All    bool                `json:"all,omitempty"`
	Q      string              `json:"q,omitempty"`
	Filter map[string][]string `json:"filter,omitempty"`
}

// BulkResult is what a Bulk did or, of a dry run, would do.
type BulkResult struct {
	Operation string         `json:"operation"` // "" when nothing was written
	Selected  int            `json:"selected"`
	Changed   int            `json:"changed"`
	Unchanged int            `json:"unchanged"`
	Deleted   map[string]int `json:"deleted"` // by object; of a dry run what would go along
	Cleared   map[string]int `json:"cleared"` // of a dry run: what would lose a reference
	Refused   string         `json:"refused"` // of a dry run: why it could not be done
	Plan      string         `json:"plan"`
}

// Bulk does it in one operation, or not at all: the error names the record that stands in the way. selection_changed when Plan
// is that of another selection than the one there is by now.
func (c *Client) Bulk(ctx context.Context, object string, b Bulk) (BulkResult, error) {
	var out BulkResult
	err := c.post(ctx, b, &out, "records", object, "bulk")
	return out, err
}
