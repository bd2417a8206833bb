package audit

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/errs"
)

var tokyo = time.FixedZone("Tokyo", 9*3600)

// won is an event that questions are asked about.
func won() *Event {
	return &Event{ID: someID, OccurredAt: time.Date(2026, 3, 31, 15, 30, 0, 0, time.UTC), // 1 April in Tokyo
		Actor:   Actor{Type: User, ID: "crm-7", Name: "Ána Silva", Email: "ana@demo.test", OnBehalfOf: &OnBehalfOf{Name: "Bob Ray"}},
		Channel: API, Module: "opportunities", Type: "opportunity.stage_changed", Action: Updated, Outcome: Success,
		Record: &Ref{Object: "opportunity", ID: someID, Name: "Acme Inc renewal"}, Related: []Ref{{Object: "pipeline", Name: "Sales"}},
		Description: `Moved "Acme Inc renewal" from Qualified to Won`, Operation: someID, Cause: someID, Context: Context{IP: "10.1.2.3"},
		Changes: []Change{
			{Field: "stage", Label: "Stage", Before: String(someID), After: String(someID), BeforeText: "Qualified", AfterText: "Won"},
			{Field: "value", Label: "Value", Before: String("1200.00"), After: String("1500.00")},
			{Field: "token", Label: "API token", Secret: true}}}
}

func TestQueryMatches(t *testing.T) {
	e := won()
	for q, want := range map[string]bool{
		"": true, "acme": true, "ACME": true, "renew": true, "enew": false, "acme bob": true, "acme nobody": false, "ana": true, "ána": true,
		`"acme inc"`: true, `"inc acme"`: false, `"acme in"`: false, "acme.in": true, "ana@demo.test": true, "demo.tes": true, "acme & sales": true,
		"stage": true, "token": true, "1500": true, "1500.00": true, "00 won": true, "opportunity": false,
		// A value that stands for a name is not searched for, its name is.
		someID: false,
		// What belongs to different texts is no phrase.
		`"renewal moved"`: false, `"won stage"`: false,

		"user:ana": true, "user:ana@demo.test": true, "user:demo": true, "user:crm-7": true, "user:bob": true, "user:acme": false, "user:" + someID: false,
		`user:"ana silva"`: true, "user:zoe,ana": true, "USER:Ana": true,
		"action:updated": true, "action:Updated": true, "action:created,updated": true, "action:created": false, "-action:created": true, "-action:updated": false,
		"type:opportunity.*": true, "type:*.stage_changed": true, "type:opportunity.stage_changed": true, "type:a.b,c.d": false,
		"module:opportunities": true, "module:contacts": false, "object:opportunity": true, "object:contact": false,
		"record:acme": true, `record:"Acme Inc"`: true, "record:" + someID: true, "record:sales": false, "record:x," + someID: true,
		"field:stage": true, "field:token": true, "field:Value": true, "field:qualified": false, "before:qualified": true, "before:won": false, "after:won": true,
		"after:1500.00": true, "before:" + someID: false,
		// Beside one another they are of one change.
		"field:stage after:won": true, "field:value after:won": false, "before:1200 after:won": false, "field:stage before:qual after:won field:value before:1200": true,
		"field:stage field:value after:won": false, "(before:1200) (after:won)": true, "field:value -after:won": false, "field:value,stage after:won": true,
		"ip:10.1.2.3": true, "ip:10.0.0.0/8": true, "ip:11.0.0.0/8,10.1.2.3": true, "ip:10.1.2.4": false, "ip:::ffff:10.1.2.3": true, "ip:::ffff:10.1.0.0/112": true, "ip:2001:db8::/32": false,
		"channel:api": true, "channel:web": false, "outcome:success": true, "outcome:denied": false,
		"at:2026": true, "at:2026-04": true, "at:2026-03": false, "at:2026-04-01": true, "at:2026-04-01T00": true, "at:2026-04-01T00:30": true,
		"at:2026-04-01T00:30:00": true, "at:2026-04-01T00:31": false, "at:2026-03-31T15:30:00Z": true, "at:2026-03-31T15:30:00.000000Z": true, "at:2026-03-31t15:30:00.000001z": false,
		"at:2026-01..2026-04": true, "at:2026-01..2026-03": false, "at:2026-04..": true, "at:..2026-03": false, "at:..2026-04": true, "at:2025,2026-04": true,
		"operation:" + someID: true, "cause:" + someID: true, "event:" + someID: true, "id:" + someID: true,

		"acme OR nobody": true, "nobody OR nothing": false, "nobody OR acme ana": true, "acme nobody OR ana": true, "acme nobody OR zoe": false,
		"acme (nobody OR ana)": true, "acme (nobody OR zoe)": false, "-(nobody OR zoe)": true, "-(acme OR zoe)": false, "acme AND ana": true, "NOT zoe": true, "NOT NOT ana": true, "NOT -ana": true,
		"or": false, `"OR"`: false, "-nobody": true, "-acme": false, `-"acme inc"`: false, "-(-acme)": true,
		// Signs between words mean nothing.
		"- acme": true, "acme - ana": true, "--acme": true, "http://acme": false, "10:30": false, "renewal)": true, `acme"`: true,
	} {
		x, err := ParseQuery(q, testCatalog, tokyo)
		if err != nil {
			t.Errorf("%s: %v", q, err)
		} else if got := (Filter{Where: x}).Match(e); got != want {
			t.Errorf("%s: %v", q, got)
		}
	}
}

