// Package workflow is what a workflow says: which event triggers it, under which conditions, and which steps follow.
//
// What is in: reading a workflow from its record, the check before one is saved, its words for people, and whether an
// event triggers it. What is out: doing the steps (package automation).
//
// # The stored form
//
// A workflow is a record of the object workflow. Its trigger is an event type ("contact.created") or a pattern with a
// star for one half ("contact.*", "*.deleted"). Conditions are rows (field, operator, value). Steps are rows (action,
// settings); settings is the text of one JSON object with the keys of [Settings] that the action knows:
//
//	set_field      on, field*, value                     tag, owner, stage, template are what the step is about
//	add_tag        on, tag*
//	remove_tag     on, tag*
//	change_owner   on, owner                             the id of a staff record, none for nobody
//	move_to_stage  on, stage*
//	create_task    on, title*, body, assignee, due_days  assignee is the id of a staff record, or "owner"
//	send_email     on, template*
//	call_webhook   url*
//	wait           amount*, unit*                        unit is minutes, hours or days
//
// on is the path from the record of the event to the one that the step is about: "" for that record itself, "contact"
// for the contact of an opportunity, "conversation.contact" for that of a message.
package workflow
