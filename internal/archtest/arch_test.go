// Package archtest holds the architecture in place: which package may import which. The arrows point inward, to audit.
package archtest

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/backtrail/backtrail/"

// allowed lists, for each package, those of ours that it may import. A package that is not in it fails the test: say
// where a new one stands.
var allowed = map[string][]string{
	"errs":            {},
	"words":           {},
	"audit":           {"errs", "words"},
	"ledger":          {"errs", "internal/durable"},
	"audit/audittest": {"audit"},
	"crm":             {"errs", "audit"},
	"workflow":        {"errs", "audit", "crm"},
	"modules":         {"errs", "audit", "crm", "schedule", "workflow", "placeholder"},
	"placeholder":     {"errs"},
	"restore":         {"errs", "audit", "crm"},
	"past":            {"errs", "audit", "crm"},
	"calendar":        {},
	"schedule":        {"audit", "crm"},
	"auth":            {"errs", "audit"},
	"agency":          {"errs", "audit", "auth"},
	"savedviews":      {"errs", "audit"},
	"follower":        {"audit"},
	"alerts":          {"errs", "audit", "calendar", "follower", "jobs", "mail", "savedviews", "webhook"},
	"jobs":            {"errs", "audit"},
	"jobs/jobstest":   {"errs", "audit", "jobs"},
	"sheet":           {"audit"},
	"evidence":        {"errs", "audit", "ledger", "sheet"},
	"export":          {"errs", "audit", "ledger", "integrity", "sheet", "evidence", "jobs"},
	"importer":        {"errs", "audit", "crm", "jobs"},
	"bulk":            {"errs", "audit", "crm", "jobs"},
	"takeback":        {"errs", "audit", "restore", "jobs"},
	"integrity":       {"errs", "audit", "ledger", "jobs"},
	"webhook":         {"errs", "internal/publicnet"},
	"automation":      {"errs", "audit", "crm", "follower", "workflow"},
	"mail":            {"errs", "audit", "crm", "jobs", "modules", "placeholder", "internal/publicnet"},
	"mail/mailtest":   {"mail"},
	"publish":         {"errs", "audit", "ledger", "jobs", "integrity", "mail", "webhook", "internal/durable"},
	"store":           {"errs", "follower", "alerts", "words", "audit", "ledger", "integrity", "crm", "auth", "jobs", "restore", "workspace", "publish", "automation", "workflow", "savedviews"},
	"workspace":       {"errs", "alerts", "audit", "agency", "ledger", "crm", "schedule", "modules", "restore", "auth", "jobs", "export", "importer", "bulk", "takeback", "integrity", "publish", "mail", "automation", "workflow", "webhook", "savedviews"},
	"api":             {"errs", "alerts", "audit", "agency", "crm", "past", "schedule", "restore", "auth", "jobs", "export", "importer", "bulk", "takeback", "integrity", "workspace", "publish", "mail", "automation", "workflow", "savedviews"},
	"web":             {"errs", "alerts", "audit", "agency", "ledger", "crm", "past", "calendar", "schedule", "restore", "auth", "jobs", "export", "importer", "bulk", "takeback", "integrity", "workspace", "publish", "mail", "automation", "workflow", "savedviews"},
	"server":          {"errs", "audit", "store"},
	"client":          {},
	"demo":            {"errs", "alerts", "mail", "audit", "crm", "auth", "jobs", "export", "importer", "bulk", "restore", "workspace", "automation", "workflow", "savedviews"},
	"cmd/backtrail": {"errs", "audit", "crm", "modules", "auth", "jobs", "export", "importer", "restore", "store", "workspace",
		"ledger", "integrity", "evidence", "publish", "mail", "automation", "store/drill", "api", "web", "server", "client", "demo"},
	"internal/durable":   {},
	"internal/publicnet": {},
	"internal/dbtest":    {"ledger", "store"},
	"internal/replay":    {"audit", "crm", "modules", "store"},
	"internal/archtest":  {},
	"internal/e2e":       {}, // tests alone
	"store/drill":        {"errs", "audit", "ledger", "integrity", "store"},
	"store/storetest":    {"errs", "follower", "alerts", "audit", "agency", "ledger", "crm", "modules", "auth", "jobs", "publish", "restore", "store", "workspace", "automation", "workflow", "savedviews"},
}

// standardOnly may use the standard library, x/mod and x/crypto alone.
var standardOnly = []string{"internal/durable", "errs", "audit", "ledger", "sheet", "evidence", "crm", "modules", "placeholder", "restore", "past", "calendar", "schedule", "savedviews", "client"}

// onlyIn are imports that belong to one room.
var onlyIn = map[string][]string{
	"modernc.org/sqlite":            {"store"},
	"github.com/pressly/goose/v3":   {"store"},
	"github.com/jackc/pgx":          {"store", "internal/dbtest"},
	"database/sql":                  {"store", "store/drill", "store/storetest"},
	"github.com/alecthomas/kong":    {"cmd/backtrail"},
	"github.com/danielgtaylor/huma": {"api"},
	"github.com/wneessen/go-mail":   {"mail"},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		may, known := allowed[name]
		if !known {
			t.Errorf("%s is not in the list of this test: say what it may import", name)
			continue
		}
		for _, path := range p.Imports {
			if ours, ok := strings.CutPrefix(path, module); ok {
				if !slices.Contains(may, ours) {
					t.Errorf("%s must not import %s", name, ours)
				}
			} else if slices.Contains(standardOnly, name) && strings.Contains(path, ".") && !strings.HasPrefix(path, "golang.org/x/mod") && !strings.HasPrefix(path, "golang.org/x/crypto") {
				t.Errorf("%s uses the standard library alone, not %s", name, path)
			}
			for prefix, rooms := range onlyIn {
				if strings.HasPrefix(path, prefix) && !slices.Contains(rooms, name) {
					t.Errorf("%s belongs to %v, not to %s", path, rooms, name)
				}
			}
		}
	}
}
