package store

import "github.com/backtrail/backtrail/jobs"

// Jobs is the same transaction for jobs: what follows from a write to a record can be enqueued with it.
func (tx *Tx) Jobs() jobs.Tx { return newJobsTx(tx.w, tx.account) }
