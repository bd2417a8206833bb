// Package auth knows who calls: accounts, people, their sessions, API keys, roles and permissions. It turns a request's
// credentials into an [Identity], and writes what the log must say about access.
//
// What is in: passwords and their policy, the limits on guessing, sessions, keys, the account's settings, the events
// of the module access. What is out: SQL (the store keeps the promises that [Store] and [Tx] state), cookies and
// headers (packages api and web), staff records, which package crm writes and this one only reads.
//
// # What is kept
//
// A password is kept as argon2id in its encoded form. A session's token is 32 random bytes in base64url, kept as the
// hex SHA-256 of that text; the session's id is another value, which the log shows and which opens nothing. An API key
// reads bt_ and then, in base64url without padding, 16 bytes of the account's id, 16 of the key's id and 32 random
// bytes, of which the hex SHA-256 is kept. Who reads the database can log in with none of these.
//
// # Several accounts
//
// A person is one email with one password, in any number of accounts. What is about the person (a login, a new
// password) is written in the log of each account that it opens, with the staff record of that account as the actor,
// and all of it in one transaction with the change.
package auth
