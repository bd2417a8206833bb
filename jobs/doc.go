// Package jobs is a small queue in the database for the long work of an account: exports, imports, deliveries.
//
// A job is a row. It is enqueued in the transaction that records who asked for it, so neither is there without the
// other; it is finished in the transaction that records what came of it. A [Runner] in each process takes jobs and runs
// them; a process that dies leaves a job whose heartbeat grows old, and another one takes it over.
//
// What is in: the job, its progress, cancellation, attempts, checkpoint, file and expiry; the runner. What is out: SQL
// (package store keeps the promises of [Store] and [Tx]), what a job does (the handlers), who may ask for one (the
// packages that enqueue).
//
// # Running once
//
// Two processes may believe that a job is theirs: the first one hung, the second took it over. Whoever takes a job
// raises its Claim, and every write of a handler ([Task.Write]) checks inside its transaction that the claim is still
// its own. So the late one changes nothing more: no chunk, no status, no event. What a handler does outside of
// Task.Write it may do twice.
//
// # Progress
//
// A handler counts in memory. The runner writes the count with each heartbeat, every few seconds; [Runner.Job] shows
// readers in the same process the count in memory. On SQLite that matters: a handler that holds the one writing
// transaction (an import) could write no progress at all.
//
// # The file
//
// A job may have a file: numbered chunks of about a megabyte, each a zstd frame of its own. A reader may start at any
// byte and holds one chunk in memory. The file goes when the job expires, fails (Handler.Keeps
// says when) or is cancelled. The chunks are in the
// database: they are in every backup, and whoever can edit the database can edit them; the SHA-256 of an exported file
// is in the log.
//
// # Why not riverqueue/river
//
// It was looked at first (docs/design.md). The keys of its tables do not begin with the account, which a sharded
// database asks of every table of ours. On SQLite its leader election, heartbeats and fetches write all the time
// through the one writing connection, each with an fsync, also when there is nothing to do; this queue only reads while
// it waits. And progress, cancellation by the person, the file and its expiry would be our own table beside it.
package jobs
