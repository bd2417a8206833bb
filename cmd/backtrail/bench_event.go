package main

import (
	"fmt"
	"strconv"

	"github.com/backtrail/backtrail/audit"
)

// draft is an event of a usual day.
func (f *logFiller) draft() audit.Draft {
	switch n := f.rng.IntN(1000); {
	case n < 250:
		return f.contactDraft("updated")
	case n < 340:
		return f.contactDraft("created")
	case n < 540:
		return f.opportunity("stage_changed")
	case n < 640:
		return f.opportunity("value_changed")
	case n < 720:
		return f.opportunity("created")
	case n < 800:
		return f.contactDraft("owner_changed")
	case n < 805:
		return f.contactDraft("deleted")
	case n < 898:
		return audit.Draft{Type: "session.login", Note: "Ana Silva"}
	case n < 990:
		return audit.Draft{Type: "session.logout", Note: "Ana Silva"}
	case n < 998:
		return audit.Draft{Type: "session.login_failed", Outcome: audit.Failed, Note: "ana@example.com"}
	}
	return audit.Draft{Type: "access.denied", Outcome: audit.Denied, Note: "to read the audit log"}
}

// contact is one of the contacts, of which there is one for every 20 events.
func (f *logFiller) contact(i int) audit.Ref {
	i %= max(1, f.total/20)
	return audit.Ref{Object: "contact", ID: recordID(2, i), Name: fmt.Sprintf("Rita Sousa %d", i), Version: 2}
}

func (f *logFiller) contactDraft(verb string) audit.Draft {
	record := f.contact(f.rng.IntN(f.total))
	d := audit.Draft{Type: audit.Type("contact." + verb), Record: &record, Word: f.word("contact")}
	city := pick(f.rng, "Porto", "Berlin", "Prague", "Leeds", "Utrecht", "Graz", "Lyon", "Turin", frequentWord)
	switch verb {
	case "updated":
		d.Changes = []audit.Change{{Field: "city", Label: "City", Before: audit.String("Faro"), After: audit.String(city)},
			{Field: "phone", Label: "Phone", Before: audit.String("+351217654321"), After: audit.String("+35121" + strconv.Itoa(1000000+f.rng.IntN(9000000)))}}
	case "owner_changed":
		to := f.people[f.rng.IntN(len(f.people))]
		d.Changes = []audit.Change{{Field: "owner", Label: "Owner", Before: audit.String(string(f.people[0].ID)), After: audit.String(string(to.ID)),
			BeforeText: f.people[0].Name, AfterText: to.Name}}
	default:
		for _, v := range [][3]string{{"first_name", "First name", "Rita"}, {"last_name", "Last name", "Sousa"}, {"email", "Email", "rita.sousa@example.com"},
			{"phone", "Phone", "+351217654321"}, {"type", "Type", "lead"}, {"source", "Source", "Website"}, {"city", "City", city}, {"country", "Country", "Portugal"}} {
			c := audit.Change{Field: v[0], Label: v[1], After: audit.String(v[2])}
			if verb == "deleted" {
				c.Before, c.After = c.After, audit.None
			}
			d.Changes = append(d.Changes, c)
		}
	}
	return d
}

func (f *logFiller) opportunity(verb string) audit.Draft {
	i := f.rng.IntN(max(1, f.total/20))
	d := audit.Draft{Type: audit.Type("opportunity." + verb), Word: f.word("opportunity"),
		Record:  &audit.Ref{Object: "opportunity", ID: recordID(3, i), Name: fmt.Sprintf("Renewal %d", i), Version: 4},
		Related: []audit.Ref{{Object: "pipeline", ID: recordID(4, 1), Name: "Sales"}, {Object: "stage", ID: recordID(5, i%5), Name: "Qualified"}}}
	stage := audit.Change{Field: "stage", Label: "Stage", Before: audit.String(string(recordID(5, 1))), After: audit.String(string(recordID(5, 2))),
		BeforeText: "Qualified", AfterText: "Proposal"}
	value := audit.Change{Field: "value", Label: "Value", Before: audit.String("1200.00"), After: audit.String("1500.00"), BeforeText: "1,200.00 EUR", AfterText: "1,500.00 EUR"}
	switch verb {
	case "stage_changed":
		d.Changes = []audit.Change{stage}
	case "value_changed":
		d.Changes = []audit.Change{value}
	case "created":
		stage.Before, stage.BeforeText, value.Before, value.BeforeText = audit.None, "", audit.None, ""
		d.Changes = []audit.Change{{Field: "name", Label: "Name", After: audit.String(d.Record.Name)}, stage, value}
	default:
		stage.After, stage.AfterText, value.After, value.AfterText = audit.None, "", audit.None, ""
		d.Changes = []audit.Change{{Field: "name", Label: "Name", Before: audit.String(d.Record.Name)}, stage, value}
	}
	return d
}
