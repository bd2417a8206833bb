package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/client"
)

func TestRecordLife(t *testing.T) {
	h := newHouse(t)
	company := h.create("company", client.Fields{"name": "Café Ñandú"})
	rec := h.create("contact", client.Fields{"first_name": "Ana", "last_name": "Silva", "email": "ANA@example.com", "company": company.ID, "tags": []string{"vip", "paris"}, "dnd": false})
	want := map[string]any{"email": "ana@example.com", "company": company.ID, "tags": []any{"paris", "vip"}, "dnd": false, "phone": nil, "owner": nil}
	for field, value := range want {
		got, there := rec.Fields[field]
		if !there || !cmp.Equal(got, value) {
			t.Errorf("%s is %v (%v), want %v", field, got, there, value)
		}
	}
	if rec.Name != "Ana Silva" || rec.Version != 1 {
		t.Errorf("created %+v", rec)
	}
	changed, err := h.member.Update(t.Context(), "contact", rec.ID, client.Fields{"last_name": "Costa", "tags": nil}, 1)
	must(t, err)
	if changed.Version != 2 || changed.Name != "Ana Costa" || changed.Fields["tags"] != nil {
		t.Errorf("updated %+v", changed)
	}
	_, err = h.owner.Update(t.Context(), "contact", rec.ID, client.Fields{"last_name": "Late"}, 1)
	wantCode(t, err, 412, "version_conflict")
	same, err := h.owner.Update(t.Context(), "contact", rec.ID, client.Fields{"last_name": "Costa"}, 0)
	must(t, err)
	if same.Version != 2 {
		t.Errorf("an update without a change made version %d", same.Version)
	}
	read, err := h.owner.Record(t.Context(), "contact", rec.ID)
	must(t, err)
	if diff := cmp.Diff(changed, read); diff != "" {
		t.Errorf("read another record than was written:\n%s", diff)
	}
	d, err := h.owner.Delete(t.Context(), "contact", rec.ID)
	must(t, err)
	if d.Deleted["contact"] != 1 || d.Operation == "" {
		t.Errorf("deleted %+v", d)
	}
	_, err = h.owner.Record(t.Context(), "contact", rec.ID)
	wantCode(t, err, 410, "deleted")
	_, err = h.owner.Delete(t.Context(), "contact", rec.ID)
	wantCode(t, err, 410, "deleted")
	var types []string
	for e, err := range h.owner.History(t.Context(), "contact", rec.ID, client.HistoryFilter{}) {
		must(t, err)
		types = append(types, e.Type)
	}
	if got := strings.Join(types, " "); !strings.HasPrefix(got, "contact.deleted ") || !strings.HasSuffix(got, " contact.created") {
		t.Errorf("the history is %s", got)
	}
}

func TestETag(t *testing.T) {
	h := newHouse(t)
	rec := h.create("contact", client.Fields{"first_name": "Ana"})
	path := "/api/v1/records/contact/" + rec.ID
	resp, _ := h.raw(h.owner, "GET", path, nil, nil)
	if resp.Header.Get("ETag") != `"1"` {
		t.Errorf("ETag is %s", resp.Header.Get("ETag"))
	}
	for ifMatch, status := range map[string]int{`"1"`: 200, `2`: 200, `*`: 200, `"1`: 400, "abc": 400, "0": 400, "-1": 400, `"99"`: 412, "99": 412} {
		fresh := h.create("contact", client.Fields{"first_name": "Bea"})
		if ifMatch == "2" {
			_, err := h.owner.Update(t.Context(), "contact", fresh.ID, client.Fields{"first_name": "Cleo"}, 0)
			must(t, err)
		}
		resp, p := h.raw(h.owner, "PATCH", "/api/v1/records/contact/"+fresh.ID, strings.NewReader(`{"fields":{"first_name":"Dora"}}`), map[string][]string{"If-Match": {ifMatch}})
		if resp.StatusCode != status {
			t.Errorf("If-Match %s: %d %s, want %d", ifMatch, resp.StatusCode, p.Code, status)
		}
	}
}

