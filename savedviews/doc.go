// Package savedviews keeps saved views of the audit log: a filter under a name, one's own or shared with everybody of the
// account who may read the log.
//
// What is in: the views with their limits, who sees and changes them, the events that say so, and ranges of days that move
// on ("Last 7 days"). What is out: how a view is shown; a view is opened by its filter, and shows what its visitor may see.
//
// A view's filter is kept as the query of an address, in its canonical order: the parameters of audit.ParseFilter, and
// beside them range (the key of a Range) and last (the last day, itself included). It is checked when it is saved and not
// again: what it asks for may be gone when it is opened, and whoever opens it says what is left out.
package savedviews
