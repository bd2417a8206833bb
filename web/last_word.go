package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// lastWord asks for a name to be typed before something is lost for good. Nothing else is confirmed by typing: what can be restored is
// done at a click.
type lastWord struct {
	Name  string   // to be typed
	Lost  []string // "API key of 1 integration"
	Why   string   // in a sentence
	Wrong string   // what was wrong with what was typed, "" for nothing
	Typed string
}

const (
	lastWordField = "last_word"
	nameDiffers   = "name_differs"
)

const secretsAreGone = "The log holds no secrets, so no restore brings them back. Keep a copy of what you still need."

// lastWordFor asks for the name when the deletion of a selection would lose secrets, and is nil otherwise. Who may not delete, or what
// is not there any more, is for the deletion to say.
func (s *site) lastWordFor(v *visit, sel crm.Selection, name string) (*lastWord, error) {
	return s.lastWordAbout(v, sel, name, func(crm.LostSecret) bool { return true })
}

// lastWordOfMerge asks for the name of the record that is merged away: its secrets are nobody's afterwards; those of what belongs to it
// move along.
func (s *site) lastWordOfMerge(v *visit, object string, loser audit.RecordID, name string) (*lastWord, error) {
	return s.lastWordAbout(v, crm.Selection{Object: object, IDs: []audit.RecordID{loser}}, name, func(l crm.LostSecret) bool { return l.Object.Key == object })
}

func (s *site) lastWordAbout(v *visit, sel crm.Selection, name string, counts func(crm.LostSecret) bool) (*lastWord, error) {
	lost, err := s.ws.Engine.LostSecrets(v.Context(), v.caller(), sel)
	lost = slices.DeleteFunc(lost, func(l crm.LostSecret) bool { return !counts(l) })
	if err != nil && errs.Of(err).Kind != errs.Internal {
		return nil, nil
	}
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	l := &lastWord{Name: name, Why: secretsAreGone}
	for _, one := range lost {
		l.Lost = append(l.Lost, one.Field.Label+" of "+one.Object.Word().Count(one.Records))
	}
	return l, nil
}

// missing is the mistake of a form that has not the name; nil when it has, or nothing has to be typed.
func (l *lastWord) missing(form url.Values) error {
	if l == nil {
		return nil
	}
	l.Typed = form.Get(lastWordField)
	if strings.Join(strings.Fields(l.Typed), " ") == strings.Join(strings.Fields(l.Name), " ") {
		return nil
	}
	l.Wrong = "Type the name exactly as it stands here."
	return errs.InvalidField(lastWordField, nameDiffers, "The name was not typed as it stands here.")
}

// summarizeLast is what is wrong with a form that asks for a last word.
func summarizeLast(problem error) *formErrors {
	out := summarize(problem, func(key string) bool { return key == lastWordField })
	if errs.Code(problem) == nameDiffers {
		out.Text = "Nothing was done:"
	}
	return out
}
