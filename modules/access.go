package modules

import "github.com/backtrail/backtrail/audit"

// accessEvents are the rows of the module access. Package auth writes them.
var accessEvents = []audit.EventType{
	{
		Type: "session.login", Module: "access", Action: audit.Accessed, Label: "Logged in",
		Template: "{note} logged in",
		When:     "Somebody logged in with email and password. It stands in the log of each account that the login opened.",
	},
	{
		Type: "session.login_failed", Module: "access", Action: audit.Accessed, Label: "Login failed",
		Template: "Failed login for {note}",
		When: "A login with the email of somebody in this account did not succeed: the password was wrong, the person is deactivated or " +
			"only invited, or there had been too many attempts. The change Reason says which. Of a long series beyond the limit the first ten are recorded.",
	},
	{
		Type: "session.logout", Module: "access", Action: audit.Accessed, Label: "Logged out",
		Template: "{note} logged out",
		When:     "Somebody ended their own session.",
	},
	{
		Type: "session.expired", Module: "access", Action: audit.Executed, Label: "Session expired",
		Template: "The session of {note}",
		When:     "A session ended by itself, after 12 hours without use or 30 days in all.",
	},
	{
		Type: "session.revoked", Module: "access", Action: audit.Executed, Label: "Session ended by force",
		Template: "Ended a session of {note}",
		When:     "A session was ended from elsewhere, because the person's password changed.",
	},
	{
		Type: "password.changed", Module: "access", Action: audit.Updated, Label: "Password changed",
		Template: "Changed the password of {note}",
		When:     "Somebody changed their password, or it was set from the command line. The password itself is never recorded.",
	},
	{
		Type: "access.denied", Module: "access", Action: audit.Accessed, Label: "Access denied",
		Template: "Refused {note}",
		When:     "Somebody who is known asked for what they are not allowed. The changes say what was asked and which permission was missing.",
	},
}

// settingsEvents are those rows of the module settings that package auth writes.
var settingsEvents = []audit.EventType{
	{
		Type: "account.updated", Module: "settings", Action: audit.Updated, Label: "Account settings updated",
		Template: "Updated {fields} of the account {record}",
		When:     "The account's name, time zone, restore window or retention of the log changed.",
	},
	{
		Type: "api_key.created", Module: "settings", Action: audit.Created, Label: "API key created",
		Template: "Created the API key {record} with the role {role.after}",
		When:     "An API key was made. The key itself is shown once and never recorded.",
	},
	{
		Type: "api_key.revoked", Module: "settings", Action: audit.Updated, Label: "API key revoked",
		Template: "Revoked the API key {record}",
		When:     "An API key was ended for good. Requests that use it are refused from then on.",
	},
}
