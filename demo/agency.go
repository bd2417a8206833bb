package demo

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/workspace"
)

// Somebody from an agency looks after two small companies, each with an account of its own. Neither knows of the other, nor
// of the house.
const (
	agencyEmail = "agency@demo.test"
	agencyName  = "Ada Brooks"
	agencyIP    = "198.51.100.77"
	clientDays  = 21 // that their accounts have lived
)

// client is one of the agency's companies.
type client struct {
	name, zone, owner, email, ip string
	pipeline                     string
	stages, contacts, deals      []string

	w     *workspace.Workspace
	clock *clock
	id    audit.AccountID
	made  map[string][]audit.RecordID // by object, in their order
}

func clients() []*client {
	return []*client{
		{name: "Harbor Dental", zone: "America/New_York", owner: "Maya Torres", email: "maya@harbor-dental.test", ip: "203.0.113.61",
			pipeline: "Treatments", stages: []string{"First visit", "Plan sent", "Accepted"},
			contacts: []string{"Nora Whitfield", "Samuel Ortiz", "Grace Kim", "Peter Novak", "Leila Haddad"},
			deals:    []string{"Implant for N. Whitfield", "Braces for the Ortiz family", "Whitening for G. Kim"}},
		{name: "Lantern Books", zone: "Europe/Dublin", owner: "Conor Byrne", email: "conor@lantern-books.test", ip: "203.0.113.98",
			pipeline: "School orders", stages: []string{"Enquiry", "Quote sent", "Ordered"},
			contacts: []string{"Aoife Kelleher", "Brendan Walsh", "Ciara Nolan", "Declan Foley"},
			deals:    []string{"Reading list of St Brigid's", "Atlases for Scoil Mhuire"}},
	}
}

// fillClients lets the two companies live up to the end of the house's own life.
func fillClients(ctx context.Context, store Store, end time.Time, hashing *argon2id.Params) error {
	for i, c := range clients() {
		c.clock, c.made = &clock{at: end.AddDate(0, 0, -clientDays).Add(time.Duration(i) * time.Hour)}, map[string][]audit.RecordID{}
		var err error
		if c.w, err = workspace.New(store, workspace.Options{Clock: c.clock.now, Hashing: hashing}); err != nil {
			return err
		}
		if err := c.live(ctx, end.Add(time.Duration(i-2)*7*time.Minute)); err != nil {
			return fmt.Errorf("demo: %s: %w", c.name, err)
		}
	}
	return nil
}

// live is three weeks: the owner begins, the agency comes in, something is deleted by mistake and brought back. The last of
// it happens at the end.
func (c *client) live(ctx context.Context, end time.Time) error {
	f, err := c.w.Found(ctx, workspace.Founding{Name: c.name, Timezone: c.zone, OwnerName: c.owner, OwnerEmail: c.email, OwnerPassword: Password})
	if err != nil {
		return err
	}
	c.id = f.Account.ID
	c.clock.pass(4 * time.Minute)
	if err := c.visit(ctx, c.email, c.ip, c.setUp); err != nil {
		return err
	}
	for i := range c.deals {
		c.clock.pass(21 * time.Hour)
		if err := c.visit(ctx, c.email, c.ip, func(ctx context.Context, owner audit.Caller) error { return c.propose(ctx, owner, i) }); err != nil {
			return err
		}
	}
	c.clock.pass(22 * time.Hour)
	if err := c.visit(ctx, c.email, c.ip, c.engage); err != nil {
		return err
	}
	c.clock.moveTo(end.AddDate(0, 0, -2).Add(-3 * time.Hour))
	if err := c.visit(ctx, c.email, c.ip, c.mistake); err != nil {
		return err
	}
	c.clock.pass(50 * time.Minute)
	if err := c.visit(ctx, agencyEmail, agencyIP, c.bringBack); err != nil {
		return err
	}
	c.clock.moveTo(end.Add(-5 * time.Minute))
	return c.visit(ctx, c.email, c.ip, func(ctx context.Context, owner audit.Caller) error {
		c.clock.pass(90 * time.Second)
		return c.update(ctx, owner, "opportunity", 1, "stage", string(c.made["stage"][2]))
	})
}

