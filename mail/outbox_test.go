package mail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/mail/mailtest"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// ana is a person who writes.
var ana = audit.Actor{Type: audit.User, ID: "01890000-0000-7000-8000-0000000000aa", Name: "Ana Silva", Email: "ana@example.com"}

// post is an account whose mail goes out, with its own runner.
type post struct {
	*house
	service *mail.Service
	runner  *jobs.Runner
	caller  audit.Caller
	contact *crm.Record
}

// openPost makes one; it sends by s, by nothing when s is nil. Nothing runs until run.
func openPost(t *testing.T, s *mailtest.Server) *post {
	t.Helper()
	p := &post{house: open(t, workspace.Options{AllowPrivateSMTP: true})}
	p.runner = jobs.NewRunner(jobs.Options{Store: p.db, Poll: 5 * time.Millisecond, Backoff: time.Millisecond, Lease: time.Second, Release: true})
	p.service = mail.NewService(mail.Options{Store: p.db, Engine: p.Engine, Recorder: p.Recorder, Runner: p.runner, AllowPrivate: true})
	p.caller = p.owner
	p.caller.Actor, p.caller.Channel = ana, audit.Web
	p.caller.Context = audit.Context{IP: "192.0.2.7", Request: "r1", Session: "s1"}
	p.contact = p.create("contact", map[string]string{"first_name": "Bo", "last_name": "Ek", "email": "bo@example.org", "phone": "+46 8 123456"})
	if s != nil {
		p.sendsBy(s.Start(t))
	}
	return p
}

func (p *post) create(object string, texts map[string]string) *crm.Record {
	p.t.Helper()
	rec, err := p.Engine.Create(p.t.Context(), p.caller, object, p.input(object, texts))
	if err != nil {
		p.t.Fatal(err)
	}
	return rec
}

func (p *post) input(object string, texts map[string]string) crm.Input {
	p.t.Helper()
	o, err := p.Schema.Object(object)
	if err != nil {
		p.t.Fatal(err)
	}
	return crm.Texts(o, texts)
}

// run sends in the background until the test ends, or stop is called.
func (p *post) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { p.runner.Run(ctx) })
	stop = func() {
		cancel()
		wg.Wait()
	}
	p.t.Cleanup(stop)
	return stop
}

func (p *post) message(id audit.RecordID) *crm.Record {
	p.t.Helper()
	rec, err := p.Engine.Record(p.t.Context(), p.caller, "message", id)
	if err != nil {
		p.t.Fatal(err)
	}
	return rec
}

// becomes waits until a message has a status.
func (p *post) becomes(id audit.RecordID, status string) *crm.Record {
	p.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		rec := p.message(id)
		if rec.Fields["status"].Text() == status {
			return rec
		}
		if time.Now().After(deadline) {
			d, err := p.service.Delivery(p.t.Context(), p.account, id)
			p.t.Fatalf("the message is %s, not %s: %s; %+v %v", rec.Fields["status"].Text(), status, rec.Fields["error"].Text(), d, err)
		}
	}
}

func (p *post) write(o mail.Outgoing) *crm.Record {
	p.t.Helper()
	if o.Contact == "" && o.Conversation == "" {
		o.Contact = p.contact.ID
	}
	rec, err := p.service.Write(p.t.Context(), p.caller, o)
	if err != nil {
		p.t.Fatal(err)
	}
	return rec
}

// events of a record, the oldest first.
func (p *post) events(id audit.RecordID) []*audit.Event {
	p.t.Helper()
	page, err := p.Log.Events(p.t.Context(), p.account, audit.Query{Limit: 100})
	if err != nil {
		p.t.Fatal(err)
	}
	var out []*audit.Event
	for i := len(page.Events) - 1; i >= 0; i-- {
		e, err := page.Events[i].Event()
		if err != nil {
			p.t.Fatal(err)
		}
		if e.Record != nil && e.Record.ID == id {
			out = append(out, e)
		}
	}
	return out
}

func typesOf(events []*audit.Event) string {
	var types []string
	for _, e := range events {
		types = append(types, string(e.Type))
	}
	return strings.Join(types, " ")
}

