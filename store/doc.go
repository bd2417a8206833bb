// Package store keeps everything in a database. It holds the only SQL of the product: one text for SQLite and
// PostgreSQL, with a small dialect for what they say differently.
//
// What is in: the tables and their migrations, the write door's transactions with group commit, the sealer, and the
// answers to audit.Log, crm.Store, auth.Store, restore.Store, jobs.Store and savedviews.Store, all by one type, DB. What is out: what any of it
// means. Nothing outside knows how events lie here.
//
// # Writing
//
// A write closure runs in one transaction, alone, on its caller's goroutine. On SQLite there is one writing connection,
// and closures that come together are committed together (see groupWriter). So a closure must be quick, must not wait
// for the network, and must not wait for another write: a write inside a write is refused with the code nested_write,
// but one that a closure starts on another goroutine and waits for would wait for ever. (A closure of one database must not write to another one either.) After one of its statements has failed, a
// closure is rolled back even if it returns nil. It may read through other methods of DB; it sees what was committed
// before it then.
//
// # Where an event is
//
// A closure appends events to the table pending. The sealer moves them to the table events and gives each its seq,
// dense from 1 in each account, in the order of (number of the transaction, id): the order of the commits, and inside an operation
// the leading event first, although it is written last. Readers see both tables as one, in one statement, so an event is
// seen exactly once while it moves.
//
// # Accounts
//
// Every table's key begins with the account, except those of people, sessions, login attempts, links to new passwords, second
// factors and logins that wait for a code, which belong to no account. No method sees another account's rows, except those
// whose contract says so (auth.Store.Memberships, the runners' methods of jobs.Store and automation.Store).
package store
