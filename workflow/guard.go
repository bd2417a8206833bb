package workflow

import (
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// A workflow reads the log for whoever writes it: a webhook gets whole events, with the address and the device of the
// person behind them, and a trigger that is not about records tells of logins, staff and settings. Writing workflows
// takes records.write alone, so who may not read the log may not have one do it for them.

// AboutRecords reports whether all events that trigger are about records that whoever sees records sees: those of one
// object that no permission of its own guards. Nobody knows it of a pattern such as "*.updated", and of a type that is
// not of an object.
func (t Trigger) AboutRecords(schema *crm.Schema) bool {
	first, _, _ := strings.Cut(string(t), ".")
	o, err := schema.Object(first)
	return err == nil && o.WriteWith == ""
}

// ReadsLog reports whether the workflow shows what stands in the log alone. What it does and when is left to those who
// may read the log.
func (f Workflow) ReadsLog(schema *crm.Schema) bool {
	return !f.Trigger.AboutRecords(schema) || len(f.webhooks()) > 0
}

// webhooks counts the steps that send events away, by what they are.
func (f Workflow) webhooks() map[string]int {
	out := map[string]int{}
	for _, s := range f.Steps {
		if s.Action == "call_webhook" {
			out[s.Text()]++
		}
	}
	return out
}

// guard refuses a write by which a workflow reads the log for somebody who may not. They may still switch it off, take its
// webhooks out, delete it, and change its name, description and folder. Who brings one back may read the log.
func guard(w *crm.Write) error {
	if w.Caller().May(audit.AuditRead) {
		return nil
	}
	f, was := Of(w.After), Workflow{}
	if w.Before != nil {
		was = Of(w.Before)
	}
	begins := w.Changed("trigger") || w.Changed("conditions") || w.Changed("enabled") && f.Enabled
	if (begins || w.Changed("steps")) && !f.Trigger.AboutRecords(w.Schema()) {
		return errs.MissingPermission(string(audit.AuditRead), "have a workflow begin with events that are not about records of one kind, such as "+audit.Quote(string(f.Trigger)))
	}
	had := was.webhooks()
	for hook, n := range f.webhooks() {
		if begins || n > had[hook] {
			return errs.MissingPermission(string(audit.AuditRead), "decide which events of the log the webhook of a workflow gets, and where it sends them")
		}
	}
	return nil
}
