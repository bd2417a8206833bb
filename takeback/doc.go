// Package takeback restores and undoes in the background what takes longer than a request should.
//
// A job is one scope of package restore with the plan that was seen. It is checked when it is asked for, and again when it runs:
// all of it is done in one transaction, which is that of the job's end as well, or nothing of it is. A job that is cancelled, or whose
// plan is out of date by then, leaves nothing behind. It runs with what the person may do when it runs.
package takeback
