package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/backtrail/backtrail/api"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/publish"
	"github.com/backtrail/backtrail/server"
	"github.com/backtrail/backtrail/web"
	"github.com/backtrail/backtrail/workspace"
)

type serveCommand struct {
	database
	serverFlags
}

// Run serves until a signal comes.
func (c serveCommand) Run(ctx context.Context, io streams) error {
	return c.serve(ctx, io, c.DB, c.ledgerFlags, "", func(address net.Addr) {
		slog.Info("backtrail serves", "address", "http://"+address.String(), "version", version)
	})
}

// serverFlags are how an installation wants to be served.
type serverFlags struct {
	Listen               string         `default:"127.0.0.1:8080" placeholder:"ADDR" help:"The address to listen on; port 0 takes any that is free."`
	SupportContact       string         `placeholder:"TEXT" help:"Whom people are told to ask when something can no longer be restored."`
	TrustedProxies       []netip.Prefix `placeholder:"PREFIX,..." help:"Networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, as in 10.0.0.0/8."`
	CheckpointEvery      time.Duration  `default:"1m" placeholder:"TIME" help:"How often the checkpoints of ledgers that have grown are published in the folder."`
	AllowPrivateWebhooks bool           `help:"Let accounts use webhooks in private networks, and without TLS: for checkpoints and in workflows."`
	PublicURL            string         `name:"public-url" placeholder:"URL" help:"Where people reach the pages, as in https://log.example.com: for links in mails."`
	AllowPrivateSMTP     bool           `name:"allow-private-smtp" help:"Let accounts send their mail by mail servers in private networks."`
	SMTP                 string         `name:"smtp" placeholder:"URL" help:"The mail server for checkpoints by email and links to new passwords: smtp://USER:PASSWORD@HOST:587 or smtps://. Give it by the environment: flags stand in the list of processes."`
	MailFrom             string         `placeholder:"EMAIL" help:"The sender of these mails."`
	LogFormat            string         `default:"text" enum:"text,json" help:"text or json, on the standard error."`
	LogLevel             slog.Level     `default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
}

// logger makes the flags' logger the one of the whole process.
func (f serverFlags) logger(io streams) *slog.Logger {
	o := &slog.HandlerOptions{Level: f.LogLevel}
	var h slog.Handler = slog.NewTextHandler(io.err, o)
	if f.LogFormat == "json" {
		h = slog.NewJSONHandler(io.err, o)
	}
	slog.SetDefault(slog.New(h))
	return slog.Default()
}

// serve runs the server on the database until ctx ends. Then the requests that run end first, behind them the work in
// the background, and the database at last: what they wrote is sealed and published when it returns.
func (f serverFlags) serve(ctx context.Context, io streams, url string, keys ledgerFlags, loginHint string, ready func(net.Addr)) error {
	log := f.logger(io)
	if f.CheckpointEvery < time.Second {
		return errs.InvalidField("checkpoint_every", "too_short", "Checkpoints are published once a second at most.").WithFix("Give --checkpoint-every 1s or more.")
	}
	if err := f.checkPublicURL(); err != nil {
		return err
	}
	mailer, err := f.mailer()
	if err != nil {
		return err
	}
	if err := f.checkAddress(); err != nil { // behind what is wrong whoever else runs here
		return err
	}
	db, err := keys.open(ctx, url)
	if err != nil {
		return err
	}
	w, err := workspace.New(db, workspace.Options{Logger: log, Mailer: mailer, AllowPrivateWebhooks: f.AllowPrivateWebhooks,
		AllowPrivateSMTP: f.AllowPrivateSMTP, PublicURL: strings.TrimRight(f.PublicURL, "/")})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	publisher := db.publisher(f.CheckpointEvery, log)
	handler := server.New(server.Parts{
		API:   api.New(w, version),
		Web:   web.New(w, web.Options{Version: version, SupportContact: f.SupportContact, LoginHint: loginHint}),
		Ready: db.Ping,
		Log: func(ctx context.Context) (server.LogNumbers, error) {
			return logNumbers(ctx, db, publisher, w)
		},
	}, server.Options{TrustedProxies: f.TrustedProxies, Logger: log})

	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { w.Run(background) })
	wg.Go(func() {
		db.RunSealer(background, func(err error) { log.Error("events could not be sealed; they wait", "err", err) })
	})
	publishing, stopPublishing := context.WithCancel(context.WithoutCancel(ctx))
	var last sync.WaitGroup
	last.Go(func() { publisher.Run(publishing) })
	err = server.Run(ctx, f.Listen, handler, ready)
	stop()
	wg.Wait()
	stopPublishing() // what was sealed in the end is published as well
	last.Wait()
	if err = errors.Join(err, db.Close()); err == nil {
		log.Info("backtrail has stopped")
	}
	return err
}

// mailer sends mail, nil without a mail server.
func (f serverFlags) mailer() (*mail.Server, error) {
	if f.SMTP == "" {
		return nil, nil
	}
	return mail.ParseServer(f.SMTP, f.MailFrom)
}

func logNumbers(ctx context.Context, db *opened, publisher *publish.Publisher, w *workspace.Workspace) (server.LogNumbers, error) {
	s, p := db.Stats(), publisher.Numbers()
	waiting, err := db.Waiting(ctx)
	if err != nil {
		return server.LogNumbers{}, err
	}
	a, err := w.Automation.Numbers(ctx)
	if err != nil {
		return server.LogNumbers{}, err
	}
	watched, err := w.Alerts.Numbers(ctx)
	return server.LogNumbers{RunsDone: a.Done, RunsFailed: a.Failed, RunsStopped: a.Stopped, StepsRetried: a.Retried,
		Unfollowed: a.Events, UnfollowedSince: a.Since, RunsDue: a.Due, RunsDueSince: a.DueAt,
		Recorded: s.Appended, Sealed: s.Sealed, SealFailures: s.SealFailures, Refused: s.Refused,
		Waiting: waiting.Events, WaitingSince: waiting.Since, OpenTransaction: waiting.Transaction,
		Published: p.Published, PublishFailures: p.Failed, PublishedAt: p.LastAt, PublishLate: p.Late, DeliveryFailures: w.Publish.FailedDeliveries(),
		AlertsFired: watched.Fired, AlertsUndelivered: watched.Failed, Unwatched: watched.Unwatched, UnwatchedSince: watched.Since}, err
}

// checkPublicURL refuses an address to which no page can be appended.
func (f serverFlags) checkPublicURL() error {
	if f.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(f.PublicURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errs.InvalidField("public_url", "invalid_url", "The public address must be one such as https://log.example.com.").
			WithFix("Give scheme and host alone with --public-url.")
	}
	return nil
}

// checkAddress fails when the address cannot be listened on: before the database is opened, or filled.
func (f serverFlags) checkAddress() error {
	listener, err := net.Listen("tcp", f.Listen)
	if err != nil {
		return errs.New(errs.Unavailable, "address_unavailable", "The address %s cannot be listened on.", f.Listen).
			WithFix("End the program that uses it, or give another one with --listen.").Because(err)
	}
	return listener.Close()
}
