package importer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/importer"
)

func TestCells(t *testing.T) {
	w := newWorld(t)
	w.pipeline("Sales", "New")
	res := w.csv(importer.Request{Object: "contact", Region: "US"},
		"First name,Email,Phone,Website,Type,Tags,Do not disturb,Date of birth\n"+
			"\"Ana\nMaria\",ANA@Example.com,(202) 456-1111 x12,example.com,Customer,\"vip; paris,VIP\",yes,13/04/68\n"+
			"Bo,,n/a,,,,,01/02/1990\n")
	if res.Created != 2 {
		t.Fatalf("%+v", res)
	}
	recs := w.records("contact")
	for name, want := range map[string]string{
		"Ana Maria": `email=ana@example.com phone=+1 202-456-1111 ext. 12 website=https://example.com type=customer tags=["VIP","paris","vip"] dnd=true date_of_birth=1968-04-13`,
		"Bo":        `email= phone= website= type=lead tags= dnd= date_of_birth=1990-02-01`,
	} {
		if got := w.shown(recs[name], "email phone website type tags dnd date_of_birth"); got != want {
			t.Errorf("%s\n got %s\nwant %s", name, got, want)
		}
	}

	w.csv(importer.Request{Object: "opportunity"}, "Deal,Stage,Value,Closed\nOne,new,\"€ 1.054,50\",2026-03-01\n")
	if got := w.shown(w.records("opportunity")["One"], "value currency closed status"); got != "value=1054.50 currency=EUR closed=2026-03-01 status=open" {
		t.Error(got)
	}
	// A time without a zone is one of the account's (Lisbon, in summer).
	w.csv(importer.Request{Object: "task"}, "Title,Due,Completed\nCall,2026-07-01 09:30,no\n")
	if got := w.shown(w.records("task")["Call"], "due completed"); got != "due=2026-07-01T08:30:00.000000Z completed=false" {
		t.Error(got)
	}
}

