package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/api"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/server"
	"github.com/backtrail/backtrail/web"
)

const (
	maxFirstPage  = 150 * time.Millisecond // of a log of firstPageOf events, at the server
	firstPageOf   = 1_000_000
	maxPageWeight = 150_000 // bytes of a page of the log, without what browsers keep
)

// pageCase is a page, or a part of one, that is measured.
type pageCase struct {
	name string
	at   string
	part string // the id of the part that a script asks for, "" for the whole page
}

func (l *benchLog) pageCases() []pageCase {
	const log = "/settings/audit-logs"
	return []pageCase{
		{"the log, first page", log, ""},
		{"the log, deletions", log + "?action=deleted", ""},
		{"the log, a word of 1 event in 26", log + "?q=" + frequentWord, ""},
		{"the log, a person, a module and 90 days", log + "?range=90d&module=contacts&user=" + string(recordID(1, 3)), ""},
		{"the log, the list alone", log, "audit-list"},
		{"its timeline, 30 days", log + "?range=30d&timeline=1", "audit-timeline"},
		{"its timeline, all of it", log + "?timeline=1", "audit-timeline"},
		{"an entry in the drawer, of a large deletion", log + "/events/" + string(l.operation), "audit-drawer"},
		{"an entry's own page", log + "/events/" + string(l.operation), ""},
		{"what can be restored", log + "/deleted", ""},
	}
}

// visitor asks a server for pages as somebody who has logged in.
type visitor struct {
	client *http.Client
	base   string
}

// get answers with the size of the body in bytes; any status but 200 is an error.
func (v *visitor) get(ctx context.Context, c pageCase) (size int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+c.at, nil)
	if err != nil {
		return 0, err
	}
	if c.part != "" {
		req.Header.Set("HX-Request", "true")
		req.Header.Set("HX-Target", c.part)
	}
	return v.do(req)
}

func (v *visitor) do(req *http.Request) (int64, error) {
	resp, err := v.client.Do(req)
	if err != nil {
		return 0, err
	}
	size, err := io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusOK || req.Method == http.MethodGet && resp.Request.URL.Path != req.URL.Path { // sent to the login
		err = errors.Join(err, fmt.Errorf("%s answered %s at %s", req.URL.Path, resp.Status, resp.Request.URL.Path))
	}
	return size, errors.Join(err, resp.Body.Close())
}

// logIn sends the form of the login page.
func (v *visitor) logIn(ctx context.Context, email, password string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	v.client = &http.Client{Jar: jar}
	form := url.Values{"email": {email}, "password": {password}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.base+"/login", strings.NewReader(form))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, err = v.do(req)
	return err
}

// serving runs do while a server of the workspace takes requests on a port of this machine.
func (l *benchBase) serving(ctx context.Context, do func(context.Context, *visitor) error) (err error) {
	handler := server.New(server.Parts{API: api.New(l.Workspace, version), Web: web.New(l.Workspace, web.Options{Version: version}), Ready: l.db.Ping,
		Log: func(context.Context) (server.LogNumbers, error) { return server.LogNumbers{}, nil }}, server.Options{})
	running, stop := context.WithCancel(ctx)
	addr, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- server.Run(running, "127.0.0.1:0", handler, func(a net.Addr) { addr <- a }) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	select {
	case a := <-addr:
		v := &visitor{base: "http://" + a.String()}
		if err := v.logIn(ctx, benchEmail, benchPassword); err != nil {
			return err
		}
		return do(ctx, v)
	case err := <-ended:
		ended <- nil
		return err
	}
}

// askPages measures pages of the log as a browser gets them: through the whole server, without what it keeps (style sheet
// and scripts).
func (b *bench) askPages(ctx context.Context) error {
	l, err := b.bigLog(ctx)
	if err != nil {
		return err
	}
	return l.serving(ctx, func(ctx context.Context, v *visitor) error {
		b.report.section("Pages of a log of "+audit.Thousands(b.events)+" events", fmt.Sprintf(
			"From the request to the last byte, on one connection of the same machine, with session, permissions and the words of each entry. Up to %d runs each, after one that warms up.", b.runs))
		var rows [][]string
		var first time.Duration
		var heaviest int64
		for i, c := range l.pageCases() {
			var size int64
			times, err := b.repeat(func() (err error) {
				size, err = v.get(ctx, c)
				return err
			})
			if err != nil {
				return err
			}
			if i == 0 {
				first = quantile(times, 0.5)
			}
			if c.part == "" {
				heaviest = max(heaviest, size)
			}
			rows = append(rows, []string{c.name, showDuration(quantile(times, 0.5)), showDuration(quantile(times, 0.99)), showKilobytes(size), strconv.Itoa(len(times))})
		}
		b.report.table([]string{"Page", "Median", "p99", "Size", "Runs"}, rows)
		if b.events >= firstPageOf { // in a short log it says nothing
			bound(b.report, "first page of the log", first, maxFirstPage, showDuration)
		}
		bound(b.report, "weight of a page", heaviest, int64(maxPageWeight), showKilobytes)
		return nil
	})
}

func showKilobytes(n int64) string { return fmt.Sprintf("%.0f KB", float64(n)/1e3) }
