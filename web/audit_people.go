package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// auditPerson is somebody that the log can be filtered by.
type auditPerson struct {
	ID   audit.ActorID
	Name string
	Kind audit.ActorType
	Gone bool // a person who has left the account, or a key that was revoked
	// Of is the name of the account, where the list is of several.
	Of string
}

func (p auditPerson) note() string {
	switch {
	case p.Of != "" && p.Kind == audit.APIKey:
		return "API key, " + p.Of
	case p.Of != "":
		return p.Of
	case p.Kind == audit.APIKey && p.Gone:
		return "API key, revoked"
	case p.Kind == audit.APIKey:
		return "API key"
	}
	return "no longer here"
}

// maxPeople bounds the list of the filter; a search in the log finds the others by name.
const maxPeople = 500

// auditPeople lists the account's staff and keys, and, with everybody, whoever else is in the log: that one counts the
// whole log, so the page asks for it when the list is opened.
func (s *site) auditPeople(ctx context.Context, caller audit.Caller, everybody bool) ([]auditPerson, error) {
	var people []auditPerson
	known := map[audit.ActorID]bool{}
	add := func(p auditPerson) {
		if !known[p.ID] {
			known[p.ID] = true
			people = append(people, p)
		}
	}
	if caller.May(audit.RecordsRead) {
		staff, err := s.ws.Schema.Object("staff")
		if err != nil {
			return nil, err
		}
		members, _, err := s.ws.Engine.Find(ctx, caller, crm.Query{Object: staff, Sort: "name", Limit: maxPeople})
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			add(auditPerson{ID: audit.ActorID(m.ID), Name: m.Name, Kind: audit.User})
		}
	}
	if caller.May(audit.SettingsManage) {
		keys, err := s.ws.Auth.Keys(ctx, caller)
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			add(auditPerson{ID: audit.ActorID(k.ID), Name: k.Name, Kind: audit.APIKey, Gone: !k.RevokedAt.IsZero()})
		}
	}
	if everybody {
		facets, err := s.logFor(caller).Facets(ctx, caller.Account, audit.Filter{}, 0)
		if err != nil {
			return nil, err
		}
		for _, u := range facets.Users[:min(len(facets.Users), maxPeople)] {
			add(auditPerson{ID: audit.ActorID(u.Key), Name: u.Label, Kind: audit.User, Gone: true})
		}
	}
	slices.SortStableFunc(people, byPersonName)
	return people, nil
}

func byPersonName(a, b auditPerson) int {
	return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
}

// auditPeoplePage is the list of users in the filter bar, with everybody.
type auditPeoplePage struct{ Groups []auditGroup }

// auditPeopleList answers htmx with everybody who did something in the log.
func (s *site) auditPeopleList(v *visit) error {
	if err := s.auditVisitOwn(v); err != nil {
		return err
	}
	f := s.auditFilter(v, v.URL.Query())
	if !v.htmx() {
		params := cloneValues(f.address)
		params.Set("everybody", "1")
		return v.leadTo(auditPath + queryOf(params))
	}
	people, err := s.auditPeople(v.Context(), v.caller(), true)
	if err != nil {
		return err
	}
	return v.renderPart(http.StatusOK, "audit_people", "content", &auditPeoplePage{auditMenus(&f, s.ws.Catalog, v.schema(), people)[0].Groups})
}
