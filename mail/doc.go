// Package mail sends mail: by the mail server of the installation (checkpoints of the log), and by the one that an
// account named in its business profile (all else).
//
// What is in: letters, the conversation with a mail server, the account's settings of it. What is out: what a letter
// says, and keeping it.
//
// # What an error means
//
// errs.Unavailable may work later: the server cannot be reached, is slow, ended the connection or answered 4xx.
// errs.NotPossible will not: no mail server is set, it answered 5xx, it refused the login, its certificate is not
// trusted, the address is none, or the server is in a private network. Both have sentences for a person.
//
// # Once, as far as SMTP allows
//
// A server that answered 250 to the text of a mail has taken it: whatever goes wrong after that is no error here. When the
// connection ends between the last byte of the text and that answer, nobody can know; it is an error, and a letter that
// is sent again must have the same MessageID, by which programs of recipients leave out the second copy.
package mail
