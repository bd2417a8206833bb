package publish

import (
	"strconv"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/jobs"
)

// exported begins the event of a delivery.
func exported(id jobs.ID, note string) audit.Draft {
	return audit.Draft{Type: "audit.checkpoint_exported", Note: note, Word: audit.Word{One: "checkpoint", Many: "checkpoints"},
		Record: &audit.Ref{Object: "audit_checkpoint", ID: audit.RecordID(id), Name: "Checkpoint of the audit log"}}
}

// updated is the event of a change in how the log is kept.
func updated(account audit.AccountID, name, note string, changes []audit.Change) audit.Draft {
	return audit.Draft{Type: "audit.settings_updated", Note: note, Changes: changes,
		Record: &audit.Ref{Object: "account", ID: audit.RecordID(account), Name: name}}
}

// changes are the differences between the targets that are and those that shall be.
func (s *State) changes(t Targets) []audit.Change {
	var out []audit.Change
	add := func(field, label, before, after, beforeShown, afterShown string) {
		if before == after {
			return
		}
		c := audit.Change{Field: field, Label: label, Before: text(beforeShown), After: text(afterShown)}
		// Only what is not shown has changed: the secret in a webhook's path.
		c.Secret = beforeShown == afterShown
		out = append(out, c)
	}
	w, e := s.Webhook.Address, s.Email.Address
	add("webhook", "Webhook", w, t.Webhook, webhook.shown(w), webhook.shown(t.Webhook))
	add("email", "Email", e, t.Email, e, t.Email)
	add("schedule", "Schedule", string(s.Schedule), string(t.Schedule), string(s.Schedule), string(t.Schedule))
	return out
}

// text is a value of the log, none for "".
func text(s string) audit.Value {
	if s == "" {
		return audit.None
	}
	return audit.String(s)
}

func number(n int64) audit.Value { return audit.String(strconv.FormatInt(n, 10)) }

// events says a number of them in words.
func events(n int64) string { return audit.Word{One: "event", Many: "events"}.Count(int(n)) }
