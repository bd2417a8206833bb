package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// drag posts as app.js does after a card or a stage was dragged.
func (b *browser) drag(path string, fields url.Values) answer {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	return b.do(r)
}

func TestBoard(t *testing.T) {
	w := newWorld(t)
	w.owner.get("/opportunities").want(t, 200, "No pipeline yet")
	pipeline, stages, deals := w.deal(3)
	w.update(deals[0], "status", "won", "currency", "USD")
	contact := w.create("contact", "first_name", "Ana")
	w.update(deals[1], "contact", string(contact.ID), "owner", string(w.ownerID))
	w.owner.get("/opportunities").want(t, 200, "Sales", "Deal 001", "Deal 002", "200.00 EUR", "Ana", "Olga Owner", "<span data-count>2</span>", "Move…").wantNot(t, "Deal 000")
	w.owner.get("/opportunities?status=all&pipeline="+string(pipeline.ID)).want(t, 200, "200.00 EUR + 100.00 USD", "<span data-count>3</span>", "Won")
	w.owner.get("/opportunities?pipeline="+string(deals[0].ID)).want(t, 404, "no such pipeline")
	w.owner.htmx("/opportunities").want(t, 200, "data-board-column").wantNot(t, "<html")

	move := "/opportunities/" + string(deals[1].ID) + "/move"
	w.owner.get(move).want(t, 200, "Open (now)", "Late", "Lost", "Reason")
	w.owner.htmx(move).want(t, 200, "data-dialog-auto").wantNot(t, "<html")
	w.owner.post(move, "stage", string(stages[1].ID), "version", "2", "show", "open").to(t, "/opportunities?pipeline="+string(pipeline.ID)+"&status=open")
	w.owner.get("/opportunities").want(t, 200, "was moved to Late", "<span data-count>1</span>")
	if got := w.newest("opportunity.stage_changed"); got.Description != `Moved "Deal 001" from Open to Late` || got.Channel != audit.Web {
		t.Errorf("the move is logged as %q by %s", got.Description, got.Channel)
	}
	// Somebody else moved it in the meantime.
	stale := w.owner.drag(move, url.Values{"stage": {string(stages[0].ID)}, "version": {"2"}})
	if stale.status != 412 || !strings.Contains(stale.body, "Somebody changed this opportunity") {
		t.Errorf("a stale move: %d %s", stale.status, stale.body)
	}
	if got := w.owner.drag(move, url.Values{"stage": {string(stages[0].ID)}, "version": {"3"}}); got.status != 204 {
		t.Errorf("a move: %d %s", got.status, got.body)
	}
	w.owner.drag(move, url.Values{"stage": {"nowhere"}}).want(t, 400)
	w.owner.drag(move, url.Values{"stage": {string(stages[0].ID)}, "version": {"x"}}).want(t, 400)
	w.owner.drag(move, url.Values{"stage": {string(contact.ID)}}).want(t, 400)

	status := "/opportunities/" + string(deals[1].ID) + "/status"
	w.owner.post(status, "status", "lost", "lost_reason", "Price", "version", "4", "show", "open").to(t, "/opportunities?pipeline="+string(pipeline.ID)+"&status=open")
	rec := w.record("opportunity", deals[1].ID)
	if rec.Fields["lost_reason"].Text() != "Price" || rec.Fields["closed"] == audit.None {
		t.Errorf("a lost opportunity has %v", rec.Fields)
	}
	w.owner.post(status, "status", "open")
	if rec := w.record("opportunity", deals[1].ID); rec.Fields["lost_reason"] != audit.None || rec.Fields["closed"] != audit.None {
		t.Errorf("an opportunity that was opened again has %v", rec.Fields)
	}
	w.owner.post(status, "status", "vanished").want(t, 400)
}

