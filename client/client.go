package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// Client calls the API of one server. It is safe for concurrent use once its fields are set.
type Client struct {
	base *url.URL
	// Key is an API key; "" to use the session of Login.
	Key string
	// Account is the id of the account to work in, for a person in several; "" for the session's own.
	Account string
	// HTTP sends the requests. New gives it a cookie jar, which Login needs, and no timeout: contexts do that.
	HTTP *http.Client
}

// New returns a client of the server at address ("https://backtrail.example.com"), with an API key or "".
func New(address, key string) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("client: %q is not the address of a server", address)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &Client{base: base.JoinPath("/api/v1"), Key: key, HTTP: &http.Client{Jar: jar}}, nil
}

// request is a call on its way out.
type request struct {
	method string
	path   []string // segments, escaped here
	query  url.Values
	header http.Header
	body   any // sent as JSON; an io.Reader is sent as it is
}

// send sends r and returns the answer when its status is a good one; a *Problem otherwise. The caller closes the body.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	address := *c.base
	escaped := address.EscapedPath()
	for _, segment := range r.path {
		escaped += "/" + url.PathEscape(segment)
	}
	address.Path, address.RawPath = mustUnescape(escaped), escaped
	address.RawQuery = r.query.Encode()
	var body io.Reader
	header := http.Header{}
	for name, values := range r.header {
		header[name] = values
	}
	switch b := r.body.(type) {
	case nil:
	case io.Reader:
		body = b
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("client: the body cannot be sent: %w", err)
		}
		body = bytes.NewReader(encoded)
		header.Set("Content-Type", "application/json")
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header = header
	if c.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.Key)
	}
	if c.Account != "" {
		req.Header.Set("Backtrail-Account", c.Account)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer resp.Body.Close()
		return nil, problemOf(resp)
	}
	return resp, nil
}

func mustUnescape(path string) string {
	s, err := url.PathUnescape(path)
	if err != nil {
		return path // it was escaped a moment ago
	}
	return s
}

// call sends r and reads the answer into out, nil for none.
func (c *Client) call(ctx context.Context, r request, out any) error {
	resp, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		_, err := io.Copy(io.Discard, resp.Body)
		return err
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("client: the answer of %s %s cannot be read: %w", r.method, strings.Join(r.path, "/"), err)
	}
	return nil
}

func (c *Client) get(ctx context.Context, query url.Values, out any, path ...string) error {
	return c.call(ctx, request{method: http.MethodGet, path: path, query: query}, out)
}

func (c *Client) post(ctx context.Context, body, out any, path ...string) error {
	return c.call(ctx, request{method: http.MethodPost, path: path, body: body}, out)
}
