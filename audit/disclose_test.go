package audit

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/errs"
)

func withholds() *rapid.Generator[[]string] {
	return rapid.SliceOfDistinct(rapid.SampledFrom(Withholdable), rapid.ID[string])
}

func TestDiscloseGivesTheLeafBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body, salt, withhold := leafEvents().Draw(t, "event").AppendCanonical(nil), saltsOf().Draw(t, "salt"), withholds().Draw(t, "withhold")
		line, err := Disclose([]byte("before"), body, salt, withhold)
		if err != nil {
			t.Fatal(err)
		}
		line = bytes.TrimPrefix(line, []byte("before"))
		d, err := OpenDisclosed(line)
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		header, values, leaf := describedLeaf(string(body), salt)
		if leaf != string(d.Leaf) || header != string(d.Header.append(nil)) {
			t.Fatalf("another leaf:\n%s%s", leaf, d.Leaf)
		}
		if bytes.ContainsRune(line, '\n') {
			t.Fatal("the line has two lines")
		}
		if len(d.Withheld) > 0 && bytes.Contains(line, []byte(hex.EncodeToString(salt[:]))) {
			t.Fatal("the event's salt is shown, and opens what is withheld")
		}
		shown := map[string]string{}
		describedWalk("", string(d.Event), func(path, value string) { shown[path] = value })
		for _, v := range values {
			want := v.Value
			if slices.Contains(d.Withheld, v.Path) {
				want = ""
				if bytes.Contains(line, []byte(v.Salt)) {
					t.Fatalf("the salt of %s is shown, which is withheld", v.Path)
				}
			}
			if shown[v.Path] != want {
				t.Fatalf("%s is shown as %s, want %s", v.Path, shown[v.Path], want)
			}
		}
		if _, err := ParseEvent(d.Event); err != nil {
			t.Fatal(err)
		}

		line, err = HeaderLine(nil, body, salt)
		if err != nil {
			t.Fatal(err)
		}
		fromHeader, h, err := OpenHeaderLine(line)
		if err != nil || string(fromHeader) != leaf || string(h.append(nil)) != header {
			t.Fatalf("the header line gives %q, %v", fromHeader, err)
		}
	})
}

func TestDiscloseWithholds(t *testing.T) {
	outside, ours := vectorBody(t, "outside_ids"), vectorBody(t, "on_behalf_of")
	description := []string{"description"}
	for _, tt := range []struct {
		name     string
		body     []byte
		withhold []string
		want     []string
	}{
		{"nothing", outside, nil, nil},
		{"what is not there", outside, []string{"email"}, description},
		{"email", ours, []string{"email"}, []string{"actor.email", "description"}},
		{"ip", ours, []string{"ip"}, []string{"context.ip"}},
		{"session", ours, []string{"session"}, []string{"context.session", "context.request"}},
		{"two classes", ours, []string{"user_agent", "ip"}, []string{"context.ip", "context.user_agent"}},
		{"user", ours, []string{"user"}, []string{"actor.name", "actor.on_behalf_of.name", "description"}},
		{"user with an id of another form", outside, []string{"user"}, []string{"actor.id", "actor.name", "actor.on_behalf_of.id", "actor.on_behalf_of.name", "description"}},
		{"record", ours, []string{"record"}, []string{"record.name", "description"}},
		{"record with an id of another form", outside, []string{"record"}, []string{"record.id", "record.name", "related.0.id", "related.0.name", "description", "changes.0.record.id", "changes.0.record.name"}},
		{"changes", outside, []string{"changes"}, []string{"description", "changes.0.before", "changes.0.after", "changes.0.record.id", "changes.0.record.name"}},
		{"description", outside, []string{"description"}, description},
	} {
		line, err := Disclose(nil, tt.body, Salt{}, tt.withhold)
		if err != nil {
			t.Fatal(err)
		}
		d, err := OpenDisclosed(line)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, d.Withheld); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func vectorBody(t interface{ Fatal(...any) }, name string) []byte {
	for _, v := range leafVectors() {
		if v.name == name {
			return v.event.AppendCanonical(nil)
		}
	}
	t.Fatal("no such vector: ", name)
	return nil
}

func TestDiscloseRefuses(t *testing.T) {
	if line, err := Disclose([]byte("x"), []byte(`{}`), Salt{}, nil); !errors.Is(err, errNotCanonical) || string(line) != "x" {
		t.Errorf("no event: %q, %v", line, err)
	}
	if line, err := HeaderLine([]byte("x"), []byte(`{}`), Salt{}); !errors.Is(err, errNotCanonical) || string(line) != "x" {
		t.Errorf("header of no event: %q, %v", line, err)
	}
	line, err := Disclose([]byte("x"), vectorBody(t, "update"), Salt{}, []string{"email", "everything"})
	if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "everything") || string(line) != "x" {
		t.Errorf("unknown class: %q, %v", line, err)
	}
	if out, err := Conceal([]byte("x"), []byte(`{}`), nil); !errors.Is(err, errNotCanonical) || string(out) != "x" {
		t.Errorf("no event: %q, %v", out, err)
	}
	if out, err := Conceal([]byte("x"), vectorBody(t, "update"), []string{"everything"}); !errs.Is(err, errs.Invalid) || string(out) != "x" {
		t.Errorf("unknown class: %q, %v", out, err)
	}
	if err := CheckWithhold(Withholdable); err != nil {
		t.Error(err)
	}
}

