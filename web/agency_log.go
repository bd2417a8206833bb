package web

import (
	"slices"
	"time"

	"github.com/backtrail/backtrail/agency"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

const (
	agencyPath = auditPath + "/all"
	// accountParam narrows the logs of several accounts to some of them.
	accountParam = "account"
	// peopleOfAccounts is of how many accounts the people are listed to filter by; of more there are too many to choose from.
	peopleOfAccounts = 20
)

// agencyLog is Settings > Audit Logs > All accounts: the logs as one of the accounts in which the visitor has the role agency.
func (s *site) agencyLog(v *visit) error {
	f := readAuditFilter(v.URL.Query(), s.ws.Catalog, s.now(), workspace.Zone(v.id.Account), accountParam)
	f.path = agencyPath
	var asked []audit.AccountID
	for _, id := range f.address[accountParam] {
		asked = append(asked, audit.AccountID(id))
	}
	view, err := s.ws.Agency.View(v.Context(), v.id, asked)
	if errs.Is(err, errs.Invalid) {
		f.Errors[accountParam] = errs.Of(err).Detail
		f.address.Del(accountParam)
		view, err = s.ws.Agency.View(v.Context(), v.id, nil)
	}
	if err != nil {
		return err
	}
	page := &auditLogPage{Base: s.base(v, "Audit Logs of all accounts", "audit"), Tab: "all", Together: len(view.All), view: view}
	return s.showAuditLog(v, page, &f)
}

// fillAgencyEntries reads the entries of all accounts behind the cursor.
func (s *site) fillAgencyEntries(v *visit, page *auditLogPage, f *auditFilter, cursor string) error {
	q := agency.Query{Filter: f.filter, Collapse: len(f.address["operation"]) == 0, Limit: auditPage}
	found, err := page.view.Events(v.Context(), q, cursor)
	if errs.Code(err) == "invalid_cursor" {
		page.Wrong = append(page.Wrong, "The place in the list that the address names belongs to another list; this is its beginning.")
		found, err = page.view.Events(v.Context(), q, "")
	}
	if errs.Is(err, errs.Invalid) { // too many accounts: the page lets some be chosen
		page.Choose = errs.Of(err).Detail
		return nil
	}
	if err != nil {
		return err
	}
	c := clock{s.now(), workspace.Zone(v.id.Account)}
	drawn, err := s.agencyEntries(v, page.view, found.Events, c)
	if err != nil {
		return err
	}
	day := ""
	if page.Later = found.Later; found.Later {
		day = c.dayKey(found.From)
	}
	for _, d := range drawn {
		if key := c.dayKey(d.at); key != day {
			day = key
			d.entry.NewDay = c.day(d.at)
		}
		page.Entries = append(page.Entries, d.entry)
	}
	if found.Next != "" {
		page.More = f.at() + f.with("cursor", found.Next)
	}
	return nil
}

// agencyLine is an entry of one of several logs.
type agencyLine struct {
	entry auditEntry
	at    time.Time
}

// agencyEntries words events, each by the objects and with the rights of its own account.
func (s *site) agencyEntries(v *visit, view *agency.View, events []agency.Event, c clock) ([]agencyLine, error) {
	out := make([]agencyLine, len(events))
	at := map[audit.AccountID][]int{} // where the events of an account stand
	for i, e := range events {
		at[e.Account] = append(at[e.Account], i)
	}
	for account, places := range at {
		p := view.Place(account)
		m := s.entriesOf(v.Context(), p.Caller, p.Account)
		m.clock = c // one for all
		stored := make([]audit.Stored, len(places))
		for i, place := range places {
			stored[i] = events[place].Stored
		}
		parsed, err := m.parse(stored)
		if err != nil {
			return nil, err
		}
		for i, place := range places {
			entry := m.entry(parsed[i], stored[i])
			entry.Account = p.Account.Name
			// Its parts, and what takes it back, are behind it.
			entry.Parts, entry.PartsList, entry.Restore = "", "", ""
			if entry.TakenBack != nil {
				entry.TakenBack.Address = "" // it is an entry of the other account
			}
			if account != v.caller().Account {
				entry.Elsewhere = account
				if entry.Record != nil {
					entry.Record.Address = ""
				}
			}
			out[place] = agencyLine{entry, parsed[i].OccurredAt}
		}
	}
	return out, nil
}

// fillAgencyFilters words the filter bar and the chips.
func (s *site) fillAgencyFilters(v *visit, page *auditLogPage, f *auditFilter, _ bool) error {
	accounts := auditMenu{Key: accountParam, Label: "Account", Search: true, Error: f.Errors[accountParam], Groups: []auditGroup{{}}}
	names := map[string]string{}
	for _, p := range page.view.All {
		id := string(p.Account.ID)
		names[id] = p.Account.Name
		accounts.Groups[0].Options = append(accounts.Groups[0].Options, auditOption{Name: accountParam, Value: id, Label: p.Account.Name, Checked: f.chosen(accountParam, id)})
	}
	people, err := s.agencyPeople(v, page.view.Chosen)
	if err != nil {
		return err
	}
	m := s.chipMaker(v.id, people, page.Entries, nil)
	for id, name := range names {
		m.names[id] = name
	}
	page.fillForm(f, append([]auditMenu{accounts}, auditMenus(f, s.ws.Catalog, v.schema(), people)...), m)
	page.Form.EverybodyShown = true // nobody is looked for in the logs themselves
	for _, id := range f.address["user"] {
		if !slices.ContainsFunc(people, func(p auditPerson) bool { return string(p.ID) == id }) {
			page.Form.Carried = append(page.Form.Carried, hiddenField{"user", id})
		}
	}
	return nil
}

// agencyPeople are those whom the logs of a few accounts can be filtered by: a person is somebody else in each of them.
func (s *site) agencyPeople(v *visit, places []auth.AgencyPlace) ([]auditPerson, error) {
	if len(places) > peopleOfAccounts {
		return nil, nil
	}
	var all []auditPerson
	for _, p := range places {
		people, err := s.auditPeople(v.Context(), p.Caller, false)
		if err != nil {
			return nil, err
		}
		for _, person := range people {
			person.Of = p.Account.Name
			all = append(all, person)
		}
	}
	slices.SortStableFunc(all, byPersonName)
	return all, nil
}
