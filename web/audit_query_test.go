package web

import (
	"net/url"
	"testing"
)

// An entry leads to only what is like it, and to all that is not: by who, what, which, from where and how.
func TestEntryNarrowsTheLog(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	w.owner.get("/contacts")
	page := w.owner.get(eventAddress(w.newest("contact.created").ID)).want(t, 200)
	for label, q := range map[string]string{"User Olga Owner": "user:" + string(w.ownerID), "Event type Contact created": "type:contact.created", "Action Created": "action:created",
		"Module Contacts": "module:contacts", "Record Ana": "record:" + string(ana.ID), "Came in by API": "channel:api"} {
		page.want(t, 200, `href="/settings/audit-logs?q=`+url.QueryEscape(q)+`" aria-label="Only `+label+`"`, `href="/settings/audit-logs?q=`+url.QueryEscape("-"+q)+`" aria-label="Not `+label+`"`)
	}
	login := w.owner.get(eventAddress(w.newest("session.login").ID))
	login.want(t, 200, `?q=ip%3A192.0.2.7" aria-label="Only Address 192.0.2.7"`, `?q=-ip%3A192.0.2.7" aria-label="Not Address 192.0.2.7"`)
	w.owner.get(auditPath+"?object=contact&q="+url.QueryEscape("action:created")).want(t, 200, "Created contact &#34;Ana&#34;")
	w.owner.get(auditPath+"?object=contact&q="+url.QueryEscape("-action:created")).want(t, 200, "Nothing matches")
}
