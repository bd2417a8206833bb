package modules

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// customEvents are the rows of every object that an account's administrators make: they hold when the object is
// renamed or deleted, too.
var customEvents = []audit.EventType{
	{Type: "*.created", Module: crm.CustomModule, Action: audit.Created, Label: "Created",
		Template: "Created {object} {record}", When: "A record of a custom object was made."},
	{Type: "*.updated", Module: crm.CustomModule, Action: audit.Updated, Label: "Updated", Undo: audit.UndoChange,
		Template: "Updated {fields} of {object} {record}", When: "Fields of a record of a custom object changed, by hand or because the object's definition did."},
	{Type: "*.deleted", Module: crm.CustomModule, Action: audit.Deleted, Label: "Deleted", Undo: audit.UndoRestore,
		Template: "Deleted {object} {record}{taken}", When: "A record of a custom object was deleted, by itself, with what it belonged to, or with its object."},
	{Type: "*.bulk_updated", Module: crm.CustomModule, Action: audit.Updated, Label: "Records changed together", Undo: audit.UndoChange,
		Template: "{note}", When: "Many records of a custom object that were selected together were changed; one event for all of them, and those of each record."},
	{Type: "*.bulk_deleted", Module: crm.CustomModule, Action: audit.Deleted, Label: "Records deleted together", Undo: audit.UndoRestore,
		Template: "{note}", When: "Many records of a custom object that were selected together were deleted; one event for all of them, and one for each record."},
	{Type: "*.restored", Module: crm.CustomModule, Action: audit.Restored, Label: "Restored",
		Template: "Restored {object} {record}", When: "A deleted record of a custom object came back."},
}

// definitionEvents are written when administrators change what records can hold. The record of an event about a field
// is the field; {note} is its object.
var definitionEvents = []audit.EventType{
	{Type: "object.created", Module: "settings", Action: audit.Created, Label: "Object created",
		Template: "Created the object {record}", When: "A custom object was made; its fields are in the changes."},
	{Type: "object.updated", Module: "settings", Action: audit.Updated, Label: "Object updated", Final: "Change it back under Settings > Objects.",
		Template: "Updated {fields} of the object {record}", When: "A custom object was renamed, or its records are named by other fields."},
	{Type: "object.deleted", Module: "settings", Action: audit.Deleted, Label: "Object deleted", Undo: audit.UndoRestore,
		Template: "Deleted the object {record}{taken}", When: "A custom object was deleted with all its records, and with the fields that pointed at it."},
	{Type: "object.restored", Module: "settings", Action: audit.Restored, Label: "Object restored",
		Template: "Restored the object {record}", When: "A deleted custom object came back."},
	{Type: "field.added", Module: "settings", Action: audit.Created, Label: "Field added",
		Template: "Added the field {record} to {note}", When: "An object got another custom field."},
	{Type: "field.updated", Module: "settings", Action: audit.Updated, Label: "Field updated", Final: "Change it back under Settings > Objects.",
		Template: "Updated {fields} of the field {record} of {note}", When: "A custom field was renamed, got another type, other options or other rules. What that changed in records follows from it."},
	{Type: "field.removed", Module: "settings", Action: audit.Deleted, Label: "Field removed", Undo: audit.UndoRestore,
		Template: "Removed the field {record} from {note}", When: "A custom field was removed. The values that records had in it are in the events that follow from it."},
	{Type: "field.restored", Module: "settings", Action: audit.Restored, Label: "Field restored",
		Template: "Restored the field {record} of {note}", When: "A removed custom field came back."},
}
