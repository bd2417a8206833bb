package sheet_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/audit/audittest"
	"github.com/backtrail/backtrail/sheet"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const account = audittest.Account

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func encode(t testing.TB, enc *sheet.CSV, events ...audit.Stored) []byte {
	t.Helper()
	out := enc.Begin(nil)
	for _, s := range events {
		var err error
		if out, err = enc.Append(out, s); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// variety is events that differ in everything the columns show.
func variety() []audit.Stored {
	bare := &audit.Event{ID: audittest.ID(2), Account: account, OccurredAt: time.Date(2026, 7, 1, 23, 30, 0, 123456000, time.UTC),
		Actor: audit.SystemActor("Backtrail"), Channel: audit.SystemChannel, Module: "audit", Type: "audit.viewed",
		Action: audit.Accessed, Outcome: audit.Success, Operation: audit.OperationID(audittest.ID(2))}
	odd := audittest.Sample(3)
	odd.Actor.OnBehalfOf = &audit.OnBehalfOf{ID: "u2", Name: "Rui, \"the boss\""}
	odd.Actor.Name = "=HYPERLINK(\"http://evil.test\",\"click\")"
	odd.Record.Name = "-2+3"
	odd.Description = "Two\r\nlines,\ta tab, \\ and العربية\u0000\u2028 😀"
	odd.Context = audit.Context{IP: "2001:db8::1", UserAgent: "@SUM(1)"}
	odd.Cause, odd.Outcome = audittest.ID(1), audit.Denied
	odd.Changes = []audit.Change{{Field: "note", Label: "=1", Before: audit.None, After: audit.String("a,\"b\"\n=c")}}
	return []audit.Stored{audittest.Stored(odd, 0), audittest.Stored(bare, 2), audittest.Stored(audittest.Sample(1), 1)}
}

func TestCSVGolden(t *testing.T) {
	const golden = "testdata/events.csv"
	got := encode(t, sheet.NewCSV(zone(t, "Europe/Lisbon")), variety()...)
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// TestHeader holds the header against the words of CONTRACT.md.
func TestHeader(t *testing.T) {
	const want = "Timestamp,User,Event type,Description,Record,Module,Action,Outcome,Record type,Record ID,User ID,User type,On behalf of,Channel,IP address,User agent,Changes,Event ID,Operation ID,Cause ID,Sequence\r\n"
	if got := string(sheet.NewCSV(time.UTC).Begin(nil)); got != want {
		t.Errorf("header = %q", got)
	}
}

// asCell is what the CSV form makes of a text; it says the rule a second time, in other words.
func asCell(s string) string {
	trimmed := strings.TrimLeftFunc(s, func(r rune) bool {
		return strings.ContainsRune(" \t\r\n\v\f\u0000\u0085\u00a0\u3000\ufeff\u200b\u2028", r)
	})
	if s != "" && strings.ContainsAny(s[:1], "\t\r\n") || strings.IndexAny(trimmed, "=+-@＝＋－＠﹦﹢﹣﹫−") == 0 {
		return "'" + s
	}
	return s
}

func TestCSVColumns(t *testing.T) {
	events := variety()
	rows := parse(t, encode(t, sheet.NewCSV(time.UTC), events...))
	if len(rows) != len(events)+1 {
		t.Fatalf("%d rows", len(rows))
	}
	names := rows[0]
	for i, s := range events {
		e, err := s.Event()
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"Timestamp": e.OccurredAt.Format("2006-01-02T15:04:05.000000+00:00"),
			"User":      e.Actor.Name, "Event type": string(e.Type), "Description": e.Description, "Module": e.Module,
			"Action": string(e.Action), "Outcome": string(e.Outcome), "User ID": string(e.Actor.ID),
			"User type": string(e.Actor.Type), "Channel": string(e.Channel), "IP address": e.Context.IP,
			"User agent": e.Context.UserAgent, "Event ID": string(e.ID), "Operation ID": string(e.Operation),
			"Cause ID": string(e.Cause), "Sequence": []string{"", "2", "1"}[i],
		}
		if e.Record != nil {
			want["Record"], want["Record type"], want["Record ID"] = e.Record.Name, e.Record.Object, string(e.Record.ID)
		}
		if e.Actor.OnBehalfOf != nil {
			want["On behalf of"] = e.Actor.OnBehalfOf.Name
		}
		for n, name := range names {
			got := rows[i+1][n]
			if name == "Changes" {
				if !json.Valid([]byte(got)) || !bytes.Contains(s.Body, []byte(`"changes":`+got+`,"operation"`)) {
					t.Errorf("event %d: Changes = %s", i, got)
				}
				continue
			}
			if got != asCell(want[name]) {
				t.Errorf("event %d: %s = %q, want %q", i, name, got, asCell(want[name]))
			}
		}
	}
}

func TestTimestamps(t *testing.T) {
	for _, test := range []struct{ at, zone, want string }{
		{"2026-03-01T12:00:00.000001Z", "UTC", "2026-03-01T12:00:00.000001+00:00"},
		{"2026-03-01T12:00:00Z", "America/St_Johns", "2026-03-01T08:30:00.000000-03:30"},
		{"2026-03-29T00:59:59Z", "Europe/Lisbon", "2026-03-29T00:59:59.000000+00:00"}, // the hour that is left out
		{"2026-03-29T01:00:00Z", "Europe/Lisbon", "2026-03-29T02:00:00.000000+01:00"},
		{"2026-12-31T23:59:59.999999Z", "Pacific/Kiritimati", "2027-01-01T13:59:59.999999+14:00"},
		{"1850-01-01T00:00:00Z", "Europe/Amsterdam", "1850-01-01T00:00:00.000000+00:00"}, // an offset with seconds
	} {
		e := audittest.Sample(1)
		var err error
		if e.OccurredAt, err = time.Parse(time.RFC3339Nano, test.at); err != nil {
			t.Fatal(err)
		}
		got := parse(t, encode(t, sheet.NewCSV(zone(t, test.zone)), audittest.Stored(e, 1)))[1][0]
		if got != test.want {
			t.Errorf("%s in %s = %s, want %s", test.at, test.zone, got, test.want)
		}
		if back, err := time.Parse(time.RFC3339Nano, got); err != nil || !back.Equal(e.OccurredAt) {
			t.Errorf("%s reads as %v %v", got, back, err)
		}
	}
}

func TestFormulaCells(t *testing.T) {
	for text, inert := range map[string]bool{
		"": false, "x": false, "a=b": false, "'=1": false, "(1)": false, "5-3": false, "ana@example.com": false, "é": false,
		"=1+1": true, "+351 910 000 000": true, "-1": true, "@SUM(A1)": true, "\tx": true, "\rx": true, "\nx": true,
		" =1": true, "\u00a0=1": true, "\ufeff=1": true, "\u200b=1": true, "\u0000=1": true, "  x": false,
		"＝1": true, "＋1": true, "－1": true, "＠A": true, "﹢1": true, "−1": true, "=": true, " ": false,
		`=cmd|'/c calc'!A0`: true, "\"=1\"": false, "=1,2\r\n": true,
	} {
		line := sheet.AppendCell(nil, []byte(text))
		got, err := cells(append(line, "\r\n"...))
		want := text
		if inert {
			want = "'" + text
		}
		if err != nil || len(got) != 1 || got[0][0] != want {
			t.Errorf("%q is written as %q and reads as %q %v", text, line, got, err)
		}
	}
}

// TestEveryTextColumnIsInert writes a formula into all that a person or a program may choose.
func TestEveryTextColumnIsInert(t *testing.T) {
	const evil = "=1+1"
	e := &audit.Event{ID: evil, Account: evil, Actor: audit.Actor{Type: evil, ID: evil, Name: evil, Email: evil, OnBehalfOf: &audit.OnBehalfOf{ID: evil, Name: evil}},
		Channel: evil, Module: evil, Type: evil, Action: evil, Outcome: evil, Record: &audit.Ref{Object: evil, ID: evil, Name: evil},
		Description: evil, Operation: evil, Cause: evil, UndoOf: evil, Context: audit.Context{IP: evil, UserAgent: evil, Session: evil, Request: evil}}
	rows := parse(t, encode(t, sheet.NewCSV(time.UTC), audittest.Stored(e, 1)))
	for i, cell := range rows[1] {
		switch rows[0][i] {
		case "Timestamp", "Changes", "Sequence":
		default:
			if cell != "'"+evil {
				t.Errorf("%s = %q", rows[0][i], cell)
			}
		}
	}
}

// TestAnyTextSurvives is the property behind the format: each cell reads as the text, or as an apostrophe and the text.
func TestAnyTextSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[\r\n\t =+@'",;\\x-]{0,6}.*`), rapid.StringOf(rapid.Rune()))
		e := audittest.Sample(1)
		want := map[int]string{}
		for column, field := range map[int]*string{1: &e.Actor.Name, 3: &e.Description, 4: &e.Record.Name, 15: &e.Context.UserAgent} {
			*field = text.Draw(t, "text")
			want[column] = strings.ToValidUTF8(*field, "\uFFFD")
		}
		out, err := sheet.NewCSV(time.UTC).Append(nil, audittest.Stored(e, 1))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := cells(out)
		if err != nil || len(rows) != 1 || len(rows[0]) != strings.Count(sheet.Header, ",")+1 {
			t.Fatalf("%q reads as %d rows: %v", out, len(rows), err)
		}
		for column, text := range want {
			if got := rows[0][column]; got != text && got != "'"+text {
				t.Fatalf("column %d: %q became %q", column, text, got)
			}
		}
	})
}

