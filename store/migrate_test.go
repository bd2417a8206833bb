package store

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// TestReleasedMigrations fails when a migration changes that may have run somewhere.
func TestReleasedMigrations(t *testing.T) {
	sums, err := os.ReadFile("migrations/released.sum")
	if err != nil {
		t.Fatal(err)
	}
	released := map[string]string{}
	for line := range strings.Lines(string(sums)) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("cannot read %q", line)
		}
		released[name] = sum
	}
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for _, file := range files {
		b, err := migrations.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(file, "migrations/")
		sum := fmt.Sprintf("%x", sha256.Sum256(b))
		switch was := released[name]; was {
		case sum:
		case "":
			t.Errorf("migrations/released.sum lacks the line\n%s  %s", sum, name)
		default:
			t.Errorf("%s was released and has changed; write a new migration instead", name)
		}
		// Each has a number of its own; one that was given to a piece of work and not needed is left out.
		number, _, ok := strings.Cut(name, "_")
		if !ok || len(number) != 4 || number <= last {
			t.Errorf("%s has no number of its own", name)
		}
		last = number
		if strings.Contains(string(b), "+goose Down") {
			t.Errorf("%s goes back; migrations go forward only", name)
		}
		delete(released, name)
	}
	for name := range released {
		t.Errorf("%s was released and is gone", name)
	}
}
