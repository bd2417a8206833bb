package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the leaf vectors")

// vector is a file of testdata/leaf: all that somebody needs to test another implementation. docs/ledger.md says what
// each key is.
type vector struct {
	Note       string          `json:"note"`
	Body       string          `json:"body"`
	Salt       string          `json:"salt"`
	Header     string          `json:"header"`
	Values     []vectorValue   `json:"values"`
	ValuesHash string          `json:"values_hash"`
	Leaf       string          `json:"leaf"`
	LeafHash   string          `json:"leaf_hash"`
	HeaderLine string          `json:"header_line"`
	Disclosed  []vectorWithout `json:"disclosed"`
}

type vectorValue struct {
	Path       string `json:"path"`
	Value      string `json:"value"`
	Salt       string `json:"salt"`
	Commitment string `json:"commitment"`
}

type vectorWithout struct {
	Withhold []string `json:"withhold"`
	Withheld []string `json:"withheld"` // the paths
	Line     string   `json:"line"`
}

type vectorEvent struct {
	name, note string
	event      *Event
	without    [][]string // what is withheld in each of the lines
}

// leafVectors are the events of the vectors. Their salts are the first bytes of SHA-256 of their names.
func leafVectors() []vectorEvent {
	at := time.Date(2026, 3, 1, 9, 30, 0, 123456000, time.UTC)
	id := func(n byte) string {
		return "01958f1c-7e40-7a00-8000-0000000000" + hex.EncodeToString([]byte{n})
	}
	ana := Actor{Type: User, ID: ActorID(id(0xa1)), Name: "Ana Silva", Email: "ana@example.com"}
	event := func(change func(e *Event)) *Event {
		e := &Event{ID: EventID(id(1)), Account: AccountID(id(0xac)), OccurredAt: at, RecordedAt: at, Actor: ana, Channel: Web, Module: "contacts",
			Type: "contact.updated", Action: Updated, Outcome: Success, Operation: OperationID(id(1)),
			Context: Context{IP: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64)", Session: id(0xe5), Request: id(0xe6)}}
		change(e)
		return e
	}
	every := [][]string{nil, {"email"}, {"ip", "user_agent", "session"}, {"user", "record"}, {"changes"}, {"description"}, Withholdable}
	return []vectorEvent{
		{"update", "three changes: a reference, a list and rows", event(func(e *Event) {
			e.Record = &Ref{Object: "contact", ID: RecordID(id(0xc0)), Name: "Acme \"West\"", Version: 3}
			e.Related = []Ref{{Object: "company", ID: RecordID(id(0xc1)), Name: "Acme"}}
			e.Description = `Updated Owner, Tags and Prices of "Acme ‘West’"`
			e.Changes = []Change{
				{Field: "owner", Label: "Owner", Before: String(id(0xa1)), After: String(id(0xa2)), BeforeText: "Ana Silva", AfterText: "Bo Li"},
				{Field: "tags", Label: "Tags", After: List([]string{"lead", "west"})},
				{Field: "prices", Label: "Prices", Before: `[{"name":"A","price":"1.00"}]`, After: `[{"name":"A","price":"2.00"},{"name":"B","price":"3.50"}]`},
			}
		}), every},
		{"login_failed", "no record, no actor's id, nulls in the context", event(func(e *Event) {
			e.Actor = Actor{Type: Unattributed, Name: "somebody"}
			e.Module, e.Type, e.Action, e.Outcome = "account", "login.failed", Executed, Failed
			e.Description = "Failed login for ana@example.com"
			e.Context = Context{IP: "2001:db8::1"}
		}), [][]string{nil, {"ip"}, {"email"}}},
		{"cascade_lead", "the leading event of a cascade, with size and counts", event(func(e *Event) {
			e.Module, e.Type, e.Action = "opportunities", "pipeline.deleted", Deleted
			e.Record = &Ref{Object: "pipeline", ID: RecordID(id(0xc2)), Name: "Sales", Version: 7, CreatedAt: at.AddDate(-1, 0, 0)}
			e.Description = `Deleted pipeline "Sales" with 5 stages and 412 opportunities`
			e.Changes = []Change{{Field: "name", Label: "Name", Before: String("Sales")}}
			e.Size, e.Counts = 418, map[string]int{"stage": 5, "pipeline": 1, "opportunity": 412}
		}), every},
		{"cascade_part", "an event with a cause, by a workflow that acts for nobody", event(func(e *Event) {
			e.ID = EventID(id(2))
			e.Actor = Actor{Type: Workflow, ID: ActorID(id(0xa5)), Name: "Clean up"}
			e.Channel, e.Module, e.Type, e.Action = WorkflowChannel, "opportunities", "stage.deleted", Deleted
			e.Record = &Ref{Object: "stage", ID: RecordID(id(0xc3)), Name: "New", Version: 1, CreatedAt: at.AddDate(-1, 0, 0)}
			e.Description = `Deleted stage "New"`
			e.Cause, e.UndoOf, e.Context = EventID(id(1)), EventID(id(9)), Context{}
		}), [][]string{nil, {"record"}}},
		{"outside_ids", "an outside application whose ids are email addresses and numbers: they are values", event(func(e *Event) {
			e.Actor = Actor{Type: Integration, ID: "ana@example.com", Name: "Ana", OnBehalfOf: &OnBehalfOf{ID: "bo@example.com", Name: "Bo"}}
			e.Channel, e.Module, e.Type = API, "billing", "invoice.updated"
			e.Record = &Ref{Object: "invoice", ID: "INV-7", Name: "Invoice 7"}
			e.Related = []Ref{{Object: "customer", ID: "ana@example.com", Name: "Ana", Version: 2, CreatedAt: at}}
			e.Description = "Updated Invoice 7"
			e.Changes = []Change{{Field: "total", Label: "Total", Before: "12.50", After: `{"amount":13,"currency":"EUR"}`, Record: &Ref{Object: "line", ID: "1", Name: "Line 1"}}}
		}), every},
		{"on_behalf_of", "an administrator who acts as somebody else", event(func(e *Event) {
			e.Actor.OnBehalfOf = &OnBehalfOf{ID: ActorID(id(0xa3)), Name: "Chen Wei"}
			e.Record = &Ref{Object: "contact", ID: RecordID(id(0xc0)), Name: "Acme", Version: 4}
			e.Description = `Updated City of "Acme"`
			e.Changes = []Change{{Field: "city", Label: "City", Before: String("Faro"), After: String("Porto")}}
		}), [][]string{nil, {"user"}}},
		{"unicode", "characters of every plane and every escape", event(func(e *Event) {
			e.Actor.Name = "\u05E2\u05D1\u05E8\u05D9\u05EA e\u0301 \u2028 \uFFFD \uE000 \U0001F600 \U00020000 \U00030000 \U000E0001 \U000F0000 \U0010FFFD"
			e.Record = &Ref{Object: "contact", ID: RecordID(id(0xc0)), Name: "\"\\/\b\f\n\r\t\x00\x01\x0b\x1f\x7f\u0080", Version: 1}
			e.Description = "=1+1 <script>&'"
			e.Changes = []Change{{Field: "größe", Label: "\u200B", Before: String("\U0010FFFF"), After: List([]string{"\x1f", "\uFEFF", ""})}}
			e.Size, e.Counts = 3, map[string]int{"b": 1, "\n": 1, "é": 1, "\U0001F600": 1, "\uE000": 1, "": 1}
		}), [][]string{nil, {"record"}, {"changes"}}},
		{"secret", "a secret field: that it changed, without values", event(func(e *Event) {
			e.Module, e.Type = "settings", "integration.updated"
			e.Record = &Ref{Object: "integration", ID: RecordID(id(0xc4)), Name: "Mail", Version: 2}
			e.Description = `Updated Key of "Mail"`
			e.Changes = []Change{{Field: "key", Label: "Key", Secret: true}}
		}), [][]string{nil, {"changes"}}},
		{"cut_value", "a value over 64 KiB, of which the head is kept", event(func(e *Event) {
			e.Record = &Ref{Object: "contact", ID: RecordID(id(0xc0)), Name: "Acme", Version: 5}
			e.Description = `Updated Notes of "Acme"`
			e.Changes = []Change{admit(Change{Field: "notes", Label: "Notes", Before: String("short"), After: String(strings.Repeat("long ", 20_000))})}
		}), [][]string{nil, {"changes"}}},
		{"empty", "as little as an event can hold", &Event{Actor: SystemActor("")}, [][]string{nil, {"user"}}},
	}
}

func makeVector(t *testing.T, e vectorEvent) vector {
	t.Helper()
	body := string(e.event.AppendCanonical(nil))
	var salt Salt
	sum := sha256.Sum256([]byte(e.name))
	copy(salt[:], sum[:])
	header, values, leaf := describedLeaf(body, salt)
	leafHash := sha256.Sum256([]byte("\x00" + leaf))
	v := vector{Note: e.note, Body: body, Salt: hex.EncodeToString(salt[:]), Header: header, Leaf: leaf,
		ValuesHash: strings.Split(leaf, "\n")[2], LeafHash: base64.StdEncoding.EncodeToString(leafHash[:])}
	for _, value := range values {
		v.Values = append(v.Values, vectorValue(value))
	}
	line, err := HeaderLine(nil, []byte(body), salt)
	if err != nil {
		t.Fatal(err)
	}
	v.HeaderLine = string(line)
	for _, withhold := range e.without {
		line, err := Disclose(nil, []byte(body), salt, withhold)
		if err != nil {
			t.Fatal(err)
		}
		d, err := OpenDisclosed(line)
		if err != nil {
			t.Fatal(err)
		}
		v.Disclosed = append(v.Disclosed, vectorWithout{withhold, d.Withheld, string(line)})
	}
	return v
}

// The vectors hold the form of the leaf in place: a leaf that is in a ledger can never be made otherwise. Whoever changes
// the form must raise its version and keep the old one.
func TestLeafVectors(t *testing.T) {
	for _, e := range leafVectors() {
		t.Run(e.name, func(t *testing.T) {
			v := makeVector(t, e)
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(v); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "leaf", e.name+".json")
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("not as committed (-committed +made):\n%s", diff)
			}
		})
	}
}

