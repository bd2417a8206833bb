package workflow

import (
	"regexp"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// Trigger is an event type, or a pattern of them: "contact.created", "contact.*", "*.deleted".
type Trigger string

// pattern is an event type, or one with a star for its first or its second part.
var pattern = regexp.MustCompile(`^(?:[a-z][a-z0-9_]*|\*)\.(?:[a-z][a-z0-9_]*|\*)$`)

// Valid reports whether t can be a trigger. That its types are known is not asked: those of custom objects and of
// outside applications come and go.
func (t Trigger) Valid() bool { return pattern.MatchString(string(t)) && t != "*.*" && len(t) <= 200 }

// Matches reports whether events of a type trigger.
func (t Trigger) Matches(kind audit.Type) bool {
	first, second, _ := strings.Cut(string(t), ".")
	a, b, _ := strings.Cut(string(kind), ".")
	return (first == "*" || first == a) && (second == "*" || second == b)
}

// IsPattern reports whether several types may trigger.
func (t Trigger) IsPattern() bool { return strings.Contains(string(t), "*") }

// Object is the object whose records the events are about, nil when it is not known beforehand.
func (t Trigger) Object(schema *crm.Schema) *crm.Object {
	first, second, _ := strings.Cut(string(t), ".")
	if o, err := schema.Object(first); err == nil {
		return o
	}
	if second == "*" {
		return nil
	}
	for _, o := range schema.Objects() {
		for _, row := range o.EventTypes() {
			if row.Type == audit.Type(t) {
				return o
			}
		}
	}
	return nil
}

// Deletes reports whether the record is gone when the workflow begins.
func (t Trigger) Deletes() bool {
	_, second, _ := strings.Cut(string(t), ".")
	return second == string(audit.Deleted) || second == "removed" || second == "released"
}