// A line is taken only as Disclose writes it.
func TestOpenDisclosedRefuses(t *testing.T) {
	body := vectorBody(t, "update")
	whole, err := Disclose(nil, body, Salt{0xab}, nil)
	if err != nil {
		t.Fatal(err)
	}
	some, err := Disclose(nil, body, Salt{0xab}, []string{"email", "changes"})
	if err != nil {
		t.Fatal(err)
	}
	entry := func(path string) string {
		_, rest, _ := strings.Cut(string(some), `["`+path+`",`)
		e, _, _ := strings.Cut(rest, `]`)
		return `["` + path + `",` + e + `]`
	}
	name, label := entry("actor.name"), entry("changes.0.label")
	for _, tt := range []struct {
		name     string
		line     []byte
		old, new string
	}{
		{"an extra key before", whole, `{"event"`, `{"x":1,"event"`},
		{"an extra key", whole, `,"salt"`, `,"x":1,"salt"`},
		{"an extra key behind", whole, `"}`, `","x":1}`},
		{"white space", whole, `,"salt"`, `, "salt"`},
		{"a line feed", whole, `0"}`, "0\"}\n"},
		{"capital digits", whole, `"ab`, `"AB`},
		{"a short salt", whole, `"ab`, `"a`},
		{"no digits", whole, `"ab`, `"xy`},
		{"a null of nobody", whole, `"name":"Ana Silva"`, `"name":null`},
		{"a key of the event twice", whole, `"actor":{`, `"actor":{},"actor":{`},
		{"an extra key in the event", some, `"email":null`, `"email":null,"x":"y"`},
		{"a value that is not listed", some, `"email":null`, `"email":"bo@example.com"`},
		{"a value for null", some, `"cause":null`, `"cause":"x","undo_of":"x"`},
		{"a null that is not listed", some, `"Mozilla/5.0 (X11; Linux x86_64)"`, `null`},
		{"an optional key that is not listed", some, `"after":null}`, `"after":null,"after_text":null}`},
		{"an optional key that is left out", some, `,"before_text":null`, ``},
		{"a change that is left out", some, `,{"field":"tags","label":"Tags","before":null,"after":null}`, ``},
		{"an entry that is left out", some, name + ",", ``},
		{"an entry twice", some, name, name + "," + name},
		{"entries in another order", some, name + "," + entry("actor.email"), entry("actor.email") + "," + name},
		{"an unknown entry", some, name, `["actor.x"` + strings.TrimPrefix(name, `["actor.name"`) + "," + name},
		{"an entry at the end", some, `]]}`, `],` + label + `]}`},
		{"a salt and a commitment", some, name, strings.Replace(name, "null", `"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`, 1)},
		{"stray bits in a commitment", some, `="]`, `B="]`},
		{"a salt for a withheld value", some, entry("actor.email"), `["actor.email"` + strings.TrimPrefix(name, `["actor.name"`)},
		{"a withheld number", some, `"version":3`, `"version":null`},
		{"the list of another", some, `"values":[`, `"values":[],"values":[`},
		{"no end", some, `]}`, ``},
	} {
		line := strings.Replace(string(tt.line), tt.old, tt.new, 1)
		if tt.old == `"}` || tt.old == `]}` {
			line = strings.TrimSuffix(string(tt.line), tt.old) + tt.new
		}
		if line == string(tt.line) {
			t.Errorf("%s: nothing was replaced", tt.name)
		}
		if d, err := OpenDisclosed([]byte(line)); err == nil || d.Leaf != nil {
			t.Errorf("%s: taken", tt.name)
		}
	}
	listed := bytes.Replace(whole, []byte(`,"salt":"`), []byte(`,"values":[`), 1)
	for name, line := range map[string][]byte{
		"nothing": nil, "no object": []byte(`[]`), "no event": []byte(`{"event":`), "an empty event": []byte(`{"event":{},"values":[]}`),
		"a text for the event": []byte(`{"event":"x","salt":"` + strings.Repeat("0", 32) + `"}`), "half a list": listed,
		"too long": append(bytes.Clone(whole), make([]byte, MaxDisclosed)...),
	} {
		if _, err := OpenDisclosed(line); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Whoever changes a line shows the same event, or another leaf, which no proof will hold for.
func TestDisclosedCannotBeChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body, salt, withhold := leafEvents().Draw(t, "event").AppendCanonical(nil), saltsOf().Draw(t, "salt"), withholds().Draw(t, "withhold")
		line, err := Disclose(nil, body, salt, withhold)
		if err != nil {
			t.Fatal(err)
		}
		was, err := OpenDisclosed(line)
		if err != nil {
			t.Fatal(err)
		}
		changed := damaged(t, line)
		is, err := OpenDisclosed(changed)
		if err == nil && bytes.Equal(was.Leaf, is.Leaf) && !bytes.Equal(line, changed) {
			t.Fatalf("another line for one leaf:\n%s\n%s", line, changed)
		}

		header, err := HeaderLine(nil, body, salt)
		if err != nil {
			t.Fatal(err)
		}
		changed = damaged(t, header)
		leaf, _, err := OpenHeaderLine(changed)
		if err == nil && bytes.Equal(leaf, was.Leaf) && !bytes.Equal(header, changed) {
			t.Fatalf("another header line for one leaf:\n%s\n%s", header, changed)
		}
	})
}

