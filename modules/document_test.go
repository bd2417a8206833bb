package modules_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/modules"
)

var update = flag.Bool("update", false, "write docs/catalog.md anew")

// TestDocument holds docs/catalog.md against the code.
func TestDocument(t *testing.T) {
	const page = "../docs/catalog.md"
	var b bytes.Buffer
	if err := modules.WriteDocument(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(page, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(kept), b.String()); diff != "" {
		t.Errorf("docs/catalog.md is not that of this program; make golden writes it anew (-kept +program):\n%s", diff)
	}
}
