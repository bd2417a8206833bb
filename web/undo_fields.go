package web

import (
	"slices"

	"github.com/backtrail/backtrail/restore"
)

const fieldsShown = 100 // lines of an undo's preview

// fieldChoice is one field of an undo, of one record or several.
type fieldChoice struct {
	Field   string
	Label   string
	Checked bool
	Lines   []fieldLine
}

// fieldLine is what becomes of the field in one record.
type fieldLine struct{ Record, Now, Back string }

// fieldLines groups what an undo puts back by field, and counts the lines that are left out.
func fieldLines(plans []restore.FieldPlan) (out []fieldChoice, more int) {
	for i, p := range plans {
		if i >= fieldsShown {
			return out, len(plans) - fieldsShown
		}
		at := slices.IndexFunc(out, func(c fieldChoice) bool { return c.Field == p.Field })
		if at < 0 {
			at = len(out)
			out = append(out, fieldChoice{Field: p.Field, Label: p.Label, Checked: true})
		}
		out[at].Lines = append(out[at].Lines, fieldLine{p.Name, p.Now, p.Back})
	}
	return out, 0
}

// fieldChoices lets the visitor choose among the fields of one update: all of them are shown, those that were not
// chosen unchecked.
func (s *site) fieldChoices(v *visit, sc restore.Scope, form takeBackForm, page *takeBackPage) error {
	if form.request.Fields == nil {
		return nil
	}
	all, err := s.ws.Restore.PreviewScope(v.Context(), v.caller(), sc, restore.Request{})
	if err != nil {
		return err
	}
	page.Fields, page.MoreFields = fieldLines(all.Fields)
	for i := range page.Fields {
		page.Fields[i].Checked = slices.Contains(form.request.Fields, page.Fields[i].Field)
	}
	return nil
}
