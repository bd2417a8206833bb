package web

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
)

func TestARowNarrowsTheLog(t *testing.T) {
	w := newWorld(t)
	ana := w.create("contact", "first_name", "Ana")
	w.create("company", "name", "Acme")
	w.owner.post("/contacts/"+string(ana.ID), "_version", "1", "city", "Porto", "_was.city", "", "first_name", "Ana", "_was.first_name", "Ana").to(t, "/contacts/"+string(ana.ID))
	e := w.newest("contact.updated")
	narrow := func(query string) answer { return w.owner.get(eventAddress(e.ID) + "/narrow?" + query) }
	for by, question := range map[string]string{
		"user":    "user:" + string(w.ownerID),
		"type":    "type:contact.updated",
		"action":  "action:updated",
		"module":  "module:contacts",
		"object":  "object:contact",
		"record":  "record:" + string(ana.ID),
		"ip":      "ip:192.0.2.7",
		"channel": "channel:web",
		"outcome": "outcome:success",
	} {
		only, not := narrow("by="+by+"&module=contacts"), narrow("by="+by+"&not=1&module=contacts&q=porto")
		only.to(t, auditPath+"?"+url.Values{"module": {"contacts"}, "q": {question}}.Encode())
		not.to(t, auditPath+"?"+url.Values{"module": {"contacts"}, "q": {"porto -" + question}}.Encode())
		found := w.owner.get(only.location).want(t, 200).descriptions()
		if len(found) == 0 || !strings.HasPrefix(found[0], "Updated City") {
			t.Errorf("only this %s shows %q", by, found)
		}
		if found := w.owner.get(not.location).want(t, 200).descriptions(); len(found) != 0 {
			t.Errorf("not this %s shows %q", by, found)
		}
	}
	// The list of a row is that of the entry.
	list := w.owner.hx(eventAddress(e.ID)+"/narrow?module=contacts", "narrow").want(t, 200, `">Only</a>`, `">Not</a>`, "City", "192.0.2.7", "Web pages").wantNot(t, "<html")
	detail := w.owner.get(eventAddress(e.ID)+"?module=contacts").want(t, 200)
	for _, link := range between(list.body, `<a href="`, `"`) {
		if !strings.Contains(detail.body, link) {
			t.Errorf("the entry does not have %s", html.UnescapeString(link))
		}
	}
	narrow("module=contacts").to(t, eventAddress(e.ID)+"?module=contacts")
	narrow("by=weather").want(t, 400, "cannot ask for that value")
	w.owner.get(eventAddress(audit.EventID(ana.ID))+"/narrow?by=user").want(t, 404)
	w.member.get(eventAddress(e.ID)+"/narrow?by=user").want(t, 403)
	w.owner.get(auditPath+"?module=contacts").want(t, 200, `data-narrows="?module=contacts"`, `data-v="user"`, `data-v="record"`, `data-v="action"`, `data-v="type"`)
}