func TestMessageIsSent(t *testing.T) {
	s := &mailtest.Server{}
	p := openPost(t, s)
	rec := p.write(mail.Outgoing{Subject: "Your quote", Body: "Dear {{first_name}},\nwelcome to {{business.name}}. {{sender.name}}"})
	if got := rec.Fields["status"].Text() + " " + rec.Fields["to"].Text(); got != "queued bo@example.org" {
		t.Errorf("a new message is %s", got)
	}
	if d, err := p.service.Delivery(t.Context(), p.account, rec.ID); err != nil || !d.Waiting {
		t.Errorf("delivery %+v: %v", d, err)
	}
	p.run()
	sent := p.becomes(rec.ID, "sent")
	mails := s.Mails()
	if len(mails) != 1 || mails[0].To != "bo@example.org" || !strings.Contains(string(mails[0].Body), "Dear Bo,") || !strings.Contains(string(mails[0].Body), "welcome to Harbour. Ana Silva") {
		t.Fatalf("%.500q", fmt.Sprint(mails))
	}
	id := sent.Fields["message_id"].Text()
	if !strings.Contains(string(mails[0].Body), "Message-ID: <"+id+">") || !strings.HasSuffix(id, "@example.com") || sent.Fields["from"].Text() != "studio@example.com" || sent.Fields["sent_at"] == audit.None {
		t.Errorf("sent as %v", sent.Fields)
	}

	// The log says who, on whose behalf, and because of what.
	events := p.events(rec.ID)
	if typesOf(events) != "message.created message.sent" {
		t.Fatalf("events %s", typesOf(events))
	}
	made, left := events[0], events[1]
	if left.Actor.Type != audit.System || left.Actor.OnBehalfOf == nil || left.Actor.OnBehalfOf.Name != "Ana Silva" || left.Actor.OnBehalfOf.ID != ana.ID ||
		left.Channel != audit.SystemChannel || left.Cause != made.ID || left.Context.IP != "192.0.2.7" || left.Context.Request != "r1" {
		t.Errorf("event %+v, cause %s", left, made.ID)
	}
	if !strings.Contains(left.Description, "Your quote") || strings.Contains(left.Description, "welcome") {
		t.Errorf("description %q", left.Description)
	}

	// An answer goes into the same conversation, and the next mail is threaded behind it.
	r, err := p.service.Receive(t.Context(), p.caller, mail.Incoming{From: "Bo@Example.org", Subject: "Re: Your quote", Text: "Good", MessageID: "42@example.org", InReplyTo: id})
	if err != nil || r.Duplicate || r.Conversation.ID != audit.RecordID(sent.Fields["conversation"].Text()) {
		t.Fatalf("%+v: %v", r, err)
	}
	second := p.write(mail.Outgoing{Conversation: r.Conversation.ID, Subject: "Re: Your quote", Body: "Thank you"})
	p.becomes(second.ID, "sent")
	body := string(s.Mails()[1].Body)
	if !strings.Contains(body, "In-Reply-To: <42@example.org>") || !strings.Contains(body, "References: <"+id+">\r\n <42@example.org>") {
		t.Errorf("%.700s", body)
	}
}

