// Package automation runs workflows (package workflow): it follows the log, begins a run for each event that triggers
// a workflow, and does the run's steps.
//
// What is in: the follower with its durable cursor, the runs, the steps and what they do, retries. What is out: what a
// workflow says and whether it may be saved (package workflow), SQL (package store keeps the promises of [Store] and
// [Tx]), and sending mail.
//
// # Once
//
// The follower takes the sealed events of an account in their order. Moving the cursor and making the runs that these
// events begin is one transaction, which a compare-and-swap of the cursor lets through once, however many servers run; a
// run is unique by workflow and event besides. A step that changes records does so in one transaction with the run's
// row, which says the next step; a compare-and-swap of the row's claim lets that through once. So a server may die at any
// point: what was committed is not done again, and what was not has left nothing.
//
// A webhook is called between two transactions: a server that dies in between makes it come twice. Each call carries an
// id that stays the same, so that the receiver can tell.
//
// # What does not begin
//
// An event triggers a workflow that was enabled before it, in the order of the log: what is older than the entry that
// says that the workflow was enabled does not count. An event of a chain that is MaxDepth workflows deep begins no run but
// a failure. And what is found more than TooLate after its time (a backup was restored, the runner was off for days) is
// not done any more.
package automation
