package client

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
)

// Stream gives events as they are recorded, until ctx ends or the server ends the stream: then its last value has an
// error, io.EOF when the server did (the session is over, or the server stops). last is the id of the event to go on
// behind, "" to start now. Call it again with the last id to go on.
//
// The stream stands when Stream returns: what is recorded from then on is in it.
func (c *Client) Stream(ctx context.Context, f Filter, last string) (iter.Seq2[Event, error], error) {
	r := request{method: http.MethodGet, path: []string{"audit", "stream"}, query: f.values(), header: http.Header{"Accept": {"text/event-stream"}}}
	if last != "" {
		r.header.Set("Last-Event-ID", last)
	}
	resp, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return func(yield func(Event, error) bool) {
		defer resp.Body.Close()
		lines := bufio.NewReader(resp.Body)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				if ctx.Err() != nil {
					err = ctx.Err()
				} else if err == io.ErrUnexpectedEOF {
					err = io.EOF
				}
				yield(Event{}, err)
				return
			}
			data, ok := strings.CutPrefix(line, "data: ")
			if !ok {
				continue
			}
			var e Event
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				yield(e, fmt.Errorf("client: an event of the stream cannot be read: %w", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}, nil
}