func TestQueryMistakes(t *testing.T) {
	for _, tt := range []struct{ marked, code, says string }{
		{"acme [usr]:ana", "unknown_key", "Did you mean user? The keys are user, action,"},
		{"[foo]:bar", "unknown_key", "There is no key foo. The keys"},
		{"acme action:[destroyed]", "invalid_action", `action is "destroyed"; action is one of created, updated, deleted, restored, accessed or executed.`},
		{"action:created,[x],y", "invalid_action", "one of"},
		{"action:[]", "missing_value", "A value is missing here: action is one of created"},
		{"user:[] ana", "missing_value", "user takes who did it"},
		{"user:ana,[]", "missing_value", ""},
		{"(type:[])", "missing_value", "as in type:opportunity.*."},
		{"type:[opportunity]", "invalid_type", ""},
		{"module:[nothing]", "invalid_module", "contacts or opportunities."},
		{"outcome:[maybe]", "invalid_outcome", "success, denied or failed."},
		{"channel:[fax]", "invalid_channel", "web"},
		{"ip:[10.0.0]", "invalid_ip", "as in ip:10.0.0.0/8."},
		{"ip:[10.0.0.0/33]", "invalid_ip", ""},
		{"at:[yesterday]", "invalid_at", "give a day (2026-03-01)"},
		{"at:[2026-02-30]", "invalid_at", ""}, {"at:[..]", "invalid_at", ""}, {"at:[0000]", "invalid_at", ""}, {"at:[2026-01..x]", "invalid_at", ""}, {"at:[x..2026-01]", "invalid_at", ""},
		{"at:[2026-03..2026-01]", "invalid_range", ""},
		{"event:[1]", "invalid_event", "by its id."},
		{"user:[%]", "invalid_user", ""}, {"before:[€]", "invalid_before", ""},
		{"object:[Deal!]", "invalid_object", ""},
		{`acme ["renewal]`, "unclosed_quotation", `put " behind`},
		{`record:["Acme type:x.y]`, "unclosed_quotation", ""},
		{"acme [(]ana OR bob", "unclosed_parenthesis", ""},
		{"acme [)] ana", "unexpected_parenthesis", ""},
		{"acme [()]", "missing_term", "between the parentheses"}, {"[( - )]", "missing_term", ""},
		{"[OR] acme", "missing_term", "before this one"}, {"acme [OR]", "missing_term", "behind this one"}, {"acme [OR] OR ana", "missing_term", ""}, {"(acme [OR])", "missing_term", ""},
		{"[AND] acme", "missing_term", ""}, {"acme [AND]", "missing_term", ""}, {"acme [AND] OR ana", "missing_term", ""}, {"[NOT]", "missing_term", ""}, {"acme [NOT] OR ana", "missing_term", ""}, {"-[OR]", "missing_term", ""},
		{"[% &]", "no_words", "letters or digits"},
		{"żółć é [usr]:x", "unknown_key", ""}, // the place is in characters
		{strings.Repeat("a ", maxWords) + "[b] c", "too_many_words", ""},
		{strings.Repeat("action:created ", maxQueryTerms) + "[action:created]", "too_many_terms", ""},
		{strings.Repeat("(", maxQueryDepth) + "[(]a", "too_deep", ""},
		{"[action:created" + strings.Repeat(",created", maxFilterValues) + "]", "too_many_values", ""},
	} {
		before, rest, _ := strings.Cut(tt.marked, "[")
		here, after, _ := strings.Cut(rest, "]")
		q := before + here + after
		_, err := ParseQuery(q, testCatalog, time.UTC)
		if !errs.Is(err, errs.Invalid) || errs.Code(err) != tt.code {
			t.Errorf("%.80s: %v", q, err)
			continue
		}
		f := errs.Of(err).Fields[0]
		if f.Field != "q" || f.Span == nil || !strings.Contains(f.Detail, tt.says) {
			t.Errorf("%.80s: %+v", q, f)
			continue
		}
		if b, h, a := f.Span.Parts(); b != before || h != here || a != after {
			t.Errorf("%.80s: marked is %q [%q] %q", q, b, h, a)
		}
	}
	for q, code := range map[string]string{"\x00": "invalid_text", "a\xff": "invalid_text", strings.Repeat("a", maxQuery+1): "too_long"} {
		if _, err := ParseQuery(q, testCatalog, time.UTC); errs.Code(err) != code {
			t.Errorf("%q: %v", q, err)
		}
	}
}

