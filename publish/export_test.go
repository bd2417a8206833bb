package publish

import "testing"

// For the tests on databases, which cannot be in the package: the store imports it.

// SendDue is one look of Service.Run.
var SendDue = (*Service).sendDue

// MailServer is a mail server of a test.
type MailServer struct{ mailServer }

// Serve starts it and returns a mailer that uses it.
func (s *MailServer) Serve(t *testing.T) *Mailer {
	return serveMail(t, &s.mailServer, "smtp", "", false)
}

// Took is whom the last mail was to, and its bytes.
func (s *MailServer) Took() (to string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to, s.body
}
