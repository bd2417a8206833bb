// Package publish lets copies of the ledgers' signed heads leave the database, so that a database that comes back older,
// or with another history, is noticed.
//
// What is in: the folder of published checkpoints ([Folder]) and who fills it ([Publisher]); an account's own targets, a
// webhook and an email, and their deliveries ([Service]); what a person does when a ledger is refused: accepting that it
// goes on from an older state, and signing with another key after one was lost. What is out: sealing and the comparison
// with what was published (package store, checkHead), SQL, pages, routes.
//
// # The folder
//
// It holds two files for each account, named by its id. Both are for programs and people alike:
//
//	ID.checkpoint   the newest checkpoint that was published, a signed note (see package ledger)
//	ID.history      a line for each checkpoint that was published: time SP size SP root LF, the time in RFC 3339, the
//	                root in base64. Lines are only ever added.
//
// A checkpoint is replaced by a larger one, or by one of the same size and root under another key; never by a smaller
// one. When a person accepts that a ledger goes on from an older state, the file is moved aside:
//
//	ID.checkpoint.rolled-back-TIME
//
// A file .lock keeps several processes apart that write in the folder. Every server has a folder of its own.
//
// # Trust
//
// Somebody who can edit the database alone cannot go back behind what the folder holds. Somebody who can edit the folder
// too can, and is seen by everybody who got a checkpoint by webhook or email, or copied one. A file that is missing is
// not an error: that would let a lost disk stop the log; it is a warning in the server's log. A file that is there and
// cannot be read stops the sealing of its account.
package publish
