package auth

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// PersonID is the id of a person. A person is known by their email in every account.
type PersonID string

// Account is one tenant with its settings.
type Account struct {
	ID                audit.AccountID
	Name              string
	Timezone          string // IANA name
	RestoreWindowDays int
	RetentionDays     int // 0 keeps the log for good
	ExportExpiryDays  int // how long the file of an export is kept
	CreatedAt         time.Time
}

// Person is somebody who can log in. What they may do in an account stands in their staff record there.
type Person struct {
	ID           PersonID
	Email        string // in small letters
	PasswordHash string // argon2id, in its encoded form
	// VouchedBy is the account whose link gave the person their password, "" when it was the operator. Who made that link
	// may know the password: no other account may let the person in without asking them (see [Service.Admit]).
	VouchedBy audit.AccountID
	CreatedAt time.Time
}

// Member is a person's place in an account: their staff record, read when it is needed, so that a change of it holds
// from the next request on.
type Member struct {
	Account     audit.AccountID
	ID          audit.RecordID // of the staff record; the actor's id in the log
	Name        string
	Email       string
	Role        string
	Permissions []audit.Permission
	Status      string // active, invited or deactivated
	// Accepted is whether the person agreed to be in the account: they accepted its invitation, and nothing ended that since,
	// or it is their home. Only what looks across accounts sets it: in [Identity].Memberships it holds.
	Accepted bool
}

// Session is a person's login in a browser or a program. Its token is kept as a SHA-256 only.
type Session struct {
	ID         string // appears in events; useless as a credential
	TokenHash  string
	Person     PersonID
	Account    audit.AccountID // the account that the pages show
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
	// AuditSeen is when the session last looked at the log of each account: a person in several visits each on its own.
	// It is replaced, never changed in place, and forgets visits that are over.
	AuditSeen map[audit.AccountID]time.Time
	IP        string
	UserAgent string
	Acting    *Acting // as whom the person works in Account at the moment, nil for themselves
}

// Key is an API key of one account. Its secret is kept as a SHA-256 only.
type Key struct {
	Account     audit.AccountID
	ID          string
	Name        string
	Role        string
	SecretHash  string
	CreatedBy   audit.RecordID // the staff record of who made it, "" for the command line
	CreatedAt   time.Time
	LastUsedAt  time.Time
	AuditSeenAt time.Time
	RevokedAt   time.Time // zero while it is valid
}

// Attempts counts the failed logins of an address or an email since a moment.
type Attempts struct {
	Bucket   string // "email:..." or "ip:..."
	Failures int
	Since    time.Time
}

// Store keeps accounts, people, sessions and keys. Lookups return errs.NotFound when there is no such thing.
type Store interface {
	// WriteAuth runs fn in one transaction; what it did is durable when it returns nil, and none of it is there
	// otherwise. Events that fn appends go to their own accounts. fn must neither read nor write by another way while
	// it runs, and a store may run it again when another transaction came between (a serialization failure).
	WriteAuth(ctx context.Context, fn func(Tx) error) error

	Account(ctx context.Context, id audit.AccountID) (Account, error)
	Person(ctx context.Context, id PersonID) (Person, error)
	PersonByEmail(ctx context.Context, email string) (Person, error)
	// Memberships returns the staff records with this email in all accounts, Accepted where the invitation of the record was
	// accepted by that email; nothing but this and AccountRoles looks across accounts.
	Memberships(ctx context.Context, email string) ([]Member, error)
	// Member returns the staff record with this email in one account.
	Member(ctx context.Context, account audit.AccountID, email string) (Member, error)
	// MemberByID returns the staff record with this id in one account.
	MemberByID(ctx context.Context, account audit.AccountID, id audit.RecordID) (Member, error)
	Session(ctx context.Context, tokenHash string) (Session, error)
	// Sessions returns a person's sessions, the last seen first.
	Sessions(ctx context.Context, person PersonID) ([]Session, error)
	// ExpiredSessions returns sessions whose ExpiresAt lies before now, or in which acting as another should have ended
	// by then; at most limit.
	ExpiredSessions(ctx context.Context, now time.Time, limit int) ([]Session, error)
	Key(ctx context.Context, account audit.AccountID, id string) (Key, error)
	Keys(ctx context.Context, account audit.AccountID) ([]Key, error)
	Ways
	// RoleTable returns what the account's roles may do, the zero table when they were never changed.
	RoleTable(ctx context.Context, account audit.AccountID) (RoleTable, error)
	// AccountRoles returns those of the accounts that are there, which are a person's own.
	AccountRoles(ctx context.Context, accounts []audit.AccountID) (map[audit.AccountID]AccountRoles, error)
	// Attempts returns the counter of a bucket, a zero one when there is none.
	Attempts(ctx context.Context, bucket string) (Attempts, error)
}

