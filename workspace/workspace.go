// Package workspace is a running Backtrail without its outer faces: the domain's services, wired together over one
// store. The pages (package web), the API (package api), the command line and the demo all call these and nothing
// beneath them.
package workspace

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/agency"
	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/automation"
	"github.com/backtrail/backtrail/bulk"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/importer"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/publish"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/savedviews"
	"github.com/backtrail/backtrail/schedule"
	"github.com/backtrail/backtrail/takeback"
	"github.com/backtrail/backtrail/webhook"
)

// Store is everything that the services keep.
type Store interface {
	audit.Log
	crm.Store
	auth.Store
	jobs.Store
	restore.Store
	export.Ledger
	// LedgerKey is the key that signs the ledgers, or why this server does not have it.
	LedgerKey(ctx context.Context) (*ledger.Key, error)
	// CheckedHead is an account's head as the sealer takes it, or the error with which it refuses to go on from there.
	CheckedHead(ctx context.Context, account audit.AccountID) (integrity.Signed, error)
	publish.Store
	mail.Store
	automation.Store
	savedviews.Store
	alerts.Store
	// Watch tells when the account may have new events; see store.DB.
	Watch(account audit.AccountID) (happened <-chan struct{}, stop func())
	// WriteFounding runs fn in one transaction of a new account; see crm.Store for what it promises.
	WriteFounding(ctx context.Context, account audit.AccountID, fn func(Tx) error) error
}

// Tx writes records, and who may come in. Every transaction in which Store lets records be written is one: what
// follows from a change of a staff record commits with it.
type Tx = interface {
	crm.Tx
	auth.Tx
}

// Options are what an installation decides.
type Options struct {
	// Clock is the time; time.Now when nil. The demo moves it.
	Clock audit.Clock
	// Hashing is the cost of passwords, auth.DefaultHashing when nil.
	Hashing *argon2id.Params
	Logger  *slog.Logger // slog.Default when nil
	// Mailer sends checkpoints and links to new passwords by mail; nil when there is no mail server.
	Mailer *mail.Server
	// AllowPrivateWebhooks lets webhooks, of checkpoints, workflows and alerts, be in private networks, and without TLS.
	AllowPrivateWebhooks bool
	// AllowPrivateSMTP lets accounts send their mail by mail servers in private networks.
	AllowPrivateSMTP bool
	// PublicURL is where people reach the pages, without a slash at the end ("https://log.example.com"): for links in mails.
	// "" when nobody said it.
	PublicURL string
	// Seal seals what waits, in a process where no sealer runs; nil where one does.
	Seal func(context.Context) error
}

// Workspace is the services. All of them are safe for concurrent use.
type Workspace struct {
	Options
	Schema    *crm.Schema
	Catalog   *audit.Catalog
	Recorder  *audit.Recorder
	Log       audit.Log
	Engine    *crm.Engine
	Auth      *auth.Service
	Agency    *agency.Service
	Views     *savedviews.Service
	Alerts    *alerts.Service
	Restore   *restore.Service
	Exports   *export.Service
	Imports   *importer.Service
	Bulk      *bulk.Service
	TakeBack  *takeback.Service
	Integrity *integrity.Service
	Publish   *publish.Service
	Mail      *mail.Service
	// Automation follows the log and does what workflows say.
	Automation *automation.Service
	Jobs       *jobs.Runner
	Schedule   *schedule.Schedule

	store      Store
	deliveries *jobs.Runner
	letters    letters
	outbox     *jobs.Runner
	warnings   *jobs.Runner
}

