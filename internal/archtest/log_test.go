package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// logField is the account's whole log, as pages and API hold it.
var logField = regexp.MustCompile(`\b(ws|a)\.Log\b`)

// Pages and API read the log as the caller may read it: each has one line that takes the whole one, to narrow it.
func TestLogIsNarrowed(t *testing.T) {
	for _, dir := range []string{"api", "web"} {
		files, err := filepath.Glob("../../" + dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		narrowed := 0
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for line := range strings.Lines(string(text)) {
				switch {
				case !logField.MatchString(line):
				case strings.Contains(line, "audit.ReadableBy("):
					narrowed++
				default:
					t.Errorf("%s reads the whole log whoever asks: %s", file, line)
				}
			}
		}
		if narrowed != 1 {
			t.Errorf("package %s narrows the log in %d places", dir, narrowed)
		}
	}
}