func TestBoardOfAFullStage(t *testing.T) {
	w := newWorld(t)
	pipeline, stages, _ := w.deal(boardCards + 4)
	w.owner.get("/opportunities").want(t, 200, "4 more in the list", "<span data-count>54</span>",
		`href="/opportunities/list?pipeline=`+string(pipeline.ID)+"&amp;stage="+string(stages[0].ID)+`&amp;status=open"`)
}

func TestPipelines(t *testing.T) {
	w := newWorld(t)
	w.owner.get("/pipelines").want(t, 200, "No pipeline yet", "Negotiation")
	w.owner.post("/pipelines", "name", "Sales", "stages", "One\r\n\r\nTwo\r\nThree")
	pipeline := w.newest("pipeline.created").Record.ID
	path := "/pipelines/" + string(pipeline)
	w.owner.get(path).want(t, 200, `value="One"`, `value="Three"`, "3 stages", "History", "Created pipeline")
	w.owner.post("/pipelines", "name", "sales", "stages", "A").want(t, 422, "Another pipeline has the Name", `value="sales"`)
	w.owner.post("/pipelines", "name", "Empty", "stages", " ").want(t, 422, "at least one stage")
	w.owner.post("/pipelines", "name", "Twice", "stages", "A\na").want(t, 422, "Another stage")

	w.owner.post(path, "name", "Deals", "description", "All of them", "version", "1").to(t, path)
	if got := w.newest("pipeline.renamed").Description; got != `Renamed pipeline "Sales" to "Deals"` {
		t.Errorf("the renaming is logged as %q", got)
	}
	w.owner.post(path, "name", "Late", "version", "1").want(t, 412)
	w.owner.post(path+"/stages", "name", "Four", "probability", "80").to(t, path+"#stages")
	w.owner.post(path+"/stages", "name", "four").want(t, 422, "Another stage in this Pipeline")
	w.member.get(path).want(t, 200, "One").wantNot(t, "History")
}

// stageNames are the stages of a pipeline in their order.
func (w *world) stages(pipeline audit.RecordID) (ids, names []string) {
	found, err := w.pagesSite().stagesOf(w.t.Context(), w.caller(), pipeline)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, st := range found {
		ids, names = append(ids, string(st.ID)), append(names, st.Name)
	}
	return ids, names
}

func TestStageOrderIsOneEvent(t *testing.T) {
	w := newWorld(t)
	w.owner.post("/pipelines", "name", "Sales", "stages", "One\nTwo\nThree\nFour")
	pipeline := w.newest("pipeline.created").Record.ID
	path := "/pipelines/" + string(pipeline) + "/stages/order"
	ids, _ := w.stages(pipeline)
	if got := w.owner.drag(path, url.Values{"order": {ids[3], ids[0], ids[1], ids[2]}}); got.status != 204 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if types := w.events(2); types[0] != "stage.reordered" || types[1] == "stage.reordered" {
		t.Errorf("the log ends with %v", types)
	}
	e := w.newest("stage.reordered")
	if len(e.Changes) != 4 || e.Record.ID != pipeline {
		t.Errorf("the event has %d changes on %s", len(e.Changes), e.Record.Object)
	}
	w.owner.get(eventAddress(e.ID)).want(t, 200, "Position", "Four")
	w.owner.post(path, "stage", ids[3], "step", "down").to(t, "/pipelines/"+string(pipeline)+"#stages")
	if _, names := w.stages(pipeline); strings.Join(names, " ") != "One Four Two Three" {
		t.Errorf("the order is %v", names)
	}
	n := len(w.events(500))
	w.owner.post(path, "stage", ids[0], "step", "up").to(t, "/pipelines/"+string(pipeline)+"#stages") // it is the first
	if got := len(w.events(500)); got != n {
		t.Errorf("a step beyond the end wrote %d events", got-n)
	}
	for _, order := range [][]string{{ids[0], ids[1], ids[2]}, {ids[0], ids[0], ids[1], ids[2]}, {ids[0], ids[1], ids[2], "x"}} {
		w.owner.drag(path, url.Values{"order": order}).want(t, 412, "changed in the meantime")
	}
}

