// Package integrity checks a whole ledger against somebody who can edit the database.
//
// Check reads an account's log anew, value by value, and compares what it finds with what was signed: the columns with
// the event beside them, the event with its leaf, the leaves with the tree, the tree with the signed head, and the head
// with checkpoints that left the database earlier. What is wrong is a Finding, in words that an administrator
// understands.
//
// # Two looks
//
// The first look goes over the log once, in constant memory, and builds the tree of what it reads. When that is the tree
// that is stored and signed, there is nothing to explain. If not, a second look keeps the hashes of all rows and works
// out what happened: see align.go for how, and reference.go for whom it believes when rows and tree contradict each other.
//
// # What cannot be seen
//
// An event that waits for the sealer has no hash yet. Its form and its columns are checked; somebody who changes both
// alike, or takes it away whole, before it is sealed, is not seen here. A log that was put back whole to an older state, or written anew by
// somebody who has the key, is right in itself: it takes a checkpoint from outside to see it.
package integrity
