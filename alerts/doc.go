// Package alerts tells people and programs when something stands in the audit log: every entry that passes a filter, or so
// many of them within so many minutes.
//
// What is in: the alerts of an account with their limits, the three ready-made ones, following the log, what fires, the
// messages and their delivery, and what an alert would have done in the last days. What is out: the loop that follows the
// log (package follower), the queue (package jobs), sending (packages mail and webhook), who may read the log ([People]), and
// SQL (package store keeps the promises of [Store] and [Tx]).
//
// # An alert has a filter of its own
//
// It is made from a saved view, or from what the log shows, and keeps a copy: who renames, changes or deletes a view changes
// what people look at, and must not silence a guard by it. A filter with days, or with at: in its search, is refused: an
// alert watches what happens from now on.
//
// # What fires, and when
//
// An entry counts from the moment on at which the alert was switched on, at its own time, but never later than it was
// recorded: an outside application cannot date an entry into the future to keep an alert quiet. What is found more than
// TooLate after its time does not count.
//
// An alert on every entry fires with each, and groups: one firing a minute (Group) at most tells of all entries since the
// last. An alert on a number fires when that many entries lie within the minutes (the first and the last less than that
// apart), and is quiet then until the minutes have passed: entries within the minutes around the last one that made it fire
// belong to it, and count for nothing else. What of them was found before the firing was written is told with it; the others
// are held and told in one more firing, when the first quiet time of them ends by the clock: nobody hides many entries behind a few.
// It is so for each person or address by itself where it counts by them; of IPv6 a /64 network is one address. Entries may be
// sealed out of the order of their times; one that comes late by no more than the minutes counts in its place.
//
// An alert remembers 2,000 entries, and for 2,000 people and addresses that it is quiet. Of more it forgets the oldest: entries that
// come slower than 2,000 others may be missed, and somebody among more than 2,000 may let it fire again before the minutes have
// passed, which is once a minute at most all the same.
//
// A firing names ten entries; of more, the first five and the last five, with the number of all.
//
// Entries that say that an alert fired or was not delivered count for no alert, and no alert watches the entries about itself:
// nothing can go in circles here. What a workflow does because an alert fired has that entry behind its cause, and so ends at the
// workflows' own bound.
//
// # Once
//
// Filters are matched ahead of the transaction; when an alert has another one by then, they are matched again. What counts, the
// firing, its event and the jobs that deliver it are written in one transaction with the cursor of the log, under a lock of the
// account's alerts. A server may die anywhere: a firing is there once, or not yet. A delivery lies between two transactions, as
// every message to the outside does: a server that dies in between sends it again, with the same Message-ID or webhook-id.
//
// # Who is told
//
// People are named by their staff record and asked for when the message leaves: who is not active, or may not read the log,
// gets nothing, and the firing says so. A webhook stands on the rights of who last saved the alert; without audit.read and
// audit.manage of theirs it is called no more, and an alert with nobody else to tell pauses. Nobody takes a guard away behind the backs of
// those whom it told: they get a letter when it is switched off, deleted, or changed in what it watches or whom it tells, and what
// it had to say by then is sent first. A job holds all that it takes to deliver, and forgets it when it is done. What was recorded and
// not yet looked at when an alert is switched off, deleted or given another filter does not count. A webhook is signed (Standard Webhooks 1.0) with a secret that is shown once.
package alerts