func TestListRecords(t *testing.T) {
	h := newHouse(t)
	acme := h.create("company", client.Fields{"name": "Acme"})
	for i := range 7 {
		fields := client.Fields{"first_name": fmt.Sprintf("Person %d", i), "type": "lead", "tags": []string{"all"}}
		if i%2 == 0 {
			fields["company"], fields["type"] = acme.ID, "customer"
		}
		h.create("contact", fields)
	}
	names := func(q client.Query, limit int) string {
		t.Helper()
		var out []string
		p := client.Paging{Limit: limit}
		for {
			page, err := h.owner.RecordPage(t.Context(), "contact", q, p)
			must(t, err)
			for _, r := range page.Items {
				out = append(out, strings.TrimPrefix(r.Name, "Person "))
			}
			if page.Next == "" {
				return strings.Join(out, "")
			}
			p.Cursor = page.Next
		}
	}
	for _, test := range []struct {
		q    client.Query
		want string
	}{
		{client.Query{Sort: "name"}, "0123456"},
		{client.Query{Sort: "-name"}, "6543210"},
		{client.Query{}, "6543210"},
		{client.Query{Words: "person 3"}, "3"},
		{client.Query{Words: "PERSON", Sort: "first_name"}, "0123456"},
		{client.Query{Where: map[string][]string{"company": {acme.ID}}, Sort: "name"}, "0246"},
		{client.Query{Where: map[string][]string{"company": {""}}, Sort: "name"}, "135"},
		{client.Query{Where: map[string][]string{"type": {"lead", "customer"}, "company": {acme.ID}}, Sort: "name"}, "0246"},
		{client.Query{Where: map[string][]string{"tags": {"all"}}, Sort: "name"}, "0123456"},
		{client.Query{Where: map[string][]string{"first_name": {"Person 5"}}}, "5"},
	} {
		if got := names(test.q, 2); got != test.want {
			t.Errorf("%+v finds %s, want %s", test.q, got, test.want)
		}
	}
}

func TestListMistakes(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "A"})
	h.create("contact", client.Fields{"first_name": "B"})
	page, err := h.owner.RecordPage(t.Context(), "contact", client.Query{Sort: "name"}, client.Paging{Limit: 1})
	must(t, err)
	for query, field := range map[string]string{
		"limit=0": "limit", "limit=501": "limit", "limit=abc": "limit", "limit=1.5": "limit", "limit=-1": "limit",
		"sort=nonsense": "sort", "sort=tags": "sort", "sort=": "", "filter[nonsense]=x": "filter[nonsense]", "filter[type]=nonsense": "filter[type]",
		"filter[company]=nonsense": "filter[company]", "filter=x": "filter", "nonsense=1": "nonsense", "Limit=1": "Limit", "q=%00": "q", "q=%ff": "q",
		"q=" + strings.Repeat("x", 501): "q", "cursor=nonsense": "cursor", "sort=-name&cursor=" + page.Next: "cursor", "q=a&sort=name&cursor=" + page.Next: "cursor",
		"sort=name&sort=name": "sort", "q=%zz": "query", "filter[first_name]=%00": "filter[first_name]",
	} {
		resp, p := h.raw(h.owner, "GET", "/api/v1/records/contact?"+query, nil, nil)
		if field == "" {
			if resp.StatusCode != 200 {
				t.Errorf("%s: %d %s", query, resp.StatusCode, p.Code)
			}
			continue
		}
		if resp.StatusCode != 400 || len(p.Fields) != 1 || p.Fields[0].Field != field || p.Fields[0].Code == "" || p.Fields[0].Detail == "" {
			t.Errorf("%.80s: %d %s %+v, want a mistake in %s", query, resp.StatusCode, p.Code, p.Fields, field)
		}
	}
	_, err = h.owner.RecordPage(t.Context(), "company", client.Query{Sort: "name"}, client.Paging{Limit: 1, Cursor: page.Next})
	wantCode(t, err, 400, "invalid_cursor")
	_, err = h.other.RecordPage(t.Context(), "contact", client.Query{Sort: "name"}, client.Paging{Limit: 1, Cursor: page.Next})
	wantCode(t, err, 400, "invalid_cursor")
	_, err = h.owner.RecordPage(t.Context(), "nonsense", client.Query{}, client.Paging{})
	wantCode(t, err, 404, "unknown_object")
}

func TestBatch(t *testing.T) {
	h := newHouse(t)
	a, b := h.create("contact", client.Fields{"first_name": "A"}), h.create("contact", client.Fields{"first_name": "B"})
	res, err := h.owner.Batch(t.Context(), "contact", client.Batch{
		Create: []client.BatchCreate{{Fields: client.Fields{"first_name": "C"}}, {Fields: client.Fields{"first_name": "D"}}},
		Update: []client.BatchUpdate{{ID: a.ID, Fields: client.Fields{"last_name": "New"}}},
		Delete: []string{b.ID},
	})
	must(t, err)
	if len(res.Created) != 2 || res.Created[1].Name != "D" || len(res.Updated) != 1 || res.Updated[0].Name != "A New" || res.Deleted["contact"] != 1 {
		t.Errorf("the batch did %+v", res)
	}
	page, err := h.owner.EventPage(t.Context(), client.Filter{Operation: []string{res.Operation}}, client.Paging{})
	must(t, err)
	if len(page.Items) != 4 {
		t.Errorf("the batch has %d events", len(page.Items))
	}
	_, err = h.owner.Batch(t.Context(), "contact", client.Batch{
		Create: []client.BatchCreate{{Fields: client.Fields{"first_name": "E"}}, {Fields: client.Fields{"email": "nonsense"}}},
	})
	wantStatus(t, err, 400)
	if p := err.(*client.Problem); len(p.Fields) != 1 || p.Fields[0].Field != "create[1].email" {
		t.Errorf("the mistakes are %+v", p.Fields)
	}
	found, err := h.owner.RecordPage(t.Context(), "contact", client.Query{Words: "e"}, client.Paging{})
	must(t, err)
	for _, r := range found.Items {
		if r.Name == "E" {
			t.Error("a batch that was refused left a record")
		}
	}
	_, err = h.owner.Batch(t.Context(), "contact", client.Batch{})
	wantCode(t, err, 400, "batch_size")
	_, err = h.owner.Batch(t.Context(), "contact", client.Batch{Delete: make([]string, 10_001)})
	wantCode(t, err, 400, "batch_size")
	_, err = h.owner.Batch(t.Context(), "contact", client.Batch{Delete: []string{unknownID}})
	wantStatus(t, err, 404)
}

