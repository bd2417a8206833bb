package integrity

import (
	"context"
	"sync"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
)

// ServiceOptions are what a Service needs. All are required.
type ServiceOptions struct {
	Store    Store
	Log      audit.Log
	Recorder *audit.Recorder
	Runner   *jobs.Runner // NewService gives it the handler
	// Key is the key that signs, or why this server does not have it.
	Key func(context.Context) (*ledger.Key, error)
	// CheckedHead is an account's head as the sealer takes it, or the error with which it refuses to go on from there.
	CheckedHead func(context.Context, audit.AccountID) (Signed, error)
}

// Service shows an account's ledger to its people, and verifies it for them. Every method asks for audit.read of the
// caller, but Place and Proof, for which audit.read_own is enough of what they did themselves; those that start or end a verification for audit.manage too, and is errs.Forbidden without. Every one is safe
// for concurrent use.
type Service struct {
	ServiceOptions
	// asking keeps two requests that come at once from starting a verification each.
	asking sync.Mutex
}

// NewService returns a service and gives its handler to the runner; before Runner.Run.
func NewService(o ServiceOptions) *Service {
	s := &Service{ServiceOptions: o}
	o.Runner.Handle(VerifyKind, jobs.Handler{Run: s.run, Failed: s.failed})
	return s
}

func mayRead(c audit.Caller) error {
	if !c.May(audit.AuditRead) {
		return errs.MissingPermission(string(audit.AuditRead), "see the ledger of the audit log")
	}
	return nil
}

func mayVerify(c audit.Caller) error {
	if err := mayRead(c); err != nil {
		return err
	}
	if !c.May(audit.AuditManage) {
		return errs.MissingPermission(string(audit.AuditManage), "verify the audit log")
	}
	return nil
}

// Checkpoint returns the newest signed head of the caller's ledger; errs.NotFound no_checkpoint before there is one.
func (s *Service) Checkpoint(ctx context.Context, c audit.Caller) ([]byte, error) {
	if err := mayRead(c); err != nil {
		return nil, err
	}
	signed, err := s.signed(ctx, c.Account)
	if err == nil && signed.Size == 0 {
		err = errs.New(errs.NotFound, "no_checkpoint", "Nothing is sealed in this account yet.").
			WithFix("Try again in a second. If it stays so, ask whoever runs the server: its log says why nothing is sealed.")
	}
	return signed.Checkpoint, err
}

func (s *Service) signed(ctx context.Context, account audit.AccountID) (signed Signed, err error) {
	err = s.Store.ReadLedger(ctx, account, func(src Source) error {
		signed, err = src.Signed(ctx)
		return err
	})
	return signed, shown(err)
}

// VerifierKey returns the public key by which others check the caller's ledger, in the form of note.NewVerifier. It is
// that of this server's key; a server that does not have the key takes the one that the database names. errs.Unavailable
// ledger_key_missing when there is neither.
func (s *Service) VerifierKey(ctx context.Context, c audit.Caller) (string, error) {
	if err := mayRead(c); err != nil {
		return "", err
	}
	origin := ledger.Origin(string(c.Account))
	key, missing := s.Key(ctx)
	if missing == nil {
		return key.Verifier(origin)
	}
	signed, err := s.signed(ctx, c.Account)
	if err != nil {
		return "", err
	}
	if signed.Size == 0 {
		return "", noKey().Because(missing)
	}
	return ledger.Verifier(origin, signed.By)
}

// noKey does not say which file is missing: that is for who runs the server.
func noKey() *errs.Error {
	return errs.New(errs.Unavailable, "ledger_key_missing", "This server cannot read the key that signs the ledger. Events are recorded, and wait.").
		WithFix("Tell whoever runs the server: its log says which file to put back.")
}