// Held reads inside a transaction. It sees the transaction's own writes, and what it returned (or did not find) stays
// so until the transaction ends: two that read the same thing in order to write it run one after the other. Without
// this a counter would lose guesses, and noting the last use of a session or key could bring a revoked one back.
// An immediate transaction of SQLite gives it; on PostgreSQL rows are locked as they are read, and the names of emails
// and counters that may not be there yet. Errors as in Store.
type Held interface {
	Account(ctx context.Context, id audit.AccountID) (Account, error)
	PersonByEmail(ctx context.Context, email string) (Person, error)
	Session(ctx context.Context, tokenHash string) (Session, error)
	Sessions(ctx context.Context, person PersonID) ([]Session, error)
	Key(ctx context.Context, account audit.AccountID, id string) (Key, error)
	Keys(ctx context.Context, account audit.AccountID) ([]Key, error)
	Ways
	RoleTable(ctx context.Context, account audit.AccountID) (RoleTable, error)
	Attempts(ctx context.Context, bucket string) (Attempts, error)
}

// Ways are the lookups of what lets somebody in beside a password.
type Ways interface {
	Invitation(ctx context.Context, account audit.AccountID, staff audit.RecordID) (Invitation, error)
	PasswordLink(ctx context.Context, tokenHash string) (PasswordLink, error)
	SecondFactor(ctx context.Context, person PersonID) (SecondFactor, error)
	SecondStep(ctx context.Context, tokenHash string) (SecondStep, error)
}

// Tx writes. Every Put creates or replaces by the thing's id.
type Tx interface {
	Held
	audit.Appender // the event's Account says whose log it goes to
	PutAccount(ctx context.Context, a Account) error
	PutPerson(ctx context.Context, p Person) error
	PutSession(ctx context.Context, s Session) error
	DeleteSession(ctx context.Context, id string) error
	PutKey(ctx context.Context, k Key) error
	PutInvitation(ctx context.Context, i Invitation) error
	PutPasswordLink(ctx context.Context, l PasswordLink) error // a new one
	DeletePasswordLinks(ctx context.Context, person PersonID) error
	PutSecondFactor(ctx context.Context, f SecondFactor) error
	DeleteSecondFactor(ctx context.Context, person PersonID) error
	// TakeStep moves the person's LastStep to step and reports whether it was lower: of two that bring the same code
	// one is refused, on whatever servers they are.
	TakeStep(ctx context.Context, person PersonID, step int64) (bool, error)
	PutSecondStep(ctx context.Context, s SecondStep) error // a new one
	DeleteSecondStep(ctx context.Context, tokenHash string) error
	DeleteSecondSteps(ctx context.Context, person PersonID) error
	// DeleteExpired forgets links and logins that wait whose time was over before now.
	DeleteExpired(ctx context.Context, now time.Time) error
	PutRoleTable(ctx context.Context, account audit.AccountID, t RoleTable) error
	// PutAttempts keeps a counter. The store may forget one without failures, or whose Since lies a day back.
	PutAttempts(ctx context.Context, a Attempts) error
}
