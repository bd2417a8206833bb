// Package webhook calls addresses that customers name: a POST that reaches the open internet alone, unless the server
// allows private networks, follows no redirect to another host, and waits for ten seconds at most.
//
// What is in: the check of an address, the call, its signature ([Sign]), the words for what went wrong. What is out: what is
// sent, to whom, and trying again. Alerts sign their calls. Workflows and checkpoints do not: an address with a secret in its
// path or query is how a receiver knows them.
package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/publicnet"
)

const (
	timeout = 10 * time.Second
	// maxAnswer is how much of an answer is read; nothing in it is looked at.
	maxAnswer    = 64 << 10
	maxRedirects = 3
	// maxAddress is how long an address may be, in bytes.
	maxAddress = 2000
)

// Poster calls webhooks. It is safe for concurrent use.
type Poster struct {
	client       *http.Client
	agent        string
	allowPrivate bool
}

// New returns a poster that names itself agent; allowPrivate lets webhooks be in private networks, and be without TLS.
func New(agent string, allowPrivate bool) *Poster {
	dialer := &net.Dialer{Timeout: timeout}
	if !allowPrivate {
		dialer.Control = publicnet.Only(errs.New(errs.NotPossible, "private_address", "It is in a private network, which webhooks may not reach.").
			WithFix("Give an address on the open internet, or start the server with --allow-private-webhooks."))
	}
	return &Poster{agent: agent, allowPrivate: allowPrivate, client: &http.Client{
		Timeout:       timeout,
		CheckRedirect: sameHost,
		// No proxy: it would make the connection, and Control would see the proxy's address.
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: maxAnswer,
			TLSHandshakeTimeout: timeout, ForceAttemptHTTP2: true},
	}}
}

// Check is what is wrong with an address, as errs.Invalid; nil when it can be tried.
func (p *Poster) Check(address string) error {
	wrong := func(code, detail string) error { return errs.InvalidField("webhook", code, "%s", detail) }
	u, err := url.Parse(address)
	switch {
	case len(address) > maxAddress:
		return wrong("too_long", "The address of a webhook may have at most 2,000 bytes.")
	case err != nil || u.Hostname() == "" || u.Opaque != "" || strings.ContainsFunc(address, notInAddress):
		return wrong("invalid_url", "The webhook must be a whole address such as https://example.com/backtrail.")
	case u.Scheme != "https" && !(u.Scheme == "http" && p.allowPrivate):
		return wrong("invalid_url", "The webhook must begin with https://.")
	case u.User != nil:
		return wrong("invalid_url", "The webhook must not hold a user name or password; put a secret into its path.")
	case u.Fragment != "":
		return wrong("invalid_url", "The webhook must not hold a #: what follows it is never sent.")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && !p.allowPrivate && !publicnet.Has(a) {
		return wrong("private_address", "The webhook must not be in a private network.")
	}
	return nil
}

func notInAddress(r rune) bool { return r <= ' ' || r > '~' }

// sameHost lets a redirect pass that keeps the request as it is, on the same host. The answer to any other one is that
// it redirects.
func sameHost(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxRedirects || next.Method != http.MethodPost || next.URL.Host != first.Host || next.URL.Scheme != first.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// Post sends a body. errs.Unavailable says that it may work later, errs.NotPossible that it will not.
func (p *Poster) Post(ctx context.Context, address string, header map[string]string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errs.New(errs.NotPossible, "webhook_invalid", "Its address cannot be used.").Because(err)
	}
	r.Header.Set("User-Agent", p.agent)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	res, err := p.client.Do(r)
	if err != nil {
		return unreached(err)
	}
	defer res.Body.Close()
	io.CopyN(io.Discard, res.Body, maxAnswer) // the status has said it
	return judge(res.StatusCode)
}

func judge(status int) error {
	switch {
	case status/100 == 2:
		return nil
	case status/100 == 3:
		return errs.New(errs.NotPossible, "webhook_redirects", "It redirects to another place (%d), which is not followed.", status).
			WithFix("Set the address that it redirects to.")
	case status/100 == 5 || status == http.StatusTooManyRequests:
		return errs.New(errs.Unavailable, "webhook_failed", "It answered with the status %d.", status)
	}
	return errs.New(errs.NotPossible, "webhook_refused", "It answered with the status %d.", status)
}

// unreached words the error of a request without an answer. The reason itself, with the addresses in it, is for the
// server's log alone.
func unreached(err error) error {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*url.Error](err); ok && e.Timeout() {
		return errs.New(errs.Unavailable, "webhook_slow", "It did not answer within %d seconds.", int(timeout.Seconds())).Because(err)
	}
	return errs.New(errs.Unavailable, "webhook_unreachable", "It cannot be reached.").Because(err)
}
