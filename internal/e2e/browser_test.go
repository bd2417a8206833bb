package e2e

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is the context of the one browser process; each tab derives from it.
var browser context.Context

// scratch is a folder of this run, removed at its end.
var scratch string

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	path, err := chromium()
	if err != nil {
		return 1, err
	}
	if scratch, err = os.MkdirTemp("", "backtrail-e2e-"); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	stop, err := startBrowser(path)
	if err != nil {
		return 1, fmt.Errorf("%s does not start: %w", path, err)
	}
	defer func() { err = errors.Join(err, stop()) }()
	return m.Run(), nil
}

// chromium is the path of the browser. Without one these tests fail: they never pass by leaving something out.
func chromium() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return exec.LookPath(path)
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no chromium here; install it (apt-get install chromium) or name one in CHROMIUM")
}

// startBrowser starts the browser, which reaches nothing but loopback, and returns what stops it.
func startBrowser(path string) (stop func() error, err error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.UserDataDir(filepath.Join(scratch, "profile")),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("lang", "en-GB"),
	)
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(logf))
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		release()
		return nil, err
	}
	browser = ctx
	return func() error {
		defer release()
		defer cancel()
		closing, done := context.WithTimeout(ctx, 10*time.Second)
		defer done()
		return chromedp.Cancel(closing)
	}, nil
}

// logf leaves out what chromedp says about values that are newer than it.
func logf(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !strings.Contains(text, "unknown") && !strings.Contains(text, "could not unmarshal event") {
		log.Print("chromedp: ", text)
	}
}
