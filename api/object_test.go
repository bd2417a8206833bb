package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/client"
)

func TestCustomObjects(t *testing.T) {
	h := newHouse(t)
	made, err := h.owner.CreateObject(t.Context(), client.ObjectInput{Label: "Property", LabelPlural: "Properties", Fields: []client.FieldInput{
		{Label: "Address"}, {Label: "Price", Type: "money"}, {Label: "Agent", Type: "ref", Object: "contact"},
		{Label: "Status", Type: "select", Options: []client.Option{{Label: "For sale"}, {Label: "Sold"}}}}})
	must(t, err)
	if made.Key != "property" || !made.Custom || made.Module != "custom" || made.Version != 1 || len(made.Fields) != 4 || made.Fields[2].OnDelete != "clear" || made.Fields[3].Options[0].Key != "for_sale" {
		t.Errorf("made %+v", made)
	}
	listed, err := h.owner.Objects(t.Context())
	must(t, err)
	if listed[len(listed)-1].Key != "property" {
		t.Error("the object is not in the list")
	}
	house := h.create("property", client.Fields{"address": "1 Elm St", "price": "1200", "status": "sold"})
	if house.Name != "1 Elm St" || house.Fields["price"] != "1200.00" {
		t.Errorf("made %+v", house)
	}
	if e := h.last("property.created"); e.Module != "custom" || e.Description != `Created property "1 Elm St"` {
		t.Errorf("%+v", e)
	}
	// An option with records goes by a preview, and not at all without saying what becomes of them.
	change := client.ObjectInput{Fields: []client.FieldInput{{Key: "status", Options: []client.Option{{Key: "for_sale", Label: "For sale"}}}}}
	change.DryRun = true
	preview, err := h.owner.UpdateObject(t.Context(), "property", change)
	must(t, err)
	if len(preview.Effects) != 1 || preview.Effects[0].Kind != "lost" || preview.Effects[0].Examples[0].Value != "Sold" || preview.Operation != "" {
		t.Errorf("preview %+v", preview)
	}
	change.DryRun = false
	_, err = h.owner.UpdateObject(t.Context(), "property", change)
	wantCode(t, err, 409, "values_in_the_way")
	change.Fields[0].Moves = map[string]string{"sold": "for_sale"}
	done, err := h.owner.UpdateObject(t.Context(), "property", change)
	must(t, err)
	if done.Version != 2 || done.Operation == "" {
		t.Errorf("done %+v", done)
	}
	if rec, err := h.owner.Record(t.Context(), "property", house.ID); err != nil || rec.Fields["status"] != "for_sale" {
		t.Errorf("%v %+v", err, rec)
	}
	// What was read can be sent back; nobody changes what they have not seen.
	resp, _ := h.raw(h.owner, "PATCH", "/api/v1/objects/property", strings.NewReader(`{"label":"House"}`), http.Header{"If-Match": {`"1"`}})
	if resp.StatusCode != 412 {
		t.Errorf("on an old version: %d", resp.StatusCode)
	}
	contact, err := h.owner.Object(t.Context(), "contact")
	must(t, err)
	if contact.Version != 0 || contact.Custom {
		t.Errorf("contact %+v", contact)
	}
	// It is nobody else's.
	_, err = h.other.Object(t.Context(), "property")
	wantCode(t, err, 404, "unknown_object")
	_, err = h.other.Create(t.Context(), "property", client.Fields{"address": "x"})
	wantCode(t, err, 404, "unknown_object")
	_, err = h.other.Record(t.Context(), "property", house.ID)
	wantCode(t, err, 404, "unknown_object")
	_, err = h.other.UpdateObject(t.Context(), "property", client.ObjectInput{Label: "Mine"})
	wantCode(t, err, 404, "unknown_object")
	_, err = h.other.DeleteObject(t.Context(), "property")
	wantCode(t, err, 404, "unknown_object")
	_, err = h.member.CreateObject(t.Context(), client.ObjectInput{Label: "Mine"})
	wantCode(t, err, 403, "forbidden")
	_, err = h.owner.DeleteObject(t.Context(), "contact")
	wantCode(t, err, 422, "built_in")

	gone, err := h.owner.DeleteObject(t.Context(), "property")
	must(t, err)
	if diff := cmp.Diff(map[string]int{"object": 1, "property": 1}, gone.Deleted); diff != "" {
		t.Error(diff)
	}
	// What the log has of it still reads.
	if e := h.last("property.created"); e.Description != `Created property "1 Elm St"` {
		t.Errorf("%+v", e)
	}
}
