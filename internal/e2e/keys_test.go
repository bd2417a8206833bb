package e2e

import (
	"fmt"

	"github.com/chromedp/chromedp/kb"
)

// focused reports whether it has the focus.
func (s spot) focused() (bool, error) {
	return on[bool](s, `function() { return this === document.activeElement; }`)
}

// tabTo presses Tab until it has the focus, which must be seen wherever it stops.
func (b *tab) tabTo(s spot) {
	b.t.Helper()
	s.see()
	for range 200 {
		if has, err := s.focused(); err != nil {
			b.t.Fatalf("%s: %v", s, err)
		} else if has {
			return
		}
		b.press(kb.Tab)
		b.focusIsSeen()
	}
	b.t.Fatalf("the key Tab does not reach %s", s)
}

// hasFocus waits until it has the focus.
func (s spot) hasFocus() {
	s.b.t.Helper()
	s.b.until(s.String()+" has the focus", func() (string, error) {
		has, err := s.focused()
		if err != nil || has {
			return "", err
		}
		what, err := eval[string](s.b, `document.activeElement.outerHTML.slice(0, 200)`)
		return fmt.Sprintf("it is on %s", what), err
	})
}

// focusIsSeen fails the test when what has the focus shows no outline, or is outside of what the screen shows.
func (b *tab) focusIsSeen() {
	b.t.Helper()
	wrong := js[string](b, `(() => {
		const e = document.activeElement;
		if (!e || e === document.body || e === document.documentElement) return "";
		const style = getComputedStyle(e);
		const box = e.getBoundingClientRect();
		const shown = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
		if (!shown) return "it is off the screen: " + e.outerHTML.slice(0, 200);
		if (style.outlineStyle === "none" && style.boxShadow === "none") return "it has no outline: " + e.outerHTML.slice(0, 200);
		return "";
	})()`)
	if wrong != "" {
		b.t.Errorf("the focus cannot be seen; %s", wrong)
	}
}
