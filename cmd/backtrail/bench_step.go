package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/workspace"
)

// benchStep is one step of a question in a process of its own, so that its memory is its own, too.
type benchStep struct {
	account
	Do       string `required:"" enum:"export,pack,verify,verify-log,delete,preview,restore" help:"What to do."`
	Record   string `help:"delete: the pipeline. preview, restore: the event of its deletion."`
	Out      string `help:"export, pack, verify: the file."`
	Withhold string `help:"pack: the classes of values."`
	Key      string `help:"verify: the file of the verifier key."`
}

// stepForm is what a step prints.
type stepForm struct {
	Nanoseconds time.Duration `json:"nanoseconds"`
	Processor   time.Duration `json:"processor"` // time of the processors; 0 when it is not known
	Peak        int64         `json:"peak"`      // bytes; 0 when it is not known
	Event       audit.EventID `json:"event"`     // the leading event of what was done
	Events      int           `json:"events"`    // of the operation
	Records     int           `json:"records"`
}

// Run takes the step and prints what it needed.
func (c benchStep) Run(ctx context.Context, to streams) error {
	var form stepForm
	var err error
	start := time.Now()
	if args := c.command(); args != nil {
		var said bytes.Buffer
		err = execute(ctx, args, streams{to.in, &said, to.err})
		form.Nanoseconds = time.Since(start)
		var exported exportedForm
		if json.Unmarshal(said.Bytes(), &exported) == nil {
			form.Records = int(exported.Rows)
		}
	} else {
		err = c.with(ctx, func(w *workspace.Workspace, caller audit.Caller, _ auth.Account) error {
			start := time.Now()
			err := c.take(ctx, w, caller, &form)
			form.Nanoseconds = time.Since(start)
			if err != nil || form.Event == "" {
				return err
			}
			lead, err := w.Log.Event(ctx, caller.Account, form.Event)
			if err != nil {
				return err
			}
			e, err := lead.Event()
			form.Events = e.Size
			return err
		})
	}
	if err != nil {
		return err
	}
	form.Processor, form.Peak = processorTime(), peakMemory()
	return printJSON(to.out, form)
}

// command is the command line of a step that is one.
func (c benchStep) command() []string {
	in := []string{"export", "--db", c.DB, "--ledger-key", c.LedgerKey, "--account", string(c.Account), "--out", c.Out}
	switch c.Do {
	case "export":
		return in
	case "pack":
		in = append(in, "--format", "evidence", "--complete")
		if c.Withhold != "" {
			in = append(in, "--withhold", c.Withhold)
		}
		return in
	case "verify-log":
		return []string{"verify", "--db", c.DB, "--ledger-key", c.LedgerKey, "--account", string(c.Account), "--format", "json"}
	case "verify":
		return []string{"verify", c.Out, "--key", c.Key, "--complete", "--format", "json"}
	}
	return nil
}

func (c benchStep) take(ctx context.Context, w *workspace.Workspace, caller audit.Caller, form *stepForm) error {
	switch c.Do {
	case "delete":
		d, err := w.Engine.Delete(ctx, caller, "pipeline", audit.RecordID(c.Record))
		form.Event = audit.EventID(d.Operation)
		for _, n := range d.Counts {
			form.Records += n
		}
		return err
	case "preview":
		plan, err := w.Restore.Preview(ctx, caller, audit.EventID(c.Record), noRequest)
		if err == nil {
			form.Records = countPlan(plan)
		}
		return err
	}
	plan, err := w.Restore.Apply(ctx, caller, audit.EventID(c.Record), noRequest)
	if err == nil {
		form.Event, form.Records = audit.EventID(plan.Operation), countPlan(plan)
	}
	return err
}

// step starts this program again for one step on the database.
func (b *benchBase) step(ctx context.Context, do string, more ...string) (form stepForm, err error) {
	program, err := os.Executable()
	if err != nil {
		return form, err
	}
	args := append([]string{"bench", "step", "--db", b.url, "--ledger-key", b.key, "--account", string(b.caller.Account), "--do", do}, more...)
	cmd := exec.CommandContext(ctx, program, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return form, fmt.Errorf("%s: %w: %s", do, err, strings.TrimSpace(said.String()))
	}
	return form, json.Unmarshal(out, &form)
}