func TestStageChangesAndDeletion(t *testing.T) {
	w := newWorld(t)
	pipeline, stages, _ := w.deal(2)
	back := "/pipelines/" + string(pipeline.ID) + "#stages"
	w.owner.post("/stages/"+string(stages[0].ID), "name", "First", "probability", "30", "version", "1").to(t, back)
	w.owner.get("/pipelines").want(t, 200, "Saved the stage")
	w.owner.post("/stages/"+string(stages[0].ID), "name", "Stale", "version", "1").to(t, back)
	w.owner.get("/pipelines").want(t, 200, "Somebody changed this stage")
	w.owner.post("/stages/"+string(stages[0].ID)+"/delete").to(t, back)
	w.owner.get("/pipelines").want(t, 200, "flash-error", "2 opportunities")
	w.record("stage", stages[0].ID)
	w.owner.post("/stages/"+string(stages[1].ID)+"/delete").to(t, back)
	w.owner.get("/stages/"+string(stages[1].ID)).want(t, 404)

	ask := w.owner.get("/pipelines/"+string(pipeline.ID)+"/delete").want(t, 200, "1 stage", "2 opportunities", "60 days")
	ask.want(t, 200, "Delete pipeline")
	w.owner.post("/pipelines/"+string(pipeline.ID)+"/delete").to(t, "/pipelines")
	w.owner.get("/pipelines").want(t, 200, "Deleted the pipeline", "It can be restored until", "operation=")
	w.owner.get("/pipelines/"+string(pipeline.ID)).want(t, 410)
}

func TestBoardNeedsThePermission(t *testing.T) {
	w := newWorld(t)
	_, stages, deals := w.deal(1)
	viewer := w.staff("viewer@example.com", "member", "active")
	w.update(viewer, "permissions", "records.only_assigned")
	b := w.login("viewer@example.com")
	b.get("/opportunities").want(t, 200).wantNot(t, "Deal 000")
	b.post("/opportunities/"+string(deals[0].ID)+"/move", "stage", string(stages[1].ID)).want(t, 404)
	w.update(deals[0], "owner", string(viewer.ID))
	b.get("/opportunities").want(t, 200, "Deal 000")
}

// Who sees just their own opportunities must not delete those of others with the pipeline, nor be offered it.
func TestPipelinesOfEverybody(t *testing.T) {
	w := newWorld(t)
	pipeline, stages, deals := w.deal(1)
	w.update(w.record("staff", w.memberID), "permissions", "records.only_assigned")
	here := "/pipelines/" + string(pipeline.ID)
	w.member.get("/pipelines").want(t, 200, "Sales").wantNot(t, "New pipeline", here+"/delete")
	w.member.get(here).want(t, 200, "Late").wantNot(t, here+"/delete", `method="post" action="/pipelines`, "/stages/")
	w.member.get(here+"/delete").want(t, 403)
	w.member.post(here+"/delete").want(t, 403)
	w.member.post("/stages/"+string(stages[1].ID)+"/delete").want(t, 403)
	w.member.post(here+"/stages/order", "order", string(stages[1].ID), "order", string(stages[0].ID)).want(t, 403)
	w.record("opportunity", deals[0].ID)
	w.record("stage", stages[1].ID)
}

func TestPositionsAreNumbers(t *testing.T) {
	at := func(n int) *crm.Record {
		return &crm.Record{ID: audit.RecordID(strconv.Itoa(n)), Fields: map[string]audit.Value{"position": audit.String(strconv.Itoa(n))}}
	}
	if comparePositions(at(2), at(10)) >= 0 || comparePositions(at(10), at(2)) <= 0 || comparePositions(at(3), at(3)) != 0 {
		t.Error("positions are not compared as numbers")
	}
}