func TestQueryText(t *testing.T) {
	for q, want := range map[string]string{
		"":                                      "",
		" acme   RENEWAL ":                      "acme RENEWAL",
		"acme type:a.b renewal":                 "acme renewal type:a.b",
		"(acme)":                                "acme",
		"(acme ana) bob":                        "acme ana bob",
		"acme AND (bob OR (zoe OR ana))":        "acme (bob OR zoe OR ana)",
		"a b OR c -d":                           "a b OR c -d",
		"NOT (a OR b)":                          "-(a OR b)",
		"-(a b)":                                "-(a b)",
		"NOT NOT a":                             "-(-a)",
		`user:"Ana Silva",zoe`:                  `user:"Ana Silva",zoe`,
		"id:" + someID:                          "event:" + someID,
		"User:ana," + someID:                    "user:" + someID + " OR user:ana",
		"bob user:ana," + someID:                "bob (user:" + someID + " OR user:ana)",
		"ACTION:Updated,CREATED":                "action:created,updated",
		"field:stage before:won after:lost":     "field:stage before:won after:lost",
		"field:a before:x field:b":              "(field:a before:x) (field:b)",
		"-field:a x":                            "-field:a x",
		"-(field:a before:b)":                   "-(field:a before:b)",
		"at:2026-01-01..2026-01-31":             "at:2026-01",
		"at:2026-01-01..2026-03-31":             "at:2026-01..2026-03",
		"at:2026-01-05..2026-01-06":             "at:2026-01-05..2026-01-06",
		"at:2026-04-01..":                       "at:2026-04..",
		"at:..2026-12-31":                       "at:..2026",
		"at:2025-12-31T15:00:00Z..":             "at:2026..", // in Tokyo
		"at:2026-03-31T15:30:00.5Z":             "at:2026-03-31T15:30:00.500000Z",
		"at:2026-01-01T09:30":                   "at:2026-01-01T09:30",
		`a)b -- "x" & ana@demo.test`:            `a.b ana@demo.test "x"`,
		`"say "hello`:                           `hello "say "`,
		"at:2026-03-01T00:00:00.000001Z..":      "at:2026-03-01T00:00:00.000001Z..",
		"ip:10.0.0.0/8 -outcome:success,denied": "ip:10.0.0.0/8 -outcome:denied,success",
	} {
		x, err := ParseQuery(q, testCatalog, tokyo)
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		if got := QueryText(x, tokyo); got != want {
			t.Errorf("%s: %s, want %s", q, got, want)
		}
		checkRoundTrip(t, q, x)
	}
}