func TestBadRowsStayOut(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "email=taken@example.com")
	text := "First name,Email,Date of birth,Phone\n" +
		"Ana,ana@example.com,1990-01-02,\n" +
		"Bo,not an email,yesterday,\n" +
		"Cy,ANA@example.com,,\n" +
		"Di,taken@example.com,,\n" +
		"Ed,ed@example.com\n" +
		",,,\n" +
		",,1990-01-01,\n" +
		"Flo,flo@example.com,,12\n"
	res := w.csv(importer.Request{Object: "contact", FileName: "people.csv"}, text)
	want := `3 email: Email must be an email address such as ana@example.com. Date of birth: "yesterday" is not a date. Write dates as 2020-08-26.
4 email: Row 2 has the Email "ana@example.com" already.
5 email: Another contact has the Email "taken@example.com". To change the records that are there, match on email.
6 : Row 6 has too few cells: 2 instead of 4. Look for a missing or a spare comma; a value that holds one must stand in quotes.
8 first_name: A contact needs a name, an email or a phone number.
9 phone: Phone: "12" is not a phone number: it has fewer than 7 digits. Correct it or leave the cell empty.`
	if diff := cmp.Diff(want, told(res.Failed)); diff != "" || res.Created != 1 || res.Rows != 7 {
		t.Errorf("%+v\n%s", res, diff)
	}
	if lead := w.operation(res.Operation)[0]; lead.Description != "Imported 1 contact from people.csv (6 rows left out)" {
		t.Error(lead.Description)
	}
	// The same with values left out: what is required, and what is taken, still stands in the way.
	res = w.csv(importer.Request{Object: "contact", LeaveEmpty: true, MatchOn: "first_name"}, text)
	if res.Created != 2 || res.Unchanged != 1 || res.WarningNum != 4 || res.FailedRows != 4 {
		t.Errorf("%+v", res)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	const text = "Name,E-mail,When\nAna,ana@example.com,01/02/2020\n"
	m := mapped("Name=first_name")
	for name, tt := range map[string]struct {
		r                 importer.Request
		text, code, field string
		detail            string
	}{
		"unknown object":         {r: importer.Request{Object: "ship"}, code: "unknown_object"},
		"unknown column":         {r: importer.Request{Object: "contact", Mapping: mapped("Nmae=first_name")}, code: "unknown_column", field: "mapping", detail: `"Nmae"`},
		"unknown field":          {r: importer.Request{Object: "contact", Mapping: mapped("Name=nick")}, code: "unknown_field", field: "mapping", detail: `"nick"`},
		"two to one":             {r: importer.Request{Object: "contact", Mapping: mapped("Name=email", "E-mail=email")}, code: "field_taken", field: "mapping", detail: `"E-mail" and "Name"`},
		"nothing mapped":         {r: importer.Request{Object: "contact", Mapping: map[string]string{"Name": ""}}, code: "nothing_mapped", field: "mapping"},
		"required column":        {r: importer.Request{Object: "company", Mapping: mapped("E-mail=email")}, code: "required", field: "mapping", detail: "need a value for Name"},
		"unknown default":        {r: importer.Request{Object: "contact", Mapping: m, Defaults: mapped("nick=x")}, code: "unknown_field", field: "defaults"},
		"bad default":            {r: importer.Request{Object: "contact", Mapping: m, Defaults: mapped("type=dog")}, code: "invalid_option", field: "defaults", detail: `Type: "dog"`},
		"default names nothing":  {r: importer.Request{Object: "contact", Mapping: m, Defaults: mapped("company=Nowhere")}, code: "unknown_reference", field: "defaults", detail: `"Nowhere"`},
		"unknown match":          {r: importer.Request{Object: "contact", Mapping: m, MatchOn: "nick"}, code: "unknown_field", field: "match_on"},
		"match without a column": {r: importer.Request{Object: "contact", Mapping: m, MatchOn: "email"}, code: "not_mapped", field: "match_on"},
		"match on tags":          {r: importer.Request{Object: "contact", Mapping: mapped("Name=tags"), MatchOn: "tags"}, code: "not_matchable", field: "match_on"},
		"unknown to make":        {r: importer.Request{Object: "contact", Mapping: m, CreateMissing: []string{"ship"}}, code: "unknown_object", field: "create_missing"},
		"date format":            {r: importer.Request{Object: "contact", Mapping: m, DateFormat: "ddmm"}, code: "unknown_option", field: "date_format"},
		"open dates":             {r: importer.Request{Object: "contact", Mapping: mapped("When=date_of_birth", "Name=first_name")}, code: "ambiguous_dates", field: "date_format", detail: `Column "When"`},
		"region":                 {r: importer.Request{Object: "contact", Mapping: m, Region: "Narnia"}, code: "unknown_option", field: "region"},
		"empty":                  {r: importer.Request{Object: "contact"}, text: "\n", code: "empty_file"},
		"no rows":                {r: importer.Request{Object: "contact"}, text: "Name\n", code: "no_rows"},
		"NUL":                    {r: importer.Request{Object: "contact"}, text: "Name\nA\x00\n", code: "nul_byte"},
		"no header":              {r: importer.Request{Object: "contact"}, text: "Ana,ana@example.com\nBo,bo@example.com\n", code: "nothing_mapped", field: "mapping"},
		"wrong delimiter":        {r: importer.Request{Object: "contact", Options: importer.Options{Delimiter: ';'}}, text: text, code: "wrong_delimiter"},
		"too many rows":          {r: importer.Request{Object: "contact"}, text: "Email\n" + strings.Repeat("a@example.com\n", importer.MaxRows+1), code: "too_many_rows"},
		"too large":              {r: importer.Request{Object: "contact"}, text: strings.Repeat(" ", importer.MaxFile+1), code: "file_too_large"},
	} {
		if tt.text == "" {
			tt.text = text
		}
		err := w.refused(tt.r, tt.text)
		e := errs.Of(err)
		code, field := e.Code, ""
		if len(e.Fields) > 0 {
			field = e.Fields[0].Field
		}
		if code != tt.code || field != tt.field || !strings.Contains(e.Detail, tt.detail) {
			t.Errorf("%s: %s %q, want %s %q: %s", name, code, field, tt.code, tt.field, e.Detail)
		}
	}
}

