package api_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/api"
	"github.com/backtrail/backtrail/client"
)

func TestBadBodies(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"email": "taken@example.com"})
	long := strings.Repeat("x", 1<<20)
	for name, test := range map[string]struct{ body, field, code string }{
		"no JSON":                {`hello`, "body", "invalid_json"},
		"nothing":                {` `, "body", "invalid_json"},
		"cut off":                {`{"fields":{"first_name":"A"`, "body", "invalid_json"},
		"something behind":       {`{"fields":{"first_name":"A"}} {}`, "body", "trailing_data"},
		"a list":                 {`[]`, "body", "invalid_type"},
		"null":                   {`null`, "body", "invalid_type"},
		"no fields":              {`{}`, "fields", "required"},
		"fields of a wrong type": {`{"fields":[]}`, "fields", "invalid_type"},
		"an unknown member":      {`{"fields":{"first_name":"A"},"id":"x"}`, "id", "unknown_field"},
		"another case":           {`{"Fields":{"first_name":"A"}}`, "", ""},
		"a name twice":           {`{"fields":{"first_name":"A","first_name":"B"}}`, "fields.first_name", "repeated_name"},
		"an unknown field":       {`{"fields":{"first_name":"A","nonsense":1}}`, "nonsense", "unknown_field"},
		"a wrong type":           {`{"fields":{"first_name":5}}`, "first_name", "invalid_type"},
		"a wrong email":          {`{"fields":{"email":"nonsense"}}`, "email", "invalid_email"},
		"a wrong option":         {`{"fields":{"first_name":"A","type":"nonsense"}}`, "type", "invalid_option"},
		"a dangling reference":   {`{"fields":{"first_name":"A","company":"` + unknownID + `"}}`, "company", ""},
		"a reference elsewhere":  {`{"fields":{"first_name":"A","company":"x"}}`, "company", "invalid_reference"},
		"NUL":                    {`{"fields":{"first_name":"A\u0000"}}`, "fields.first_name", "invalid_character"},
		"NUL as a byte":          {"{\"fields\":{\"first_name\":\"A\x00\"}}", "", "invalid_character"},
		"NUL in a name":          {`{"fields":{"first\u0000":"A"}}`, "fields.first\x00", "invalid_character"},
		"a lone high surrogate":  {`{"fields":{"first_name":"\ud800"}}`, "fields.first_name", "lone_surrogate"},
		"a lone low surrogate":   {`{"fields":{"tags":["a","\udc00"]}}`, "fields.tags[1]", "lone_surrogate"},
		"a wrong pair":           {`{"fields":{"first_name":"\ud800\u0041"}}`, "fields.first_name", "lone_surrogate"},
		"not UTF-8":              {"{\"fields\":{\"first_name\":\"\xff\"}}", "body", "invalid_utf8"},
		"a name of 1 MB":         {`{"fields":{"first_name":"` + long + `"}}`, "first_name", "too_long"},
		"a depth bomb":           {strings.Repeat("[", 1_000_000), "body", "too_deep"},
		"a huge number":          {`{"fields":{"first_name":1e999999999}}`, "", ""},
	} {
		resp, p := h.raw(h.owner, "POST", "/api/v1/records/contact", strings.NewReader(test.body), nil)
		if resp.StatusCode != 400 || len(p.Fields) == 0 || test.field != "" && p.Fields[0].Field != test.field || test.code != "" && p.Fields[0].Code != test.code {
			t.Errorf("%s: %d %s %.300s, want %s in %s", name, resp.StatusCode, p.Code, p.Fields, test.code, test.field)
		}
	}
	_, err := h.owner.Create(t.Context(), "contact", client.Fields{"email": "TAKEN@example.com"})
	wantCode(t, err, 409, "unique_taken")
	resp, p := h.raw(h.owner, "POST", "/api/v1/records/contact", strings.NewReader(`first_name=A`), map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}})
	if resp.StatusCode != 415 || p.Code != "unsupported_media_type" {
		t.Errorf("a form: %d %s", resp.StatusCode, p.Code)
	}
	resp, p = h.raw(h.owner, "GET", "/api/v1/objects", strings.NewReader(`{}`), nil)
	if resp.StatusCode != 400 || p.Code != "unexpected_body" {
		t.Errorf("a body that nobody takes: %d %s", resp.StatusCode, p.Code)
	}
	if logs := h.logs.String(); strings.Contains(logs, "level=ERROR") {
		t.Errorf("bad input was logged as an error of ours:\n%.2000s", logs)
	}
}

func TestBodyLimit(t *testing.T) {
	h := newHouse(t)
	body := func(size int) *bytes.Reader {
		head, tail := `{"fields":{"first_name":"`, `"}}`
		return bytes.NewReader([]byte(head + strings.Repeat("x", size-len(head)-len(tail)) + tail))
	}
	resp, p := h.raw(h.owner, "POST", "/api/v1/records/contact", body(api.MaxBody+1), nil)
	if resp.StatusCode != 413 || p.Code != "body_too_large" {
		t.Errorf("10 MiB + 1: %d %s", resp.StatusCode, p.Code)
	}
	// Without a length the body has to be read to be found too long.
	resp, p = h.raw(h.owner, "POST", "/api/v1/records/contact", struct{ *bytes.Reader }{body(api.MaxBody + 1)}, nil)
	if resp.StatusCode != 413 || p.Code != "body_too_large" {
		t.Errorf("10 MiB + 1 in chunks: %d %s", resp.StatusCode, p.Code)
	}
	resp, p = h.raw(h.owner, "POST", "/api/v1/records/contact", body(api.MaxBody), nil)
	if resp.StatusCode != 400 || p.Code != "too_long" {
		t.Errorf("10 MiB: %d %s", resp.StatusCode, p.Code)
	}
}

func TestTextSurvives(t *testing.T) {
	h := newHouse(t)
	for _, text := range []string{"مرحبا بالعالم", "שלום", "e\u0301e\u0302", "👩‍👩‍👧‍👦 family", "\u202eabc", "a\u2028b", `<script>alert("x")</script>`, `\u0041 \\ "`, "日本語", "𝒳 pair"} {
		rec := h.create("contact", client.Fields{"first_name": text})
		read, err := h.owner.Record(t.Context(), "contact", rec.ID)
		must(t, err)
		if read.Text("first_name") != text {
			t.Errorf("wrote %q, read %q", text, read.Text("first_name"))
		}
		e := h.last("contact.created")
		if e.Changes[0].After != text || e.Record.ID != rec.ID {
			t.Errorf("wrote %q, logged %q", text, e.Changes[0].After)
		}
	}
}

func TestNoRoute(t *testing.T) {
	h := newHouse(t)
	resp, p := h.raw(h.owner, "GET", "/api/v1/nonsense", nil, nil)
	if resp.StatusCode != 404 || p.Code != "unknown_path" {
		t.Errorf("an unknown path: %d %s", resp.StatusCode, p.Code)
	}
	resp, p = h.raw(h.owner, "PUT", "/api/v1/audit/facets", nil, nil)
	if resp.StatusCode != 405 || p.Code != "method_not_allowed" || resp.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("an unknown method: %d %s, Allow %s", resp.StatusCode, p.Code, resp.Header.Get("Allow"))
	}
}
