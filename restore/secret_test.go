package restore_test

import (
	"slices"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

// requiredPIN is a secret field that every record must have.
func requiredPIN() crm.FieldInput {
	pin, yes := asked("PIN", crm.Secret), true
	pin.Required = &yes
	return pin
}

// The log holds no secret: what must have one comes back without it, and can be worked with.
func TestRestoreWithoutRequiredSecret(t *testing.T) {
	b := newBench(t)
	b.define("Door", asked("Name", crm.Text), requiredPIN(), pointing("Keeper", "contact", crm.Clear))
	ana := b.make("contact", map[string]string{"first_name": "Ana"})
	door := b.make("door", map[string]string{"name": "Front", "pin": "1234", "keeper": string(ana.ID)})
	plan, err := b.service.Apply(t.Context(), b.caller, b.remove(door), restore.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []restore.SecretPlan{{Object: "door", Field: "pin", Label: "PIN", Records: 1}}; !slices.Equal(plan.Secrets, want) {
		t.Errorf("the plan says of secrets %+v", plan.Secrets)
	}
	if now := b.records()[door.ID]; now == nil || now.Fields["pin"] != audit.None {
		t.Fatalf("the door is %+v", now)
	}
	b.edit(door, map[string]string{"name": "Back"})
	b.remove(ana) // which empties the door's keeper
	b.edit(door, map[string]string{"pin": "5678"})
	o, _ := b.engine.Schema(account).Object("door")
	if _, err := b.engine.Update(t.Context(), b.caller, "door", door.ID, crm.Texts(o, map[string]string{"pin": ""}), 0); errs.Code(err) != "required" {
		t.Errorf("the PIN emptied: %v", err)
	}
	if _, err := b.engine.Create(t.Context(), b.caller, "door", crm.Texts(o, map[string]string{"name": "Side"})); errs.Code(err) != "required" {
		t.Errorf("a new door without a PIN: %v", err)
	}
}

func TestUnmergeWithoutRequiredSecret(t *testing.T) {
	b := newBench(t)
	b.redefine("contact", crm.ObjectInput{Fields: []crm.FieldInput{requiredPIN()}})
	winner := b.make("contact", map[string]string{"first_name": "Ana", "pin": "1"})
	loser := b.make("contact", map[string]string{"first_name": "Anna", "pin": "2", "city": "Porto"})
	done, err := b.engine.Merge(t.Context(), b.caller, "contact", crm.Merge{Winner: winner.ID, Loser: loser.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.service.Undo(t.Context(), b.caller, audit.EventID(done.Operation), restore.Request{}); err != nil {
		t.Fatal(err)
	}
	now := b.records()
	if now[winner.ID].Fields["pin"] != audit.Bool(true) || now[winner.ID].Fields["city"] != audit.None || now[loser.ID].Fields["city"].Text() != "Porto" {
		t.Errorf("the winner has %v, the loser %v", now[winner.ID].Fields, now[loser.ID].Fields)
	}
}