// The event of the most bytes per value still fits in a line.
func TestMaxDisclosed(t *testing.T) {
	e := &Event{}
	for range MaxEvent/len(`{"object":"","id":"","name":""},`) - 20 {
		e.Related = append(e.Related, Ref{})
	}
	body := e.AppendCanonical(nil)
	if len(body) > MaxEvent || len(body) < MaxEvent*99/100 {
		t.Fatalf("the event has %d bytes", len(body))
	}
	line, err := Disclose(nil, body, Salt{}, Withholdable)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDisclosed(line); err != nil {
		t.Errorf("a line of %d bytes: %v", len(line), err)
	}
}

func FuzzOpenDisclosed(f *testing.F) {
	for _, v := range leafVectors() {
		for _, withhold := range v.without {
			line, err := Disclose(nil, v.event.AppendCanonical(nil), Salt{1}, withhold)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		d, err := OpenDisclosed(line)
		if err != nil {
			return
		}
		if _, err := ParseHeader(leafHeader(d.Leaf)); err != nil {
			t.Fatal(err)
		}
		if _, err := ParseEvent(d.Event); err != nil {
			t.Fatalf("what is shown cannot be read: %v", err)
		}
		if len(d.Withheld) == 0 {
			leafTakesWhatIsCanonical(t, d.Event)
		}
	})
}

func FuzzOpenHeaderLine(f *testing.F) {
	for _, v := range leafVectors() {
		line, err := HeaderLine(nil, v.event.AppendCanonical(nil), Salt{1})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		leaf, h, err := OpenHeaderLine(line)
		if err == nil && !bytes.Equal(leafHeader(leaf), h.append(nil)) {
			t.Fatalf("the header is not the leaf's: %s", leaf)
		}
	})
}

func BenchmarkDisclose(b *testing.B) {
	body := benchmarkEvent().AppendCanonical(nil)
	var line []byte
	for _, bb := range []struct {
		name     string
		withhold []string
	}{{"whole", nil}, {"email", []string{"email"}}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				line, _ = Disclose(line[:0], body, Salt{1}, bb.withhold)
			}
		})
		b.Run(bb.name+"/open", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := OpenDisclosed(line); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHeaderLine(b *testing.B) {
	body := benchmarkEvent().AppendCanonical(nil)
	var lb LeafBuilder
	var line []byte
	b.ReportAllocs()
	for b.Loop() {
		line, _ = lb.AppendHeaderLine(line[:0], body, Salt{1})
	}
}

func BenchmarkOpenHeaderLine(b *testing.B) {
	line, err := HeaderLine(nil, benchmarkEvent().AppendCanonical(nil), Salt{1})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := OpenHeaderLine(line); err != nil {
			b.Fatal(err)
		}
	}
}
