package web

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/restore"
)

// conflictGroup is conflicts that are decided together: of one object, field and kind, and about one value.
type conflictGroup struct {
	Name     string // of its radio buttons
	Conflict string // of its hidden field: which conflicts it decides
	Heading  string
	Count    string // "12 opportunities"; "" for one record
	Records  []string
	Hidden   int // records that are not named
	Choices  []conflictChoice
	Decided  bool
}

// conflictChoice is one way out of a conflict.
type conflictChoice struct {
	Value    string
	Label    string
	Chosen   bool
	Input    bool // it needs a text
	Text     string
	TextName string
}

// conflictGroups puts the conflicts of a plan together. When the plan lists not all of them, a group decides for all of
// its object, field and kind: nobody reads fifty thousand.
func conflictGroups(s *crm.Schema, p *restore.Plan, decisions []decision) []conflictGroup {
	partial := p.ConflictsTotal > len(p.Conflicts)
	type key struct {
		object, field, value string
		kind                 restore.ConflictKind
		choices              string
	}
	var order []key
	members := map[key][]restore.Conflict{}
	for _, c := range p.Conflicts {
		k := key{c.Object, c.Field, c.Value, c.Kind, joinChoices(c.Resolutions)}
		if partial {
			k.value, k.choices = "", ""
		}
		if members[k] == nil {
			order = append(order, k)
		}
		members[k] = append(members[k], c)
	}
	var out []conflictGroup
	for i, k := range order[:min(len(order), mostGroups)] {
		out = append(out, groupOf(s, i, members[k], partial, decisions))
	}
	return out
}

func joinChoices(choices []restore.Choice) string {
	var texts []string
	for _, c := range choices {
		texts = append(texts, string(c))
	}
	return strings.Join(texts, " ")
}

func groupOf(s *crm.Schema, i int, conflicts []restore.Conflict, partial bool, decisions []decision) conflictGroup {
	first := conflicts[0]
	n := strconv.Itoa(i)
	c := covered{Object: first.Object, Field: first.Field, Kind: first.Kind}
	g := conflictGroup{Name: chooseField + n, Heading: first.Detail}
	choices := first.Resolutions
	for j, one := range conflicts {
		if !partial {
			c.IDs = append(c.IDs, one.ID)
		}
		if j < recordsNamed {
			g.Records = append(g.Records, one.Name)
		}
		choices = slices.DeleteFunc(slices.Clone(choices), func(ch restore.Choice) bool { return !slices.Contains(one.Resolutions, ch) })
	}
	word := objectWord(s, first.Object)
	switch {
	case partial:
		choices = slices.DeleteFunc(choices, func(ch restore.Choice) bool { return ch == restore.Rename })
		g.Heading, g.Count, g.Records = manyHeading(first), "all "+word.Many, nil
	case len(conflicts) > 1:
		choices = slices.DeleteFunc(choices, func(ch restore.Choice) bool { return ch == restore.Rename })
		g.Count, g.Hidden = word.Count(len(conflicts)), len(conflicts)-len(g.Records)
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		panic("web: a conflict group: " + err.Error()) // strings
	}
	g.Conflict = string(encoded)
	given := givenFor(decisions, first)
	for _, ch := range choices {
		choice := conflictChoice{Value: string(ch), Label: choiceLabel(ch, first, word, len(conflicts) > 1 || partial), Chosen: given.Choose == ch}
		if ch == restore.Rename {
			choice.Input, choice.Text, choice.TextName = true, cmp.Or(given.Value, first.Value), textField+n
		}
		g.Decided = g.Decided || choice.Chosen
		g.Choices = append(g.Choices, choice)
	}
	return g
}

// Words names the field that carries what a decision of this group was about.
func (g conflictGroup) Words() string { return strings.Replace(g.Name, chooseField, wordsField, 1) }

// ConflictField names the hidden field.
func (g conflictGroup) ConflictField() string {
	return strings.Replace(g.Name, chooseField, conflictField, 1)
}

func manyHeading(c restore.Conflict) string {
	switch c.Kind {
	case restore.MissingReference:
		return "The " + c.Label + " of many records is no longer there."
	case restore.UniqueTaken:
		return "The " + c.Label + " of many records is taken by others now."
	case restore.ChangedSince:
		return c.Label + " of many records was changed in the meantime."
	case restore.IDTaken:
		return "Many of the records are there already."
	}
	return c.Detail
}

func givenFor(decisions []decision, c restore.Conflict) decision {
	for _, d := range decisions {
		k := d.Covered
		if k.Object == c.Object && k.Kind == c.Kind && k.Field == c.Field && (len(k.IDs) == 0 || slices.Contains(k.IDs, c.ID)) {
			return d
		}
	}
	return decision{}
}

// choiceLabel says a choice in plain words.
func choiceLabel(ch restore.Choice, c restore.Conflict, word audit.Word, many bool) string {
	this := "this " + word.One
	if many {
		this = "these " + word.Many
	}
	switch ch {
	case restore.RestoreReference:
		return "Restore the missing " + strings.ToLower(c.Label) + " too"
	case restore.Clear:
		return "Leave " + c.Label + " empty"
	case restore.Skip:
		if c.Kind == restore.ChangedSince || c.Kind == restore.FieldGone {
			return "Leave " + c.Label + " as it is now"
		}
		return "Leave " + this + " out"
	case restore.Rename:
		return "Use another " + c.Label
	case restore.Overwrite:
		return "Put the old value back over the present one"
	}
	return string(ch)
}