// TestMessageFails has each way in which a message cannot be sent; each can be sent again.
func TestMessageFails(t *testing.T) {
	for _, test := range []struct {
		name   string
		server *mailtest.Server // nil for none
		break_ func(p *post)
		says   string
		tries  int
	}{
		{"no mail server", nil, nil, "No mail server is set in the business profile", 1},
		{"5xx", &mailtest.Server{RefuseTo: mailtest.Answer(550, "no such user")}, nil, "refused it (550): no such user", 1},
		{"4xx", &mailtest.Server{RefuseTo: mailtest.Answer(451, "try later")}, nil, "It was tried 3 times. The mail server does not take it now (451): try later", 3},
		{"the line is cut", &mailtest.Server{CutText: true}, nil, "It was tried 3 times. The mail server cannot be reached", 3},
		{"refused connection", &mailtest.Server{}, func(p *post) { p.profile(map[string]string{"smtp_port": "1"}) }, "It was tried 3 times. The mail server cannot be reached", 3},
		{"wrong password", &mailtest.Server{TLS: true}, func(p *post) {
			p.profile(map[string]string{"smtp_user": "studio", "smtp_password": "wrong"})
		}, "certificate is not trusted", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := openPost(t, test.server)
			if test.break_ != nil {
				test.break_(p)
			}
			rec := p.write(mail.Outgoing{Subject: "Hello", Body: "Text"})
			p.run()
			failed := p.becomes(rec.ID, "failed")
			if !strings.Contains(failed.Fields["error"].Text(), test.says) {
				t.Errorf("error %q", failed.Fields["error"].Text())
			}
			events := p.events(rec.ID)
			last := events[len(events)-1]
			if typesOf(events) != "message.created message.failed" || last.Cause != events[0].ID || last.Actor.OnBehalfOf == nil || !strings.Contains(last.Description, "Could not send") {
				t.Errorf("events %s, last %+v", typesOf(events), last)
			}
			if d, err := p.service.Delivery(t.Context(), p.account, rec.ID); err != nil || d.Waiting || d.Attempts != test.tries {
				t.Errorf("delivery %+v: %v", d, err)
			}

			good := &mailtest.Server{}
			p.profile(map[string]string{"smtp_user": ""})
			p.sendsBy(good.Start(t))
			if again, err := p.service.SendAgain(t.Context(), p.caller, rec.ID); err != nil || again.Fields["error"] != audit.None {
				t.Fatalf("%v: %v", again, err)
			}
			p.becomes(rec.ID, "sent")
			if got := typesOf(p.events(rec.ID)); got != "message.created message.failed message.queued message.sent" || len(good.Mails()) != 1 {
				t.Errorf("events %s, %d mails", got, len(good.Mails()))
			}
			if _, err := p.service.SendAgain(t.Context(), p.caller, rec.ID); errs.Code(err) != "already_sent" {
				t.Errorf("sent twice: %v", err)
			}
		})
	}
}

// A message leaves once: by whatever way it became queued, and however often it is given.
func TestMessageLeavesOnce(t *testing.T) {
	s := &mailtest.Server{}
	p := openPost(t, s)
	talk := p.create("conversation", map[string]string{"contact": string(p.contact.ID)})
	rec := p.create("message", map[string]string{"conversation": string(talk.ID), "body": "By the plain records", "status": "queued"})
	if _, err := p.service.SendAgain(t.Context(), p.caller, rec.ID); errs.Code(err) != "is_queued" {
		t.Errorf("what waits is given again: %v", err)
	}
	for _, change := range []map[string]string{{"body": "Other"}, {"to": "eve@example.com"}, {"subject": "Other"}} {
		if _, err := p.Engine.Update(t.Context(), p.caller, "message", rec.ID, p.input("message", change), 0); errs.Code(err) != "is_queued" {
			t.Errorf("%v while it waits: %v", change, err)
		}
	}
	// Taken back, changed and given again.
	for _, change := range []map[string]string{{"status": "draft"}, {"body": "Changed"}, {"status": "queued"}} {
		if _, err := p.Engine.Update(t.Context(), p.caller, "message", rec.ID, p.input("message", change), 0); err != nil {
			t.Fatal(err)
		}
	}
	p.run()
	p.becomes(rec.ID, "sent")
	if mails := s.Mails(); len(mails) != 1 || !strings.Contains(string(mails[0].Body), "Changed") {
		t.Errorf("%.300q", fmt.Sprint(mails))
	}
}

