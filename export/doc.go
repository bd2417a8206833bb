// Package export writes the audit log out: as a file for a spreadsheet, as lines for a program, as evidence for an auditor.
//
// What is in: the encoders ([JSONL], and the rows of package sheet), which turn the stored bytes of an event into a row without parsing them;
// [Rows], which walks over a filter's events as they were at one moment, in constant memory; [Service], which checks who
// asks, records that it was asked, and makes the export at once ([Service.Direct]) or as a job ([Service.Request]).
// What is out: SQL, the queue (package jobs), the names of the calls (package api).
//
// # What an export holds
//
// Exactly the events that the filter lets through and that were recorded up to the moment of the request, newest first:
// also when events arrive, or are sealed, while it is made. The event of the request itself is not in it.
//
// # The CSV form
//
// Package sheet says what stands in it.
//
// # The JSONL form
//
// One event a line: the stored bytes, with "seq" as the first key, null while the event waits for the sealer.
//
// # The evidence pack
//
// Package evidence says what it is. It is as of its checkpoint, and so may have events that were recorded in the second
// between the request and that; the event of the request is one of them. Before a job hands it out it is read and
// checked as its reader will check it. A run that was cut off begins anew, because the state of a compressor cannot be kept.
//
// # Events of an export
//
// audit.export_requested commits with the job; audit.export_completed with its end, whatever that is, and says the rows
// and the SHA-256 of the whole file; audit.export_downloaded commits before the first byte leaves. An export made at
// once has the same three: the first two of them, requested and downloaded, before the first byte, completed behind the
// last. So no byte leaves without an event, and an export that broke off half way has no completion that says success.
package export
