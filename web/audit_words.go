package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

var outcomeLabels = map[audit.Outcome]string{audit.Success: "Done", audit.Denied: "Denied", audit.Failed: "Failed"}

var channelLabels = map[audit.Channel]string{audit.Web: "Web pages", audit.API: "API", audit.Import: "Import",
	audit.WorkflowChannel: "Workflow", audit.Attach: "Attached database", audit.SystemChannel: "System"}

var actorKinds = map[audit.ActorType]string{audit.User: "Person", audit.APIKey: "API key", audit.Workflow: "Workflow",
	audit.Integration: "Integration", audit.Customer: "Customer", audit.System: "System", audit.Unattributed: "Unknown"}

// labelOf is the label of a key, the key itself when it has none.
func labelOf[K ~string](labels map[K]string, key K) string {
	return cmp.Or(labels[key], string(key))
}

// title begins a word with a capital letter.
func title[T ~string](s T) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(string(s[:1])) + string(s[1:])
}

// objectWord is an object inside a sentence; one that is no longer defined, and what is no object (a session), by its key.
func objectWord(s *crm.Schema, key string) audit.Word {
	if o, err := s.Object(key); err == nil {
		return o.Word()
	}
	word := strings.ReplaceAll(key, "_", " ")
	return audit.Word{One: word, Many: word + "s"}
}

// countsInWords says how many records there are of each object, small numbers first: "1 pipeline, 5 stages and 412 opportunities".
func countsInWords(s *crm.Schema, counts map[string]int) string {
	type one struct {
		text string
		n    int
	}
	var all []one
	for object, n := range counts {
		all = append(all, one{objectWord(s, object).Count(n), n})
	}
	slices.SortFunc(all, func(a, b one) int { return cmp.Or(cmp.Compare(a.n, b.n), strings.Compare(a.text, b.text)) })
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = c.text
	}
	return joinAnd(texts)
}

func joinAnd(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

// bytesInWords says a size: "1.4 MB".
func bytesInWords(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size := float64(n)
	for _, unit := range []string{"kB", "MB", "GB"} {
		if size /= 1000; size < 1000 {
			return strconv.FormatFloat(size, 'f', 1, 64) + " " + unit
		}
	}
	return strconv.FormatFloat(size/1000, 'f', 1, 64) + " TB"
}
