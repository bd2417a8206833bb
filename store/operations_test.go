package store

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	createTable = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\)`)
	columnKey   = regexp.MustCompile(`(?m)^\t(\w+) .*PRIMARY KEY`)
	tableKey    = regexp.MustCompile(`(?m)^\tPRIMARY KEY \((\w+)`)
	distributed = regexp.MustCompile(`create_distributed_table\('(\w+)', '(\w+)'`)
)

// The page on operations spreads every table of an account over the nodes, and no other.
func TestDistributedTables(t *testing.T) {
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	spread := map[string]string{}
	for _, m := range distributed.FindAllStringSubmatch(string(page), -1) {
		spread[m[1]] = m[2]
	}
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]bool{}
	for _, file := range files {
		text, err := migrations.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range createTable.FindAllStringSubmatch(string(text), -1) {
			name := m[1]
			tables[name] = true
			key := columnKey.FindStringSubmatch(m[2])
			if key == nil {
				key = tableKey.FindStringSubmatch(m[2])
			}
			switch {
			case key == nil:
				t.Errorf("%s has no key that this test can read", name)
			case name == "accounts" || key[1] == "account":
				if spread[name] != key[1] {
					t.Errorf("docs/operations.md, Sharding with Citus, does not spread %s by its %s", name, key[1])
				}
			case spread[name] != "":
				t.Errorf("docs/operations.md spreads %s, whose key begins with %s", name, key[1])
			}
		}
	}
	for name := range spread {
		if !tables[name] {
			t.Errorf("docs/operations.md spreads %s, which no migration makes", name)
		}
	}
	if n := strings.Count(string(page), "create_distributed_table"); len(tables) < 20 || n != len(spread) {
		t.Errorf("%d tables and %d lines were read", len(tables), n)
	}
}
