package publish

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
)

// ledgers are a Store of heads alone.
type ledgers struct {
	Store
	mu      sync.Mutex // for the tests that run a publisher
	heads   map[audit.AccountID]integrity.Signed
	refused map[audit.AccountID]error
	gone    error
	looks   int
}

func (l *ledgers) Heads(_ context.Context, after audit.AccountID, limit int) ([]Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looks++
	var out []Head
	for account, s := range l.heads {
		if account > after {
			out = append(out, Head{account, s.Size, s.Checkpoint, s.By})
		}
	}
	slices.SortFunc(out, func(a, b Head) int { return strings.Compare(string(a.Account), string(b.Account)) })
	return out[:min(limit, len(out))], l.gone
}

func (l *ledgers) CheckedHead(_ context.Context, account audit.AccountID) (integrity.Signed, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heads[account], l.refused[account]
}

func (l *ledgers) seal(t *testing.T, account audit.AccountID, size int64) {
	t.Helper()
	h := head(size, 'a')
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heads[account] = integrity.Signed{Head: h, Checkpoint: sign(t, testKey(), account, h), By: testKey().Public()}
}

// press is a publisher of a test, with its log.
type press struct {
	*Publisher
	ledgers *ledgers
	log     *bytes.Buffer
}

func newPress(t *testing.T, folder string) *press {
	t.Helper()
	l := &ledgers{heads: map[audit.AccountID]integrity.Signed{}, refused: map[audit.AccountID]error{}}
	log := &bytes.Buffer{}
	return &press{&Publisher{Store: l, Folder: NewFolder(folder), Every: time.Minute, Clock: time.Now, Log: slog.New(slog.NewTextHandler(log, nil))}, l, log}
}

func (p *press) publish(t *testing.T) {
	t.Helper()
	if err := p.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (p *press) wantNumbers(t *testing.T, want Numbers) {
	t.Helper()
	if got := p.Numbers(); got != want {
		t.Errorf("numbers %+v, want %+v", got, want)
	}
}

func TestPublish(t *testing.T) {
	p := newPress(t, filepath.Join(t.TempDir(), "checkpoints"))
	clock := noon
	p.Clock = func() time.Time { return clock }
	p.publish(t)
	if p.Folder.isThere() {
		t.Error("a folder was made for nothing")
	}
	p.ledgers.seal(t, acme, 3)
	p.ledgers.seal(t, rival, 1)
	p.publish(t)
	p.wantNumbers(t, Numbers{Published: 2, LastAt: noon})
	clock = noon.Add(time.Minute)
	p.ledgers.seal(t, acme, 5)
	p.publish(t)
	p.publish(t) // nothing has moved
	p.wantNumbers(t, Numbers{Published: 3, LastAt: clock})
	if a, b := lastSize(t, p.Folder, acme), lastSize(t, p.Folder, rival); a != 5 || b != 1 {
		t.Errorf("published are %d and %d", a, b)
	}
	if p.log.Len() > 0 {
		t.Errorf("the log says %s", p.log)
	}
}

// TestPublishMany has more accounts than there are in one look.
func TestPublishMany(t *testing.T) {
	p := newPress(t, t.TempDir())
	const n = headsAtOnce + 1
	ids := audit.NewIDSource(time.Now)
	for range n {
		p.ledgers.seal(t, audit.AccountID(ids.Next()), 1)
	}
	p.publish(t)
	if got := p.Numbers().Published; got != n || p.ledgers.looks != 2 {
		t.Errorf("%d were published in %d looks", got, p.ledgers.looks)
	}
}

// TestPublishRefused: a ledger that is refused is not published, the others are; how long it waits is a number.
func TestPublishRefused(t *testing.T) {
	p := newPress(t, t.TempDir())
	clock := noon
	p.Clock = func() time.Time { return clock }
	p.ledgers.seal(t, acme, 3)
	p.ledgers.seal(t, rival, 3)
	third := audit.AccountID("01890000-0000-7000-8000-00000000000c")
	p.ledgers.seal(t, third, 3)
	broken := errors.New("forged")
	p.ledgers.refused[acme], p.ledgers.refused[third] = broken, broken
	for range 2 {
		err := p.Publish(t.Context())
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), string(acme)) || !strings.HasSuffix(err.Error(), "(and 1 other accounts)") {
			t.Errorf("the error is %v", err)
		}
	}
	clock = clock.Add(time.Hour)
	p.wantNumbers(t, Numbers{Published: 1, Failed: 4, LastAt: noon, Late: time.Hour})
	if a, b := lastSize(t, p.Folder, acme), lastSize(t, p.Folder, rival); a != -1 || b != 3 {
		t.Errorf("published are %d and %d", a, b)
	}
	clear(p.ledgers.refused)
	p.publish(t)
	p.wantNumbers(t, Numbers{Published: 3, Failed: 4, LastAt: clock})

	p.ledgers.gone = errors.New("no database")
	if err := p.Publish(t.Context()); !errors.Is(err, p.ledgers.gone) {
		t.Error(err)
	}
}