// New wires the services over store. Nothing runs in the background until Run.
func New(store Store, o Options) (*Workspace, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	schema, catalog, err := modules.All()
	if err != nil {
		return nil, err
	}
	recorder := audit.NewRecorder(o.Clock, audit.NewIDSource(o.Clock), catalog)
	w := &Workspace{Options: o, letters: newLetters(), Schema: schema, Catalog: catalog, Recorder: recorder, Log: store, store: store}
	w.Engine = crm.NewEngine(store, schema, recorder)
	w.Engine.WordTimes(w.zone)
	w.Auth = auth.New(store, recorder, auth.Options{Hashing: o.Hashing})
	w.Agency = agency.New(store, w.Auth)
	w.Views = savedviews.New(savedviews.Options{Store: store, Recorder: recorder, Zone: w.zone})
	w.Engine.Follow("staff", w.followStaff)
	if w.Schedule, err = schedule.New(w.Engine, schema); err != nil {
		return nil, err
	}
	w.Restore = restore.New(store, w.Engine, catalog, o.Clock, w.restoreWindow)
	// Exports, imports, restores and the like may take long: an account has a quarter of the workers at most, so that others need not wait for its own.
	w.Jobs = jobs.NewRunner(jobs.Options{Store: store, Clock: o.Clock, Log: o.Logger, Workers: 8, PerAccount: 2})
	w.Exports = export.NewService(export.Options{Log: store, Recorder: recorder, Runner: w.Jobs, Keep: w.keepExports, Count: w.countEvents,
		Packs: export.Packs{Ledger: store, Verifier: w.Verifier, Name: w.accountName, Seal: o.Seal}})
	w.Imports = importer.NewService(importer.ServiceOptions{Engine: w.Engine, Recorder: recorder, Runner: w.Jobs, Zone: w.zone, Renew: w.Auth.Renew})
	w.TakeBack = takeback.New(takeback.Options{Restore: w.Restore, Recorder: recorder, Runner: w.Jobs, Renew: w.Auth.Renew})
	w.Bulk = bulk.New(bulk.Options{Engine: w.Engine, Recorder: recorder, Runner: w.Jobs, Renew: w.Auth.Renew})
	w.Integrity = integrity.NewService(integrity.ServiceOptions{Store: store, Log: store, Recorder: recorder, Runner: w.Jobs,
		Key: store.LedgerKey, CheckedHead: store.CheckedHead})
	// Deliveries wait for others, each worker with its own: they have a queue, so that exports do not wait behind them,
	// and enough workers that a few dead receivers do not stop the rest.
	w.deliveries = jobs.NewRunner(jobs.Options{Store: store, Clock: o.Clock, Log: o.Logger, Workers: 32, Poll: 15 * time.Second, Backoff: 10 * time.Second})
	w.Publish = publish.NewService(publish.Options{Store: store, Recorder: recorder, Runner: w.deliveries, Name: w.accountName,
		Mailer: o.Mailer, AllowPrivateWebhooks: o.AllowPrivateWebhooks, Log: o.Logger})
	// Mail has a queue too: a dead mail server of one account must not hold up the others, so an account has a quarter of the
	// workers at most. Who waits for another attempt, a minute and then five after the one before, holds none.
	w.outbox = jobs.NewRunner(jobs.Options{Store: store, Clock: o.Clock, Log: o.Logger, Workers: 16, PerAccount: 4, Backoff: time.Minute, Release: true})
	w.Mail = mail.NewService(mail.Options{Store: store, Engine: w.Engine, Recorder: recorder, Runner: w.outbox, AllowPrivate: o.AllowPrivateSMTP})
	w.Automation = automation.NewService(automation.Options{Store: store, Engine: w.Engine, Recorder: recorder, Log: o.Logger,
		Poster: webhook.New("Backtrail-Workflow/1", o.AllowPrivateWebhooks), Mailer: w.Mail})
	// So have alerts: what warns of a thousand messages must not wait behind them.
	w.warnings = jobs.NewRunner(jobs.Options{Store: store, Clock: o.Clock, Log: o.Logger, Workers: 16, PerAccount: 4, Backoff: time.Minute, Release: true})
	w.Alerts = alerts.New(alerts.Options{Store: store, Recorder: recorder, Runner: w.warnings, People: readers{w}, Mailer: alertMail{w},
		Poster: webhook.New("Backtrail-Alert/1", o.AllowPrivateWebhooks), Account: w.accountOf, PublicURL: o.PublicURL, Log: o.Logger})
	return w, nil
}