// A message is given once more while it waits, and while it is on its way: by who called it failed too early, say.
func TestMessageIsNotQueuedTwice(t *testing.T) {
	for name, test := range map[string]struct {
		status jobs.Status
		state  string
		failed bool   // somebody called it failed
		code   string // with which it is refused; "" when it is queued
	}{
		"it waits":                                    {jobs.Queued, "", false, "is_queued"},
		"it is being sent":                            {jobs.Running, `{"sending":true}`, false, "is_queued"},
		"it waits for another attempt":                {jobs.Running, `{"sending":false,"error":"slow"}`, false, "is_queued"},
		"it is being sent, and was called failed":     {jobs.Running, `{"sending":true}`, true, "being_sent"},
		"it was interrupted, and called failed":       {jobs.Queued, `{"sending":true}`, true, "being_sent"},
		"it waits for another, and was called failed": {jobs.Running, `{"sending":false,"error":"slow"}`, true, ""},
		"it waits, and was called failed":             {jobs.Queued, "", true, ""},
		"it came to nothing":                          {jobs.Failed, `{"sending":true}`, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := openPost(t, nil)
			rec := p.write(mail.Outgoing{Subject: "Once", Body: "Text"})
			if err := p.db.WriteJobs(t.Context(), p.account, func(tx jobs.Tx) error {
				j, err := tx.LockJob(t.Context(), jobs.ID(rec.ID))
				if err != nil {
					return err
				}
				j.Status, j.State, j.Claim = test.status, []byte(test.state), 7
				return tx.PutJob(t.Context(), j)
			}); err != nil {
				t.Fatal(err)
			}
			if test.failed {
				if _, err := p.Engine.Update(t.Context(), p.caller, "message", rec.ID, p.input("message", map[string]string{"status": "failed", "error": "Nothing came"}), 0); err != nil {
					t.Fatal(err)
				}
			}
			before, events := p.message(rec.ID), len(p.events(rec.ID))
			_, err := p.service.SendAgain(t.Context(), p.caller, rec.ID)
			if errs.Code(err) != test.code {
				t.Fatalf("%v, want %q", err, test.code)
			}
			j, missing := p.db.Job(t.Context(), p.account, jobs.ID(rec.ID))
			if missing != nil {
				t.Fatal(missing)
			}
			if test.code == "" {
				if j.Status != jobs.Queued || j.Attempts != 0 || len(j.State) > 0 || j.Claim != 7 {
					t.Errorf("the job is %+v", j)
				}
			} else if after := p.message(rec.ID); j.Status != test.status || string(j.State) != test.state || after.Version != before.Version || len(p.events(rec.ID)) != events {
				t.Errorf("it was refused, but the job is %+v and the message %v", j, after.Fields)
			}
		})
	}
}

// A draft stays, a message that was taken back does too, and what was deleted and comes back is not sent by itself.
func TestMessageStays(t *testing.T) {
	s := &mailtest.Server{}
	p := openPost(t, s)
	draft := p.write(mail.Outgoing{Subject: "Draft", Body: "Text", Draft: true})
	back := p.write(mail.Outgoing{Subject: "Taken back", Body: "Text"})
	if _, err := p.Engine.Update(t.Context(), p.caller, "message", back.ID, p.input("message", map[string]string{"status": "draft"}), 0); err != nil {
		t.Fatal(err)
	}
	deleted := p.write(mail.Outgoing{Subject: "Deleted", Body: "Text"})
	if _, err := p.Engine.Delete(t.Context(), p.caller, "message", deleted.ID); err != nil {
		t.Fatal(err)
	}
	last := p.write(mail.Outgoing{Subject: "Last", Body: "Text"})
	p.run()
	p.becomes(last.ID, "sent")
	if mails := s.Mails(); len(mails) != 1 {
		t.Errorf("%d mails", len(mails))
	}
	for _, rec := range []*crm.Record{draft, back} {
		if got := p.message(rec.ID).Fields["status"].Text(); got != "draft" {
			t.Errorf("%s is %s", rec.Name, got)
		}
	}
}

// TestMessageAfterACrash dies between the mail server's word and ours: the second mail has the id of the first.
func TestMessageAfterACrash(t *testing.T) {
	s := &mailtest.Server{CutAfter: true} // the mail is taken, but the word of it does not arrive
	p := openPost(t, s)
	rec := p.write(mail.Outgoing{Subject: "Once", Body: "Text"})
	p.run()
	p.becomes(rec.ID, "failed")
	ids := map[string]bool{}
	for _, m := range s.Mails() {
		_, after, _ := strings.Cut(string(m.Body), "Message-ID: ")
		id, _, _ := strings.Cut(after, "\r\n")
		ids[id] = true
	}
	if len(ids) != 1 || len(s.Mails()) != 3 {
		t.Errorf("%d mails with the ids %v", len(s.Mails()), ids)
	}
}

