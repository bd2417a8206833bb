package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// deliver is the handler: it sends a message. Before the message leaves, the job says that it does (nobody can take it
// back from there on), and behind it the message is Sent in the transaction that ends the job. A server that dies
// between the two sends it again, under the same Message-ID.
func (s *Service) deliver(ctx context.Context, t *jobs.Task) error {
	p, err := payloadOf(t.Job())
	if err != nil {
		return err
	}
	rec, err := s.begin(ctx, t, p)
	if err != nil || rec == nil {
		return err // nil ends the job: the message is gone, or is not to be sent any more
	}
	server, l, err := s.letterOf(ctx, p, rec)
	if err == nil {
		err = server.Send(ctx, l)
	}
	if err != nil {
		return errors.Join(err, s.note(ctx, t, err))
	}
	return s.finish(ctx, t, func(ctx context.Context, tx jobs.Tx) error {
		return s.settle(ctx, tx, p, rec.ID, map[string]string{"status": "sent", "from": server.From, "message_id": l.MessageID})
	})
}

// begin reads the message, nil when there is nothing to send, and says that it is being sent.
func (s *Service) begin(ctx context.Context, t *jobs.Task, p payload) (rec *crm.Record, err error) {
	err = t.Write(ctx, func(tx jobs.Tx, j *jobs.Job) error {
		rec = nil
		return s.in(ctx, tx, p, func(op *crm.Operation) (err error) {
			if rec, err = op.Record(ctx, "message", audit.RecordID(j.ID)); err != nil || !isQueued(rec) {
				rec = nil
				return gone(err)
			}
			st := stateOf(*j)
			st.Sending = true
			j.State = st.encode()
			return nil
		})
	})
	return rec, err
}

// gone leaves out the error of a record that is not there any more.
func gone(err error) error {
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Gone) {
		return nil
	}
	return err
}

// note keeps why an attempt came to nothing; the message can be taken back until the next one.
func (s *Service) note(ctx context.Context, t *jobs.Task, failed error) error {
	if ctx.Err() != nil {
		return nil // the server stops; the next one begins anew
	}
	return t.Write(ctx, func(_ jobs.Tx, j *jobs.Job) error {
		j.State = state{Error: errs.Of(failed).Detail}.encode()
		return nil
	})
}

// finish writes the end of a job whose message has left. The mail server has taken it, and another attempt would send it
// twice: so this goes on for as long as it takes.
func (s *Service) finish(ctx context.Context, t *jobs.Task, fn func(context.Context, jobs.Tx) error) error {
	return persist(ctx, s.Runner.Log, func(ctx context.Context) error {
		return t.Finish(ctx, func(tx jobs.Tx, j *jobs.Job) error {
			j.State = nil
			return fn(ctx, tx)
		})
	})
}

const (
	// afterStop is how long a stop of the process waits for what must be written.
	afterStop = 30 * time.Second
	// mostPause is the longest pause between two tries to write.
	mostPause = 30 * time.Second
)

// persist writes for as long as the database does not take it (an import holds it, say) and this process lives; a stop, which
// ends ctx, cuts it off only afterStop later. It gives up when trying again would end the same way.
func persist(ctx context.Context, log *slog.Logger, write func(context.Context) error) error {
	ctx, cancel := outlast(ctx, afterStop)
	defer cancel()
	for try := 1; ; try++ {
		err := write(ctx)
		if err == nil || errors.Is(err, jobs.ErrLost) || errors.Is(err, jobs.ErrCancelled) || !errs.Passing(err) || ctx.Err() != nil {
			return err
		}
		log.ErrorContext(ctx, "recording that a mail has left", "error", err, "try", try)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(min(time.Duration(try)*time.Second, mostPause)):
		}
	}
}

// outlast returns a context that ends a while after ctx does, and not before.
func outlast(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		select {
		case <-longer.Done():
		case <-time.After(by):
			cancel()
		}
	})
	return longer, cancel
}

// undelivered makes a message Failed that is given up.
func (s *Service) undelivered(ctx context.Context, tx jobs.Tx, j jobs.Job) error {
	p, err := payloadOf(j)
	if err != nil {
		return err
	}
	return s.settle(ctx, tx, p, audit.RecordID(j.ID), map[string]string{"status": "failed", "error": j.Error})
}

// settle writes into a message what came of it, unless it is gone.
func (s *Service) settle(ctx context.Context, tx jobs.Tx, p payload, id audit.RecordID, texts map[string]string) error {
	return s.in(ctx, tx, p, func(op *crm.Operation) error {
		rec, err := op.Record(ctx, "message", id)
		if err != nil || !isQueued(rec) {
			return gone(err)
		}
		_, err = op.UpdateBecause(ctx, "message", id, s.texts("message", texts), 0, p.Cause, "")
		return err
	})
}

// in runs fn as one operation of Backtrail on behalf of who gave the message to be sent.
func (s *Service) in(ctx context.Context, tx jobs.Tx, p payload, fn func(*crm.Operation) error) error {
	return s.Engine.Join(ctx, tx, p.caller(), fn)
}

// caller is Backtrail, on behalf of who gave the message to be sent and from where they did.
func (p payload) caller() audit.Caller {
	o := p.Origin
	asked := o.Actor
	o.Actor, o.Channel, o.Cause = audit.SystemActor("Backtrail"), audit.SystemChannel, ""
	if asked.ID != "" {
		o.Actor.OnBehalfOf = &audit.OnBehalfOf{ID: asked.ID, Name: asked.Name}
	}
	return audit.Caller{Origin: o, Permissions: map[audit.Permission]bool{audit.RecordsRead: true, audit.RecordsWrite: true}}
}

// letterOf is a message as it leaves, and the server by which it does.
func (s *Service) letterOf(ctx context.Context, p payload, rec *crm.Record) (*Server, Letter, error) {
	server, err := s.server(ctx, p.Origin.Account)
	if err != nil {
		return nil, Letter{}, err
	}
	text := func(key string) string { return rec.Fields[key].Text() }
	l := Letter{To: text("to"), Subject: text("subject"), Text: text("body")}
	_, domain, _ := strings.Cut(server.From, "@")
	l.MessageID = messageID(rec.ID, domain, l)
	earlier, err := s.messages(ctx, p.caller(), audit.RecordID(text("conversation")), mostReferences+1)
	if err != nil {
		return nil, Letter{}, err
	}
	for _, m := range earlier { // the newest first
		id := m.Fields["message_id"].Text()
		if m.ID == rec.ID || id == "" {
			continue
		}
		l.References = append([]string{id}, l.References...)
		if l.InReplyTo == "" && m.Fields["direction"].Text() == "in" {
			l.InReplyTo = id
		}
	}
	return server, l, nil
}

// messageID is the same for the same content of a message: programs leave out a second copy. Another text is another
// letter.
func messageID(id audit.RecordID, domain string, l Letter) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{l.To, l.Subject, l.Text}, "\x00")))
	return string(id) + "." + hex.EncodeToString(sum[:4]) + "@" + domain
}

// messages are those of a conversation, the newest first.
func (s *Service) messages(ctx context.Context, c audit.Caller, talk audit.RecordID, most int) ([]*crm.Record, error) {
	o, err := s.Engine.Schema(c.Account).Object("message")
	if err != nil {
		return nil, err
	}
	f, _ := o.Field("conversation")
	found, _, err := s.Engine.Find(ctx, c, crm.Query{Object: o, Where: []crm.Condition{{Field: f, Values: []string{string(talk)}}},
		Sort: "created_at", Desc: true, Limit: most})
	return found, err
}
