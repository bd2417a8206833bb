package e2e

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// downloads are the files that a tab downloads.
type downloads struct {
	b      *tab
	folder string

	mu    sync.Mutex // guards what follows
	names map[string]string
	ready []string // GUIDs of files that are whole
	taken int
}

type download struct {
	name    string
	content []byte
}

// downloads begins to keep what the tab downloads.
func (b *tab) downloads() *downloads {
	b.t.Helper()
	d := &downloads{b: b, folder: folderFor(b.t), names: map[string]string{}}
	if err := chromedp.ListenBrowser(b.ctx, d.see); err != nil {
		b.t.Fatal(err)
	}
	events := true
	if _, err := chromedp.CallBrowser(b.ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllowAndName, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
		DownloadPath: d.folder, EventsEnabled: &events}); err != nil {
		b.t.Fatal(err)
	}
	return d
}

func folderFor(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// see hears of the downloads of every tab; those of others are not in this one's folder.
func (d *downloads) see(event any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch e := event.(type) {
	case *cdpbrowser.EventDownloadWillBegin:
		d.names[e.GUID] = e.SuggestedFilename
	case *cdpbrowser.EventDownloadProgress:
		if e.State == cdpbrowser.DownloadProgressStateCompleted {
			d.ready = append(d.ready, e.GUID)
		}
	}
}

// next waits for the next file.
func (d *downloads) next() download {
	d.b.t.Helper()
	var file download
	d.b.until("a file is downloaded", func() (string, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		for ; d.taken < len(d.ready); d.taken++ {
			guid := d.ready[d.taken]
			content, err := os.ReadFile(filepath.Join(d.folder, guid))
			if err == nil {
				file = download{name: d.names[guid], content: content}
				d.taken++
				return "", nil
			}
		}
		return "there is none", nil
	})
	return file
}
