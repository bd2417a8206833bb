package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

type benchCommands struct {
	Run  benchCommand `cmd:"" default:"withargs" help:"Measure this machine; prints a report in Markdown."`
	Step benchStep    `cmd:"" hidden:"" help:"One step of run in a process of its own."`
}

type benchCommand struct {
	Dir    string   `type:"existingdir" placeholder:"DIR" help:"Make the throw-away database in this folder, on the disk to be measured; the system's folder for temporary files when left out."`
	DB     string   `name:"db" placeholder:"URL" help:"Measure this PostgreSQL database instead of SQLite. Accounts and a million events are put into it: give it one that is thrown away afterwards."`
	Events int      `placeholder:"N" help:"Events in the log that is read and exported; a million when left out."`
	Only   []string `enum:"write,read,pages,export,verify,evidence,cascade,import,seal" placeholder:"NAME" help:"Ask only this question: write, read, pages, export, verify, evidence, cascade, import or seal; may repeat."`
	Quick  bool     `help:"Small sizes: shows that everything works, measures nothing."`
}

// benchSizes say how much is measured.
type benchSizes struct {
	events        int           // in the log that is read and exported
	packed        int           // events in the log that is made into an evidence pack
	opportunities int           // in the pipeline that is deleted and restored
	imported      int           // rows of the file that is imported
	backlog       int           // events that wait when the sealer starts
	rounds        int           // of each kind of write
	round         time.Duration // how long each takes
	runs          int           // of each query, at most
	patience      time.Duration // with all runs of one query
	lag           time.Duration // how long the sealer's lag is watched
}

var (
	fullSizes = benchSizes{events: 1_000_000, packed: 100_000, opportunities: 50_000, imported: 10_000, backlog: 200_000, rounds: 15,
		round: 500 * time.Millisecond, runs: 50, patience: 4 * time.Second, lag: 15 * time.Second}
	quickSizes = benchSizes{events: 2_000, packed: 300, opportunities: 200, imported: 100, backlog: 500, rounds: 1,
		round: 20 * time.Millisecond, runs: 2, patience: 100 * time.Millisecond, lag: 300 * time.Millisecond}
)

// bench is a run of the command.
type bench struct {
	benchSizes
	dir    string
	url    string // of a PostgreSQL database, "" for SQLite files in dir
	report *benchReport
	// big is the log that is read and exported, nil before the first question that needs it.
	big *benchLog
}

// benchQuestions are asked in this order.
var benchQuestions = []struct {
	name string
	ask  func(*bench, context.Context) error
}{
	{"write", (*bench).askWrite},
	{"read", (*bench).askRead},
	{"pages", (*bench).askPages},
	{"export", (*bench).askExport},
	{"verify", (*bench).askVerify},
	{"evidence", (*bench).askEvidence},
	{"cascade", (*bench).askCascade},
	{"import", (*bench).askImport},
	{"seal", (*bench).askSeal},
}

// Run asks the questions. It fails when a bound that Backtrail promises does not hold.
func (c benchCommand) Run(ctx context.Context, to streams) (err error) {
	b := &bench{benchSizes: fullSizes, report: &benchReport{out: to.out}}
	if c.Quick {
		b.benchSizes = quickSizes
	}
	if c.DB != "" && !strings.HasPrefix(c.DB, "postgres") {
		return errs.InvalidField("db", "not_postgres", "--db is for PostgreSQL; SQLite is measured in a file of its own.").WithFix("Leave --db out, or name a folder with --dir.")
	}
	b.url = c.DB
	if c.Events > 0 {
		b.events, b.packed = c.Events, min(c.Events, b.packed)
	}
	if b.dir, err = os.MkdirTemp(c.Dir, "backtrail-bench-"); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, b.closeBig(), os.RemoveAll(b.dir)) }()
	if err := b.describeMachine(); err != nil {
		return err
	}
	for _, q := range benchQuestions {
		if len(c.Only) > 0 && !slices.Contains(c.Only, q.name) {
			continue
		}
		if err := q.ask(b, ctx); err != nil {
			return fmt.Errorf("bench %s: %w", q.name, err)
		}
	}
	return b.report.verdict()
}

// describeMachine says on what the figures were measured.
func (b *bench) describeMachine() error {
	syncs, err := probeSyncs(b.dir, b.round)
	if err != nil {
		return err
	}
	m := thisMachine()
	b.report.section("Machine", "")
	b.report.table([]string{"Part", "What it is"}, [][]string{
		{"Processor", fmt.Sprintf("%s, %d cores", m.processor, runtime.NumCPU())},
		{"Memory", m.memory},
		{"System", m.system},
		{"Disk", audit.Thousands(syncs) + " durable writes of 4 KiB a second, one after the other (" + syncName + ")"},
		{"Load before", m.busy + " (0 is a machine that does nothing else)"},
		{"Program", "backtrail " + version + ", " + runtime.Version()},
	})
	return nil
}
