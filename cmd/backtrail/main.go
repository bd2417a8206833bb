// Command backtrail is the whole product in one program: the server, a demo of it, and the tools of whoever runs it.
//
// Each subcommand stands in a file of its own. Data goes to the standard output, everything else to the standard
// error. The program ends with 0 when it did what was asked, 1 when it could not, 2 when it was called wrongly, and 3
// when a verification found something wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/backtrail/backtrail/errs"
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3".
var version = "dev"

// commands is the command line. A flag that is not given is looked for in the environment: --db in BACKTRAIL_DB.
type commands struct {
	Serve     serveCommand     `cmd:"" help:"Run the server."`
	Demo      demoCommand      `cmd:"" help:"Run the server on an account with ninety days of life in it."`
	Account   accountCommands  `cmd:"" help:"Make and list accounts."`
	Key       keyCommands      `cmd:"" help:"Make API keys."`
	Password  passwordCommand  `cmd:"" help:"Set passwords."`
	TwoFactor twoFactorCommand `cmd:"" help:"Turn off second factors."`
	Events    eventsCommand    `cmd:"" help:"Read the audit log."`
	Export    exportCommand    `cmd:"" help:"Write the audit log to a file."`
	Verify    verifyCommand    `cmd:"" help:"Check that nobody has changed the audit log."`
	Drill     drillCommand     `cmd:"" help:"Try on a copy of an audit log whether every way to cheat is caught."`
	Ledger    ledgerCommands   `cmd:"" help:"Mend the ledgers after a key was lost or the database came back older."`
	Backup    backupCommand    `cmd:"" help:"Copy the database to a new file while it is in use."`
	Migrate   migrateCommand   `cmd:"" help:"Bring the database to the schema of this program, and give a server's role its rights."`
	Catalog   catalogCommand   `cmd:"" help:"Print every object and event type, as a page in Markdown."`
	Bench     benchCommands    `cmd:"" help:"Measure this machine."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() { os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})) }

// run runs the command that args name and returns the exit code.
func run(args []string, io streams) int {
	// A reader that goes away (events | head) must not kill a command in the middle of a write: it gets EPIPE.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal kills
	err := execute(ctx, args, io)
	if err == nil {
		return 0
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errs.New(errs.Unavailable, "interrupted", "Interrupted.")
	}
	e := errs.Of(err)
	fmt.Fprintf(io.err, "backtrail: %s\n", e)
	pointAt(io.err, e)
	if e.Fix != "" {
		fmt.Fprintf(io.err, "hint: %s\n", e.Fix)
	}
	return e.Kind.Exit()
}

// helpShown ends a command line that asked for help.
type helpShown struct{ code int }

// execute parses and runs. Kong ends the program after --help; here that is a panic which stays inside.
func execute(ctx context.Context, args []string, io streams) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(helpShown); !ok {
				panic(r)
			}
		}
	}()
	parser, err := kong.New(&commands{}, kong.Name("backtrail"),
		kong.Description("The audit log of a business account: who did what, to which record, when, from where and because of what."),
		kong.DefaultEnvars("BACKTRAIL"), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(io.out, io.err), kong.Exit(func(code int) { panic(helpShown{code}) }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(io))
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return usage(err)
	}
	return parsed.Run()
}

// usage is the error of a command line that cannot be understood.
func usage(err error) error {
	e := errs.New(errs.Invalid, "usage", "%s", err)
	command := "backtrail"
	if p, ok := errors.AsType[*kong.ParseError](err); ok && p.Context != nil && p.Context.Command() != "" {
		command = p.Context.Model.Name + " " + p.Context.Command()
	}
	return e.WithFix("See %s --help.", command)
}
