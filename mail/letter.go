package mail

import (
	"bytes"
	netmail "net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"github.com/backtrail/backtrail/errs"
)

// The limits of a letter.
const (
	// MaxSubject is in characters. Servers take longer ones; people do not see them.
	MaxSubject = 1000
	// MaxContent is the bytes of the texts and attachments together, before encoding; a letter has fewer. Many servers refuse mails of more
	// than 25 MB, encoding included.
	MaxContent = 15 << 20
)

// Letter is one mail to one recipient.
type Letter struct {
	To      string // a bare address
	Subject string // one line
	Text    string // plain text; required
	HTML    string // the same as HTML, "" for none
	// MessageID identifies the letter for good, without angle brackets: "0199...@example.com". One that is sent again has
	// the same. "" for a random one.
	MessageID string
	// InReplyTo is the MessageID of the mail that it answers, "" for none.
	InReplyTo string
	// References are the MessageIDs of the mails before it, the oldest first.
	References []string
	// Automatic says that no person wrote it: programs do not answer it with "out of office".
	Automatic   bool
	Attachments []Attachment
}

// Attachment is a file that goes with a letter.
type Attachment struct {
	Name    string
	Type    string // a media type, "" for application/octet-stream
	Content []byte
}

// message is the letter as it is sent. An error says what is wrong with it; nothing in a letter can become a header.
func (l Letter) message(fromName, from string) (*gomail.Msg, error) {
	if !ValidAddress(l.To) {
		return nil, errs.New(errs.NotPossible, "mail_address", "The address %q is not one to which mail can be sent.", cut(l.To)).
			WithFix("Correct the address of the recipient.")
	}
	if strings.ContainsFunc(l.Subject, unicode.IsControl) || !utf8.ValidString(l.Subject) {
		return nil, errs.New(errs.NotPossible, "mail_subject", "The subject must be one line of text.").WithFix("Take line breaks out of the subject.")
	}
	if utf8.RuneCountInString(l.Subject) > MaxSubject {
		return nil, errs.New(errs.TooLarge, "mail_too_large", "The subject has more than 1,000 characters.").WithFix("Shorten the subject.")
	}
	size := len(l.Text) + len(l.HTML)
	for _, a := range l.Attachments {
		size += len(a.Content)
	}
	if size >= MaxContent {
		return nil, errs.New(errs.TooLarge, "mail_too_large", "The mail has 15 MB or more.").WithFix("Shorten the text, or send a link to the file.")
	}
	m := gomail.NewMsg()
	sender := netmail.Address{Name: cut(oneLine(fromName)), Address: from} // its String quotes the name; the library would not
	if err := m.From(sender.String()); err != nil {
		return nil, errs.New(errs.NotPossible, "mail_sender", "The sender's address cannot be used.").WithFix("Correct Mail from in the business profile.").Because(err)
	}
	if err := m.To(l.To); err != nil {
		return nil, errs.New(errs.NotPossible, "mail_address", "The address %q is not one to which mail can be sent.", cut(l.To)).Because(err)
	}
	m.Subject(l.Subject)
	m.SetUserAgent("Backtrail")
	if ValidMessageID(l.MessageID) {
		m.SetMessageIDWithValue(l.MessageID)
	}
	if ValidMessageID(l.InReplyTo) {
		m.SetGenHeader(gomail.HeaderInReplyTo, "<"+l.InReplyTo+">")
	}
	if ids := identifiers(l.References); len(ids) > 0 {
		m.SetGenHeaderPreformatted(gomail.HeaderReferences, strings.Join(ids, "\r\n "))
	}
	if l.Automatic {
		m.SetGenHeader("Auto-Submitted", "auto-generated")
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	for _, a := range l.Attachments {
		t := gomail.ContentType(a.Type)
		if a.Type == "" {
			t = gomail.TypeAppOctetStream
		}
		if err := m.AttachReader(oneLine(a.Name), bytes.NewReader(a.Content), gomail.WithFileContentType(t)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// mostReferences keeps a header short: programs thread by the first and the last ones.
const mostReferences = 20

// identifiers puts those of the ids into angle brackets that are ids, the last ones of many.
func identifiers(ids []string) []string {
	var out []string
	for _, id := range ids {
		if ValidMessageID(id) {
			out = append(out, "<"+id+">")
		}
	}
	return out[max(0, len(out)-mostReferences):]
}

// ValidMessageID reports whether id can be the id of a mail, without angle brackets.
func ValidMessageID(id string) bool {
	left, right, ok := strings.Cut(id, "@")
	return ok && left != "" && right != "" && len(id) <= 250 && !strings.ContainsFunc(id, notInAddress) && !strings.ContainsAny(id, "<>")
}

// oneLine puts a single space where there is white space, and leaves out other control characters.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// cut shortens what is repeated in an error.
func cut(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:99]) + "…"
	}
	return s
}
