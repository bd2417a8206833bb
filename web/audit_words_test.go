package web

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/restore"
)

func TestAgo(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "just now", 44 * time.Second: "just now", 50 * time.Second: "50 s ago", 59600 * time.Millisecond: "1 min ago", 90 * time.Second: "2 min ago",
		59*time.Minute + 40*time.Second: "1 h ago", 5 * time.Hour: "5 h ago", 23*time.Hour + 40*time.Minute: "1 day ago", 60 * day: "60 days ago",
		100 * day: "3 months ago", 800 * day: "2 years ago", 200 * 365 * day: "200 years ago",
		-19 * day: "in 19 days", -30 * time.Minute: "in 30 min",
	} {
		if got := ago(d); got != want {
			t.Errorf("ago(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestAgentWords(t *testing.T) {
	for agent, want := range map[string]string{
		"": "", "something": "", "curl/8.5.0": "curl",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0": "Edge on Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0":                                                "Firefox on Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1":   "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36":                                  "Chrome on Android",
	} {
		if got := agentWords(agent); got != want {
			t.Errorf("agentWords(%q) = %q, want %q", agent, got, want)
		}
	}
}

func TestBytesInWords(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1500: "1.5 kB", 2_300_000: "2.3 MB", 7_000_000_000: "7.0 GB", 9_000_000_000_000: "9.0 TB"} {
		if got := bytesInWords(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestChangesAreWorded(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	c := clock{now: time.Now(), zone: zone}
	long := strings.Repeat("x", longValue+1)
	for _, test := range []struct {
		v    audit.Value
		text string
		want auditValue
	}{
		{audit.None, "", auditValue{}},
		{audit.String("a"), "", auditValue{Text: "a", Set: true}},
		{audit.String("id"), "Ana", auditValue{Text: "Ana", Set: true}},
		{audit.Bool(true), "", auditValue{Text: "Yes", Set: true}},
		{audit.Bool(false), "", auditValue{Text: "No", Set: true}},
		{audit.String("2026-03-01"), "", auditValue{Text: "1 Mar 2026", Set: true}},
		{audit.String("2026-03-01T20:30:00.000000Z"), "2026-03-01 20:30 UTC", auditValue{Text: "2 Mar 2026, 05:30", Set: true}},
		{audit.String(long), "", auditValue{Text: long, Set: true, Long: true}},
		{audit.String("a\nb"), "", auditValue{Text: "a\nb", Set: true, Long: true}},
		{`{"cut":true,"bytes":70000,"sha256":"ab","head":"start"}`, "", auditValue{Text: "start", Set: true, Long: true,
			Note: "Only the beginning is kept: it had 70,000 bytes, SHA-256 ab"}},
	} {
		if got := c.value(test.v, test.text); !cmp.Equal(got, test.want) {
			t.Errorf("%s is %+v, want %+v", test.v, got, test.want)
		}
	}
	secret := c.change(audit.Change{Field: "key", Label: "Key", Secret: true})
	if !secret.Secret || secret.Before.Set || secret.After.Set {
		t.Errorf("a secret is %+v", secret)
	}
}

// Nobody decides fifty thousand conflicts one by one: when a plan lists only a part of them, a choice is for all.
func TestConflictsBeyondTheList(t *testing.T) {
	schema, _, err := modules.All()
	if err != nil {
		t.Fatal(err)
	}
	p := &restore.Plan{ConflictsTotal: 50_000}
	for _, value := range []string{"one", "two"} {
		p.Conflicts = append(p.Conflicts, restore.Conflict{Object: "contact", ID: audit.RecordID(value), Field: "company", Label: "Company",
			Kind: restore.MissingReference, Value: value, Resolutions: []restore.Choice{restore.Clear, restore.Skip}})
	}
	groups := conflictGroups(schema, p, nil)
	if len(groups) != 1 || groups[0].Count != "all contacts" {
		t.Fatalf("the groups are %+v", groups)
	}
	decisions, err := decisionsOf(map[string][]string{groups[0].ConflictField(): {groups[0].Conflict}, groups[0].Name: {"clear"}})
	if err != nil {
		t.Fatal(err)
	}
	got := resolutionsOf(decisions)
	want := restore.Resolution{Object: "contact", Field: "company", Kind: restore.MissingReference, Choose: restore.Clear}
	if len(got) != 1 || got[0] != want {
		t.Errorf("the resolutions are %+v, want %+v", got, want)
	}
	p.ConflictsTotal = 2
	if groups := conflictGroups(schema, p, decisions); len(groups) != 2 || !groups[0].Decided || !groups[1].Decided {
		t.Errorf("with all of them listed the groups are %+v", groups)
	}
	for _, form := range []map[string][]string{{keepField: {"{"}}, {conflictField + "0": {"{"}, chooseField + "0": {"clear"}}} {
		if _, err := decisionsOf(form); err == nil {
			t.Errorf("%v is read", form)
		}
	}
}

// A row says by which way an entry came in where that is not what the actor says already.
func TestTheWayInIsSaidOnce(t *testing.T) {
	for _, tt := range []struct {
		actor   audit.ActorType
		channel audit.Channel
		want    string
	}{
		{audit.User, audit.Web, ""},
		{audit.User, audit.API, "API"},
		{audit.User, audit.Import, "Import"},
		{audit.APIKey, audit.API, ""},
		{audit.APIKey, audit.Import, "Import"},
		{audit.Workflow, audit.WorkflowChannel, ""},
		{audit.System, audit.SystemChannel, ""},
		{audit.Integration, audit.API, "API"},
	} {
		if got := channelBeside(&audit.Event{Actor: audit.Actor{Type: tt.actor}, Channel: tt.channel}); got != tt.want {
			t.Errorf("%s by %s: %q, want %q", tt.actor, tt.channel, got, tt.want)
		}
	}
}
