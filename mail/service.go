package mail

import (
	"context"
	"crypto/x509"
	"fmt"
	"strconv"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Store is what the package needs of the database. It is safe for concurrent use.
type Store interface {
	// Secrets returns a record with the values of its secret fields by key, both as of one moment; errs.NotFound when the
	// account has none of this id. It is the one way by which a secret is read again, for the connection that needs it:
	// nothing shows or logs what it returns.
	Secrets(ctx context.Context, account audit.AccountID, object string, id audit.RecordID) (*crm.Record, map[string]string, error)
}

// Options are what a Service needs.
type Options struct {
	Store    Store           // required
	Engine   *crm.Engine     // required; NewService lets the sending follow its messages
	Recorder *audit.Recorder // required
	Runner   *jobs.Runner    // required; NewService gives it the handler
	// AllowPrivate lets accounts name mail servers in private networks.
	AllowPrivate bool
	Roots        *x509.CertPool // trusted certificates of mail servers; the system's when nil
}

// Service sends the mail of accounts by their own mail servers, and keeps their conversations. It is safe for concurrent use.
type Service struct{ Options }

// NewService returns a service and ties it to the engine and the runner; before both are used.
func NewService(o Options) *Service {
	s := &Service{o}
	o.Engine.Follow("message", s.followMessage)
	o.Runner.Handle(Kind, jobs.Handler{Run: s.deliver, Failed: s.undelivered})
	return s
}

// Send hands a letter over to the mail server that the account named in its business profile, and returns when that has taken it;
// it may take 30 seconds. errs.NotPossible with the code mail_not_set_up when none is named; see the package for the others.
// Who may send, and the event that says so, are the caller's.
func (s *Service) Send(ctx context.Context, account audit.AccountID, l Letter) error {
	server, err := s.server(ctx, account)
	if err != nil {
		return err
	}
	return server.Send(ctx, l)
}

// Configured reports whether the account has a mail server by which Send could send.
func (s *Service) Configured(ctx context.Context, account audit.AccountID) (bool, error) {
	_, err := s.server(ctx, account)
	if errs.Code(err) == notSetUp {
		return false, nil
	}
	return err == nil, err
}

const notSetUp = "mail_not_set_up"

// server is the account's mail server as its business profile says.
func (s *Service) server(ctx context.Context, account audit.AccountID) (*Server, error) {
	profile, secrets, err := s.profile(ctx, account)
	if err != nil {
		return nil, err
	}
	text := func(key string) string { return profile.Fields[key].Text() }
	if text("smtp_host") == "" || text("mail_from") == "" {
		return nil, errs.New(errs.NotPossible, notSetUp, "No mail server is set in the business profile: it needs an SMTP host and the address in Mail from.").
			WithFix("Enter SMTP host, port, user, password and Mail from in Settings > Business profile.")
	}
	port := 587
	if p := text("smtp_port"); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return nil, fmt.Errorf("mail: the port of the mail server: %w", err)
		}
	}
	return &Server{Host: text("smtp_host"), Port: port, ImplicitTLS: port == 465, User: text("smtp_user"), Password: secrets["smtp_password"],
		From: text("mail_from"), FromName: text("name"), PublicOnly: !s.AllowPrivate, Quotes: true, Roots: s.Roots}, nil
}

// profile is the account's business profile with its secrets.
func (s *Service) profile(ctx context.Context, account audit.AccountID) (*crm.Record, map[string]string, error) {
	object, err := s.Engine.Schema(account).Object("business_profile")
	if err != nil {
		return nil, nil, err
	}
	reader := audit.Caller{Origin: audit.Origin{Account: account, Actor: audit.SystemActor("Backtrail"), Channel: audit.SystemChannel},
		Permissions: map[audit.Permission]bool{audit.RecordsRead: true}}
	found, _, err := s.Engine.Find(ctx, reader, crm.Query{Object: object, Sort: "created_at", Limit: 1})
	if err != nil {
		return nil, nil, err
	}
	if len(found) == 0 {
		return nil, nil, errs.New(errs.NotPossible, notSetUp, "The account has no business profile, in which its mail server would stand.")
	}
	return s.Store.Secrets(ctx, account, object.Key, found[0].ID)
}
