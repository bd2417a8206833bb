package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// How the stream looks for what is new.
const (
	streamPoll    = 2 * time.Second       // between two looks when nothing is heard of: a message between servers can be lost
	streamPause   = 20 * time.Millisecond // lets what comes together be sent together
	streamBeat    = 15 * time.Second      // between two signs of life, and two looks at the caller's credentials
	streamOverlap = 2 * time.Minute       // how late an event may become visible behind the time it carries
	streamPage    = 200
)

// stream sends events as they are recorded, each as
//
//	id: EVENT_ID
//	event: event
//	data: {...}
//
// It ends when the caller may no longer read the log.
func (a *API) stream(ctx context.Context, in *struct {
	AuditFilter
	LastEventID string `header:"Last-Event-ID" doc:"Goes on behind this event; without it the stream starts now"`
}) (*streamed, error) {
	f, err := in.read(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := a.streams.begin(ctx, identityOf(ctx)); err != nil {
		return nil, err
	}
	t, err := a.newTail(ctx, f, audit.EventID(in.LastEventID))
	if err != nil {
		return nil, err
	}
	return &streamed{func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Accel-Buffering", "no")
		w.WriteHeader(http.StatusOK)
		a.follow(ctx, w, t)
	}}, nil
}

// follow writes what t finds until the reader is gone or may no longer read. The headers are out: an error can only
// end the stream, and the reader comes back with Last-Event-ID.
func (a *API) follow(ctx context.Context, w http.ResponseWriter, t *tail) {
	control := http.NewResponseController(w)
	ticker := time.NewTicker(streamPoll)
	defer ticker.Stop()
	happened, stop := a.Watch(t.account)
	defer stop()
	fmt.Fprint(w, ": begins\n\n")
	beat := time.Now()
	for {
		if control.Flush() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-happened:
			time.Sleep(streamPause)
		}
		err := t.look(ctx)
		if err == nil && (len(t.fresh) > 0 || time.Since(beat) >= streamBeat) {
			beat = time.Now()
			if err = a.stillReads(ctx); err == nil {
				err = a.send(ctx, w, t)
			}
		}
		if err != nil {
			a.refuse(ctx, err)
			return
		}
	}
}

// stillReads asks again who calls, in the account that the stream is of: a session may have ended or gone on to another
// account, a permission may be gone. Who may read less of the log than when the stream began may not go on with it.
func (a *API) stillReads(ctx context.Context) error {
	c := callOf(ctx)
	credentials := c.credentials
	credentials.Account = c.identity.Account.ID
	id, err := a.Auth.Authenticate(ctx, credentials)
	if err != nil {
		return err
	}
	if id.Caller.Self() != c.identity.Caller.Self() {
		return errs.New(errs.Forbidden, "session_changed", "The session works as somebody else by now.").WithFix("Open the stream again.")
	}
	if c.identity.Caller.May(audit.AuditRead) { // the tail reads all of it
		return mayReadWholeLog(id.Caller)
	}
	return id.Caller.MayReadLog()
}

func (a *API) send(ctx context.Context, w http.ResponseWriter, t *tail) error {
	if len(t.fresh) == 0 {
		_, err := fmt.Fprint(w, ": still here\n\n")
		return err
	}
	return t.oldestFirst(ctx, func(stored []audit.Stored) error {
		list, err := a.events(identityOf(ctx).Account, stored)
		if err != nil {
			return err
		}
		var b []byte
		for i, e := range list {
			b = fmt.Appendf(b, "id: %s\nevent: event\ndata: ", t.ids[i])
			b = append(e.appendJSON(b), "\n\n"...)
		}
		if _, err = w.Write(b); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	})
}
