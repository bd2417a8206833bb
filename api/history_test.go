package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/client"
)

// kinds are the types of a record's history, the oldest first.
func (h *house) kinds(object, id string, f client.HistoryFilter) []string {
	h.t.Helper()
	var out []string
	for e, err := range h.owner.History(h.t.Context(), object, id, f) {
		must(h.t, err)
		out = append(out, e.Type)
	}
	slices.Reverse(out)
	return out
}

// A history with what belongs to the record has what was deleted long before, by itself or along with something else.
func TestHistoryOfBelongings(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	ana, bob := h.create("contact", client.Fields{"first_name": "Ana"}), h.create("contact", client.Fields{"first_name": "Bob"})
	note := h.create("note", client.Fields{"contact": ana.ID, "body": "Hello"})
	talk := h.create("conversation", client.Fields{"contact": ana.ID, "channel": "email"})
	h.create("message", client.Fields{"conversation": talk.ID, "direction": "out", "body": "Dear Ana"})
	h.create("note", client.Fields{"contact": bob.ID, "body": "Of another"})
	_, err := h.owner.Delete(ctx, "note", note.ID)
	must(t, err)
	_, err = h.owner.Delete(ctx, "conversation", talk.ID)
	must(t, err)
	_, err = h.owner.Update(ctx, "contact", ana.ID, client.Fields{"city": "Porto"}, 0)
	must(t, err)

	own := h.kinds("contact", ana.ID, client.HistoryFilter{})
	if got := strings.Join(own, " "); got != "contact.created contact.updated" {
		t.Errorf("its own history is %s", got)
	}
	with := h.kinds("contact", ana.ID, client.HistoryFilter{Related: true})
	for _, want := range []string{"contact.created", "contact.updated", "note.created", "note.deleted", "conversation.created", "message.created", "message.deleted", "conversation.deleted"} {
		if n := strings.Count(" "+strings.Join(with, " ")+" ", " "+want+" "); n != 1 {
			t.Errorf("with what belongs to it, %s is there %d times: %v", want, n, with)
		}
	}
	// What is gone has a history too, and the log and exports take the same filter.
	if got := h.kinds("conversation", talk.ID, client.HistoryFilter{Related: true}); !slices.Contains(got, "message.deleted") {
		t.Errorf("of a conversation that is gone: %v", got)
	}
	page, err := h.owner.EventPage(ctx, client.Filter{About: []string{ana.ID}, Field: []string{"body"}}, client.Paging{})
	must(t, err)
	if len(page.Items) != 4 {
		t.Errorf("about her, by the field of the body: %d events", len(page.Items))
	}
}

// A deal that went to another pipeline is in the histories of both.
func TestHistoryOfWhatMoved(t *testing.T) {
	h := newHouse(t)
	from, _, deals := h.pipeline("Sales", 1)
	to, stages, _ := h.pipeline("Partners", 0)
	_, err := h.owner.Update(t.Context(), "opportunity", deals[0].ID, client.Fields{"pipeline": to.ID, "stage": stages[0].ID}, 0)
	must(t, err)
	for _, p := range []client.Record{from, to} {
		if got := h.kinds("pipeline", p.ID, client.HistoryFilter{Related: true, Field: []string{"pipeline"}}); len(got) == 0 || !strings.HasPrefix(got[len(got)-1], "opportunity.") {
			t.Errorf("the history of %s: %v", p.Name, got)
		}
	}
}

func TestHistoryByField(t *testing.T) {
	h := newHouse(t)
	rec := h.create("contact", client.Fields{"first_name": "Ana", "last_name": "Silva"})
	for _, fields := range []client.Fields{{"city": "Porto"}, {"last_name": "Sousa"}, {"city": "Lisboa", "phone": "+351 21 123 4567"}} {
		_, err := h.owner.Update(t.Context(), "contact", rec.ID, fields, 0)
		must(t, err)
	}
	for _, tt := range []struct {
		fields []string
		want   int
	}{{nil, 4}, {[]string{"city"}, 2}, {[]string{"last_name"}, 2}, {[]string{"city", "last_name"}, 4}, {[]string{"name"}, 0}, {[]string{"country"}, 0}} {
		if got := h.kinds("contact", rec.ID, client.HistoryFilter{Field: tt.fields}); len(got) != tt.want {
			t.Errorf("by %v: %v, want %d events", tt.fields, got, tt.want)
		}
	}
	path := "/api/v1/records/contact/" + rec.ID + "/history"
	for query, field := range map[string]string{"related=perhaps": "related", "nonsense=1": "nonsense", "related=true&cursor=x": "cursor"} {
		if resp, p := h.raw(h.owner, "GET", path+"?"+query, nil, nil); resp.StatusCode != 400 || len(p.Fields) != 1 || p.Fields[0].Field != field {
			t.Errorf("%s: %d %s %+v", query, resp.StatusCode, p.Code, p.Fields)
		}
	}
	_, err := h.owner.HistoryPage(t.Context(), "company", rec.ID, client.HistoryFilter{Related: true}, client.Paging{})
	wantCode(t, err, 404, "not_found")
	_, err = h.member.HistoryPage(t.Context(), "contact", rec.ID, client.HistoryFilter{Related: true}, client.Paging{})
	wantCode(t, err, 403, "forbidden")
}

// An event tells what led to it, up to the first, and how much it caused.
func TestCauses(t *testing.T) {
	h := newHouse(t)
	pipeline, stages, _ := h.pipeline("Sales", 0)
	var b client.Batch
	for range 110 {
		b.Create = append(b.Create, client.BatchCreate{Fields: client.Fields{"name": "Deal", "pipeline": pipeline.ID, "stage": stages[0].ID}})
	}
	_, err := h.owner.Batch(t.Context(), "opportunity", b)
	must(t, err)
	_, err = h.owner.Delete(t.Context(), "pipeline", pipeline.ID)
	must(t, err)
	first, err := h.owner.Event(t.Context(), h.last("pipeline.deleted").ID)
	must(t, err)
	if len(first.Causes) != 0 || len(first.Caused) != 100 || first.CausedCount != first.Size-1 {
		t.Errorf("the first has %d causes, %d and %d of %d effects", len(first.Causes), len(first.Caused), first.CausedCount, first.Size)
	}
	part, err := h.owner.Event(t.Context(), h.last("opportunity.deleted").ID)
	must(t, err)
	if len(part.Causes) != 1 || part.Causes[0].ID != first.ID || part.Causes[0].Description != first.Description || part.CausedCount != 0 {
		t.Errorf("a part has the causes %+v", part.Causes)
	}
}
