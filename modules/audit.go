package modules

import "github.com/backtrail/backtrail/audit"

// auditEvents are what the audit log writes about itself. The events of an export have the record audit_export with the
// export's id, that of a verification audit_verification with its; {note} is worded by packages export, integrity and
// restore.
//
// restore_applied and undo_applied lead their operations. They are executed, not restored: the records that came back
// have restored events of their own, and an operation's counts must have each of them once.
var auditEvents = []audit.EventType{
	{Type: "audit.export_requested", Module: "audit", Action: audit.Executed, Label: "Export requested",
		Template: "Asked for an export of the audit log as {note}",
		When:     "Somebody asked for an export of the audit log; format, filter and time zone are in the changes."},
	{Type: "audit.export_completed", Module: "audit", Action: audit.Executed, Label: "Export completed",
		Template: "The export of the audit log {note}",
		When:     "An export ended: rows, bytes and SHA-256 of the file are in the changes. The outcome is failed when it broke off or was cancelled."},
	{Type: "audit.export_downloaded", Module: "audit", Action: audit.Accessed, Label: "Export downloaded",
		Template: "Downloaded an export of the audit log {note}",
		When:     "The file of an export left the server, once for each time; written before the first byte leaves."},
	{Type: "audit.restore_applied", Module: "audit", Action: audit.Executed, Label: "Restore applied",
		Template: "Restored {note}{taken}",
		Final:    "A restore is taken back by deleting again what came back.",
		When:     "Somebody restored what a deletion took; each record has a restored event of its own in the same operation."},
	{Type: "audit.undo_applied", Module: "audit", Action: audit.Executed, Label: "Undo applied",
		Template: "Undid changes of {note}",
		Final:    "Undo the changes that it made instead: each has an entry of its own.",
		When:     "Somebody put fields back from an entry of the log; each record has an event of its own in the same operation."},
	{Type: "audit.verified", Module: "audit", Action: audit.Executed, Label: "Log verified",
		Template: "The verification of the audit log {note}",
		When:     "A verification of the whole log ended: how many events it read and how many problems it found are in the changes. The outcome is failed when it found any, could not be done or was cancelled."},
	{Type: "audit.settings_updated", Module: "audit", Action: audit.Updated, Label: "Audit settings updated",
		Template: "{note}",
		Final:    "How the log is kept is not undone from the log. Change it again under Audit Logs > Integrity.",
		When: "It was changed how the log is kept: where its checkpoints are sent; from the command line, that another key signs its ledger, or " +
			"that the ledger goes on from an older state of the database. The changes say what; of a webhook's address they leave the path out."},
	{Type: "audit.checkpoint_exported", Module: "audit", Action: audit.Executed, Label: "Checkpoint sent",
		Template: "The checkpoint of the log {note}",
		When:     "A copy of the signed head of the ledger was sent to the account's webhook or email, or could not be (failed)."},
	{Type: "audit.view_saved", Module: "audit", Action: audit.Created, Label: "View saved",
		Template: "Saved the view {record} of the audit log",
		Final:    "A saved view of the log is no record. Delete it in the list of views.",
		When:     "A filter of the log was saved under a name; filter and whether it is shared are in the changes."},
	{Type: "audit.view_updated", Module: "audit", Action: audit.Updated, Label: "View updated",
		Template: "Changed the view {record} of the audit log",
		Final:    "A saved view of the log is no record. Change it again in the list of views.",
		When:     "A saved view got another name or filter, was shared, or is shared no longer."},
	{Type: "audit.view_deleted", Module: "audit", Action: audit.Deleted, Label: "View deleted",
		Template: "Deleted the view {record} of the audit log",
		Final:    "A saved view of the log is no record. Save it again: its filter is in the changes.",
		When:     "A saved view was deleted. What it showed is untouched."},
	{Type: "audit.viewed", Module: "audit", Action: audit.Accessed, Label: "Audit log viewed",
		Template: "Viewed the audit log",
		When:     "Somebody opened the audit log in the pages or read it over the API; one for each visit, not for each page."},
}