func TestFilesOfAllForms(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		o    importer.Options
		m    map[string]string
	}{
		"byte-order mark and CRLF": {text: "\ufeffFirst name,Email\r\nZoë,z@example.com\r\n"},
		"latin-1":                  {text: "First name;Email\nZo\xeb;z@example.com\n"},
		"quotes":                   {text: "\"First name\",\"Email\"\n\"Zoë\",\"z@example.com\"\n"},
		"no header":                {text: "Zoë,z@example.com\n", o: importer.Options{NoHeader: true}, m: mapped("Column 1=first_name", "Column 2=email")},
		"tabs":                     {text: "Email\tFirst name\nz@example.com\tZoë\n"},
	} {
		w := newWorld(t)
		res := w.csv(importer.Request{Object: "contact", Options: tt.o, Mapping: tt.m}, tt.text)
		if res.Created != 1 || w.records("contact")["Zoë"] == nil {
			t.Errorf("%s: %+v", name, res)
		}
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	w := newWorld(t)
	const text = "First name,Last name,Email,Company\nAna,B,ana@example.com,Acme\nBo,B,bad,New\n"
	r := importer.Request{Object: "contact", CreateMissing: []string{"company"}, DryRun: true, Mapping: mapped("First name=first_name", "Email=email", "Company=company")}
	before := w.events()
	dry := w.csv(r, text)
	if n := w.events(); n != before || len(w.list("contact"))+len(w.list("company")) != 0 {
		t.Fatalf("%d events", n-before)
	}
	r.DryRun = false
	res := w.csv(r, text)
	if !dry.DryRun || dry.Created != 1 || dry.Made["company"] != 1 || told(dry.Failed) != told(res.Failed) || dry.Created != res.Created {
		t.Errorf("dry %+v\nreal %+v", dry, res)
	}
	if w.records("company")["New"] != nil {
		t.Error("a company was made for a row that failed")
	}
	// The row that failed alone: nothing is imported, so nothing is told.
	before = w.events()
	if res := w.csv(r, "First name,Email,Company\nBo,bad,New\n"); res.Operation != "" || res.FailedRows != 1 || w.events() != before {
		t.Errorf("%+v, %d events", res, w.events()-before)
	}
}

func TestMatching(t *testing.T) {
	w := newWorld(t)
	old := w.create("contact", "email=ana@example.com", "first_name=Ana", "city=Porto")
	res := w.csv(importer.Request{Object: "contact", MatchOn: "email"},
		"Email,First name,City\nANA@example.com,Anna,\nbo@example.com,Bo,Faro\nbo@example.com,,Lagos\n,Cy,\n")
	if res.Created != 2 || res.Updated != 2 || res.WarningNum != 1 || !strings.Contains(res.Warnings[0].Detail, "1 row has no Email") {
		t.Errorf("%+v", res)
	}
	recs := w.records("contact")
	if got := w.shown(recs["Anna"], "email city"); got != "email=ana@example.com city=Porto" || recs["Anna"].ID != old.ID {
		t.Error(got)
	}
	if got := w.shown(recs["Bo"], "city"); got != "city=Lagos" {
		t.Error(got)
	}
	var types []string
	for _, e := range w.operation(res.Operation) {
		types = append(types, string(e.Type))
	}
	if diff := cmp.Diff([]string{"contacts.imported", "contact.updated", "contact.created", "contact.updated", "contact.created"}, types); diff != "" {
		t.Error(diff)
	}
	// A field that is not unique: what it finds twice is not clear.
	w.create("contact", "first_name=Bo", "email=other@example.com")
	res = w.csv(importer.Request{Object: "contact", MatchOn: "first_name"}, "First name,City\nanna,Braga\nBo,Braga\nNew,Braga\nnew,Evora\n")
	if res.Updated != 2 || res.Created != 1 || told(res.Failed) != `3 first_name: 2 contacts have the First name "Bo", so it is not clear which one the row means.` {
		t.Errorf("%+v", res)
	}
	if got := w.shown(w.recordsBy("contact", "email")["ana@example.com"], "city"); got != "city=Braga" {
		t.Error(got)
	}
}

