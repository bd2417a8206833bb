package e2e

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	"github.com/chromedp/chromedp"
)

// axeSource is axe-core, which `make assets` fetches with the browser libraries.
var axeSource = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile(filepath.Join("..", "..", "web", "node_modules", "axe-core", "axe.min.js"))
	return string(source), err
})

// loadAxe brings axe into the page by the protocol: the content security policy keeps scripts of others out.
func (b *tab) loadAxe() {
	b.t.Helper()
	source, err := axeSource()
	if err != nil {
		b.t.Fatalf("%v; run make assets", err)
	}
	b.do("load axe", chromedp.Evaluate[chromedp.Void](source))
}

// violation is a rule that the page breaks.
type violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// wcag are the rules of WCAG A and AA.
const wcag = `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}`

// accessible fails the test for what the rules forbid.
func (b *tab) accessible(name, rules string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, soon)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]violation](`axe.run(document, {
		runOnly: `+rules+`, resultTypes: ["violations"], preload: false
	}).then(r => r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.html + " " + (n.any[0]?.message || ""))})))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: axe: %v", name, err)
	}
	for _, v := range found {
		b.t.Errorf("%s: %s (%s): %q", name, v.Help, v.ID, v.Nodes)
	}
}
