package main

import (
	"net/url"
)

// filterFlags narrow the log: each may repeat (any of its values), different ones narrow further.
type filterFlags struct {
	From      string   `placeholder:"TIME" help:"From this time or date on; dates are days in the account's time zone."`
	To        string   `placeholder:"TIME" help:"Up to this time or date, without it."`
	User      []string `sep:"none" placeholder:"ID" help:"Done by this person or key."`
	Type      []string `sep:"none" placeholder:"TYPE" help:"An event type, or a pattern: opportunity.*, *.deleted."`
	Action    []string `sep:"none" placeholder:"ACTION" help:"created, updated, deleted, restored, accessed or executed."`
	Module    []string `sep:"none" placeholder:"MODULE" help:"A module, such as contacts."`
	Object    []string `sep:"none" placeholder:"OBJECT" help:"An object, such as contact."`
	Record    []string `sep:"none" placeholder:"ID" help:"Of this record."`
	About     []string `sep:"none" placeholder:"ID" help:"Of this record and what belongs to it."`
	Field     []string `sep:"none" placeholder:"FIELD" help:"With a change of this field, by its key: stage."`
	Operation []string `sep:"none" placeholder:"ID" help:"Part of this operation."`
	Outcome   []string `sep:"none" placeholder:"OUTCOME" help:"success, denied or failed."`
	Channel   []string `sep:"none" placeholder:"CHANNEL" help:"web, api, import, workflow, attach or system."`
	Q         []string `sep:"none" placeholder:"QUERY" help:"A question of the search language: words, \"phrases\", KEY:VALUE, -not, OR, parentheses; see backtrail events --help."`
}

// values are the flags as the parameters of audit.ParseFilter.
func (f filterFlags) values() url.Values {
	v := url.Values{"user": f.User, "type": f.Type, "action": f.Action, "module": f.Module, "object": f.Object,
		"record": f.Record, "about": f.About, "field": f.Field, "operation": f.Operation, "outcome": f.Outcome, "channel": f.Channel, "q": f.Q}
	for name, text := range map[string]string{"from": f.From, "to": f.To} {
		if text != "" {
			v.Set(name, text)
		}
	}
	return v
}

// zoneFlag chooses the time zone of what is printed.
type zoneFlag struct {
	Timezone string `placeholder:"ZONE" help:"Time zone of the times that are printed; the account's when left out."`
}
