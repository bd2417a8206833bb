package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// leafEvents are events with ids of every form and values of every kind.
func leafEvents() *rapid.Generator[*Event] {
	return rapid.Custom(func(t *rapid.T) *Event {
		e := events().Draw(t, "event")
		id := func(name, other string) string {
			return rapid.SampledFrom([]string{someID, "01890000-0000-7000-8000-0000000000ff", "ana@example.com", strings.ToUpper(someID), other}).Draw(t, name)
		}
		e.Actor.ID = ActorID(id("actor's id", string(e.Actor.ID)))
		if e.Actor.OnBehalfOf != nil {
			e.Actor.OnBehalfOf.ID = ActorID(id("on behalf of id", string(e.Actor.OnBehalfOf.ID)))
		}
		if e.Record != nil {
			e.Record.ID = RecordID(id("record's id", string(e.Record.ID)))
		}
		for i := range e.Related {
			e.Related[i].ID = RecordID(id("related id", string(e.Related[i].ID)))
		}
		for i := range e.Changes {
			c := &e.Changes[i]
			switch rapid.IntRange(0, 3).Draw(t, "kind of change") {
			case 0:
				*c = admit(Change{Field: c.Field, Label: c.Label, Secret: true, Record: c.Record})
			case 1:
				c.Before = rapid.SampledFrom([]Value{`""`, `[]`, `{}`, `[{"name":"x","price":"1.00"},{"name":"\"","price":null}]`, `-1.5e+3`, `0`, `false`,
					`{"cut":true,"bytes":131072,"sha256":"00","head":"é"}`, `[[[["deep"]]]]`}).Draw(t, "value")
			}
			if c.Record != nil {
				c.Record.ID = RecordID(id("changed record's id", string(c.Record.ID)))
			}
		}
		return e
	})
}

func saltsOf() *rapid.Generator[Salt] {
	return rapid.Custom(func(t *rapid.T) (s Salt) {
		copy(s[:], rapid.SliceOfN(rapid.Byte(), len(s), len(s)).Draw(t, "salt"))
		return s
	})
}

// opened is a value as the description in docs/ledger.md sees it.
type opened struct{ Path, Value, Salt, Commitment string }

// describedLeaf makes a leaf as somebody would who has read docs/ledger.md and has a library for JSON: by other means
// than the code under test.
func describedLeaf(body string, salt Salt) (header string, values []opened, leaf string) {
	e := members(body)
	actor, record := members(e["actor"]), "null"
	public := func(id string) string {
		var s string
		if json.Unmarshal([]byte(id), &s) != nil || !ValidID(s) {
			return "null"
		}
		return id
	}
	optional := func(m map[string]string, keys ...string) (out string) {
		for _, k := range keys {
			if v, ok := m[k]; ok {
				out += fmt.Sprintf(",%q:%s", k, v)
			}
		}
		return out
	}
	if e["record"] != "null" {
		r := members(e["record"])
		record = `{"object":` + r["object"] + `,"id":` + public(r["id"]) + optional(r, "version", "created_at") + `}`
	}
	onBehalfOf := public(members(actor["on_behalf_of"])["id"])
	header = `{"v":1` + optional(e, "id", "account", "occurred_at", "recorded_at") +
		`,"actor":{"type":` + actor["type"] + `,"id":` + public(actor["id"]) + `,"on_behalf_of":` + onBehalfOf + `}` +
		optional(e, "channel", "module", "type", "action", "outcome") + `,"record":` + record +
		optional(e, "operation", "cause", "undo_of", "size", "counts") + `}`

	mac := hmac.New(sha256.New, salt[:])
	list := sha256.New()
	describedWalk("", body, func(path, value string) {
		mac.Reset()
		mac.Write([]byte(path))
		salt := mac.Sum(nil)[:16]
		c := sha256.Sum256([]byte(string(salt) + value))
		v := opened{path, value, fmt.Sprintf("%x", salt), base64.StdEncoding.EncodeToString(c[:])}
		values = append(values, v)
		fmt.Fprintf(list, "%s %s\n", v.Path, v.Commitment)
	})
	return header, values, "backtrail-leaf/1\n" + header + "\n" + base64.StdEncoding.EncodeToString(list.Sum(nil)) + "\n"
}

