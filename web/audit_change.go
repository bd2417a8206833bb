package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// auditChange is a field before and after, as the page shows it.
type auditChange struct {
	Field  string
	Label  string
	Of     string // the record it is of, when that is not the event's
	Secret bool
	List   bool // Kept, Removed and Added say it; Before and After are empty
	Kept   []string
	Removed,
	Added []string
	Before, After auditValue
}

// auditValue is one side of a change.
type auditValue struct {
	Text string
	Set  bool   // there is a value
	Long bool   // of several lines, or very long
	Note string // that it was too long to be kept whole
	// Parts is a long text by the words that are on this side alone; nil for one that is shown whole.
	Parts []diffPart
}

// Sides of an event's changes: what stands before and what after.
const (
	bothSides  = "both"
	beforeOnly = "before"
	afterOnly  = "after"
)

// sidesOf tells which side is worth a column: an event that made a record has nothing before.
func sidesOf(e *audit.Event) string {
	before := slices.ContainsFunc(e.Changes, func(c audit.Change) bool { return c.Before != audit.None })
	after := slices.ContainsFunc(e.Changes, func(c audit.Change) bool { return c.After != audit.None })
	switch {
	case after && !before && e.Action != audit.Updated:
		return afterOnly
	case before && !after && e.Action == audit.Deleted:
		return beforeOnly
	}
	return bothSides
}

// changes words the changes of an event; times are in the clock's zone.
func (c clock) changes(e *audit.Event) []auditChange {
	out := make([]auditChange, len(e.Changes))
	for i, ch := range e.Changes {
		out[i] = c.change(ch)
	}
	return out
}

func (c clock) change(ch audit.Change) auditChange {
	out := auditChange{Field: ch.Field, Label: ch.Label, Secret: ch.Secret}
	if out.Label == "" {
		out.Label = ch.Field
	}
	if ch.Record != nil {
		out.Of = ch.Record.Name
		if ch.Label == ch.Record.Name { // the place of a record among others
			out.Label = title(strings.ReplaceAll(ch.Field, "_", " "))
		}
	}
	before, after := ch.Before.Strings(), ch.After.Strings()
	if before != nil || after != nil {
		out.List = true
		for _, item := range after {
			if slices.Contains(before, item) {
				out.Kept = append(out.Kept, item)
			} else {
				out.Added = append(out.Added, item)
			}
		}
		for _, item := range before {
			if !slices.Contains(after, item) {
				out.Removed = append(out.Removed, item)
			}
		}
		return out
	}
	out.Before, out.After = c.value(ch.Before, ch.BeforeText), c.value(ch.After, ch.AfterText)
	if b, a := &out.Before, &out.After; b.Set && a.Set && (b.Long || a.Long) && b.Note == "" && a.Note == "" {
		b.Parts, a.Parts = wordDiff(b.Text, a.Text)
	}
	return out
}

const longValue = 120 // characters that still stand in a line

func (c clock) value(v audit.Value, text string) auditValue {
	if v == audit.None {
		return auditValue{}
	}
	out := auditValue{Set: true, Text: text}
	if head, note, cut := cutValue(v); cut {
		out.Text, out.Note, out.Long = head, note, true
		return out
	}
	switch plain := v.Text(); {
	case v == "true":
		out.Text = "Yes"
	case v == "false":
		out.Text = "No"
	case out.Text == "" && (strings.HasPrefix(string(v), "[") || strings.HasPrefix(string(v), "{")):
		out.Text, out.Long = indented([]byte(v)), true
	case len(plain) == len(audit.TimeLayout) && isTime(crm.TimeLayout, plain):
		t, _ := time.Parse(crm.TimeLayout, plain)
		out.Text = c.short(t).Text
	case len(plain) == len(crm.DateLayout) && isTime(crm.DateLayout, plain):
		t, _ := time.Parse(crm.DateLayout, plain)
		out.Text = t.Format("2 Jan 2006")
	case out.Text == "":
		out.Text = plain
	}
	out.Long = out.Long || len(out.Text) > longValue || strings.Contains(out.Text, "\n")
	return out
}

func isTime(layout, s string) bool {
	_, err := time.Parse(layout, s)
	return err == nil
}

// cutValue reads what the recorder left of a value that was too long (audit.MaxValue).
func cutValue(v audit.Value) (head, note string, cut bool) {
	if !strings.HasPrefix(string(v), `{"cut":true`) {
		return "", "", false
	}
	var left struct {
		Bytes  int    `json:"bytes"`
		SHA256 string `json:"sha256"`
		Head   string `json:"head"`
	}
	if json.Unmarshal([]byte(v), &left) != nil {
		return "", "", false
	}
	return left.Head, fmt.Sprintf("Only the beginning is kept: it had %s bytes, SHA-256 %s", audit.Thousands(left.Bytes), left.SHA256), true
}

func indented(b []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") != nil {
		return string(b)
	}
	return out.String()
}