// From the files alone: what the code makes of body and salt, and of each line.
func TestLeafVectorsRead(t *testing.T) {
	files, err := filepath.Glob("testdata/leaf/*.json")
	if err != nil || len(files) != len(leafVectors()) {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var v vector
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		var salt Salt
		if _, err := hex.Decode(salt[:], []byte(v.Salt)); err != nil {
			t.Fatal(err)
		}
		if leaf, err := AppendLeaf(nil, []byte(v.Body), salt); err != nil || string(leaf) != v.Leaf {
			t.Errorf("%s: the leaf is %q, %v", file, leaf, err)
		}
		if leaf, _, err := OpenHeaderLine([]byte(v.HeaderLine)); err != nil || string(leaf) != v.Leaf {
			t.Errorf("%s: the header line gives %q, %v", file, leaf, err)
		}
		for _, without := range v.Disclosed {
			d, err := OpenDisclosed([]byte(without.Line))
			if err != nil || string(d.Leaf) != v.Leaf || string(d.Header.append(nil)) != v.Header {
				t.Errorf("%s: without %v the line gives %q, %v", file, without.Withhold, d.Leaf, err)
			}
		}
	}
}

// The example in the docs is a vector.
func TestLeafExampleInDocs(t *testing.T) {
	doc, err := os.ReadFile("../docs/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range leafVectors() {
		if e.name != "login_failed" {
			continue
		}
		v := makeVector(t, e)
		list := ""
		for _, value := range v.Values {
			list += value.Path + " " + value.Commitment + "\n"
			if row := "| `" + value.Path + "` | `" + value.Value + "` | `" + value.Salt + "` | `" + value.Commitment + "` |\n"; !strings.Contains(string(doc), row) {
				t.Errorf("the docs lack %s", row)
			}
		}
		for _, part := range []string{v.Body, v.Salt, v.Header, list, v.ValuesHash, "```\n" + v.Leaf + "```", v.LeafHash} {
			if !strings.Contains(string(doc), part) {
				t.Errorf("the docs lack %s", part)
			}
		}
	}
	for _, name := range Withholdable {
		if !strings.Contains(string(doc), "| `"+name+"` | ") {
			t.Errorf("the docs lack the class %s", name)
		}
	}
}