// visit is a login, some work, and the logout.
func (c *client) visit(ctx context.Context, email, ip string, work func(context.Context, audit.Caller) error) error {
	from := c.from(ip)
	in, err := c.w.Auth.Login(ctx, email, Password, from)
	if err != nil {
		return err
	}
	id, err := c.w.Auth.Authenticate(ctx, auth.Credentials{Cookie: in.Token, Account: c.id, Origin: from})
	if err != nil {
		return err
	}
	if err := work(ctx, id.Caller); err != nil {
		return err
	}
	c.clock.pass(2 * time.Minute)
	return c.w.Auth.Logout(ctx, id)
}

// mistake moves a deal, and deletes a contact that should have stayed.
func (c *client) mistake(ctx context.Context, owner audit.Caller) error {
	if err := c.update(ctx, owner, "opportunity", 0, "stage", string(c.made["stage"][1])); err != nil {
		return err
	}
	c.clock.pass(6 * time.Minute)
	contacts := c.made["contact"]
	_, err := c.w.Engine.Delete(ctx, owner, "contact", contacts[len(contacts)-1])
	return err
}

func (c *client) from(ip string) audit.Origin {
	return audit.Origin{Channel: audit.Web, Context: audit.Context{IP: ip, UserAgent: chromeMac, Request: string(c.w.Recorder.NewID())}}
}

// setUp is the first records.
func (c *client) setUp(ctx context.Context, owner audit.Caller) error {
	pipeline, err := c.create(ctx, owner, "pipeline", "name", c.pipeline)
	if err != nil {
		return err
	}
	for i, name := range c.stages {
		if _, err := c.create(ctx, owner, "stage", "pipeline", string(pipeline), "name", name, "position", strconv.Itoa(i+1)); err != nil {
			return err
		}
	}
	for _, name := range c.contacts {
		c.clock.pass(7 * time.Minute)
		if _, err := c.create(ctx, owner, "contact", "first_name", name); err != nil {
			return err
		}
	}
	return nil
}

// propose opens a deal.
func (c *client) propose(ctx context.Context, owner audit.Caller, i int) error {
	_, err := c.create(ctx, owner, "opportunity", "name", c.deals[i], "pipeline", string(c.made["pipeline"][0]), "stage", string(c.made["stage"][0]),
		"contact", string(c.made["contact"][i]), "value", strconv.Itoa(900+350*i))
	return err
}

// engage gives the agency's person a place in the account, which they take.
func (c *client) engage(ctx context.Context, owner audit.Caller) error {
	staff, err := c.create(ctx, owner, "staff", "name", agencyName, "email", agencyEmail, "role", auth.Agency, "title", "Agency", "status", "invited")
	if err != nil {
		return err
	}
	link, _, err := c.w.Invite(ctx, owner, staff)
	if err != nil {
		return err
	}
	c.clock.pass(25 * time.Minute)
	_, err = c.w.AcceptInvitation(ctx, link.Token, Password, c.from(agencyIP))
	return err
}

// bringBack lets the agency restore what was deleted last.
func (c *client) bringBack(ctx context.Context, ada audit.Caller) error {
	page, err := c.w.Log.Events(ctx, c.id, audit.Query{Limit: 1, Filter: audit.Filter{Where: audit.Is{Property: audit.ByType, Values: []string{"contact.deleted"}}}})
	if err != nil {
		return err
	}
	for _, s := range page.Events {
		at, err := s.Position()
		if err != nil {
			return err
		}
		c.clock.pass(2 * time.Minute)
		if _, err := c.w.Restore.Apply(ctx, ada, at.ID, restore.Request{}); err != nil {
			return err
		}
	}
	return nil
}

// create makes a record; fields come as key, text, key, text.
func (c *client) create(ctx context.Context, by audit.Caller, object string, fields ...string) (audit.RecordID, error) {
	in, err := c.input(object, fields)
	if err != nil {
		return "", err
	}
	rec, err := c.w.Engine.Create(ctx, by, object, in)
	if err != nil {
		return "", fmt.Errorf("create %s %v: %w", object, fields, err)
	}
	c.made[object] = append(c.made[object], rec.ID)
	return rec.ID, nil
}

func (c *client) update(ctx context.Context, by audit.Caller, object string, i int, fields ...string) error {
	in, err := c.input(object, fields)
	if err == nil {
		_, err = c.w.Engine.Update(ctx, by, object, c.made[object][i], in, 0)
	}
	return err
}

func (c *client) input(object string, fields []string) (crm.Input, error) {
	o, err := c.w.Schema.Object(object)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for i := 0; i < len(fields); i += 2 {
		texts[fields[i]] = fields[i+1]
	}
	return crm.Texts(o, texts), nil
}
