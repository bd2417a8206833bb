package publish

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/publicnet"
)

const (
	webhookTimeout = 10 * time.Second
	// maxAnswer is how much of an answer is read; nothing in it is looked at.
	maxAnswer    = 64 << 10
	maxRedirects = 3
	userAgent    = "Backtrail-Checkpoint/1"
)

// poster sends checkpoints to webhooks.
type poster struct{ client *http.Client }

func newPoster(allowPrivate bool) *poster {
	dialer := &net.Dialer{Timeout: webhookTimeout}
	if !allowPrivate {
		dialer.Control = publicnet.Only(errs.New(errs.NotPossible, "private_address", "It is in a private network, which webhooks may not reach.").
			WithFix("Give an address on the open internet, or start the server with --allow-private-webhooks."))
	}
	return &poster{&http.Client{
		Timeout:       webhookTimeout,
		CheckRedirect: sameHost,
		// No proxy: it would make the connection, and Control would see the proxy's address.
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, MaxResponseHeaderBytes: maxAnswer,
			TLSHandshakeTimeout: webhookTimeout, ForceAttemptHTTP2: true},
	}}
}

// sameHost lets a redirect pass that keeps the request as it is, on the same host. The answer to any other one is that
// it redirects.
func sameHost(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxRedirects || next.Method != http.MethodPost || next.URL.Host != first.Host || next.URL.Scheme != first.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// post sends one checkpoint. errs.Unavailable says that it may work later.
func (p *poster) post(ctx context.Context, address string, account audit.AccountID, checkpoint []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(checkpoint))
	if err != nil {
		return errs.New(errs.NotPossible, "webhook_invalid", "Its address cannot be used.").Because(err)
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Backtrail-Account", string(account))
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
		return errs.New(errs.Unavailable, "webhook_slow", "It did not answer within %d seconds.", int(webhookTimeout.Seconds())).Because(err)
	}
	return errs.New(errs.Unavailable, "webhook_unreachable", "It cannot be reached.").Because(err)
}
