package api_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/client"
)

func TestMergeLife(t *testing.T) {
	h := newHouse(t)
	winner := h.create("contact", client.Fields{"first_name": "Ana", "tags": []string{"vip"}})
	loser := h.create("contact", client.Fields{"first_name": "Anna", "email": "ana@example.com", "tags": []string{"b2b"}})
	note := h.create("note", client.Fields{"contact": loser.ID, "body": "Likes tea"})
	plan, err := h.owner.Merge(t.Context(), "contact", winner.ID, client.MergeRequest{Loser: loser.ID, DryRun: true})
	must(t, err)
	if plan.Operation != "" || len(plan.Fields) != 3 || !cmp.Equal(plan.Moves, []client.MergeMove{{Object: "note", Field: "contact", Count: 1}}) {
		t.Errorf("the plan is %+v", plan)
	}
	_, err = h.owner.Update(t.Context(), "contact", loser.ID, client.Fields{"city": "Porto"}, 0)
	must(t, err)
	_, err = h.owner.Merge(t.Context(), "contact", winner.ID, client.MergeRequest{Loser: loser.ID, Plan: plan.Plan})
	wantCode(t, err, 409, "plan_stale")
	done, err := h.owner.Merge(t.Context(), "contact", winner.ID, client.MergeRequest{Loser: loser.ID, Fields: map[string]string{"first_name": "loser"}})
	must(t, err)
	if done.Winner.Name != "Anna" || done.Winner.Text("email") != "ana@example.com" || done.Winner.Text("city") != "Porto" || done.Operation == "" {
		t.Errorf("the winner became %+v", done.Winner)
	}
	_, err = h.owner.Record(t.Context(), "contact", loser.ID)
	wantCode(t, err, 410, "deleted")
	if p, ok := err.(*client.Problem); !ok || p.MergedInto == nil || p.MergedInto.ID != winner.ID || p.MergedInto.Name != "Ana" {
		t.Errorf("the loser's link says %+v", err)
	}
	_, err = h.owner.Merge(t.Context(), "contact", winner.ID, client.MergeRequest{Loser: loser.ID})
	wantCode(t, err, 410, "deleted")
	_, err = h.owner.Merge(t.Context(), "contact", winner.ID, client.MergeRequest{Loser: winner.ID})
	wantCode(t, err, 400, "same_record")
	lead := h.last("contact.merged")
	if lead.ID != done.Operation || lead.Restore.State != "available" {
		t.Errorf("the log says %+v", lead)
	}
	back, err := h.owner.Undo(t.Context(), lead.ID, client.RestoreRequest{})
	must(t, err)
	if back.MergedInto == nil || back.MergedInto.ID != winner.ID || back.Relinks != 1 {
		t.Errorf("taken back as %+v", back)
	}
	for _, was := range []client.Record{winner, note} {
		now, err := h.owner.Record(t.Context(), was.Object, was.ID)
		must(t, err)
		if diff := cmp.Diff(was.Fields, now.Fields); diff != "" {
			t.Errorf("%s came back as another:\n%s", was.Name, diff)
		}
	}
	_, err = h.owner.Undo(t.Context(), lead.ID, client.RestoreRequest{})
	wantCode(t, err, 409, "already_restored")
	if e := h.last("contact.merged"); e.Restore.State != "restored" {
		t.Errorf("the merge is %+v", e.Restore)
	}
}
