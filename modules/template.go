package modules

import (
	"context"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/placeholder"
)

// OwnPlaceholders are those of a template beside the fields of the contact: of the business profile, and of who sends.
var OwnPlaceholders = []string{"name", "business.name", "business.email", "business.phone", "business.website", "business.address", "sender.name", "sender.email"}

// Placeholders are what may stand between {{ and }} in a template of an account with this object contact.
func Placeholders(contact *crm.Object) []string {
	names := slices.Clone(OwnPlaceholders)
	for _, f := range contact.Fields {
		if f.Type != crm.Secret && f.Type != crm.Rows {
			names = append(names, f.Key)
		}
	}
	return names
}

// checkTemplate wants every placeholder in a template to be one.
func checkTemplate(_ context.Context, w *crm.Write) error {
	if w.After == nil {
		return nil
	}
	var wrong []errs.Field
	for _, key := range []string{"subject", "body"} {
		if !w.Changed(key) {
			continue
		}
		if err := CheckPlaceholders(w.Schema(), w.After.Fields[key].Text()); err != nil {
			wrong = append(wrong, errs.Field{Field: key, Code: errs.Code(err), Detail: errs.Of(err).Detail})
		}
	}
	return errs.InvalidFields(wrong)
}

// CheckPlaceholders wants every placeholder in a text to be one; errs.Invalid names the first that is not.
func CheckPlaceholders(schema *crm.Schema, text string) error {
	t, err := placeholder.Parse(text)
	if err != nil {
		return err
	}
	object, err := schema.Object("contact")
	if err != nil {
		return err
	}
	known := Placeholders(object)
	for _, name := range t.Names() {
		if !slices.Contains(known, strings.TrimPrefix(name, "contact.")) {
			return errs.New(errs.Invalid, "unknown_placeholder", "There is no placeholder {{%s}}. There are: %s.", name, strings.Join(known, ", "))
		}
	}
	return nil
}
