package restore_test

import (
	"maps"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

// The preview says what applying would say: that a password has to be entered anew, or that a permission is missing.
func TestPreviewSaysWhatWouldRefuse(t *testing.T) {
	b := newBench(t)
	profile := b.make("business_profile", map[string]string{"name": "Acme", "city": "Porto", "smtp_host": "mail.example.com", "smtp_port": "587", "smtp_user": "studio", "smtp_password": "hush"})
	b.edit(profile, map[string]string{"city": "Faro", "smtp_host": "mail.other.example", "smtp_password": "other"})
	event := b.last("settings.business_profile_updated").ID
	refused := func(caller audit.Caller, req restore.Request) string {
		t.Helper()
		plan, err := b.service.PreviewUndo(t.Context(), caller, event, req)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		if plan.Refused != nil {
			said = plan.Refused.Code
		}
		if said == "" {
			return ""
		}
		if _, err := b.service.Undo(t.Context(), caller, event, req); errs.Code(err) != said {
			t.Errorf("the preview says %q, the undo %v", said, err)
		}
		return said
	}
	plan, err := b.service.PreviewUndo(t.Context(), b.caller, event, restore.Request{})
	if err != nil || plan.Refused == nil || plan.Unresolved != 1 { // the old password is not in the log
		t.Fatalf("plan %+v, %v", plan, err)
	}
	left := []restore.Resolution{{Object: "business_profile", Field: "smtp_password", Kind: restore.FieldGone, Choose: restore.Skip}}
	if got := refused(b.caller, restore.Request{Resolutions: left}); got != "password_needed" {
		t.Errorf("with the mail server: %q", got)
	}
	if got := refused(b.caller, restore.Request{Fields: []string{"city"}}); got != "" {
		t.Errorf("without the mail server: %q", got)
	}
	reader := b.caller
	reader.Permissions = maps.Clone(b.caller.Permissions)
	delete(reader.Permissions, audit.SettingsManage)
	if got := refused(reader, restore.Request{Fields: []string{"city"}}); got != "forbidden" {
		t.Errorf("without settings.manage: %q", got)
	}
	if _, err := b.service.Undo(t.Context(), b.caller, event, restore.Request{Fields: []string{"city"}}); err != nil {
		t.Fatal(err)
	}
}
