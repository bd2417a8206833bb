package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"strconv"
)

// Page is a page of a list.
type Page[T any] struct {
	Items []T
	Next  string // the cursor of the next page, "" at the end
}

// Paging asks for a page. The zero Paging is the first one, of 50.
type Paging struct {
	Limit  int    // 1 to 500; 0 for the server's choice, 50
	Cursor string // Next of the page before
}

func (p Paging) into(v url.Values) url.Values {
	if p.Limit != 0 {
		v.Set("limit", strconv.Itoa(p.Limit))
	}
	if p.Cursor != "" {
		v.Set("cursor", p.Cursor)
	}
	return v
}

// pageOf reads a page whose list has the name items in the answer.
func pageOf[T any](ctx context.Context, c *Client, items string, query url.Values, path ...string) (Page[T], error) {
	var out map[string]json.RawMessage
	if err := c.get(ctx, query, &out, path...); err != nil {
		return Page[T]{}, err
	}
	var p Page[T]
	for name, into := range map[string]any{items: &p.Items, "next_cursor": &p.Next} {
		if out[name] == nil {
			continue
		}
		if err := json.Unmarshal(out[name], into); err != nil {
			return Page[T]{}, fmt.Errorf("client: %s of the answer: %w", name, err)
		}
	}
	return p, nil
}

// each walks over a list page by page. An error ends it.
func each[T any](ctx context.Context, page func(context.Context, Paging) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		p := Paging{Limit: 500}
		for {
			found, err := page(ctx, p)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range found.Items {
				if !yield(item, nil) {
					return
				}
			}
			if found.Next == "" {
				return
			}
			p.Cursor = found.Next
		}
	}
}
