package modules

import "github.com/backtrail/backtrail/audit"

// accessEvents are the rows of the module access. Package auth writes them.
var accessEvents = []audit.EventType{
	{
		Type: "session.login", Module: "access", Action: audit.Accessed, Label: "Logged in",
		Template: "{note} logged in",
		When:     "Somebody logged in with email and password, and with a code when they have a second factor; the change says by which. It stands in the log of each account that the login opened.",
	},
	{
		Type: "session.login_failed", Module: "access", Action: audit.Accessed, Label: "Login failed",
		Template: "Failed login for {note}",
		When: "A login with the email of somebody in this account did not succeed: the password was wrong, the person is deactivated or " +
			"only invited, the code was wrong or had been used, or there had been too many attempts. The change Reason says which. Of a long series beyond the limit the first ten are recorded.",
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
		When:     "A session was ended from elsewhere, because the person's password changed, they were deactivated or removed, or they or an administrator ended it.",
	},
	{
		Type: "password.changed", Module: "access", Action: audit.Updated, Label: "Password changed",
		Template: "Changed the password of {note}",
		Final:    "No password is in the log. Set a new one.",
		When:     "Somebody changed their password, or it was set from the command line. The password itself is never recorded.",
	},
	{
		Type: "password.reset_requested", Module: "access", Action: audit.Executed, Label: "New password asked for",
		Template: "A link to a new password for {note}",
		When: "A link to a new password was made: somebody asked for it by email, or whoever manages staff made one to hand over. It failed when no " +
			"mail server could send it. The link itself is never recorded.",
	},
	{
		Type: "password.reset", Module: "access", Action: audit.Updated, Label: "Password reset",
		Template: "Set a new password for {note} by a link",
		Final:    "No password is in the log. Set a new one.",
		When:     "Somebody chose a new password by a link. Their sessions end with it.",
	},
	{
		Type: "two_factor.enabled", Module: "access", Action: audit.Updated, Label: "Second factor on",
		Template: "Turned on the second factor of {note}",
		Final:    "The key of a second factor is not in the log. It is turned off where it was turned on.",
		When:     "Somebody's logins need a code beside the password from now on.",
	},
	{
		Type: "two_factor.disabled", Module: "access", Action: audit.Updated, Label: "Second factor off",
		Template: "Turned off the second factor of {note}",
		Final:    "The key of a second factor is not in the log. Turn it on again.",
		When:     "Somebody turned off their second factor, or an owner took it from somebody who had lost it.",
	},
	{
		Type: "two_factor.codes_renewed", Module: "access", Action: audit.Updated, Label: "Recovery codes renewed",
		Template: "Made new recovery codes for {note}",
		Final:    "Codes are not in the log. Make new ones.",
		When:     "Somebody replaced their recovery codes; those from before are void.",
	},
	{
		Type: "impersonation.started", Module: "access", Action: audit.Accessed, Label: "Worked as somebody else",
		Template: "Began to work as {record}",
		When: "An owner logged in as somebody else of the account. Until it ends, every event of that session has the owner as its actor and the other " +
			"as whom they acted on behalf of.",
	},
	{
		Type: "impersonation.ended", Module: "access", Action: audit.Accessed, Label: "Ended working as somebody else",
		Template: "Stopped working as {record}{note}",
		When:     "An owner who worked as somebody else became themselves again: by choice, after an hour, or with the session.",
	},
	{
		Type: "access.denied", Module: "access", Action: audit.Accessed, Label: "Access denied",
		Template: "Refused {note}",
		When:     "Somebody who is known asked for what they are not allowed. The changes say what was asked and which permission was missing.",
	},
}

// settingsEvents are those rows of the module settings that packages auth and mail write.
var settingsEvents = []audit.EventType{
	{
		Type: "settings.mail_tested", Module: "settings", Action: audit.Executed, Label: "Mail server tested",
		Template: "The test email {note}",
		When:     "Somebody had a test email sent by the account's mail server. The outcome is failed when it could not be; the description says why.",
	},
	{
		Type: "account.updated", Module: "settings", Action: audit.Updated, Label: "Account settings updated",
		Template: "Updated {fields} of the account {record}",
		Final:    "The account's settings are not undone from the log. Change them again under Settings > Account.",
		When:     "The account's name, time zone, restore window or retention of the log changed.",
	},
	{
		Type: "permissions.updated", Module: "settings", Action: audit.Updated, Label: "Permissions of a role updated",
		Template: "Changed what the role {record} may do: {note}",
		Final:    "What a role may do is not undone from the log. Change it again under Settings > Roles.",
		When:     "An owner changed what the role admin, member or agency may do in the account. The description says which permissions were added and removed.",
	},
	{
		Type: "api_key.created", Module: "settings", Action: audit.Created, Label: "API key created",
		Template: "Created the API key {record} with the role {role.after}",
		When:     "An API key was made. The key itself is shown once and never recorded.",
	},
	{
		Type: "api_key.revoked", Module: "settings", Action: audit.Updated, Label: "API key revoked",
		Template: "Revoked the API key {record}",
		Final:    "A key that was revoked is never valid again. Make a new one under Settings > API keys.",
		When:     "An API key was ended for good. Requests that use it are refused from then on.",
	},
}
