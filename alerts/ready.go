package alerts

import "github.com/backtrail/backtrail/audit"

// readyMade are the alerts that every account has. They are off, and go to the account's owners, until somebody changes them:
// an account is kept from mail that nobody asked for, and one click brings it. They are no rows before that, so accounts from before
// there were alerts have them too. Their ids are the same in all accounts.
var readyMade = []Alert{
	{ID: "00000000-0000-7000-8000-0000a1e47001", Name: "Many deletions", Query: "action=deleted", Condition: Condition{10, 5, Together}},
	{ID: "00000000-0000-7000-8000-0000a1e47002", Name: "Failed logins", Query: "type=session.login_failed", Condition: Condition{5, 10, PersonOrAddress}},
	{ID: "00000000-0000-7000-8000-0000a1e47003", Name: "Log exported", Query: "type=audit.export_downloaded&type=audit.export_requested&type=audit.export_retried", Condition: Condition{1, 0, Together}},
}

// withReady adds the ready-made alerts that nobody touched yet.
func withReady(account audit.AccountID, list []Alert, owners []audit.RecordID) []Alert {
	for _, r := range readyMade {
		if find(list, r.ID) < 0 {
			r.Account, r.Recipients = account, owners
			list = append(list, r)
		}
	}
	return list
}
