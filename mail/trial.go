package mail

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

const tested = "settings.mail_tested"

// SendTest sends a test mail by the account's mail server, now. It asks for settings.manage; that it was sent, or was not, is in
// the log. Its errors are those of Send.
func (s *Service) SendTest(ctx context.Context, c audit.Caller, to string) error {
	if !c.May(audit.SettingsManage) {
		return errs.MissingPermission(string(audit.SettingsManage), "send a test email")
	}
	if !ValidAddress(to) {
		return errs.InvalidField("to", "invalid_email", "The test email needs one address such as ana@example.com.")
	}
	profile, _, err := s.profile(ctx, c.Account)
	if err != nil {
		return err
	}
	failed := s.Send(ctx, c.Account, Letter{To: to, Subject: "Test email from Backtrail", Automatic: true,
		Text: "This is the test email that " + c.Actor.Name + " asked for in Backtrail.\n\nThe mail server of " + profile.Name + " took it: email to customers goes out the same way.\n"})
	d := audit.Draft{Type: tested, Record: profile.Ref(), Note: "was sent to " + to}
	if failed != nil {
		d.Outcome, d.Note = audit.Failed, "could not be sent to "+to+": "+errs.Of(failed).Detail
	}
	err = s.Engine.Do(context.WithoutCancel(ctx), c, func(op *crm.Operation) error {
		_, err := op.Log().Record(ctx, d)
		return err
	})
	if failed != nil {
		return failed
	}
	return err
}
