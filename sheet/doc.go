// Package sheet writes events as rows of a spreadsheet. It is apart from package export because whoever checks an evidence
// pack writes the rows again, to compare them.
//
// The columns are those of [Header], in RFC 4180, UTF-8 without a byte-order mark, CRLF. Timestamp is RFC 3339 with
// microseconds and a numeric offset, +00:00 for UTC. Changes is the stored JSON array. Sequence is empty while the event
// waits for the sealer. What is null in the event, also because it was withheld, is an empty cell. A text that a
// spreadsheet would run as a formula gets an apostrophe in front; see [AppendCell].
package sheet