func TestWriteRefuses(t *testing.T) {
	p := openPost(t, nil)
	nobody := p.create("contact", map[string]string{"first_name": "Nobody", "phone": "+46 8 123457"})
	quiet := p.create("contact", map[string]string{"first_name": "Quiet", "email": "quiet@example.org", "dnd": "true"})
	noMail := p.create("contact", map[string]string{"first_name": "Sms", "email": "sms@example.org", "dnd_channels": "Email"})
	call := p.create("conversation", map[string]string{"contact": string(p.contact.ID), "channel": "call"})
	for name, test := range map[string]struct {
		o           mail.Outgoing
		field, code string
	}{
		"nobody to write to":          {mail.Outgoing{Body: "x"}, "contact", "required"},
		"a contact without an email":  {mail.Outgoing{Contact: nobody.ID, Body: "x"}, "to", "no_email"},
		"do not disturb":              {mail.Outgoing{Contact: quiet.ID, Body: "x"}, "status", "do_not_disturb"},
		"no email":                    {mail.Outgoing{Contact: noMail.ID, Body: "x"}, "status", "do_not_disturb"},
		"no text":                     {mail.Outgoing{Contact: p.contact.ID, Subject: "x"}, "body", "required"},
		"a text over the limit":       {mail.Outgoing{Contact: p.contact.ID, Body: strings.Repeat("a", 64<<10+1)}, "body", "too_long"},
		"a subject over the limit":    {mail.Outgoing{Contact: p.contact.ID, Subject: strings.Repeat("a", 1001), Body: "x"}, "subject", "too_long"},
		"an unknown placeholder":      {mail.Outgoing{Contact: p.contact.ID, Body: "{{shoe_size}}"}, "body", "unknown_placeholder"},
		"half a placeholder":          {mail.Outgoing{Contact: p.contact.ID, Subject: "{{first_name", Body: "x"}, "subject", "invalid_placeholder"},
		"a header in the address":     {mail.Outgoing{Contact: p.contact.ID, To: "a@example.com\r\nBcc: eve@example.com", Body: "x"}, "to", ""},
		"two addresses":               {mail.Outgoing{Contact: p.contact.ID, To: "a@example.com, b@example.com", Body: "x"}, "to", "invalid_email"},
		"a draft of a call":           {mail.Outgoing{Conversation: call.ID, Draft: true, Body: "x"}, "channel", "not_possible"},
		"an incoming email":           {mail.Outgoing{Contact: p.contact.ID, Incoming: true, Body: "x"}, "channel", "not_possible"},
		"a channel that there is not": {mail.Outgoing{Contact: p.contact.ID, Channel: "fax", Body: "x"}, "channel", "invalid_option"},
	} {
		_, err := p.service.Write(t.Context(), p.caller, test.o)
		if e := errs.Of(err); !errs.Is(err, errs.Invalid) || len(e.Fields) != 1 || e.Fields[0].Field != test.field || test.code != "" && e.Fields[0].Code != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A line break in a subject becomes a space.
	rec := p.write(mail.Outgoing{Contact: p.contact.ID, Subject: "Hello\r\nBcc: eve@example.com", Body: "x"})
	if got := rec.Fields["subject"].Text(); got != "Hello Bcc: eve@example.com" {
		t.Errorf("subject %q", got)
	}
}

func TestEntering(t *testing.T) {
	p := openPost(t, nil)
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	said := p.write(mail.Outgoing{Channel: "call", Body: "Asked for a quote", Incoming: true, At: at})
	if f := said.Fields; f["status"].Text() != "received" || f["direction"].Text() != "in" || f["from"].Text() != p.contact.Fields["phone"].Text() || f["sent_at"].Text() != at.Format(crm.TimeLayout) {
		t.Errorf("a call that came in: %v", f)
	}
	sms := p.write(mail.Outgoing{Channel: "sms", Body: "On our way"})
	if f := sms.Fields; f["status"].Text() != "sent" || f["to"].Text() != p.contact.Fields["phone"].Text() {
		t.Errorf("an SMS that was sent: %v", f)
	}
	second := p.write(mail.Outgoing{Channel: "sms", Body: "There"})
	if second.Fields["conversation"] != sms.Fields["conversation"] || second.Fields["conversation"] == said.Fields["conversation"] {
		t.Error("the conversations are others")
	}
}

func TestReceive(t *testing.T) {
	p := openPost(t, nil)
	receive := func(in mail.Incoming) (mail.Received, error) { return p.service.Receive(t.Context(), p.caller, in) }
	first, err := receive(mail.Incoming{From: "bo@example.org", Subject: "Hello", Text: "x", MessageID: "1@example.org"})
	if err != nil || first.Duplicate || first.Contact.ID != p.contact.ID || first.Message.Fields["status"].Text() != "received" {
		t.Fatalf("%+v: %v", first, err)
	}
	again, err := receive(mail.Incoming{From: "bo@example.org", Subject: "Hello", Text: "x", MessageID: "1@example.org"})
	if err != nil || !again.Duplicate || again.Message.ID != first.Message.ID || again.Conversation.ID != first.Conversation.ID {
		t.Errorf("the same again: %+v: %v", again, err)
	}
	// A gateway may write the domain anew, and so may who answers.
	shouted, err := receive(mail.Incoming{From: "bo@example.org", Subject: "Hello", Text: "x", MessageID: "1@Example.ORG"})
	if err != nil || !shouted.Duplicate || shouted.Message.ID != first.Message.ID {
		t.Errorf("the same again in capital letters: %+v: %v", shouted, err)
	}
	answer, err := receive(mail.Incoming{From: "colleague@example.org", Text: "For Bo", MessageID: "2@example.org", InReplyTo: "1@EXAMPLE.org"})
	if err != nil || answer.Conversation.ID != first.Conversation.ID {
		t.Errorf("an answer to it in capital letters: %+v: %v", answer, err)
	}
	if _, err := p.Engine.Update(t.Context(), p.caller, "conversation", first.Conversation.ID, p.input("conversation", map[string]string{"status": "closed"}), 0); err != nil {
		t.Fatal(err)
	}
	next, err := receive(mail.Incoming{From: "bo@example.org", Text: "Still there?"})
	if err != nil || next.Conversation.ID != first.Conversation.ID || next.Conversation.Fields["status"].Text() != "open" {
		t.Errorf("a closed conversation: %+v: %v", next, err)
	}
	if _, err := receive(mail.Incoming{From: "new@example.org", Text: "Hi"}); errs.Code(err) != "no_contact" || !errs.Is(err, errs.NotFound) {
		t.Errorf("a stranger: %v", err)
	}
	stranger, err := receive(mail.Incoming{From: "new@example.org", FromName: "Nia\r\nNew", Text: "Hi", NewContacts: true})
	if err != nil || stranger.Contact.Name != "Nia New" || stranger.Conversation.Fields["contact"].Text() != string(stranger.Contact.ID) {
		t.Errorf("a new contact: %+v: %v", stranger.Contact, err)
	}
	for _, in := range []mail.Incoming{{From: "no address"}, {From: "a@example.com\r\nb"}, {From: ""}, {From: "bo@example.org", MessageID: "<x@y>"}} {
		if _, err := receive(in); !errs.Is(err, errs.Invalid) {
			t.Errorf("%+v: %v", in, err)
		}
	}
}

// indexed is a database that does not let messages and contacts be read through: there may be many of them, and nobody else
// writes meanwhile.
type indexed struct{ *store.DB }

type indexedTx struct{ mail.JobsTx }

func (db indexed) WriteRecords(ctx context.Context, account audit.AccountID, fn func(crm.Tx) error) error {
	return db.DB.WriteRecords(ctx, account, func(tx crm.Tx) error { return fn(indexedTx{tx.(mail.JobsTx)}) })
}

func (tx indexedTx) Find(ctx context.Context, q crm.Query) ([]*crm.Record, *crm.Position, error) {
	if q.Object.Key == "message" || q.Object.Key == "contact" {
		return nil, nil, errors.New("all records of " + q.Object.Key + " are looked through")
	}
	return tx.JobsTx.Find(ctx, q)
}

func TestReceiveLooksThroughNothing(t *testing.T) {
	p := openPost(t, nil)
	p.service.Engine = crm.NewEngine(indexed{p.db}, p.Schema, p.Recorder)
	for _, in := range []mail.Incoming{
		{From: "bo@example.org", Text: "x", MessageID: "1@example.org"},
		{From: "bo@example.org", Text: "x", MessageID: "1@example.org"},
		{From: "bo@example.org", Text: "x", MessageID: "2@example.org", InReplyTo: "1@example.org"},
		{From: "new@example.org", Text: "x", NewContacts: true},
	} {
		if _, err := p.service.Receive(t.Context(), p.caller, in); err != nil {
			t.Errorf("%+v: %v", in, err)
		}
	}
}

func TestTemplates(t *testing.T) {
	p := openPost(t, nil)
	for body, code := range map[string]string{"{{shoe_size}}": "unknown_placeholder", "{{first_name": "invalid_placeholder", "{{business.shoe}}": "unknown_placeholder"} {
		_, err := p.Engine.Create(t.Context(), p.caller, "template", p.input("template", map[string]string{"name": body, "body": body}))
		if e := errs.Of(err); !errs.Is(err, errs.Invalid) || len(e.Fields) != 1 || e.Fields[0].Field != "body" || e.Fields[0].Code != code {
			t.Errorf("%s: %v", body, err)
		}
	}
	tmpl := p.create("template", map[string]string{"name": "Hello", "subject": "For {{name}}", "body": "Dear {{first_name|friend}} of {{city}}, {{company|your firm}}: {{type}}, {{owner|x}} {{phone}}"})
	f, err := p.service.Fill(t.Context(), p.caller, tmpl.ID, p.contact.ID)
	if err != nil || f.Subject != "For Bo Ek" || f.Body != "Dear Bo of , your firm: Lead, x "+p.contact.Fields["phone"].Text() || strings.Join(f.Empty, " ") != "city" {
		t.Errorf("%+v: %v", f, err)
	}
	rec := p.write(mail.Outgoing{Template: tmpl.ID, Subject: "My own"})
	if rec.Fields["subject"].Text() != "My own" || !strings.HasPrefix(rec.Fields["body"].Text(), "Dear Bo") {
		t.Errorf("%v", rec.Fields)
	}
}

// readOnly is a database that somebody else writes.
type readOnly struct{ *store.DB }

func (readOnly) WriteRecords(context.Context, audit.AccountID, func(crm.Tx) error) error {
	return errors.New("a preview waits for its turn to write")
}

func TestFillOnlyReads(t *testing.T) {
	p := openPost(t, nil)
	tmpl := p.create("template", map[string]string{"name": "Hello", "body": "Dear {{first_name}} of {{business.name}}, by {{sender.name}}"})
	p.service.Engine = crm.NewEngine(readOnly{p.db}, p.Schema, p.Recorder)
	if f, err := p.service.Fill(t.Context(), p.caller, tmpl.ID, p.contact.ID); err != nil || f.Body != "Dear Bo of Harbour, by Ana Silva" {
		t.Errorf("%+v: %v", f, err)
	}
	stranger := p.caller
	stranger.Permissions = nil
	if f, err := p.service.Fill(t.Context(), stranger, tmpl.ID, p.contact.ID); !errs.Is(err, errs.Forbidden) {
		t.Errorf("who may not read: %+v: %v", f, err)
	}
}

func TestSendTest(t *testing.T) {
	s := &mailtest.Server{}
	p := openPost(t, s)
	if err := p.service.SendTest(t.Context(), p.caller, "ana@example.com"); err != nil || len(s.Mails()) != 1 {
		t.Fatalf("%d mails: %v", len(s.Mails()), err)
	}
	s.Change(func(s *mailtest.Server) { s.RefuseTo = mailtest.Answer(550, "no") })
	if err := p.service.SendTest(t.Context(), p.caller, "ana@example.com"); errs.Code(err) != "mail_refused" {
		t.Errorf("%v", err)
	}
	member := p.caller
	member.Permissions = map[audit.Permission]bool{audit.RecordsRead: true, audit.RecordsWrite: true}
	if err := p.service.SendTest(t.Context(), member, "ana@example.com"); !errs.Is(err, errs.Forbidden) {
		t.Errorf("a member: %v", err)
	}
	page, err := p.Log.Events(t.Context(), p.account, audit.Query{Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		outcome audit.Outcome
		says    string
	}{{audit.Failed, "The test email could not be sent to ana@example.com: The mail server refused it (550): no"}, {audit.Success, "The test email was sent to ana@example.com"}} {
		if e, err := page.Events[i].Event(); err != nil || e.Type != "settings.mail_tested" || e.Outcome != want.outcome || e.Description != want.says {
			t.Errorf("%+v: %v", e, err)
		}
	}
}
