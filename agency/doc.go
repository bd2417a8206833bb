// Package agency reads the logs of several accounts as one, for a person who has the role agency in each of them.
//
// What is in: which accounts those are for a caller ([Service.View]), the merge of their logs newest first ([Read]), the
// cursor that goes on across them, and the note in each log that is read. What is out: any link between
// accounts. There is none: each log is read on its own, in the scope of its account and with the caller's rights there,
// and an account that takes the role back is out of the view at the next request.
//
// The order of the whole is that of each log, (occurred_at, id) newest first, and by the account where both are the same.
package agency
