package audit

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What somebody damaged in the database is an error, or another event, but nothing worse.
func TestParseEventOfDamagedBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := events().Draw(t, "event").AppendCanonical(nil)
		n := rapid.IntRange(0, len(body)-1).Draw(t, "cut at")
		if _, err := ParseEvent(body[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were taken for an event", n, len(body))
		}
		body[n] = rapid.SampledFrom([]byte(`{}[]",:\0n x`)).Draw(t, "byte")
		if e, err := ParseEvent(body); err == nil {
			e.AppendCanonical(nil)
		}
	})
}

func TestParseEventRefuses(t *testing.T) {
	for _, body := range []string{
		``, `null`, `[]`, `{}`, `{"v":2}`, `{"v":"1"}`,
		`{"v":1,"id":7}`,
		`{"v":1,"occurred_at":"yesterday"}`,
		`{"v":1,"record":"Acme"}`,
		`{"v":1,"related":{}}`,
		`{"v":1,"changes":[{"before":nothing}]}`,
		`{"v":1,"description":"\x"}`,
		`{"v":1,"size":many}`,
	} {
		if e, err := ParseEvent([]byte(body)); err == nil {
			t.Errorf("%s was taken for the event %+v", body, e)
		}
	}
}

// TestManyEscapes scans strings whose every byte is an escape: twice as many must not take four times as long. It
// counts no time; a scan with the square of the number would not end here.
func TestManyEscapes(t *testing.T) {
	text := strings.Repeat("\n\"\\", 1<<20)
	body := append([]byte(`{"a":`), AppendString(nil, text)...)
	body = append(body, `,"b":"x"}`...)
	seen := map[string]string{}
	if err := Scan(body, func(key, value []byte) { seen[string(key)] = string(ScanString(value)) }); err != nil {
		t.Fatal(err)
	}
	if seen["a"] != text || seen["b"] != "x" {
		t.Error("the strings are others")
	}
	for _, broken := range []string{`{"a":"\`, `{"a":"\"`, `{"a":"x\\\"`, `{"a":"\\`} {
		if Scan([]byte(broken), func(_, _ []byte) {}) == nil {
			t.Errorf("%s was scanned", broken)
		}
	}
}