// TestPublishUnwritable: a disk that is full is an alarm, and made up for.
func TestPublishUnwritable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoints")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPress(t, path)
	p.ledgers.seal(t, acme, 3)
	if err := p.Publish(t.Context()); err == nil || p.Numbers().Failed != 1 {
		t.Errorf("%v %+v", err, p.Numbers())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	p.publish(t)
	if n := p.Numbers(); n.Published != 1 || n.Late != 0 {
		t.Errorf("%+v", n)
	}
}

// TestPublishMissing: that nothing was published of a ledger before is said once, when a server starts: later it is new.
func TestPublishMissing(t *testing.T) {
	for _, test := range []struct {
		name   string
		folder bool // is there
		says   string
		times  int
	}{
		{"the folder", false, "the folder of published checkpoints is not there", 1},
		{"the files", true, "no checkpoint of a ledger was in the folder", 2},
	} {
		path := filepath.Join(t.TempDir(), "checkpoints")
		if test.folder {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Test(t, func(t *testing.T) {
			p := newPress(t, path)
			p.ledgers.seal(t, acme, 3)
			p.ledgers.seal(t, rival, 3)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			time.AfterFunc(90*time.Second, func() { p.ledgers.seal(t, "01890000-0000-7000-8000-00000000000c", 1) })
			p.Run(ctx)
			if got := strings.Count(p.log.String(), test.says); got != test.times || strings.Count(p.log.String(), "\n") != test.times {
				t.Errorf("without %s the log says\n%s", test.name, p.log)
			}
			if n := p.Numbers().Published; n != 3 {
				t.Errorf("%d were published", n)
			}
		})
	}
}

func TestPublisherRun(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t, folder)
		p.ledgers.seal(t, acme, 1)
		if err := p.Folder.Put(acme, p.ledgers.heads[acme].Checkpoint, noon); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			p.Run(ctx)
		}()
		for _, step := range []struct {
			wait time.Duration
			size int64
			want int64
		}{{0, 1, 1}, {30 * time.Second, 2, 1}, {31 * time.Second, 2, 2}, {time.Minute, 3, 2}, {time.Minute, 3, 3}} {
			time.Sleep(step.wait)
			synctest.Wait()
			p.ledgers.seal(t, acme, step.size)
			if got := lastSize(t, p.Folder, acme); got != step.want {
				t.Errorf("after %v: %d, want %d", step.wait, got, step.want)
			}
		}
		p.ledgers.refused[rival] = errors.New("forged") // nobody looks until it is sealed
		p.ledgers.seal(t, rival, 1)
		p.ledgers.seal(t, acme, 4)
		cancel()
		<-ended
		if got := lastSize(t, p.Folder, acme); got != 4 {
			t.Errorf("in the end %d are published", got)
		}
		if !strings.Contains(p.log.String(), "level=ERROR") || !strings.Contains(p.log.String(), "forged") {
			t.Errorf("the log says %s", p.log)
		}
	})
}
