package e2e

import (
	"context"
	"errors"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// point is the middle of it on the screen, where a click reaches it and nothing that covers it.
func (s spot) point() (x, y float64, err error) {
	found, err := s.find()
	if err != nil {
		return 0, 0, err
	}
	node := found[0]
	if _, err := call(s.b, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: node}); err != nil {
		return 0, 0, err
	}
	x, y, err = middle(s.b, node)
	if err != nil {
		return 0, 0, err
	}
	reached, err := onNode[bool](s.b, node, `function(x, y) {
		const hit = document.elementFromPoint(x, y);
		return !!hit && (this.contains(hit) || hit.contains(this) || hit.closest("label")?.control === this);
	}`, x, y)
	if err == nil && !reached {
		err = errors.New("something covers it")
	}
	return x, y, err
}

func middle(b *tab, node cdp.BackendNodeID) (x, y float64, err error) {
	r, err := call(b, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: node})
	if err != nil {
		return 0, 0, err
	}
	if len(r.Quads) == 0 {
		return 0, 0, errors.New("it has no place on the screen")
	}
	q := r.Quads[0]
	return (q[0] + q[2] + q[4] + q[6]) / 4, (q[1] + q[3] + q[5] + q[7]) / 4, nil
}

// place waits until it stands still where a click reaches it.
func (s spot) place() (x, y float64) {
	s.b.t.Helper()
	lastX, lastY := -1.0, -1.0
	s.b.until(s.String()+" can be clicked", func() (string, error) {
		var err error
		if x, y, err = s.point(); err != nil {
			return "", err
		}
		if x != lastX || y != lastY {
			lastX, lastY = x, y
			return "it moves", nil
		}
		return "", nil
	})
	return x, y
}

// click presses the mouse on it once.
func (s spot) click() {
	s.b.t.Helper()
	x, y := s.place()
	s.b.do("click "+s.String(), chromedp.MouseClickXY(x, y))
}

// hover brings the mouse over it.
func (s spot) hover() {
	s.b.t.Helper()
	x, y := s.place()
	s.b.do("hover over "+s.String(), chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
}

// doubleClickAndFollow presses the mouse on it twice, as quickly as it goes, and waits for the page to which it leads.
func (s spot) doubleClickAndFollow() {
	s.b.t.Helper()
	x, y := s.place()
	s.b.load("click "+s.String()+" twice", chromedp.Steps(chromedp.MouseClickXY(x, y), chromedp.MouseClickXY(x, y, chromedp.ClickCount(2))))
}

// follow clicks it and waits for the page to which it leads.
func (s spot) follow() {
	s.b.t.Helper()
	x, y := s.place()
	s.b.load("follow "+s.String(), chromedp.MouseClickXY(x, y))
}

// load does the action and waits for the page that it brings.
func (b *tab) load(what string, action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	b.do(what, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.WaitEvent(page.LoadEventFired, nil, action)(ctx, target)
		return chromedp.Void{}, err
	})
}

// press types keys: letters, or those that package kb names.
func (b *tab) press(keys string) {
	b.t.Helper()
	for _, key := range keys {
		for _, event := range kb.Encode(key) {
			if event.Type == kb.KeyChar {
				continue // a key that is pressed with its text types it, unless the page keeps the key for itself
			}
			if event.Type == kb.KeyDown || event.Type == kb.KeyRawDown {
				event.Type, event.Text = kb.KeyDown, textOfKey(key)
			}
			command(b, input.DispatchKeyEvent, *event)
		}
	}
}

func textOfKey(key rune) string {
	for _, event := range kb.Encode(key) {
		if event.Type == kb.KeyChar {
			return event.Text
		}
	}
	return ""
}

// fill replaces what stands in a field.
func (s spot) fill(text string) {
	s.b.t.Helper()
	s.click()
	read[bool](s, `function() { this.select(); return true; }`)
	if text == "" {
		s.b.press("\b")
		return
	}
	command(s.b, input.InsertText, input.InsertTextParams{Text: text})
}

// choose takes an option of a select by its label, as its list cannot be clicked without a screen.
func (s spot) choose(label string) {
	s.b.t.Helper()
	if !read[bool](s, `function(label) {
		const option = [...this.options].find(o => o.label.trim() === label);
		if (!option) return false;
		this.focus();
		this.value = option.value;
		this.dispatchEvent(new Event("input", {bubbles: true}));
		this.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	}`, label) {
		s.b.t.Fatalf("%s has no option %q", s, label)
	}
}

// chooseAndFollow chooses an option that sends its form, and waits for the page to which that leads.
func (s spot) chooseAndFollow(label string) {
	s.b.t.Helper()
	s.b.load("choose "+label+" in "+s.String(), func(context.Context, *chromedp.Target) (chromedp.Void, error) {
		s.choose(label)
		return chromedp.Void{}, nil
	})
}

// upload chooses a file of this machine.
func (s spot) upload(path string) {
	s.b.t.Helper()
	s.see()
	found, err := s.find()
	if err != nil {
		s.b.t.Fatal(err)
	}
	command(s.b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, BackendNodeID: found[0]})
}