var inHeader = map[string]bool{"v": true, "id": true, "account": true, "occurred_at": true, "recorded_at": true, "actor.type": true,
	"channel": true, "module": true, "type": true, "action": true, "outcome": true, "record.object": true, "record.version": true,
	"record.created_at": true, "operation": true, "cause": true, "undo_of": true, "size": true, "counts": true}

func describedWalk(path, raw string, visit func(path, value string)) {
	join := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	whole := strings.HasPrefix(path, "changes.") && (strings.HasSuffix(path, ".before") || strings.HasSuffix(path, ".after"))
	switch {
	case raw == "null" || inHeader[path]:
	case !whole && raw[0] == '{':
		inOrder(raw, func(key, value string) { describedWalk(join(key), value, visit) })
	case !whole && raw[0] == '[':
		var items []json.RawMessage
		if err := json.Unmarshal([]byte(raw), &items); err != nil {
			panic(err)
		}
		for i, item := range items {
			describedWalk(join(fmt.Sprint(i)), string(item), visit)
		}
	case (path == "actor.id" || path == "actor.on_behalf_of.id" || path == "record.id") && ValidID(Value(raw).Text()):
	default:
		visit(path, raw)
	}
}

func inOrder(raw string, visit func(key, value string)) {
	dec := json.NewDecoder(strings.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		panic(err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			panic(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			panic(err)
		}
		visit(key.(string), string(value))
	}
}

func members(raw string) map[string]string {
	m := map[string]string{}
	if raw != "" && raw != "null" {
		inOrder(raw, func(key, value string) { m[key] = value })
	}
	return m
}

func TestLeafIsAsDescribed(t *testing.T) {
	var lb LeafBuilder
	rapid.Check(t, func(t *rapid.T) {
		body, salt := leafEvents().Draw(t, "event").AppendCanonical(nil), saltsOf().Draw(t, "salt")
		got, err := lb.Append([]byte("before"), body, salt)
		if err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		header, _, leaf := describedLeaf(string(body), salt)
		if diff := cmp.Diff("before"+leaf, string(got)); diff != "" {
			t.Fatalf("the leaf is another than described (-described +made):\n%s\n%s", diff, body)
		}
		if h, err := ParseHeader([]byte(header)); err != nil || string(h.append(nil)) != header {
			t.Fatalf("the header cannot be read: %v: %s", err, header)
		}
	})
}

// damaged is b with a small change that may keep it an event: a byte, a stretch left out, a stretch twice.
func damaged(t *rapid.T, b []byte) []byte {
	b = bytes.Clone(b)
	i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
	j := min(len(b), i+rapid.IntRange(0, 60).Draw(t, "long"))
	switch rapid.IntRange(0, 3).Draw(t, "damage") {
	case 0:
		b[i] = rapid.SampledFrom([]byte("{}[]\",:\\0189n xa-+.eE/\x00\n\x7f\xff")).Draw(t, "byte")
	case 1:
		return append(b[:i], b[j:]...)
	case 2:
		return append(b[:j:j], b[i:]...)
	case 3:
		part := rapid.SampledFrom([]string{" ", "null", `""`, `,"size":1`, `,"size":0`, `,"secret":true`, `,"secret":false`, `,"counts":{}`, `,"version":1`, `,"version":01`,
			`,"before_text":""`, `,"before_text":"x"`, `,"after_text":null`, `\u0041`, `\u001f`, `\u0009`, `\/`, `,"related":[]`, `{}`, `-0`, `0`, `,"created_at":"0001-01-01T00:00:00.000000Z"`,
			`,"created_at":"0001-01-01T00:00:00.000001Z"`, `,"x":1`, `,"counts":{"b":1,"a":2}`, `,"counts":{"a":1,"a":2}`}).Draw(t, "part")
		// Where something ends, so that the part may fit.
		if n := bytes.IndexAny(b[i:], `,}"]`); n >= 0 {
			i += n
		}
		return append(b[:i:i], append([]byte(part), b[i:]...)...)
	}
	return b
}

// The two ways of checking, one by reading along the form and one by parsing and writing again, refuse the same.
func TestLeafTakesCanonicalBodiesOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := damaged(t, leafEvents().Draw(t, "event").AppendCanonical(nil))
		leafTakesWhatIsCanonical(t, body)
	})
}