func TestReferences(t *testing.T) {
	w := newWorld(t)
	acme := w.create("company", "name=Acme Corp.")
	w.create("company", "name=GTX Pro")
	w.create("contact", "first_name=Ann", "last_name=Lee", "email=one@example.com")
	w.create("contact", "first_name=Ann", "last_name=Lee", "email=two@example.com")
	w.create("staff", "name=Sam Hill", "email=sam@example.com")
	w.pipeline("Sales", "New")
	_, stranger := w.found("Other", "UTC")
	foreign, err := w.Engine.Create(t.Context(), stranger, "company", w.texts("company", "name=Secret"))
	if err != nil {
		t.Fatal(err)
	}
	res := w.csv(importer.Request{Object: "opportunity"}, "Deal,Stage,Company,Contact,Owner\n"+
		"a,New,acme corp,,sam hill\n"+
		"b,new,"+string(acme.ID)+",ONE@example.com,SAM@example.com\n"+
		"c,NEW,GTXPro,,\n"+
		"d,New,"+string(foreign.ID)+",,\n"+
		"e,New,Secret,,\n"+
		"f,New,,Ann Lee,\n"+
		"g,Old,,,Nobody\n")
	recs := w.records("opportunity")
	for name, want := range map[string]string{"a": "company=Acme Corp. contact= owner=Sam Hill", "b": "company=Acme Corp. contact=Ann Lee owner=Sam Hill", "c": "company=GTX Pro contact= owner="} {
		if got := w.shown(recs[name], "company contact owner"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	want := "5 company: Company: There is no company with the id " + string(foreign.ID) + `. Write its name, or leave the cell empty.
6 company: Company: There is no company called "Secret". Add it first, leave the cell empty, or allow the import to make what is missing (create_missing: company).
7 contact: Contact: 2 contacts are called "Ann Lee". Write the id of the right one into the cell.
8 stage: Stage: There is no stage called "Old". Add it first, leave the cell empty, or allow the import to make what is missing (create_missing: stage).`
	if diff := cmp.Diff(want, told(res.Failed)); diff != "" {
		t.Error(diff)
	}
}

// A file that knows no pipeline gets one of its own name, when it may be made.
func TestImportMakesAPipelineNamedAfterTheFile(t *testing.T) {
	w := newWorld(t)
	res := w.csv(importer.Request{Object: "opportunity", FileName: "sales_pipeline.csv", CreateMissing: []string{"pipeline", "stage"}},
		"Name,Stage\na,Prospecting\nb,Won\n")
	if res.Created != 2 || res.Made["pipeline"] != 1 || res.Made["stage"] != 2 {
		t.Fatalf("%+v", res)
	}
	if got := w.shown(w.records("opportunity")["b"], "pipeline stage status"); got != "pipeline=Sales pipeline stage=Won status=won" {
		t.Error(got)
	}
}

func TestSelfReferences(t *testing.T) {
	w := newWorld(t)
	const text = "Name,Parent company\nd,c\nc,b\nb,a\na,\nx,y\ny,x\nz,z\nlost,nowhere\n"
	res := w.csv(importer.Request{Object: "company"}, text)
	recs := w.records("company")
	if res.Created != 4 || w.field(recs["d"], "parent") != "c" || w.field(recs["b"], "parent") != "a" {
		t.Errorf("%+v", res)
	}
	if places := told(res.Failed); !strings.HasPrefix(places, "6 parent:") || !strings.Contains(places, "\n7 parent:") || !strings.Contains(places, "8 parent: Parent company: The row refers to itself.") ||
		!strings.Contains(places, `9 parent: Parent company: There is no company called "nowhere".`) {
		t.Error(places)
	}
	for _, e := range w.operation(res.Operation)[1:] {
		if e.Type != "company.created" {
			t.Error(e.Description)
		}
	}
	// With match_on a circle closes, and what is nowhere in the file is made.
	res = w.csv(importer.Request{Object: "company", MatchOn: "name", CreateMissing: []string{"company"}}, text)
	recs = w.records("company")
	if res.Unchanged != 4 || res.FailedRows != 1 || w.field(recs["x"], "parent") != "y" || w.field(recs["y"], "parent") != "x" || w.field(recs["lost"], "parent") != "nowhere" {
		t.Errorf("%+v", res)
	}
}

func TestPipelinesAndStages(t *testing.T) {
	w := newWorld(t)
	r := importer.Request{Object: "opportunity"}
	const text = "Product,Company,Stage\nSofa,Acme,Closed won\nBed,,Lost\n,,New\n"
	if e := errs.Of(w.refused(r, text)); e.Code != "required" || e.Fields[0].Field != "pipeline" || !strings.Contains(e.Fix, "defaults") {
		t.Errorf("without a pipeline: %v", e)
	}
	w.pipeline("Sales", "New", "Won")
	w.pipeline("Partners", "New", "Lost")
	if e := errs.Of(w.refused(r, text)); e.Fields[0].Field != "pipeline" {
		t.Errorf("with two pipelines: %v", e)
	}
	r.Defaults = mapped("pipeline=sales", "source=Import")
	r.CreateMissing = []string{"stage", "company"}
	res := w.csv(r, text)
	if res.Created != 2 || res.Made["stage"] != 1 || res.Made["company"] != 1 || told(res.Failed) != "4 name: Name must be given." {
		t.Fatalf("%+v", res)
	}
	recs := w.records("opportunity")
	for name, want := range map[string]string{
		"Acme – Sofa": "pipeline=Sales stage=Won status=won source=Import",
		"Bed":         "pipeline=Sales stage=Lost status=lost source=Import",
	} {
		if got := w.shown(recs[name], "pipeline stage status source"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if lead := w.operation(res.Operation)[0]; lead.Description != "Imported 2 opportunities from a CSV file (1 company added, 1 stage added, 1 row left out)" {
		t.Error(lead.Description)
	}
	var positions []string
	for _, s := range w.list("stage") {
		if w.field(s, "pipeline") == "Sales" {
			positions = append(positions, s.Name+" "+w.field(s, "position"))
		}
	}
	if slices.Sort(positions); !slices.Equal(positions, []string{"Lost 3", "New 1", "Won 2"}) {
		t.Error(positions)
	}
	// A pipeline that is made, with its stages; and an update that finds the stage in the record's own pipeline.
	res = w.csv(importer.Request{Object: "opportunity", CreateMissing: []string{"pipeline", "stage"}}, "Deal,Pipeline,Stage\nx,Rentals,First\ny,Rentals,Second\n")
	if res.Created != 2 || res.Made["pipeline"] != 1 || res.Made["stage"] != 2 {
		t.Errorf("%+v", res)
	}
	res = w.csv(importer.Request{Object: "opportunity", MatchOn: "name"}, "Deal,Stage\nx,second\nAcme – Sofa,New\nunheard,New\n")
	if res.Updated != 2 || told(res.Failed) != "4 pipeline: Pipeline must be given. Stage must be given." {
		t.Errorf("%+v", res)
	}
	if got := w.shown(w.records("opportunity")["x"], "pipeline stage"); got != "pipeline=Rentals stage=Second" {
		t.Error(got)
	}
}

func TestDefaultsFillBlanks(t *testing.T) {
	w := newWorld(t)
	w.create("contact", "email=old@example.com", "city=Porto")
	w.create("company", "name=Acme")
	w.csv(importer.Request{Object: "contact", MatchOn: "email", Defaults: mapped("city=Faro", "company=acme", "source=Fair")},
		"Email,City,Company\nold@example.com,,\nnew@example.com,,\n")
	recs := w.records("contact")
	for name, want := range map[string]string{"old@example.com": "city=Porto company= source=Fair", "new@example.com": "city=Faro company=Acme source=Fair"} {
		if got := w.shown(recs[name], "city company source"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestLeaveEmpty(t *testing.T) {
	w := newWorld(t)
	res := w.csv(importer.Request{Object: "contact", LeaveEmpty: true}, "First name,Phone,Owner,Email\nAna,-5983,Nobody,ana@example.com\n")
	if res.Created != 1 || res.WarningNum != 2 || res.Warnings[0].Field != "phone" || res.Warnings[1].Field != "owner" {
		t.Errorf("%+v", res)
	}
	// What is required is never left empty.
	w.pipeline("Sales", "New")
	if res = w.csv(importer.Request{Object: "opportunity", LeaveEmpty: true}, "Deal,Stage\na,Nowhere\n"); res.FailedRows != 1 || res.Failed[0].Field != "stage" {
		t.Errorf("%+v", res)
	}
}

func TestStaff(t *testing.T) {
	w := newWorld(t)
	const text = "Name,Email,Role\nSam,sam@example.com,Admin\n"
	if res := w.csv(importer.Request{Object: "staff"}, text); res.Created != 1 || w.records("staff")["Sam"].Fields["status"].Text() != "invited" {
		t.Errorf("%+v", res)
	}
	member := w.owner
	member.Role, member.Permissions = auth.MemberRole, auth.Effective(auth.MemberRole, nil)
	_, err := w.Imports.Run(t.Context(), member, importer.Request{Object: "staff"}, strings.NewReader(text))
	if e := errs.Of(err); e.Kind != errs.Forbidden || e.Permission != string(audit.StaffManage) {
		t.Errorf("a member imports staff: %v", err)
	}
	if _, err := w.Imports.Inspect(t.Context(), member, "staff", strings.NewReader(text), importer.Options{}); !errs.Is(err, errs.Forbidden) {
		t.Errorf("a member looks at it: %v", err)
	}
	// What is more than a mistake in a row ends the import, and says where.
	admin := w.owner
	admin.Role, admin.Permissions = auth.Admin, auth.Effective(auth.Admin, nil)
	before := w.events()
	_, err = w.Imports.Run(t.Context(), admin, importer.Request{Object: "staff"}, strings.NewReader("Name,Email,Role\nBo,bo@example.com,Member\nCy,cy@example.com,Owner\n"))
	if !errs.Is(err, errs.Forbidden) || !strings.HasPrefix(err.Error(), "Row 3: ") || w.events() != before || len(w.list("staff")) != 2 {
		t.Errorf("an admin makes an owner: %v", err)
	}
}

// Who sees just what is assigned to them finds nothing else by an import, and what they import is theirs.
func TestOnlyAssigned(t *testing.T) {
	w := newWorld(t)
	w.pipeline("Sales", "New")
	hidden := w.create("contact", "first_name=Hidden", "email=hidden@example.com")
	me := w.create("staff", "name=Me", "email=me@example.com")
	c := w.owner
	c.Actor.ID = audit.ActorID(me.ID)
	c.Role, c.Permissions = auth.MemberRole, auth.Effective(auth.MemberRole, []audit.Permission{audit.RecordsOnlyAssigned})
	res, err := w.Imports.Run(t.Context(), c, importer.Request{Object: "opportunity"}, strings.NewReader("Deal,Stage,Contact\n"+
		"a,New,Hidden\nb,New,hidden@example.com\nc,New,"+string(hidden.ID)+"\nd,New,\n"))
	if err != nil || res.FailedRows != 3 || res.Created != 1 || w.field(w.records("opportunity")["d"], "owner") != "Me" {
		t.Errorf("%+v, %v", res, err)
	}
	res, err = w.Imports.Run(t.Context(), c, importer.Request{Object: "contact", MatchOn: "email"}, strings.NewReader("Email,City\nhidden@example.com,Faro\n"))
	if err != nil || res.FailedRows != 1 || w.field(w.records("contact")["Hidden"], "city") != "" {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestNotesAreBounded(t *testing.T) {
	w := newWorld(t)
	var b strings.Builder
	b.WriteString("First name,Email\n")
	for i := range importer.MaxNotes + 5 {
		fmt.Fprintf(&b, "Ana %d,bad\n", i)
	}
	res := w.csv(importer.Request{Object: "contact"}, b.String())
	if res.FailedRows != importer.MaxNotes+5 || len(res.Failed) != importer.MaxNotes {
		t.Errorf("%d failed, %d kept", res.FailedRows, len(res.Failed))
	}
}

func TestInspect(t *testing.T) {
	w := newWorld(t)
	in, err := w.Imports.Inspect(t.Context(), w.owner, "opportunity", strings.NewReader(
		"Opportunity ID;Account;Engage date;Close value;Stage\n1;Acme;20-10-16;1.054,00;Won\n2;;25-10-16;12,00;Lost\n"), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range in.Columns {
		got = append(got, fmt.Sprint(c.Name, "=", c.Field, " ", c.Confidence, " ", c.Taken, " ", c.Filled, " ", c.DateFormat, " ", c.NumberStyle))
	}
	want := []string{"Opportunity ID=name 30 false 2 auto comma", "Account=company 75 true 1 auto comma", "Engage date=opened 75 true 2 dmy comma",
		"Close value=value 75 true 2 auto comma", "Stage=stage 90 true 2 auto comma"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if in.Delimiter != ';' || in.Encoding != importer.UTF8 || in.Rows != 2 || len(in.Missing) != 1 || in.Missing[0].Key != "pipeline" {
		t.Errorf("%+v", in)
	}
	w.pipeline("Sales", "Won")
	in, err = w.Imports.Inspect(t.Context(), w.owner, "opportunity", strings.NewReader("Deal,Opened\nx,01/02/2020\n"), importer.Options{})
	if err != nil || len(in.Missing) != 1 || in.Missing[0].Key != "stage" || !strings.Contains(in.Columns[1].DateProblem, "date_format") {
		t.Errorf("%+v, %v", in, err)
	}
}
