package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

const (
	mostGroups    = 1000
	recordsNamed  = 5
	conflictField = "conflict."
	chooseField   = "choose."
	textField     = "text."
	wordsField    = "words."
	keepField     = "keep"
)

// covered is what a group's hidden field holds: a decision for these records, or, without any, for all of the object,
// field and kind.
type covered struct {
	Object string               `json:"o"`
	Field  string               `json:"f,omitempty"`
	Kind   restore.ConflictKind `json:"k"`
	IDs    []audit.RecordID     `json:"i,omitempty"`
}

// decision is a covered with what was chosen for it, as an earlier choice that the form carries along.
type decision struct {
	Covered covered        `json:"c"`
	Choose  restore.Choice `json:"d"`
	Value   string         `json:"v,omitempty"`
	Words   string         `json:"w"`
}

// earlierChoice is a decision that the present plan has no conflict for any more; unchecking it takes it back.
type earlierChoice struct{ Name, Value, Words string }

// decisionsOf reads the choices of a posted form.
func decisionsOf(form url.Values) ([]decision, error) {
	var out []decision
	for _, kept := range form[keepField] {
		var d decision
		if json.Unmarshal([]byte(kept), &d) != nil {
			return nil, unreadableChoice()
		}
		out = append(out, d)
	}
	for i := range mostGroups {
		n := strconv.Itoa(i)
		raw := form.Get(conflictField + n)
		if raw == "" {
			break
		}
		choose := restore.Choice(form.Get(chooseField + n))
		if choose == "" {
			continue
		}
		d := decision{Choose: choose, Words: form.Get(wordsField + n)}
		if json.Unmarshal([]byte(raw), &d.Covered) != nil {
			return nil, unreadableChoice()
		}
		if choose == restore.Rename {
			d.Value = strings.TrimSpace(form.Get(textField + n))
		}
		out = append(out, d)
	}
	return out, nil
}

func unreadableChoice() error {
	return errs.New(errs.Invalid, "invalid_form", "A choice in the form cannot be read.").WithFix("Open the preview again from the audit log.")
}

// resolutionsOf are the decisions as package restore takes them.
func resolutionsOf(decisions []decision) []restore.Resolution {
	var out []restore.Resolution
	for _, d := range decisions {
		r := restore.Resolution{Object: d.Covered.Object, Field: d.Covered.Field, Kind: d.Covered.Kind, Choose: d.Choose, Value: d.Value}
		if len(d.Covered.IDs) == 0 {
			out = append(out, r)
		}
		for _, id := range d.Covered.IDs {
			r.ID = id
			out = append(out, r)
		}
	}
	return out
}

// earlierChoices are the decisions that no group of the plan shows: having been followed, their conflict is gone.
func earlierChoices(decisions []decision, p *restore.Plan) []earlierChoice {
	var out []earlierChoice
	for _, d := range decisions {
		if slices.ContainsFunc(p.Conflicts, func(c restore.Conflict) bool { return sameDecision(givenFor(decisions, c), d) }) {
			continue
		}
		b, err := json.Marshal(d)
		if err != nil {
			panic("web: a decision: " + err.Error()) // strings
		}
		words := d.Words
		switch d.Choose {
		case restore.RestoreReference:
			words += " It is restored too."
		case restore.Clear:
			words += " It stays empty."
		case restore.Skip:
			words += " It is left out."
		}
		out = append(out, earlierChoice{keepField, string(b), strings.TrimSpace(words)})
	}
	return out
}

func sameDecision(a, b decision) bool {
	return a.Choose == b.Choose && a.Covered.Object == b.Covered.Object && a.Covered.Field == b.Covered.Field &&
		a.Covered.Kind == b.Covered.Kind && slices.Equal(a.Covered.IDs, b.Covered.IDs)
}
