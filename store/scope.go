package store

import "github.com/backtrail/backtrail/audit"

// scope is whose rows a transaction may see and change. Every query carries its account anyway; on PostgreSQL the
// policies of the tables (migrations, wall) hold the scope as well, so that a query which forgets its account finds
// nothing of another one.
type scope struct {
	account audit.AccountID
	// alone makes the transaction wait for the others of the account that are alone, before it gets its number among
	// the transactions: those that write records see one another's work in the order of the log.
	alone bool
}

var (
	// everyone is for the few that look across accounts: logins, the runners of jobs and workflows, the sealer, the publisher.
	everyone = scope{account: "*"}
	// nobody is for what belongs to no account: people, sessions, login attempts, second factors.
	nobody = scope{}
)

func of(account audit.AccountID) scope { return scope{account: account} }

func alone(account audit.AccountID) scope { return scope{account: account, alone: true} }
