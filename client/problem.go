package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Problem is an error that the server answered with (RFC 9457).
type Problem struct {
	Type    string    `json:"type"`
	Title   string    `json:"title"` // the general reason
	Status  int       `json:"status"`
	Detail  string    `json:"detail"`
	Code    string    `json:"code"` // what is wrong, for programs: "version_conflict"
	Fields  []Mistake `json:"fields"`
	Fix     string    `json:"fix"`
	Request string    `json:"request"` // finds the request in the server's log
	// Plan is what a restore would do, with conflicts and plan_stale.
	Plan *Plan `json:"plan"`
	// MergedInto is the record into which one that is gone was merged.
	MergedInto *Ref `json:"merged_into"`
	// RetryAfter is how long to wait before the next attempt; 0 when the server does not say.
	RetryAfter time.Duration `json:"-"`
	Header     http.Header   `json:"-"`
}

// Mistake is what is wrong with one field or parameter.
type Mistake struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Span   *Span  `json:"span"` // where in the text of a question it is, nil for other mistakes
}

// Span is a stretch of a text in characters (code points) from 0, without End.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Error is the detail with the mistakes and the advice.
func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s: %s", p.Status, p.Code, p.Detail)
	for _, f := range p.Fields {
		if f.Detail != p.Detail {
			fmt.Fprintf(&b, "\n  %s: %s", f.Field, f.Detail)
		}
	}
	if p.Fix != "" {
		fmt.Fprintf(&b, " %s", p.Fix)
	}
	return b.String()
}

// Code is the code of an error that the server answered with, "" for any other.
func Code(err error) string {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Code
	}
	return ""
}

// Status is the HTTP status of an error that the server answered with, 0 for any other.
func Status(err error) int {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Status
	}
	return 0
}

const maxProblem = 8 << 20 // bytes; a plan with 500 conflicts is under one

func problemOf(resp *http.Response) *Problem {
	p := &Problem{}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	if err != nil || json.Unmarshal(body, p) != nil || p.Code == "" {
		p = &Problem{Title: resp.Status, Detail: "The server answered with " + resp.Status + "."}
	}
	p.Status, p.Header = resp.StatusCode, resp.Header
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	return p
}