func FuzzCell(f *testing.F) {
	for _, s := range []string{"", "=1", "a,b", "\"", "\r\n", "\xff", "'", " ＝"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := cells(append(sheet.AppendCell(nil, []byte(s)), "\r\n"...))
		if err != nil || len(rows) != 1 || len(rows[0]) != 1 {
			t.Fatalf("%q: %q %v", s, rows, err)
		}
		if got := rows[0][0]; got != s && got != "'"+s {
			t.Fatalf("%q became %q", s, got)
		}
		first := rows[0][0]
		if first != "" && strings.ContainsAny(first[:1], "=+-@\t\r\n") {
			t.Fatalf("%q is not inert", first)
		}
	})
}

// FuzzBody gives the encoder bytes that no recorder wrote: an error or one row, never a crash.
func FuzzBody(f *testing.F) {
	for _, s := range variety() {
		f.Add(s.Body)
	}
	for _, s := range []string{`{}`, `{"occurred_at":"2026-03-01T12:00:00.000000Z","actor":{"name":"\`, `{"description":"\ud83d\ude00\ud800\u00"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		out, err := sheet.NewCSV(time.UTC).Append(nil, audit.Stored{Body: body})
		if err == nil && utf8.Valid(body) {
			if rows, err := cells(out); err != nil || len(rows) != 1 {
				t.Fatalf("%q reads as %d rows: %v", out, len(rows), err)
			}
		}
	})
}