// followStaff does what must happen together with a change of a staff record.
func (w *Workspace) followStaff(ctx context.Context, op *crm.Operation, did crm.Written) error {
	if err := w.mayGive(ctx, op, did); err != nil {
		return err
	}
	if err := w.admit(ctx, op, did); err != nil {
		return err
	}
	if b, a := did.Before, did.After; b != nil && (a == nil || a.Fields["status"] != b.Fields["status"] || a.Fields["email"] != b.Fields["email"]) {
		joined := a != nil && b.Fields["status"].Text() == "invited" && a.Fields["status"].Text() == "active" && a.Fields["email"] == b.Fields["email"]
		if err := w.Auth.VoidInvitation(ctx, op.Tx().(Tx), op.Caller().Account, b.ID, joined); err != nil {
			return err
		}
	}
	return w.endAccess(ctx, op, did)
}

// endAccess ends the sessions and keys of a staff member who is deactivated, removed, or known by another email from
// now on, in the transaction that says so.
func (w *Workspace) endAccess(ctx context.Context, op *crm.Operation, did crm.Written) error {
	if did.Before == nil {
		return nil
	}
	m := memberOf(op.Caller().Account, did.Before)
	var why string
	switch {
	case did.After == nil:
		why = "because they were removed"
	case did.Before.Fields["status"] != did.After.Fields["status"] && did.After.Fields["status"].Text() != "active":
		why = "because they were deactivated"
	case did.Before.Fields["email"] != did.After.Fields["email"]:
		why = "because their email changed"
	default:
		return nil
	}
	return w.Auth.EndAccess(ctx, op.Tx().(Tx), op.Log(), m, did.Event, why)
}

// Watch returns a channel that gets a value when the account may have new events, whichever server recorded them.
// Several may be one value, and one can be lost: look by the clock as well.
func (w *Workspace) Watch(account audit.AccountID) (happened <-chan struct{}, stop func()) {
	return w.store.Watch(account)
}

func (w *Workspace) restoreWindow(ctx context.Context, account audit.AccountID) (time.Duration, error) {
	a, err := w.store.Account(ctx, account)
	return RestoreWindow(a), err
}

func (w *Workspace) keepExports(ctx context.Context, account audit.AccountID) (time.Duration, error) {
	a, err := w.store.Account(ctx, account)
	return time.Duration(a.ExportExpiryDays) * 24 * time.Hour, err
}

// countEvents counts by the month: what is kept of them is small, however many there are.
func (w *Workspace) countEvents(ctx context.Context, account audit.AccountID, f audit.Filter) (n int64, err error) {
	h, err := w.store.Histogram(ctx, account, f, audit.Month, time.UTC)
	for _, b := range h.Buckets {
		n += int64(b.Total)
	}
	return n, err
}

func (w *Workspace) zone(ctx context.Context, account audit.AccountID) (*time.Location, error) {
	a, err := w.store.Account(ctx, account)
	return Zone(a), err
}

func (w *Workspace) accountName(ctx context.Context, account audit.AccountID) (string, error) {
	a, err := w.store.Account(ctx, account)
	return a.Name, err
}

// Verifier is the public key of the account's ledger, as it is handed out.
func (w *Workspace) Verifier(ctx context.Context, account audit.AccountID) (string, error) {
	key, err := w.store.LedgerKey(ctx)
	if err != nil {
		return "", err
	}
	return key.Verifier(ledger.Origin(string(account)))
}

// RestoreWindow is how long a deletion in the account can be restored.
func RestoreWindow(a auth.Account) time.Duration {
	return time.Duration(a.RestoreWindowDays) * 24 * time.Hour
}

// Zone is the account's time zone.
func Zone(a auth.Account) *time.Location {
	if loc, err := time.LoadLocation(a.Timezone); err == nil {
		return loc
	}
	return time.UTC
}

