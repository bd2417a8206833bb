package e2e

import (
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

// picture is a PNG of what the tab shows, or of the page as far as it goes, within reason.
func (b *tab) picture(whole bool) ([]byte, error) {
	p := page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng}
	if whole {
		p.CaptureBeyondViewport = &whole
		size, err := call(b, page.GetLayoutMetrics, cdp.Empty{})
		if err != nil {
			return nil, err
		}
		p.Clip = &page.Viewport{Width: size.CSSContentSize.Width, Height: min(size.CSSContentSize.Height, 2400), Scale: 1}
	}
	shot, err := call(b, page.CaptureScreenshot, p)
	return []byte(shot.Data), err
}
