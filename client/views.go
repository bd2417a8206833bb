package client

import (
	"context"
	"net/http"
	"time"
)

// SavedView is a filter of the log under a name.
type SavedView struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Query     string    `json:"query"`  // as it was saved
	Filter    string    `json:"filter"` // with the days of now, as the query of GET /audit/events
	Shared    bool      `json:"shared"`
	Own       bool      `json:"own"`
	Owner     string    `json:"owner"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// NewView is a view to be made.
type NewView struct {
	Name   string `json:"name"`
	Query  string `json:"query"`
	Shared bool   `json:"shared,omitempty"`
}

// ViewUpdate is what shall be different; nil leaves it.
type ViewUpdate struct {
	Name   *string `json:"name,omitempty"`
	Query  *string `json:"query,omitempty"`
	Shared *bool   `json:"shared,omitempty"`
}

// Views lists the saved views of the log: the caller's own first, then the shared ones. It needs audit.read, as the three
// below do; what is shared is changed with audit.manage.
func (c *Client) Views(ctx context.Context) ([]SavedView, error) {
	var out struct {
		Views []SavedView `json:"views"`
	}
	err := c.get(ctx, nil, &out, "audit", "views")
	return out.Views, err
}

// CreateView saves a filter under a name. name_taken, too_many_views.
func (c *Client) CreateView(ctx context.Context, v NewView) (SavedView, error) {
	var out SavedView
	err := c.post(ctx, v, &out, "audit", "views")
	return out, err
}

// UpdateView changes a view. unknown_view, name_taken.
func (c *Client) UpdateView(ctx context.Context, id string, u ViewUpdate) (SavedView, error) {
	var out SavedView
	err := c.call(ctx, request{method: http.MethodPatch, path: []string{"audit", "views", id}, body: u}, &out)
	return out, err
}

// DeleteView deletes a view. unknown_view.
func (c *Client) DeleteView(ctx context.Context, id string) error {
	return c.call(ctx, request{method: http.MethodDelete, path: []string{"audit", "views", id}}, nil)
}