func TestEscapes(t *testing.T) {
	const body = `{"occurred_at":"2026-03-01T12:00:00.000000Z","description":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800x\q","changes":[]}`
	out, err := sheet.NewCSV(time.UTC).Append(nil, audit.Stored{Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := cells(out)
	if want := "a\"\\/\b\f\n\r\té😀\uFFFDx\uFFFD"; err != nil || rows[0][3] != want {
		t.Errorf("%q %v, want %q", rows[0][3], err, want)
	}
}

// parse reads with encoding/csv and compares with the strict reader, which keeps a CR LF inside of a cell.
func parse(t testing.TB, b []byte) [][]string {
	t.Helper()
	strict, err := cells(b)
	if err != nil {
		t.Fatal(err)
	}
	std, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range strict {
		for _, cell := range row {
			if strings.Contains(cell, "\r\n") {
				return strict
			}
		}
	}
	if diff := cmp.Diff(std, strict); diff != "" {
		t.Error(diff)
	}
	return strict
}

// cells reads RFC 4180 by its grammar and nothing besides: CRLF ends a record, quotes stand around the whole cell.
func cells(b []byte) (rows [][]string, _ error) {
	var row []string
	for len(b) > 0 {
		var cell []byte
		if b[0] == '"' {
			for b = b[1:]; ; b = b[2:] {
				i := bytes.IndexByte(b, '"')
				if i < 0 || i+1 == len(b) {
					return rows, errors.New("a quoted cell does not end")
				}
				cell = append(cell, b[:i]...)
				if b = b[i:]; b[1] != '"' {
					b = b[1:]
					break
				}
				cell = append(cell, '"')
			}
		} else {
			i := bytes.IndexAny(b, ",\r\n\"")
			if i < 0 {
				return rows, errors.New("a record does not end")
			}
			cell, b = b[:i], b[i:]
		}
		row = append(row, string(cell))
		switch {
		case b[0] == ',':
			b = b[1:]
			if len(b) == 0 {
				return rows, errors.New("a record ends with a comma")
			}
		case bytes.HasPrefix(b, []byte("\r\n")):
			rows, row, b = append(rows, row), nil, b[2:]
		default:
			return rows, errors.New("a cell is followed by neither a comma nor CRLF")
		}
	}
	return rows, nil
}
