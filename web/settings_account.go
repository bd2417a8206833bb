package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// accountSettingsPage is the account's settings: to change for those who may, to read for the others.
type accountSettingsPage struct {
	Base
	MayChange bool
	Fields    []formField
	Errors    *formErrors
	Saved     auth.Account
}

// accountTexts are the settings as the form holds them.
type accountTexts struct{ name, timezone, window, retention, expiry string }

func (s *site) accountSettings(v *visit) error {
	a, err := s.ws.Auth.Account(v.Context(), v.caller())
	if err != nil {
		return err
	}
	return s.showAccount(v, a, accountTexts{a.Name, a.Timezone, strconv.Itoa(a.RestoreWindowDays), strconv.Itoa(a.RetentionDays),
		strconv.Itoa(a.ExportExpiryDays)}, nil)
}

func (s *site) showAccount(v *visit, saved auth.Account, t accountTexts, problem error) error {
	page := &accountSettingsPage{Base: s.base(v, "Account", "account"), MayChange: v.may(audit.SettingsManage), Saved: saved}
	page.Fields = []formField{
		{Key: "name", Label: "Name", Kind: "input", Type: "text", Value: t.name, Required: true},
		{Key: "timezone", Label: "Time zone", Kind: "input", Type: "text", Value: t.timezone, Required: true, List: commonZones,
			Hint: "A name of the IANA list, such as Europe/Lisbon. All pages show times in it."},
		{Key: "restore_window_days", Label: "Restore window in days", Kind: "input", Type: "number", Value: t.window, Required: true,
			Hint: "How long what was deleted can be restored."},
		{Key: "retention_days", Label: "Retention of the log in days", Kind: "input", Type: "number", Value: t.retention, Required: true,
			Hint: "How long entries of the audit log are kept. 0 keeps them for good."},
		{Key: "export_expiry_days", Label: "Expiry of exports in days", Kind: "input", Type: "number", Value: t.expiry, Required: true,
			Hint: "How long the file of an export is kept. Exports that are made already keep their date."},
	}
	for i := range page.Fields {
		page.Fields[i].Error = mistakeAt(problem, page.Fields[i].Key)
	}
	page.Errors = summarize(problem, func(key string) bool {
		return slices.ContainsFunc(page.Fields, func(f formField) bool { return f.Key == key })
	})
	return v.render(statusOfForm(problem), "settings_account", page)
}

func (s *site) accountSettingsSave(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	saved, err := s.ws.Auth.Account(v.Context(), v.caller())
	if err != nil {
		return err
	}
	t := accountTexts{form.Get("name"), strings.TrimSpace(form.Get("timezone")), form.Get("restore_window_days"), form.Get("retention_days"),
		form.Get("export_expiry_days")}
	update := auth.AccountUpdate{Name: &t.name, Timezone: &t.timezone}
	var mistakes []errs.Field
	days := func(field, text string) *int {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			mistakes = append(mistakes, errs.Field{Field: field, Code: "invalid_type", Detail: "The number of days must be a whole number."})
		}
		return &n
	}
	update.RestoreWindowDays = days("restore_window_days", t.window)
	update.RetentionDays = days("retention_days", t.retention)
	update.ExportExpiryDays = days("export_expiry_days", t.expiry)
	problem := errs.InvalidFields(mistakes)
	if problem == nil {
		_, problem = s.ws.Auth.UpdateAccount(v.Context(), v.caller(), update)
	}
	if problem != nil && shownOnForm(problem) {
		return s.showAccount(v, saved, t, problem)
	}
	if problem != nil {
		return problem
	}
	return v.redirect("/settings/account", Success("Saved the settings of the account."))
}

// commonZones are offered while a time zone is typed; every other name of the IANA list is taken too.
var commonZones = []string{"UTC",
	"Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi",
	"America/Anchorage", "America/Argentina/Buenos_Aires", "America/Bogota", "America/Chicago", "America/Denver", "America/Halifax",
	"America/Lima", "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Phoenix", "America/Santiago",
	"America/Sao_Paulo", "America/Toronto", "America/Vancouver",
	"Asia/Bangkok", "Asia/Dhaka", "Asia/Dubai", "Asia/Ho_Chi_Minh", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Karachi",
	"Asia/Kolkata", "Asia/Manila", "Asia/Riyadh", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Taipei", "Asia/Tokyo",
	"Atlantic/Reykjavik", "Australia/Brisbane", "Australia/Melbourne", "Australia/Perth", "Australia/Sydney",
	"Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Brussels", "Europe/Bucharest", "Europe/Copenhagen", "Europe/Dublin",
	"Europe/Helsinki", "Europe/Istanbul", "Europe/Kyiv", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Oslo", "Europe/Paris",
	"Europe/Prague", "Europe/Rome", "Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw", "Europe/Zurich",
	"Pacific/Auckland", "Pacific/Honolulu"}
