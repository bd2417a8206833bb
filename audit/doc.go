// Package audit is the heart of Backtrail: the event and what belongs to it (actor, change, catalog), the filter that
// every reader of the log uses, and the recorder through which every event comes into being.
//
// What is in: the types, their canonical bytes, the descriptions, the rules that keep secrets and oversized values
// out. What is out: SQL (package store), the records whose changes are logged (package crm), who may read (package
// auth).
//
// # The stored form
//
// An event is stored as the bytes that [Event.AppendCanonical] makes: one JSON object without white space, its keys
// in a fixed order, strings escaped as RFC 8785 says, times as RFC 3339 in UTC with six digits of fraction. What is
// hashed is what is stored, so the bytes are never made again from the parsed event. Columns beside the bytes are
// projections for the queries.
//
// # Operations
//
// All events of one operation carry its id, which is the id of its leading event: the one that says what was done
// ("Deleted pipeline Sales ..."). The leading event has the lowest id of the operation, is sealed first, and the
// others follow it without a gap; only it carries Size and Counts. So an operation's parts are found without an
// index, and a list can step over them in one seek.
package audit