func leafTakesWhatIsCanonical(t interface{ Fatalf(string, ...any) }, body []byte) {
	leaf, err := AppendLeaf(nil, body, Salt{})
	_, checkErr := CheckCanonical(body)
	if (err == nil) != (checkErr == nil) {
		t.Fatalf("AppendLeaf says %v, CheckCanonical %v, of %q", err, checkErr, body)
	}
	if err != nil {
		if !errors.Is(err, errNotCanonical) || len(leaf) != 0 {
			t.Fatalf("error %v with leaf %q", err, leaf)
		}
		return
	}
	if _, _, described := describedLeaf(string(body), Salt{}); described != string(leaf) {
		t.Fatalf("the leaf is another than described: %q", body)
	}
}

func TestLeafRefuses(t *testing.T) {
	whole := string((&Event{ID: "1", Actor: Actor{Type: User, ID: someID}, Record: &Ref{Object: "o", ID: someID, Version: 3}, Related: []Ref{{}},
		Changes: []Change{{Field: "f", Before: `["a"]`, After: "true", BeforeText: "x", Secret: true, Record: &Ref{}}},
		Cause:   someID, Size: 2, Counts: map[string]int{"a": 1, "b\n": 2}, Context: Context{IP: "192.0.2.1"}}).AppendCanonical(nil))
	if _, err := AppendLeaf(nil, []byte(whole), Salt{}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new string }{
		{"another version", `{"v":1,`, `{"v":2,`},
		{"white space", `,"account":`, `, "account":`},
		{"white space in a value", `["a"]`, `["a" ]`},
		{"a line feed in a value", `["a"]`, "[\n\"a\"]"},
		{"an unknown key", `,"channel":`, `,"x":1,"channel":`},
		{"a key twice", `"name":"","email"`, `"name":"","name":"","email"`},
		{"another order", `"field":"f","label":""`, `"label":"","field":"f"`},
		{"an escape that is not needed", `"field":"f"`, `"field":"\u0066"`},
		{"another escape", `"b\n"`, `"b\u000a"`},
		{"broken UTF-8", `"field":"f"`, "\"field\":\"\xff\""},
		{"broken UTF-8 in a value", `["a"]`, "[\"\xed\xa0\x80\"]"},
		{"half a pair", `["a"]`, `["\ud800"]`},
		{"no JSON in a value", `["a"]`, `[a]`},
		{"a value that does not close", `["a"]`, `["a"}`},
		{"a value too deep", `["a"]`, strings.Repeat("[", maxValueDepth+1) + strings.Repeat("]", maxValueDepth+1)},
		{"a leading zero", `"size":2`, `"size":02`},
		{"no size", `"size":2`, `"size":0`},
		{"counts in another order", `{"a":1,"b\n":2}`, `{"b\n":2,"a":1}`},
		{"a count twice", `{"a":1,"b\n":2}`, `{"a":1,"a":2}`},
		{"empty counts", `{"a":1,"b\n":2}`, `{}`},
		{"minus zero", `"a":1`, `"a":-0`},
		{"false for a secret", `"secret":true`, `"secret":false`},
		{"an empty text that may be left out", `"before_text":"x"`, `"before_text":""`},
		{"an empty text for null", `"cause":"` + someID + `"`, `"cause":""`},
		{"null for a text", `"field":"f"`, `"field":null`},
		{"a time zone", `.000000Z`, `.00000+Z`},
		{"a comma in a time", `00:00:00.000000Z`, `00:00:00,000000Z`},
		{"a day that is none", `0001-01-01T`, `0001-02-30T`},
		{"more behind it", `"request":null}}`, `"request":null}} `},
	} {
		body := strings.Replace(whole, tt.old, tt.new, 1)
		if body == whole {
			t.Errorf("%s: nothing was replaced", tt.name)
		}
		if leaf, err := AppendLeaf([]byte("x"), []byte(body), Salt{}); !errors.Is(err, errNotCanonical) || string(leaf) != "x" {
			t.Errorf("%s: got %q, %v", tt.name, leaf, err)
		}
		leafTakesWhatIsCanonical(t, []byte(body))
	}
}