// checkRoundTrip fails when the text of a question does not give it again, in any time zone.
func checkRoundTrip(t *testing.T, q string, x Expr) {
	t.Helper()
	for _, loc := range []*time.Location{tokyo, time.UTC} {
		text := QueryText(x, loc)
		again, err := ParseQuery(text, testCatalog, loc)
		if err != nil {
			// Spelt out it may be longer than a question may be.
			if code := errs.Code(err); code != "too_long" && code != "too_deep" && code != "too_many_terms" {
				t.Errorf("%q: its text %q: %v", q, text, err)
			}
			continue
		}
		if a, b := (Filter{Where: x}).Fingerprint(), (Filter{Where: again}).Fingerprint(); a != b {
			t.Errorf("%q: its text %q is\n%s, not\n%s", q, text, b, a)
		}
	}
}

func TestNarrowed(t *testing.T) {
	term := Is{ByAction, []string{"deleted"}}
	for q, want := range map[string][2]string{
		"":            {"action:deleted", "-action:deleted"},
		"acme":        {"acme action:deleted", "acme -action:deleted"},
		"acme OR ana": {"(acme OR ana) action:deleted", "(acme OR ana) -action:deleted"},
	} {
		x, err := ParseQuery(q, testCatalog, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		for i, not := range []bool{false, true} {
			if got := QueryText(Narrowed(x, term, not), time.UTC); got != want[i] {
				t.Errorf("%s: %s, want %s", q, got, want[i])
			}
		}
	}
	x, err := ParseQuery("acme type:a.b -user:ana", testCatalog, time.UTC)
	if err != nil || len(Terms(x)) != 3 || Terms(nil) != nil || len(Terms(term)) != 1 {
		t.Errorf("%#v, %v", Terms(x), err)
	}
}

// TestQueriesNarrow holds in place that a question narrows what the other parameters leave.
func TestQueriesNarrow(t *testing.T) {
	for query, want := range map[string]bool{
		"q=acme&q=ana": true, "q=acme&q=zoe": false, "q=acme+OR+zoe&q=ana": true, "q=acme+OR+ana&action=deleted": false, "q=&q=acme": true,
	} {
		params, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f, err := ParseFilter(params, testCatalog, time.UTC)
		if err != nil || f.Match(won()) != want {
			t.Errorf("%s: %v, %v", query, !want, err)
		}
	}
	if _, err := ParseFilter(url.Values{"q": make([]string, maxQuestions+1)}, testCatalog, time.UTC); errs.Code(err) != "too_many_values" {
		t.Error(err)
	}
	// Both mistakes are told, each with its place.
	_, err := ParseFilter(url.Values{"q": {"a:b", "acme )"}, "action": {"x"}}, testCatalog, time.UTC)
	if fields := errs.Of(err).Fields; len(fields) != 3 || fields[2].Span == nil || fields[2].Span.Start != 5 || fields[0].Span != nil {
		t.Errorf("%+v", fields)
	}
	// Where nobody knows the modules, any is taken.
	if _, err := ParseFilter(url.Values{"q": {"module:later"}, "module": {"later"}}, nil, time.UTC); err != nil {
		t.Error(err)
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, q := range []string{`acme "b c" -type:a.*,b.c OR (user:ana at:2026-01..2026-03)`, "field:a before:b field:c -(x OR y) NOT z", "ip:::ffff:10.0.0.0/100 at:..2026-12-31T23:59:59.999999Z",
		"a)b (c)d) ,, -\u3000- 京都 ß id:" + someID, "usr:x", "at:9998 at:0001..", `5"x -"y" record:"a,b",c AND d`} {
		f.Add(q)
	}
	e := won()
	f.Fuzz(func(t *testing.T, q string) {
		x, err := ParseQuery(q, testCatalog, tokyo)
		if err != nil {
			for _, wrong := range errs.Of(err).Fields {
				if s := wrong.Span; s != nil {
					if b, h, a := s.Parts(); b+h+a != q || s.Start > s.End {
						t.Fatalf("%q: the mark is %+v", q, s)
					}
				}
			}
			return
		}
		checkRoundTrip(t, q, x)
		text := QueryText(x, tokyo)
		if again, err := ParseQuery(text, testCatalog, tokyo); err == nil {
			if twice := QueryText(again, tokyo); twice != text {
				t.Fatalf("%q: %q, then %q", q, text, twice)
			}
			if a, b := (Filter{Where: x}).Match(e), (Filter{Where: again}).Match(e); a != b {
				t.Fatal(fmt.Sprint(q, a, b))
			}
		}
	})
}
