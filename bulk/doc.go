// Package bulk changes and deletes many records at once in the background: those that a person selected in a list, or all that a
// filter finds.
//
// What is in: the request, the job with its progress, cancelling. What is out: what is done to the records and written to
// the log (crm.Engine.Bulk), the choice of the records in a page.
//
// A request is checked and bound to its selection when it is made: the job carries the token of the plan that was confirmed,
// and does nothing when the selection is another by the time it runs. It is one operation in one transaction, with the end of
// the job in the same one: all of it is done once, or nothing.
package bulk
