package workflow

import (
	"slices"

	"github.com/backtrail/backtrail/crm"
)

// Action is a kind of step.
type Action struct {
	Key, Label string
	Settings   []Setting
	// about tells the objects that it can be done to; nil for an action that is about no record.
	about func(*crm.Object) bool
	// Alone says that it can be done without a record, too.
	Alone bool
	// External ones leave the house: they are done outside of any transaction, and can be done twice when the server
	// dies in between.
	External bool
}

// Kind says what a setting holds.
type Kind string

// The kinds of settings.
const (
	OnTarget   Kind = "target"   // a path; see Target
	OneField   Kind = "field"    // the key of a field of the target
	FieldValue Kind = "value"    // a value of that field
	Line       Kind = "line"     // a text in one line
	Tag        Kind = "tag"      // a word
	Several    Kind = "text"     // a text in several lines
	Person     Kind = "staff"    // the id of a staff record
	Assignee   Kind = "assignee" // the same, or "owner"
	Stage      Kind = "stage"    // the id of a stage
	Template   Kind = "template" // the id of a template for email
	Address    Kind = "url"
	Count      Kind = "count" // a whole number
	Unit       Kind = "unit"  // minutes, hours or days
)

// Setting is one setting of an action.
type Setting struct {
	Key, Label string
	Kind       Kind
	Required   bool
	Hint       string
}

// Owner is the assignee of a task that is whoever the event's record belongs to.
const Owner = "owner"

// Units are the units of a wait.
var Units = []string{"minutes", "hours", "days"}

var on = Setting{Key: "on", Label: "Of", Kind: OnTarget}

// Actions lists the kinds of steps.
var Actions = []Action{
	{Key: "set_field", Label: "Set a field", about: writable, Settings: []Setting{on,
		{Key: "field", Label: "Field", Kind: OneField, Required: true}, {Key: "value", Label: "Value", Kind: FieldValue, Hint: "Empty clears the field."}}},
	{Key: "add_tag", Label: "Add a tag", about: hasTags, Settings: []Setting{on, {Key: "tag", Label: "Tag", Kind: Tag, Required: true}}},
	{Key: "remove_tag", Label: "Remove a tag", about: hasTags, Settings: []Setting{on, {Key: "tag", Label: "Tag", Kind: Tag, Required: true}}},
	{Key: "change_owner", Label: "Change the owner", about: func(o *crm.Object) bool { return writable(o) && OwnerField(o) != nil },
		Settings: []Setting{on, {Key: "owner", Label: "Owner", Kind: Person, Hint: "Empty for nobody."}}},
	{Key: "move_to_stage", Label: "Move to a stage", about: func(o *crm.Object) bool { return writable(o) && StageField(o) != nil },
		Settings: []Setting{on, {Key: "stage", Label: "Stage", Kind: Stage, Required: true}}},
	{Key: "create_task", Label: "Create a task", about: isContact, Alone: true, Settings: []Setting{{Key: "on", Label: "For", Kind: OnTarget},
		{Key: "title", Label: "Title", Kind: Line, Required: true}, {Key: "body", Label: "Text", Kind: Several},
		{Key: "assignee", Label: "Assigned to", Kind: Assignee}, {Key: "due_days", Label: "Due in days", Kind: Count, Hint: "Empty for no date."}}},
	{Key: "send_email", Label: "Send an email", about: isContact, Settings: []Setting{{Key: "on", Label: "To", Kind: OnTarget},
		{Key: "template", Label: "Template", Kind: Template, Required: true}}},
	{Key: "call_webhook", Label: "Call a webhook", External: true, Settings: []Setting{{Key: "url", Label: "Address", Kind: Address, Required: true,
		Hint: "It gets a POST with the event as JSON. Everybody in the account who sees workflows sees this address, and the log keeps it: put no secret into it that they must not know."}}},
	{Key: "wait", Label: "Wait", Settings: []Setting{{Key: "amount", Label: "For", Kind: Count, Required: true}, {Key: "unit", Label: "Unit", Kind: Unit, Required: true}}},
}

func hasTags(o *crm.Object) bool   { return writable(o) && TagsField(o) != nil }
func isContact(o *crm.Object) bool { return o.Key == "contact" }

// ActionOf returns the action of a key.
func ActionOf(key string) (Action, bool) {
	i := slices.IndexFunc(Actions, func(a Action) bool { return a.Key == key })
	if i < 0 {
		return Action{}, false
	}
	return Actions[i], true
}

// Setting returns the setting of a key.
func (a Action) Setting(key string) (Setting, bool) {
	i := slices.IndexFunc(a.Settings, func(s Setting) bool { return s.Key == key })
	if i < 0 {
		return Setting{}, false
	}
	return a.Settings[i], true
}
