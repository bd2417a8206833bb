package web

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/jba/templatecheck"
)

// Every template fits the struct that it is rendered with: a field that was renamed fails here, not on a page.
func TestTemplates(t *testing.T) {
	known := map[string]bool{}
	for name, p := range parseTemplates() {
		known[name] = true
		for _, entry := range append([]string{p.layout}, p.fragments...) {
			tmpl := p.parsed.Lookup(entry)
			if tmpl == nil {
				t.Errorf("%s defines no %q", name, entry)
				continue
			}
			if err := templatecheck.CheckHTML(tmpl, p.page); err != nil {
				t.Errorf("%s, %s: %v", name, entry, err)
			}
		}
	}
	files, err := fs.Glob(templateFS, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(path.Base(f), ".html")
		if !strings.HasPrefix(name, "_") && !known[name] {
			t.Errorf("%s is no page's template", f)
		}
	}
}
