package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// The widths at which the flows run: a desk and a phone.
const (
	desk  = 1440
	phone = 390
)

var widths = []int{desk, phone}

// tab is a page of the browser in a browser context of its own: no cookie is shared with any other.
type tab struct {
	*world
	t      *testing.T
	ctx    context.Context
	watch  *watch
	number int // among the tabs of its test
}

// atEachWidth runs the flow at a desk and on a phone, in a world of its own each.
func atEachWidth(t *testing.T, flow func(t *testing.T, w *world, width int)) {
	for _, width := range widths {
		t.Run(fmt.Sprint(width), func(t *testing.T) { flow(t, newWorld(t), width) })
	}
}

// tab opens a tab of that width, in which nobody is logged in.
func (w *world) tab(width int) *tab {
	w.t.Helper()
	watch := &watch{base: w.base}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(watch.see))
	w.tabs++
	b := &tab{world: w, t: w.t, ctx: ctx, watch: watch, number: w.tabs}
	w.t.Cleanup(func() {
		b.watch.check(b.t)
		if b.t.Failed() {
			b.keep()
		}
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		w.t.Fatalf("open a tab: %v", err)
	}
	b.resize(width)
	return b
}

// tabOf opens a tab in which the person is logged in.
func (w *world) tabOf(email string, width int) *tab {
	w.t.Helper()
	b := w.tab(width)
	command(b, network.SetCookie, network.SetCookieParams{Name: "backtrail_session", Value: w.login(email).Token, URL: w.base})
	return b
}

// resize gives the tab a width, and the height that goes with it.
func (b *tab) resize(width int) {
	b.t.Helper()
	height := int64(900)
	if width < 600 {
		height = 844
	}
	command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: int64(width), Height: height, DeviceScaleFactor: 1})
}

// scheme makes the tab prefer light or dark.
func (b *tab) scheme(name string) {
	b.t.Helper()
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
}

// withoutScripts switches JavaScript off.
func (b *tab) withoutScripts() {
	b.t.Helper()
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// open goes to an address of the world.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do("open "+path, chromedp.Navigate(b.base+path))
}

// path is the address without the server's.
func (b *tab) path() string {
	b.t.Helper()
	return js[string](b, `location.pathname + location.search`)
}

// waitForPath waits until the address is the path.
func (b *tab) waitForPath(path string) {
	b.t.Helper()
	b.until("the address is "+path, func() (string, error) {
		at, err := eval[string](b, `location.pathname + location.search`)
		if err != nil || at == path {
			return "", err
		}
		return "it is " + at, nil
	})
}

// soon is how long a condition may take to come true. It is far more than any does: the machine may be busy.
const soon = 45 * time.Second

// answered is how long a single command may take. One that is sent while the page goes gets no answer at all: whoever waits
// for a condition asks again.
const answered = soon / 3

// until waits until the condition says nothing more against it. An error is no answer either: the page may be on its way.
func (b *tab) until(what string, condition func() (objection string, err error)) {
	b.t.Helper()
	deadline := time.Now().Add(soon)
	for {
		objection, err := condition()
		if err == nil && objection == "" {
			return
		}
		if time.Now().After(deadline) || b.ctx.Err() != nil {
			if err != nil {
				objection = err.Error()
			}
			b.t.Fatalf("waited for: %s; %s", what, objection)
		}
		select {
		case <-b.ctx.Done():
		case <-time.After(20 * time.Millisecond): // between two looks
		}
	}
}

// do runs the action, or fails the test.
func (b *tab) do(what string, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, soon)
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// eval calls the JavaScript function with arguments, or evaluates an expression when there are none. The tests read the
// page with it; they act by mouse and keys.
func eval[T any](b *tab, source string, args ...any) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, answered)
	defer cancel()
	if len(args) > 0 {
		list, err := json.Marshal(args)
		if err != nil {
			var zero T
			return zero, err
		}
		source = fmt.Sprintf("(%s)(...%s)", source, list)
	}
	return chromedp.Run(ctx, chromedp.Evaluate[T](source))
}

// js is eval for what must not fail.
func js[T any](b *tab, source string, args ...any) T {
	b.t.Helper()
	v, err := eval[T](b, source, args...)
	if err != nil {
		b.t.Fatalf("evaluate %s: %v", source, err)
	}
	return v
}
