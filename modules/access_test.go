package modules

import (
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
)

func TestAccessRowsMakeACatalog(t *testing.T) {
	rows := slices.Concat(accessEvents, settingsEvents)
	modules := []audit.Module{{Key: "access", Label: "Access"}, {Key: "settings", Label: "Settings"}}
	if _, err := audit.NewCatalog(modules, rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Label == "" || !strings.HasSuffix(row.When, ".") {
			t.Errorf("%s: label %q, when %q: a row needs a label and a sentence", row.Type, row.Label, row.When)
		}
		if row.Undo != audit.UndoNone {
			t.Errorf("%s: undo %q; access and settings of the account are not undone from the log", row.Type, row.Undo)
		}
	}
}