func TestRecordAsOf(t *testing.T) {
	h := newHouse(t)
	before := time.Now()
	rec := h.create("contact", client.Fields{"first_name": "Ana", "source": "fair"})
	renamed, err := h.owner.Update(t.Context(), "contact", rec.ID, client.Fields{"first_name": "Anna", "source": nil, "tags": []string{"x"}}, 0)
	must(t, err)
	_, err = h.owner.Delete(t.Context(), "contact", rec.ID)
	must(t, err)
	deletion := h.last("contact.deleted")
	_, err = h.owner.Restore(t.Context(), deletion.ID, client.RestoreRequest{})
	must(t, err)
	for _, test := range []struct {
		at   time.Time
		want *client.Record
		code string
	}{
		{before, nil, "not_found"},
		{rec.UpdatedAt, &rec, ""},
		{renamed.UpdatedAt.Add(-time.Microsecond), &rec, ""},
		{renamed.UpdatedAt, &renamed, ""},
		{deletion.OccurredAt, nil, "deleted"},
	} {
		got, err := h.owner.RecordAsOf(t.Context(), "contact", rec.ID, test.at)
		if client.Code(err) != test.code {
			t.Errorf("as of %v: %v, want code %q", test.at, err, test.code)
		} else if test.want != nil {
			if diff := cmp.Diff(*test.want, got); diff != "" {
				t.Errorf("as of %v:\n%s", test.at, diff)
			}
		}
	}
	now, err := h.owner.Record(t.Context(), "contact", rec.ID)
	must(t, err)
	then, err := h.owner.RecordAsOf(t.Context(), "contact", rec.ID, time.Now())
	must(t, err)
	if diff := cmp.Diff(now, then); diff != "" {
		t.Errorf("as of now:\n%s", diff)
	}
	resp, p := h.raw(h.owner, "GET", "/api/v1/records/contact/"+rec.ID+"?as_of=yesterday", nil, nil)
	if resp.StatusCode != 400 || p.Fields[0].Field != "as_of" {
		t.Errorf("as_of=yesterday: %d %+v", resp.StatusCode, p)
	}
	_, err = h.member.RecordAsOf(t.Context(), "contact", rec.ID, time.Now())
	wantCode(t, err, 403, "forbidden")
	_, err = h.other.RecordAsOf(t.Context(), "contact", rec.ID, time.Now())
	wantStatus(t, err, 404)
}

// A reorder is told by an event of the pipeline; the stage's past knows it all the same.
func TestStageAsOf(t *testing.T) {
	h := newHouse(t)
	_, stages, _ := h.pipeline("Sales", 0)
	moved, err := h.owner.Update(t.Context(), "stage", stages[0].ID, client.Fields{"position": 9}, 0)
	must(t, err)
	for _, want := range []client.Record{stages[0], moved} {
		got, err := h.owner.RecordAsOf(t.Context(), "stage", want.ID, want.UpdatedAt)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the stage as of %v:\n%s", want.UpdatedAt, diff)
		}
	}
}

func TestObjects(t *testing.T) {
	h := newHouse(t)
	objects, err := h.member.Objects(t.Context())
	must(t, err)
	keys := map[string]bool{}
	for _, o := range objects {
		keys[o.Key] = true
		one, err := h.member.Object(t.Context(), o.Key)
		must(t, err)
		if diff := cmp.Diff(o, one); diff != "" {
			t.Errorf("%s:\n%s", o.Key, diff)
		}
	}
	for _, key := range []string{"contact", "company", "note", "task", "pipeline", "stage", "opportunity", "staff"} {
		if !keys[key] {
			t.Errorf("the object %s is missing", key)
		}
	}
	_, err = h.member.Object(t.Context(), "nonsense")
	wantCode(t, err, 404, "unknown_object")
}
