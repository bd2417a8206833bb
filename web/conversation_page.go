package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// threadPart is one conversation: its messages, the composer, and who it is with.
type threadPart struct {
	Path     string
	Name     string
	Channel  string
	Closed   bool
	Starred  bool
	Email    bool
	Assignee string
	Statuses []statusAction
	Edit     string // "" when the visitor may not change it
	Delete   string
	Messages []threadMessage
	Older    string // the list of all messages, when there are more than shown
	Moving   bool   // a message is on its way: look again
	SetUp    string // where the mail server is set, when none is; "" otherwise
	Compose  *composer
	Card     contactCard
	History  *historyView
}

// threadMessage is a message in its thread.
type threadMessage struct {
	ID        audit.RecordID
	Href      string
	Out       bool
	Who       string // from or to whom
	Subject   string
	Text      string
	When      Moment
	Status    string
	Class     string
	Error     string
	Note      string // how the sending stands
	SendAgain string // the word on the button; "" for none
	TakeBack  bool
	Edit      string
}

// composer is the form under a thread.
type composer struct {
	To        string // "" when the contact has no email
	Subject   string
	Body      string
	Templates []choiceGroup
	Empty     []string // placeholders for which the contact has nothing
	Quiet     string   // why the contact must not be written to
	Errors    *formErrors
	Zone      string
	Log       bool // the form that enters a call or SMS has the mistakes
}

// contactCard is who a conversation is with.
type contactCard struct {
	Name  string
	Href  string
	Facts []shownValue
}

const threadShown = 100

var cardFields = []string{"email", "phone", "company", "type", "owner", "tags", "dnd", "dnd_channels", "city"}

func (s *site) conversationShow(v *visit) error {
	rec, err := s.conversation(v)
	if err != nil {
		return err
	}
	c := &composer{}
	if template := audit.RecordID(v.URL.Query().Get("template")); audit.ValidID(template) {
		f, err := s.ws.Mail.Fill(v.Context(), v.caller(), template, audit.RecordID(rec.Fields["contact"].Text()))
		if err != nil && !shownOnForm(err) {
			return err
		}
		c.Subject, c.Body, c.Empty = f.Subject, f.Body, f.Empty
		c.Errors = summarize(err, isComposed)
	}
	return s.showConversation(v, rec, c, http.StatusOK)
}

// conversation is the one in the address.
func (s *site) conversation(v *visit) (*crm.Record, error) {
	id, err := v.recordID()
	if err != nil {
		return nil, err
	}
	return s.ws.Engine.Record(v.Context(), v.caller(), "conversation", id)
}

// showConversation renders a conversation with what stands in its composer.
func (s *site) showConversation(v *visit, rec *crm.Record, c *composer, status int) error {
	page := &conversationPage{Base: s.base(v, rec.Name, "conversations")}
	thread := &threadPart{Path: v.views()["conversation"].address(rec.ID), Name: rec.Name, Channel: channelWords[rec.Fields["channel"].Text()],
		Closed: rec.Fields["status"].Text() == "closed", Starred: rec.Fields["starred"].Bool(), Email: rec.Fields["channel"].Text() == "email"}
	page.Thread, thread.Card.Name = thread, rec.Name
	if err := s.fillThread(v, rec, page); err != nil {
		return err
	}
	if v.htmx() {
		return v.renderPart(status, "conversation", "messages", thread)
	}
	if err := s.fillInbox(v, page, rec.ID); err != nil {
		return err
	}
	contact, err := s.ws.Engine.Record(v.Context(), v.caller(), "contact", audit.RecordID(rec.Fields["contact"].Text()))
	if err != nil {
		return err
	}
	for _, fill := range []func() error{
		func() error { return s.fillConversationActions(v, rec, thread) },
		func() error { return s.fillCard(v, contact, page) },
		func() error { return s.fillComposer(v, contact, thread, c) },
	} {
		if err := fill(); err != nil {
			return err
		}
	}
	if thread.History, err = s.historyOf(v, rec.Object, rec.ID, recordAddress(rec.Object, rec.ID)); err != nil {
		return err
	}
	return v.render(status, "conversation", page)
}

// fillThread lists the messages, the oldest first.
func (s *site) fillThread(v *visit, rec *crm.Record, page *conversationPage) error {
	of, thread := v.views()["message"], page.Thread
	f, _ := of.object.Field("conversation")
	found, next, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: of.object, Sort: "created_at", Desc: true, Limit: threadShown,
		Where: []crm.Condition{{Field: f, Values: []string{string(rec.ID)}}}})
	if err != nil {
		return err
	}
	if next != nil {
		thread.Older = of.listPath() + "?conversation=" + string(rec.ID) + "&sort=created_at"
	}
	slices.Reverse(found)
	for _, m := range found {
		shown, err := s.threadMessage(v, page.Base, m)
		if err != nil {
			return err
		}
		thread.Moving = thread.Moving || shown.TakeBack || shown.Note != "" && shown.SendAgain == ""
		thread.Messages = append(thread.Messages, shown)
	}
	if thread.Email {
		ok, err := s.ws.Mail.Configured(v.Context(), v.caller().Account)
		if err != nil {
			return err
		}
		if !ok {
			thread.SetUp = recordPaths["business_profile"]
		}
	}
	return nil
}

