package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watch sees what must not happen in a tab.
type watch struct {
	base string

	mu       sync.Mutex // guards what follows
	wrong    []string
	expected []string
}

// see is called by the tab for each event; it must not wait.
func (w *watch) see(event any) {
	switch e := event.(type) {
	case *log.EventEntryAdded: // failed requests and violations of the content security policy
		if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity {
			w.note("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value)+a.Description)
			}
			w.note("console.%s: %s", e.Type, strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		w.note("uncaught: %v", &chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails})
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, w.base+"/") && !strings.HasPrefix(e.Request.URL, "data:") && e.Request.URL != "about:blank" {
			w.note("a request left the server: %s", e.Request.URL)
		}
	}
}

func (w *watch) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

// expect says that something with these words will go wrong in the tab, as it should.
func (b *tab) expect(words string) {
	b.watch.mu.Lock()
	defer b.watch.mu.Unlock()
	b.watch.expected = append(b.watch.expected, words)
}

// check fails the test for what went wrong, and for what was expected and did not.
func (w *watch) check(t *testing.T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[string]bool{}
next:
	for _, wrong := range w.wrong {
		for _, words := range w.expected {
			if strings.Contains(wrong, words) {
				seen[words] = true
				continue next
			}
		}
		t.Errorf("in the browser: %s", wrong)
	}
	for _, words := range w.expected {
		if !seen[words] && !t.Failed() {
			t.Errorf("%q was expected to go wrong in the browser, and did not", words)
		}
	}
}

// keep writes what a tab of a failed test shows to .artifacts/e2e.
func (b *tab) keep() {
	at, _ := eval[string](b, `location.href`)
	page, err := eval[string](b, `document.documentElement.outerHTML`)
	if err != nil {
		b.t.Logf("the page of the failed test cannot be kept: %v", err)
		return
	}
	picture, err := b.picture(false)
	if err != nil {
		b.t.Logf("the page of the failed test cannot be pictured: %v", err)
	}
	name := fmt.Sprintf("%s-%d", strings.ReplaceAll(b.t.Name(), "/", "-"), b.number)
	b.t.Logf("tab %d was at %s; what it showed is in %s and beside it", b.number, at, artifact(b.t, "e2e", name+".html", []byte(page)))
	artifact(b.t, "e2e", name+".png", picture)
}

// artifact writes a file below the repository's .artifacts, which git does not see, and returns its path there.
func artifact(t *testing.T, folder, name string, content []byte) string {
	t.Helper()
	dir := filepath.Join("..", "..", ".artifacts", folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(".artifacts", folder, name)
}
