package auth

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Limits and defaults of an account's settings.
const (
	DefaultRestoreWindow = 60 // days
	MaxRestoreWindow     = 3650
	MinRetention         = 30 // days; 0 keeps the log for good
	MaxRetention         = 36500
	DefaultExportExpiry  = 30 // days
	MaxExportExpiry      = 365
	maxAccountName       = 200 // characters
)

// Validate reports every setting that is not possible, as errs.Invalid.
func (a Account) Validate() error {
	var wrong []errs.Field
	fail := func(field, code, detail string) {
		wrong = append(wrong, errs.Field{Field: field, Code: code, Detail: detail})
	}
	switch {
	case strings.TrimSpace(a.Name) == "":
		fail("name", "required", "The account needs a name.")
	case !utf8.ValidString(a.Name) || strings.ContainsFunc(a.Name, isControl):
		fail("name", "invalid_text", "The name holds characters that cannot be shown.")
	case utf8.RuneCountInString(a.Name) > maxAccountName:
		fail("name", "too_long", "The name may have at most 200 characters.")
	}
	if !validTimezone(a.Timezone) {
		fail("timezone", "invalid_timezone", "The time zone must be a name of the IANA list, such as Europe/Lisbon or UTC.")
	}
	if a.RestoreWindowDays < 1 || a.RestoreWindowDays > MaxRestoreWindow {
		fail("restore_window_days", "out_of_range", "Deleted records can be restorable for 1 to 3650 days.")
	}
	if a.RetentionDays != 0 && (a.RetentionDays < MinRetention || a.RetentionDays > MaxRetention) {
		fail("retention_days", "out_of_range", "The log can be kept for 30 to 36500 days, or for good (0).")
	}
	if a.ExportExpiryDays < 1 || a.ExportExpiryDays > MaxExportExpiry {
		fail("export_expiry_days", "out_of_range", "The files of exports can be kept for 1 to 365 days.")
	}
	return errs.InvalidFields(wrong)
}

func validTimezone(name string) bool {
	if name == "" || name == "Local" { // LoadLocation takes them, but they name no place
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// AccountUpdate is what a caller wants to change of the settings; nil leaves one as it is.
type AccountUpdate struct {
	Name              *string
	Timezone          *string
	RestoreWindowDays *int
	RetentionDays     *int
	ExportExpiryDays  *int
}

func (u AccountUpdate) apply(a Account) Account {
	if u.Name != nil {
		a.Name = strings.TrimSpace(*u.Name)
	}
	if u.Timezone != nil {
		a.Timezone = *u.Timezone
	}
	if u.RestoreWindowDays != nil {
		a.RestoreWindowDays = *u.RestoreWindowDays
	}
	if u.RetentionDays != nil {
		a.RetentionDays = *u.RetentionDays
	}
	if u.ExportExpiryDays != nil {
		a.ExportExpiryDays = *u.ExportExpiryDays
	}
	return a
}

// Account reads the settings of the caller's account. Whoever is in it may.
func (s *Service) Account(ctx context.Context, c audit.Caller) (Account, error) {
	return s.store.Account(ctx, c.Account)
}

// UpdateAccount changes settings of the caller's account and returns them all. It needs settings.manage. What is the
// same as before writes no event.
func (s *Service) UpdateAccount(ctx context.Context, c audit.Caller, u AccountUpdate) (Account, error) {
	if !c.May(audit.SettingsManage) {
		return Account{}, errs.MissingPermission(string(audit.SettingsManage), "change the settings of the account")
	}
	var after Account
	err := s.store.WriteAuth(ctx, func(tx Tx) error {
		before, err := tx.Account(ctx, c.Account)
		if err != nil {
			return err
		}
		after = u.apply(before)
		if err := after.Validate(); err != nil {
			return err
		}
		changes := accountChanges(before, after)
		if len(changes) == 0 {
			return nil
		}
		if err := tx.PutAccount(ctx, after); err != nil {
			return err
		}
		_, err = s.recorder.One(ctx, tx, c.Origin, audit.Draft{Type: "account.updated", Changes: changes,
			Record: &audit.Ref{Object: "account", ID: audit.RecordID(after.ID), Name: after.Name}})
		return err
	})
	return after, err
}

func accountChanges(before, after Account) []audit.Change {
	var changes []audit.Change
	add := func(field, label, b, a, bText, aText string) {
		if b != a {
			changes = append(changes, audit.Change{Field: field, Label: label, Before: audit.String(b), After: audit.String(a), BeforeText: bText, AfterText: aText})
		}
	}
	days := func(field, label string, b, a int) {
		add(field, label, strconv.Itoa(b), strconv.Itoa(a), daysText(b), daysText(a))
	}
	add("name", "Name", before.Name, after.Name, "", "")
	add("timezone", "Time zone", before.Timezone, after.Timezone, "", "")
	days("restore_window_days", "Restore window", before.RestoreWindowDays, after.RestoreWindowDays)
	days("retention_days", "Retention of the log", before.RetentionDays, after.RetentionDays)
	days("export_expiry_days", "Expiry of exports", before.ExportExpiryDays, after.ExportExpiryDays)
	return changes
}

func daysText(n int) string {
	switch n {
	case 0:
		return "for good"
	case 1:
		return "1 day"
	}
	return audit.Thousands(n) + " days"
}
