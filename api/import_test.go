package api_test

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/client"
)

func TestImport(t *testing.T) {
	h := newHouse(t)
	const file = "\ufeffFirst,Mail,Firm\r\nAna,ana@example.com,Acme\r\nBea,nonsense,Acme\r\nCleo,cleo@example.com,\r\n"
	in := client.Import{FileName: "people.csv", Mapping: map[string]string{"First": "first_name", "Mail": "email", "Firm": "company"},
		CreateMissing: []string{"company"}, MatchOn: "email", DryRun: true}
	run := func() client.ImportResult {
		t.Helper()
		in.File = strings.NewReader(file)
		res, err := h.owner.Import(t.Context(), "contact", in)
		must(t, err)
		return res
	}
	if res := run(); !res.DryRun || res.Operation != "" || res.Created != 2 || len(res.Failed) != 1 || res.Failed[0].Row != 3 || res.Failed[0].Field != "email" {
		t.Errorf("the dry run is %+v", res)
	}
	page, err := h.owner.RecordPage(t.Context(), "contact", client.Query{}, client.Paging{})
	must(t, err)
	if len(page.Items) != 0 {
		t.Errorf("the dry run left %d records", len(page.Items))
	}
	in.DryRun = false
	res := run()
	if res.Operation == "" || res.Rows != 3 || res.Created != 2 || res.Made["company"] != 1 {
		t.Errorf("the import is %+v", res)
	}
	if e := h.last("contact.created"); e.Channel != "import" || e.Operation != res.Operation {
		t.Errorf("a record is logged as %+v", e)
	}
	if again := run(); again.Created != 0 || again.Unchanged != 2 || again.Operation != "" {
		t.Errorf("the same import again is %+v", again)
	}
}

func TestImportMistakes(t *testing.T) {
	h := newHouse(t)
	part := func(name, content string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + content + "\r\n"
	}
	file := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nEmail\r\na@example.com\r\n"
	for name, test := range map[string]struct{ body, field string }{
		"no file":           {part("dry_run", "true"), "file"},
		"two files":         {file + file, "file"},
		"an unknown field":  {file + part("nonsense", "1"), "nonsense"},
		"a wrong flag":      {file + part("dry_run", "maybe"), "dry_run"},
		"a wrong mapping":   {file + part("mapping", "[1]"), "mapping"},
		"an unknown column": {file + part("mapping", `{"Nonsense":"email"}`), "mapping"},
		"an unknown target": {file + part("mapping", `{"Email":"nonsense"}`), "mapping"},
		"an unknown object": {file + part("create_missing", "nonsense"), "create_missing"},
		"a wrong match":     {file + part("match_on", "nonsense"), "match_on"},
		"a wrong format":    {file + part("date_format", "nonsense"), "date_format"},
	} {
		resp, p := h.raw(h.owner, "POST", "/api/v1/records/contact/import", strings.NewReader(test.body+"--b--\r\n"), map[string][]string{"Content-Type": {"multipart/form-data; boundary=b"}})
		if resp.StatusCode != 400 || len(p.Fields) == 0 || p.Fields[0].Field != test.field {
			t.Errorf("%s: %d %s %+v, want a mistake in %s", name, resp.StatusCode, p.Code, p.Fields, test.field)
		}
	}
	resp, p := h.raw(h.owner, "POST", "/api/v1/records/contact/import", strings.NewReader(`{}`), nil)
	if resp.StatusCode != 415 {
		t.Errorf("JSON instead of a form: %d %s", resp.StatusCode, p.Code)
	}
}
