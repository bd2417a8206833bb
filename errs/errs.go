// Package errs holds the closed list of error kinds that Backtrail shows to anyone. An error of another type is
// internal: it is logged, and the person sees one neutral sentence.
//
// A Kind says what went wrong in general and decides the HTTP status and the exit code; a code (a short snake_case
// word such as "unique_taken") says it exactly, for programs; the detail says it in words, and Fix says what to do.
package errs

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is the general reason of an error.
type Kind string

// The kinds. Each maps to one HTTP status (Status) and one exit code (Exit).
const (
	Invalid         Kind = "invalid"         // the request is wrong in itself
	Unauthenticated Kind = "unauthenticated" // no or bad credentials
	Forbidden       Kind = "forbidden"       // known, but not allowed
	NotFound        Kind = "not_found"       // not there, or another account's
	Conflict        Kind = "conflict"        // right in itself, but not in the present state
	Gone            Kind = "gone"            // was there, is no longer
	Stale           Kind = "stale"           // the caller acted on an older state than the present one
	TooLarge        Kind = "too_large"       // over a stated limit
	NotPossible     Kind = "not_possible"    // understood, but cannot be done to this thing
	TooMany         Kind = "too_many"        // slow down
	Unverified      Kind = "unverified"      // a check found something that is not as it was signed
	Unavailable     Kind = "unavailable"     // try again later
	Internal        Kind = "internal"        // ours to mend
)

var table = map[Kind]struct {
	status, exit int
	sentence     string
}{
	Invalid:         {400, 2, "The request is not valid."},
	Unauthenticated: {401, 1, "Sign in first."},
	Forbidden:       {403, 1, "You are not allowed to do this."},
	NotFound:        {404, 1, "There is no such thing here."},
	Conflict:        {409, 1, "This conflicts with what is there now."},
	Gone:            {410, 1, "This is no longer here."},
	Stale:           {412, 1, "Somebody changed this in the meantime."},
	TooLarge:        {413, 1, "This is too large."},
	NotPossible:     {422, 1, "This cannot be done here."},
	TooMany:         {429, 1, "Too many attempts."},
	Unverified:      {422, 3, "The verification found something wrong."},
	Unavailable:     {503, 1, "The service is not available at the moment."},
	Internal:        {500, 1, "Something went wrong on our side."},
}

// Status is the HTTP status of the kind.
func (k Kind) Status() int { return table[k].status }

// Exit is the exit code of a command that ends with an error of this kind.
func (k Kind) Exit() int { return table[k].exit }

// Sentence says the kind to a person.
func (k Kind) Sentence() string { return table[k].sentence }

// Field is a mistake in one field of a request.
type Field struct {
	Field  string `json:"field" doc:"Name of the field, parameter or column"`
	Code   string `json:"code" doc:"What is wrong, for programs"`
	Detail string `json:"detail" doc:"What is wrong, in words"`
	Span   *Span  `json:"span,omitempty" doc:"Where in the text it is; only with a text that is read letter by letter, the search language of q"`
}

// Span is a stretch of a text, in characters (code points) from 0; End is exclusive. It is empty where something is
// missing.
type Span struct {
	Text  string `json:"-"`
	Start int    `json:"start" doc:"The first character, from 0"`
	End   int    `json:"end" doc:"The character behind the last one; the same as start where something is missing"`
}

// Parts are the text before the span, in it, and behind it.
func (s Span) Parts() (before, here, after string) {
	runes := []rune(s.Text)
	end := min(s.End, len(runes))
	start := min(s.Start, end)
	return string(runes[:start]), string(runes[start:end]), string(runes[end:])
}

// Error is an error that may be shown.
type Error struct {
	Kind   Kind
	Code   string
	Detail string  // one or two sentences
	Fix    string  // what to do about it; may be empty
	Fields []Field // the single mistakes, when there are several places
	// Permission is the missing permission of a Forbidden error; it goes into the access.denied event.
	Permission string
	// Extra is an object that the answer carries under its own name (a restore plan with its conflicts).
	Extra map[string]any
	err   error
}

// New makes an error of kind k; format and args make its detail.
func New(k Kind, code, format string, args ...any) *Error {
	return &Error{Kind: k, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// WithFix returns e with the advice set.
func (e *Error) WithFix(format string, args ...any) *Error {
	e.Fix = fmt.Sprintf(format, args...)
	return e
}

// Because returns e with err as the reason underneath, for the log and for errors.Is; it is not shown.
func (e *Error) Because(err error) *Error {
	e.err = err
	return e
}

// Error joins detail and fields; it is what the command line prints.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Detail)
	for _, f := range e.Fields {
		if f.Detail == e.Detail {
			continue
		}
		fmt.Fprintf(&b, "\n  %s: %s", f.Field, f.Detail)
	}
	if e.err != nil {
		fmt.Fprintf(&b, " (%v)", e.err)
	}
	return b.String()
}

// Unwrap gives the reason underneath.
func (e *Error) Unwrap() error { return e.err }

// Of returns err as a shown error; one that is not becomes Internal with err as its reason.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Detail: Internal.Sentence(), err: err}
}

// Whole returns a shown error with its fields and its advice in the detail: for places that keep nothing else of it, such as
// a job. Errors of another type, and nil, stay as they are.
func Whole(err error) error {
	if err == nil || Is(err, Internal) {
		return err
	}
	e := *Of(err)
	for _, f := range e.Fields {
		if f.Detail != e.Detail {
			e.Detail += " " + f.Detail
		}
	}
	if e.Fix != "" {
		e.Detail, e.Fix = e.Detail+" "+e.Fix, ""
	}
	return &e
}

// Is reports whether err is a shown error of kind k.
func Is(err error, k Kind) bool { return err != nil && Of(err).Kind == k }

// Passing reports whether trying again may end otherwise: err is Unavailable or Internal.
func Passing(err error) bool { return Is(err, Unavailable) || Is(err, Internal) }

// Code returns the code of err, "" for nil.
func Code(err error) string {
	if err == nil {
		return ""
	}
	return Of(err).Code
}

// InvalidField is the error of a request with one wrong field.
func InvalidField(field, code, format string, args ...any) *Error {
	detail := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Code: code, Detail: detail, Fields: []Field{{Field: field, Code: code, Detail: detail}}}
}

// MaxListed is how many wrong fields an error names: an answer must not outgrow the request.
const MaxListed = 100

// InvalidFields is the error of a request with several wrong fields, nil when there are none. It counts all of them and
// names the first MaxListed.
func InvalidFields(fields []Field) error {
	switch len(fields) {
	case 0:
		return nil
	case 1:
		return &Error{Kind: Invalid, Code: fields[0].Code, Detail: fields[0].Detail, Fields: fields}
	}
	return &Error{Kind: Invalid, Code: "invalid_fields", Detail: fmt.Sprintf("%d fields are not valid.", len(fields)), Fields: fields[:min(len(fields), MaxListed)]}
}

// MissingPermission is the error of a caller who lacks permission p; what says what was asked ("read the audit log").
func MissingPermission(p, what string) *Error {
	e := New(Forbidden, "forbidden", "You are not allowed to %s.", what)
	e.Permission = p
	return e.WithFix("Ask an owner of the account for the permission %s.", p)
}
