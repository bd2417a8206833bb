package publish

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/mail/mailtest"
)

func TestLetter(t *testing.T) {
	s := &mailtest.Server{}
	signed := integrity.Signed{Head: head(1234, 'a'), Checkpoint: sign(t, testKey(), acme, head(1234, 'a'))}
	l := letterOf(acme, "Acme\r\nBcc: eve@example.com — Büro", "audit@example.org", signed)
	if err := s.Start(t).Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	checkMail(t, s.Mails()[0].Body, l)
}

// checkMail reads a mail as its recipient's program does.
func checkMail(t *testing.T, raw []byte, l mail.Letter) {
	t.Helper()
	msg, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil || subject != "Checkpoint of the audit log of Acme Bcc: eve@example.com — Büro: 1,234 events" || msg.Header.Get("Bcc") != "" {
		t.Errorf("subject %q, Bcc %q: %v", subject, msg.Header.Get("Bcc"), err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	text, err := parts.NextPart() // decodes quoted-printable
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(text)
	if err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != l.Text || !strings.Contains(l.Text, string(l.Attachments[0].Content)) {
		t.Errorf("text %v:\n%s", err, got)
	}
	file, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	if file.FileName() != string(acme)+"-1234.checkpoint" || !strings.HasPrefix(file.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("attachment %v", file.Header)
	}
	content, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, file))
	if err != nil || string(content) != string(l.Attachments[0].Content) {
		t.Errorf("attachment %v:\n%s", err, content)
	}
}