func (s *site) threadMessage(v *visit, b Base, m *crm.Record) (threadMessage, error) {
	of := v.views()["message"]
	text := func(key string) string { return m.Fields[key].Text() }
	f, _ := of.object.Field("status")
	shown := threadMessage{ID: m.ID, Href: of.address(m.ID), Out: text("direction") == "out", Subject: text("subject"), Text: text("body"),
		When: b.At(m.CreatedAt), Status: f.OptionLabel(text("status")), Error: text("error"), Who: text("from")}
	if at := b.show(of, m, "sent_at", nil); at.Kind != "" {
		shown.When = at.Moment
	}
	if shown.Out {
		shown.Who = text("to")
	}
	may := v.mayWrite(of.object)
	switch text("status") {
	case "failed":
		shown.Class = "badge-failed"
		shown.SendAgain = again(may && shown.Out, "Send again")
	case "draft":
		shown.SendAgain = again(may, "Send")
		if may {
			shown.Edit = of.address(m.ID) + "/edit?_back=" + v.views()["conversation"].address(audit.RecordID(text("conversation")))
		}
	case "queued":
		shown.Class = "badge-executed"
		d, err := s.ws.Mail.Delivery(v.Context(), v.caller().Account, m.ID)
		if err != nil {
			return shown, err
		}
		switch {
		case !d.Waiting:
			shown.Note, shown.SendAgain = "Nothing sends it any more: it came back from the log.", again(may, "Send again")
		case d.Error != "":
			shown.Note = "It is tried again. The last time: " + d.Error
		default:
			shown.Note = "It is on its way to the mail server."
		}
		shown.TakeBack = may && d.Waiting
	}
	return shown, nil
}

func again(may bool, word string) string {
	if !may {
		return ""
	}
	return word
}

func (s *site) fillConversationActions(v *visit, rec *crm.Record, t *threadPart) error {
	view := v.views()["conversation"]
	names, err := s.names(v.Context(), v.caller(), view.object, []string{"assignee"}, rec)
	if err != nil {
		return err
	}
	t.Assignee = names["staff"][audit.RecordID(rec.Fields["assignee"].Text())]
	if !v.mayWrite(view.object) {
		return nil
	}
	t.Edit, t.Delete = view.address(rec.ID)+"/edit", view.address(rec.ID)+"/delete"
	for _, step := range view.steps {
		if step.From == rec.Fields["status"].Text() {
			t.Statuses = append(t.Statuses, statusAction{step.Label, step.To, view.address(rec.ID) + "/status", step.Confirm})
		}
	}
	return nil
}

func (s *site) fillCard(v *visit, contact *crm.Record, page *conversationPage) error {
	of := v.views()["contact"]
	names, err := s.names(v.Context(), v.caller(), of.object, cardFields, contact)
	if err != nil {
		return err
	}
	card := contactCard{Name: contact.Name, Href: of.address(contact.ID)}
	for _, key := range cardFields {
		if fact := page.show(of, contact, key, names); fact.Kind != "" && !(key == "dnd" && !contact.Fields[key].Bool()) {
			card.Facts = append(card.Facts, fact)
		}
	}
	page.Thread.Card = card
	return nil
}

// fillComposer makes the composer for who may write.
func (s *site) fillComposer(v *visit, contact *crm.Record, t *threadPart, c *composer) error {
	if !v.mayWrite(v.views()["message"].object) {
		return nil
	}
	c.To, c.Zone = contact.Fields["email"].Text(), workspace.Zone(v.id.Account).String()
	if contact.Fields["dnd"].Bool() || slices.ContainsFunc(contact.Fields["dnd_channels"].Strings(), func(s string) bool { return strings.EqualFold(s, "email") }) {
		c.Quiet = contact.Name + " does not want to be written to by email (do not disturb)."
	}
	t.Compose = c
	if !t.Email {
		return nil
	}
	of := v.views()["template"]
	f, _ := of.object.Field("channel")
	found, _, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: of.object, Sort: "name", Limit: maxChoices,
		Where: []crm.Condition{{Field: f, Values: []string{"email"}}}})
	if errs.Is(err, errs.Forbidden) {
		return nil // who sees no templates writes without them
	}
	if err != nil {
		return err
	}
	chosen := v.URL.Query().Get("template")
	var options []formOption
	for _, rec := range found {
		options = append(options, formOption{string(rec.ID), rec.Name, string(rec.ID) == chosen})
	}
	if len(options) > 0 {
		c.Templates = []choiceGroup{{Options: options}}
	}
	return nil
}
