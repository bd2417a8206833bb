package web

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// heaviest is how many bytes a page may bring over the line at the first visit: the HTML, which is sent as it is, and its scripts
// and style sheets, which are sent packed and kept from then on.
const heaviest = 150_000

var assetAddresses = regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`)

// TestPagesAreLight names the pages that are too heavy; with -v it says what each weighs.
func TestPagesAreLight(t *testing.T) {
	w := newWorld(t)
	pipeline, _, _ := w.deal(60)
	company := w.create("company", "name", "Fairweather and Daughters Interior Joinery")
	for i := range auditPage + 10 {
		w.create("contact", "first_name", "Bartholomew-Alexander", "last_name", fmt.Sprintf("Featherstonehaugh the %d.", i), "company", string(company.ID), "city", "Llanfairpwllgwyngyll")
	}
	e := w.newest("contact.created")
	if _, err := w.ws.Engine.Delete(t.Context(), w.caller(), "pipeline", pipeline.ID); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{ // with counts: the page of those who have no script
		auditPath, auditPath + "?timeline=1&counts=type&range=7d", auditPath + "?q=featherstonehaugh&action=created&range=90d", auditPath + "?event=" + string(e.ID),
		"/settings/objects/contact/audit-log", eventAddress(e.ID), deletedPath, exportsPath, integrityPath, viewsPath,
		"/contacts", "/contacts/" + string(e.Record.ID), "/companies/" + string(company.ID), "/opportunities", "/calendar/month", "/keyboard",
	} {
		page := w.owner.get(path).want(t, 200)
		sum := len(page.body)
		for _, m := range assetAddresses.FindAllStringSubmatch(page.body, -1) {
			if strings.HasSuffix(m[1], ".css") || !strings.Contains(path, "counts=") {
				sum += w.asset(m[1]).Body.Len()
			}
		}
		t.Logf("%7d bytes at the first visit, %6d from then on: %s", sum, len(page.body), path)
		if sum > heaviest {
			t.Errorf("%s weighs %d bytes, more than %d", path, sum, heaviest)
		}
	}
}

// asset asks for a static file as a browser does.
func (w *world) asset(address string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, address, nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br")
	rec := httptest.NewRecorder()
	w.pages.ServeHTTP(rec, r)
	return rec
}

func TestStaticFilesArePacked(t *testing.T) {
	w := newWorld(t)
	address := newStaticFiles().address("app.css")
	packed := w.asset(address)
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Header().Get("Vary") != "Accept-Encoding" ||
		!strings.HasPrefix(packed.Header().Get("Content-Type"), "text/css") || !strings.Contains(packed.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("the style sheet comes with %v", packed.Header())
	}
	unpacked, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{"": "", "br": "", "gzip;q=0": "", "gzip;q=0.0": "", "deflate, GZIP;q=0.5": "gzip", "gzip": "gzip"} {
		r := httptest.NewRequest(http.MethodGet, address, nil)
		r.Header.Set("Accept-Encoding", header)
		rec := httptest.NewRecorder()
		w.pages.ServeHTTP(rec, r)
		if got := rec.Header().Get("Content-Encoding"); got != want {
			t.Errorf("who takes %q gets %q", header, got)
		}
		if want == "" && rec.Body.String() != string(whole) {
			t.Errorf("who takes %q gets another file", header)
		}
	}
	r := httptest.NewRequest(http.MethodGet, address, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("If-None-Match", packed.Header().Get("ETag"))
	rec := httptest.NewRecorder()
	if w.pages.ServeHTTP(rec, r); rec.Code != http.StatusNotModified {
		t.Errorf("the same file again is answered with %d", rec.Code)
	}
}
