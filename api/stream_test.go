package api_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/url"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/client"
)

// follow reads n events of a stream that stands.
func follow(t *testing.T, events iter.Seq2[client.Event, error], n int) []client.Event {
	t.Helper()
	var got []client.Event
	for e, err := range events {
		if err != nil {
			t.Fatalf("after %d events of %d: %v", len(got), n, err)
		}
		if got = append(got, e); len(got) == n {
			break
		}
	}
	return got
}

func TestStream(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	h.create("contact", client.Fields{"first_name": "Before"})
	stream, err := h.owner.Stream(ctx, client.Filter{Object: []string{"contact"}}, "")
	must(t, err)
	h.create("company", client.Fields{"name": "Not asked for"})
	var b client.Batch
	for range 450 { // more than two pages of the stream's own
		b.Create = append(b.Create, client.BatchCreate{Fields: client.Fields{"first_name": "Many"}})
	}
	first := h.create("contact", client.Fields{"first_name": "First"})
	_, err = h.owner.Batch(ctx, "contact", b)
	must(t, err)
	last := h.create("contact", client.Fields{"first_name": "Last"})
	got := follow(t, stream, 452)
	if got[0].Record.ID != first.ID || got[451].Record.ID != last.ID {
		t.Errorf("the stream begins with %s and ends with %s", got[0].Description, got[451].Description)
	}
	for i := range got[1:] {
		if got[i].ID >= got[i+1].ID {
			t.Fatalf("event %d comes out of order", i+1)
		}
	}
	again, err := h.owner.Stream(ctx, client.Filter{Object: []string{"contact"}}, got[449].ID)
	must(t, err)
	if rest := follow(t, again, 2); rest[0].ID != got[450].ID || rest[1].ID != got[451].ID {
		t.Errorf("the stream goes on with %s", rest[0].Description)
	}
	_, err = h.owner.Stream(ctx, client.Filter{}, unknownID)
	wantStatus(t, err, 404)
}

func TestStreamEndsWithTheKey(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	key, secret, err := h.w.Auth.CreateKey(ctx, systemCaller(h), "Short-lived", "admin")
	must(t, err)
	stream, err := h.client(secret).Stream(ctx, client.Filter{}, "")
	must(t, err)
	must(t, h.w.Auth.RevokeKey(ctx, systemCaller(h), key.ID))
	h.create("contact", client.Fields{"first_name": "Secret"})
	for e, err := range stream {
		if err == nil {
			t.Errorf("a revoked key still reads %s", e.Description)
		} else if !errors.Is(err, io.EOF) {
			t.Errorf("the stream ends with %v", err)
		}
	}
}

// TestStreamEndsWithTheMembership: somebody in two accounts looks at the other one, and is thrown out of the first. The
// session lives on; the stream of the account that they left does not.
func TestStreamEndsWithTheMembership(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	mal := h.hire("Mal", "mal@acme.test", "admin")
	_, err := h.other.Create(ctx, "staff", client.Fields{"name": "Mal", "email": "mal@acme.test", "role": "owner", "status": "active"})
	must(t, err)
	c := h.loggedIn("mal@acme.test")
	stream, err := c.Stream(ctx, client.Filter{Object: []string{"contact"}}, "")
	must(t, err)
	at, err := url.Parse(h.url)
	must(t, err)
	id, err := h.w.Auth.Authenticate(ctx, auth.Credentials{Cookie: c.HTTP.Jar.Cookies(at)[0].Value})
	must(t, err)
	theirs, err := h.other.Session(ctx)
	must(t, err)
	must(t, h.w.Auth.SwitchAccount(ctx, id, audit.AccountID(theirs.Account)))
	next, stop := iter.Pull2(stream)
	defer stop()
	h.create("contact", client.Fields{"first_name": "Told"})
	if e, err, ok := next(); !ok || err != nil || e.Type != "contact.created" {
		t.Fatalf("while they are in both accounts: %+v, %v", e, err)
	}
	_, err = h.owner.Update(ctx, "staff", mal.ID, client.Fields{"status": "deactivated"}, 0)
	must(t, err)
	h.create("contact", client.Fields{"first_name": "Secret"})
	if e, err, ok := next(); ok && err == nil {
		t.Errorf("somebody who was thrown out still reads %s", e.Description)
	}
}

// TestStreamsAreBounded: a key has its share of them, and gets a place back when one ends.
func TestStreamsAreBounded(t *testing.T) {
	h := newHouse(t)
	var stop context.CancelFunc
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := h.admin.Stream(ctx, client.Filter{}, "")
		must(t, err)
		stop = cancel
	}
	_, err := h.admin.Stream(t.Context(), client.Filter{}, "")
	wantCode(t, err, 429, "too_many_streams")
	if _, err := h.owner.Stream(t.Context(), client.Filter{}, ""); err != nil {
		t.Errorf("another key: %v", err)
	}
	stop()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err = h.admin.Stream(t.Context(), client.Filter{}, ""); err == nil || time.Now().After(deadline) {
			break
		}
	}
	if err != nil {
		t.Errorf("after one has ended: %v", err)
	}
}
