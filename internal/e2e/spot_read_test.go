package e2e

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
)

// on calls the JavaScript function with the element as this.
func on[T any](s spot, function string, args ...any) (T, error) {
	var zero T
	found, err := s.find()
	if err != nil {
		return zero, err
	}
	return onNode[T](s.b, found[0], function, args...)
}

func onNode[T any](b *tab, node cdp.BackendNodeID, function string, args ...any) (T, error) {
	var v T
	object, err := call(b, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: node})
	if err != nil {
		return v, err
	}
	list := make([]*runtime.CallArgument, len(args))
	for i, a := range args {
		value, err := json.Marshal(a)
		if err != nil {
			return v, err
		}
		list[i] = &runtime.CallArgument{Value: value}
	}
	byValue := true
	r, err := call(b, runtime.CallFunctionOn, runtime.CallFunctionOnParams{ObjectID: object.Object.ObjectID,
		FunctionDeclaration: function, Arguments: list, ReturnByValue: &byValue})
	if err != nil {
		return v, err
	}
	if r.ExceptionDetails != nil {
		return v, fmt.Errorf("%s: %s", r.ExceptionDetails.Text, r.ExceptionDetails.Exception.Description)
	}
	if len(r.Result.Value) == 0 {
		return v, nil
	}
	return v, json.Unmarshal(r.Result.Value, &v)
}

// read is on for what must be there; it waits until it is.
func read[T any](s spot, function string, args ...any) T {
	s.b.t.Helper()
	var v T
	s.b.until(s.String(), func() (string, error) {
		var err error
		v, err = on[T](s, function, args...)
		return "", err
	})
	return v
}

// text is what people read in it, with single spaces.
func (s spot) text() string {
	s.b.t.Helper()
	return read[string](s, `function() { return this.innerText.replace(/\s+/g, " ").trim(); }`)
}

// says waits until it has the words in its text.
func (s spot) says(words string) {
	s.b.t.Helper()
	s.b.until(s.String()+" says "+words, func() (string, error) {
		text, err := on[string](s, `function() { return this.innerText.replace(/\s+/g, " ").trim(); }`)
		if err != nil || strings.Contains(text, words) {
			return "", err
		}
		if len(text) > 400 {
			text = text[:400] + "…"
		}
		return "it says: " + text, nil
	})
}

// says waits until the page has the words in its main part.
func (b *tab) says(words string) {
	b.t.Helper()
	b.css("main").says(words)
}
