package web

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/crm"
)

// A name is typed where something is lost for good, and nowhere else: a deletion that loses a secret asks for it, another one does not.
func TestWhatIsLostForGoodIsTyped(t *testing.T) {
	w := newWorld(t)
	const typed = "to confirm"
	with := w.create("integration", "provider", "Stripe", "api_key", "sk_1")
	without := w.create("integration", "provider", "Mail")
	at := func(rec *crm.Record) string { return recordAddress(rec.Object, rec.ID) + "/delete" }
	w.owner.get(at(without)).want(t, 200, "can be restored").wantNot(t, typed, "Lost for good")
	w.owner.post(at(without)).want(t, 303)
	w.owner.get(at(with)).want(t, 200, "Lost for good", "API key of 1 integration", "Stripe</bdi> to confirm")
	w.owner.post(at(with)).want(t, 422, "Nothing was done", "Type the name exactly")
	w.record("integration", with.ID)
	w.owner.post(at(with), "last_word", "Stripe").want(t, 303)

	// What goes along loses its secrets too.
	door, yes, secret, ref, property := "Door", true, crm.Secret, crm.RefType, "company"
	name, pin, house, cascade := "Name", "PIN", "House", crm.Cascade
	if _, err := w.ws.Engine.CreateObject(t.Context(), w.caller(), crm.ObjectInput{Label: &door, Fields: []crm.FieldInput{{Label: &name}, {Label: &pin, Type: &secret, Required: &yes},
		{Label: &house, Type: &ref, Object: &property, OnDelete: &cascade}}}); err != nil {
		t.Fatal(err)
	}
	acme := w.create("company", "name", "Acme")
	w.owner.get(at(acme)).want(t, 200).wantNot(t, typed)
	for _, fields := range []crm.Input{{"name": []byte(`"Front"`), "pin": []byte(`"1"`), "house": []byte(`"` + string(acme.ID) + `"`)}, {"name": []byte(`"Back"`), "pin": []byte(`"2"`)}} {
		if _, err := w.ws.Engine.Create(t.Context(), w.caller(), "door", fields); err != nil {
			t.Fatal(err)
		}
	}
	w.owner.get(at(acme)).want(t, 200, "PIN of 1 door", "Acme</bdi> to confirm")
	if _, err := w.ws.Engine.ChangeObject(t.Context(), w.caller(), "contact", crm.ObjectInput{Fields: []crm.FieldInput{{Label: &pin, Type: &secret}}}, 0); err != nil {
		t.Fatal(err)
	}
	ana := w.create("contact", "first_name", "Ana")
	bo, err := w.ws.Engine.Create(t.Context(), w.caller(), "contact", crm.Input{"first_name": []byte(`"Bo"`), "pin": []byte(`"1"`)})
	if err != nil {
		t.Fatal(err)
	}
	w.owner.get("/contacts/"+string(bo.ID)+"/merge?with="+string(ana.ID)).want(t, 200).wantNot(t, typed)
	merge := "/contacts/" + string(ana.ID) + "/merge"
	merging := w.owner.get(merge+"?with="+string(bo.ID)).want(t, 200, "PIN of 1 contact", "Bo</bdi> to confirm")
	planned := merging.between(t, `name="token" value="`, `"`)
	w.owner.post(merge, "with", string(bo.ID), "token", planned).want(t, 422, "Type the name exactly")
	w.owner.post(merge, "with", string(bo.ID), "token", planned, "last_word", "Bo").want(t, 303)
	bulk := []string{"do", "delete", "all", "1"}
	ask := w.owner.get("/objects/door/bulk?do=delete&all=1").want(t, 200, "PIN of 2 doors", "2 doors</bdi> to confirm")
	token := ask.between(t, `name="token" value="`, `"`)
	w.owner.post("/objects/door/bulk", append(bulk, "token", token)...).want(t, 422, "Type the name exactly")
	field, object := "/settings/objects/door/fields/pin/remove", "/settings/objects/door/delete"
	w.owner.get(field).want(t, 200, "PIN of 2 doors", "PIN</bdi> to confirm")
	w.owner.post(field).want(t, 422, "Type the name exactly")
	w.owner.get("/settings/objects/door/fields/house/remove").want(t, 200).wantNot(t, typed)
	w.owner.get(object).want(t, 200, "PIN of 2 doors", "Door</bdi> to confirm")
	w.owner.post(object).want(t, 422, "Type the name exactly")
	w.owner.post("/objects/door/bulk", append(bulk, "token", token, "last_word", "2 doors")...).want(t, 303)
	w.owner.get(object).want(t, 200).wantNot(t, typed)
	w.owner.post(object).want(t, 303)
}

// between is what stands in the page between two texts.
func (a answer) between(t *testing.T, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, from)
	if !ok {
		t.Fatalf("the page has no %s", from)
	}
	text, _, _ := strings.Cut(rest, to)
	return text
}
