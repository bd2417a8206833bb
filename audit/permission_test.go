package audit

import "testing"

func TestEveryPermissionHasWords(t *testing.T) {
	for _, p := range Permissions {
		if p.Label() == string(p) {
			t.Errorf("%s has no words", p)
		}
	}
	if got := Permission("of.old").Label(); got != "of.old" {
		t.Errorf("an unknown one is called %q", got)
	}
}
