// Package restore takes back what the log holds: it restores what was deleted and undoes what was changed.
//
// Both work the same way. A plan is made from the events and the present records; it says what would happen and names
// every conflict with its choices. Applying makes the plan again inside the transaction of the write, refuses it as
// stale when it is not the one that was shown, and carries it out as one operation through crm.Engine.
//
// What a restore covers is told by cause: the deletion, and every event of the same operation that goes back to it.
// Never by a stretch of time.
package restore
