package web

import (
	"slices"
	"strings"

	"github.com/backtrail/backtrail/export"
)

// withholdChoice is a class of values that may be left out of an evidence pack; those of audit.Withholdable.
type withholdChoice struct{ Class, Label, Note string }

var withholdChoices = []withholdChoice{
	{"email", "Email addresses", ""},
	{"ip", "IP addresses", ""},
	{"user", "Names of people", ""},
	{"user_agent", "Programs used", ""},
	{"record", "Names of records", ""},
	{"session", "Sessions", ""},
	{"changes", "Changed values", ""},
	{"description", "Descriptions", "(go with addresses, names and values)"},
}

// packWords say what was asked of an evidence pack, nothing for other exports.
func packWords(e export.Export) []string {
	var words []string
	if e.Complete {
		words = append(words, "Complete")
	}
	var left []string
	for _, c := range withholdChoices {
		if slices.Contains(e.Withhold, c.Class) {
			left = append(left, c.Label)
		}
	}
	if len(left) > 0 {
		words = append(words, "Left out: "+strings.Join(left, ", "))
	}
	return words
}
