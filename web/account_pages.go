package web

// accountTabs are the pages about the visitor's own login; Current is the key of the page.
type accountTabs struct{ Current string }

// passwordField asks for a password that is known already.
func passwordField(key, label string, problem error) formField {
	return formField{Key: key, Label: label, Kind: "input", Type: "password", Required: true, Fill: "current-password", Error: mistakeAt(problem, key)}
}

// newPasswordFields ask for a new password, twice.
func newPasswordFields(key, hint string, problem error) []formField {
	return []formField{
		{Key: key, Label: "New password", Kind: "input", Type: "password", Required: true, Fill: "new-password", Hint: hint, Error: mistakeAt(problem, key)},
		{Key: "again", Label: "New password again", Kind: "input", Type: "password", Required: true, Fill: "new-password", Error: mistakeAt(problem, "again")},
	}
}

// summarizeFields makes the summary of an error of a form with these fields.
func summarizeFields(problem error, fields []formField) *formErrors {
	return summarize(problem, func(key string) bool {
		for _, f := range fields {
			if f.Key == key {
				return true
			}
		}
		return false
	})
}