// sweepEvery is how often sessions that nobody uses any more are looked for.
const sweepEvery = 5 * time.Minute

// Run does the work in the background until ctx ends: jobs, the sending of checkpoints, workflows, alerts, and the end of sessions.
func (w *Workspace) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { w.Jobs.Run(ctx) })
	wg.Go(func() { w.deliveries.Run(ctx) })
	wg.Go(func() { w.outbox.Run(ctx) })
	wg.Go(func() { w.warnings.Run(ctx) })
	wg.Go(func() { w.Publish.Run(ctx) })
	wg.Go(func() { w.Automation.Run(ctx) })
	wg.Go(func() { w.Alerts.Run(ctx) })
	wg.Go(func() {
		for {
			if _, err := w.Auth.SweepExpired(ctx); err != nil && ctx.Err() == nil {
				w.Logger.Error("expired sessions could not be ended", "err", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(sweepEvery):
			}
		}
	})
	wg.Wait()
	w.letters.wait()
}

// Founding asks for a new account.
type Founding struct {
	Name          string
	Timezone      string // "" for UTC
	OwnerName     string // "" for the part of the email before the @
	OwnerEmail    string
	OwnerPassword string
}

// Founded is a new account.
type Founded struct {
	Account auth.Account
	Owner   *crm.Record // the staff record
	APIKey  string      // of the role owner; it is shown here and never again
}

// Found makes an account with its first owner and an API key, in one transaction. The staff record's event is the
// first of the account's log.
func (w *Workspace) Found(ctx context.Context, f Founding) (Founded, error) {
	plan, err := w.Auth.NewFounding(ctx, f.Name, f.Timezone, f.OwnerEmail, f.OwnerPassword)
	if err != nil {
		return Founded{}, err
	}
	if f.OwnerName == "" {
		f.OwnerName, _, _ = strings.Cut(plan.Owner.Email, "@")
	}
	caller := auth.SystemCaller(plan.Account.ID, "Command line")
	var out Founded
	err = w.store.WriteFounding(ctx, plan.Account.ID, func(tx Tx) error {
		if out.Account, _, err = w.Auth.FoundIn(ctx, tx, plan); err != nil {
			return err
		}
		err := w.Engine.In(ctx, tx, caller, func(op *crm.Operation) (err error) {
			out.Owner, err = op.Create(ctx, "staff", crm.Texts(w.mustObject("staff"), map[string]string{
				"name": f.OwnerName, "email": plan.Owner.Email, "role": auth.Owner, "status": "active"}))
			return err
		})
		if err != nil {
			return err
		}
		// Apart from the owner: the profile is no consequence of theirs.
		err = w.Engine.In(ctx, tx, caller, func(op *crm.Operation) error {
			_, err := op.Create(ctx, "business_profile", crm.Texts(w.mustObject("business_profile"), map[string]string{
				"name": out.Account.Name, "timezone": out.Account.Timezone}))
			return err
		})
		if err != nil {
			return err
		}
		_, out.APIKey, err = w.Auth.CreateKeyIn(ctx, tx, caller, "First key", auth.Owner)
		return err
	})
	return out, err
}

func (w *Workspace) mustObject(key string) *crm.Object {
	o, err := w.Schema.Object(key)
	if err != nil {
		panic(fmt.Sprintf("workspace: %v", err)) // built in
	}
	return o
}

// SystemCaller is the caller of the command line in an account; errs.NotFound when there is no such account.
func (w *Workspace) SystemCaller(ctx context.Context, account audit.AccountID) (audit.Caller, auth.Account, error) {
	if !audit.ValidID(account) {
		return audit.Caller{}, auth.Account{}, errs.New(errs.NotFound, "not_found", "There is no account %s.", audit.Quote(string(account)))
	}
	a, err := w.store.Account(ctx, account)
	return auth.SystemCaller(account, "Command line"), a, err
}
