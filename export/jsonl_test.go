package export_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/audit/audittest"
	"github.com/backtrail/backtrail/export"
)

func TestJSONL(t *testing.T) {
	events := []audit.Stored{audittest.Stored(audittest.Sample(3), 0), audittest.Stored(audittest.Sample(2), 2), audittest.Stored(audittest.Sample(1), 1)}
	lines := strings.Split(strings.TrimSuffix(string(encode(t, export.JSONL{}, events...)), "\n"), "\n")
	if len(lines) != len(events) {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines {
		var got struct {
			Seq *int64
			ID  audit.EventID
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if events[i].Seq == 0 != (got.Seq == nil) || got.Seq != nil && *got.Seq != events[i].Seq {
			t.Errorf("line %d: seq %v, want %d", i, got.Seq, events[i].Seq)
		}
		_, rest, _ := strings.Cut(line, ",")
		if "{"+rest != string(events[i].Body) {
			t.Errorf("line %d does not hold the stored bytes: %s", i, line)
		}
	}
}

// FuzzJSONL gives the encoder bytes that no recorder wrote: an error or one line, never a crash.
func FuzzJSONL(f *testing.F) {
	f.Add(audittest.Stored(audittest.Sample(1), 1).Body)
	f.Fuzz(func(_ *testing.T, body []byte) {
		_, _ = export.JSONL{}.Append(nil, audit.Stored{Body: body})
	})
}