// Whatever two events differ in shows in their leaves.
func TestLeafIsOfOneEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := leafEvents().Draw(t, "event").AppendCanonical(nil)
		b := rapid.OneOf(
			rapid.Map(leafEvents(), func(e *Event) []byte { return e.AppendCanonical(nil) }),
			rapid.Custom(func(t *rapid.T) []byte { return damaged(t, a) }),
		).Draw(t, "other")
		salt := saltsOf().Draw(t, "salt")
		first, err := AppendLeaf(nil, a, salt)
		if err != nil {
			t.Fatal(err)
		}
		second, err := AppendLeaf(nil, b, salt)
		if err == nil && bytes.Equal(first, second) != bytes.Equal(a, b) {
			t.Fatalf("one leaf for two events:\n%s\n%s", a, b)
		}
		salt[0]++
		if again, _ := AppendLeaf(nil, a, salt); bytes.Equal(first, again) {
			t.Fatal("one leaf for two salts")
		}
	})
}

func TestNewSalt(t *testing.T) {
	if a, b := NewSalt(), NewSalt(); a == b || a == (Salt{}) {
		t.Errorf("not random: %x, %x", a, b)
	}
}

func TestValueValid(t *testing.T) {
	for _, tt := range []struct {
		value Value
		want  bool
	}{
		{None, true}, {`"a"`, true}, {`[]`, true}, {`{}`, true}, {`[{"a":"b","c":[1,-0.5,1e9,true,false,null]}]`, true}, {"null", true}, {`"\u001f"`, true},
		{Value(strings.Repeat("[", maxValueDepth) + "1" + strings.Repeat("]", maxValueDepth)), true}, {`"\\"`, true},
		{`"a" `, false}, {`"a`, false}, {`a`, false}, {`[1,]`, false}, {`[,1]`, false}, {`{"a"}`, false}, {`{"a":}`, false}, {`{a:1}`, false}, {`{"a":1,}`, false},
		{`01`, false}, {`1.`, false}, {`.5`, false}, {`-`, false}, {`1e`, false}, {`+1`, false}, {`[1}`, false}, {`{"a":1]`, false}, {`[1`, false}, {`{"a":1`, false}, {`[`, false}, {`{`, false},
		{`tru`, false}, {`"\u00e9"`, false}, {`"\x"`, false}, {`"\`, false}, {`"\u00`, false}, {"\"\x01\"", false}, {`"a""b"`, false}, {`{"a":1 }`, false},
	} {
		if got := tt.value.Valid(); got != tt.want {
			t.Errorf("%s: %v", tt.value, got)
		}
		if tt.value.Valid() && tt.value != None && !json.Valid([]byte(tt.value)) {
			t.Errorf("%s is not JSON", tt.value)
		}
	}
}

func FuzzAppendLeaf(f *testing.F) {
	for _, v := range leafVectors() {
		f.Add(v.event.AppendCanonical(nil))
	}
	f.Add([]byte(`{"v":1,"id":`))
	f.Fuzz(func(t *testing.T, body []byte) { leafTakesWhatIsCanonical(t, body) })
}

// benchmarkEvent is an update with three changes, as most are.
func benchmarkEvent() *Event {
	for _, v := range leafVectors() {
		if v.name == "update" {
			return v.event
		}
	}
	panic("no such vector")
}

func BenchmarkLeafBuilder(b *testing.B) {
	body := benchmarkEvent().AppendCanonical(nil)
	var lb LeafBuilder
	var leaf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if leaf, err = lb.Append(leaf[:0], body, Salt{1}); err != nil {
			b.Fatal(err)
		}
	}
	_, values, _ := describedLeaf(string(body), Salt{1})
	b.ReportMetric(float64(len(values)), "values/op")
	b.ReportMetric(float64(len(body)), "bytes/op")
}

func BenchmarkCheckCanonical(b *testing.B) {
	body := benchmarkEvent().AppendCanonical(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := CheckCanonical(body); err != nil {
			b.Fatal(err)
		}
	}
}
