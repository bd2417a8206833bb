package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/workspace"
)

type eventsCommand struct {
	account
	filterFlags
	zoneFlag
	Format string `default:"table" enum:"table,jsonl,csv" help:"table, jsonl or csv."`
	Limit  uint   `placeholder:"N" help:"At most so many events; all when left out."`
}

// Help is what --help adds: the search language.
func (eventsCommand) Help() string {
	var b strings.Builder
	b.WriteString("The question of --q is words, \"phrases\" and KEY:VALUE, with - before what must not be, OR between terms, and parentheses:\n\n" +
		"  backtrail events --db URL --account ID --q 'renewal user:ana type:opportunity.* -action:created at:2026-01..2026-03'\n\n" +
		"Words find descriptions, names, and old and new values; \"renew\" finds \"renewal\", a phrase is found as it is. " +
		"KEY:VALUE,VALUE takes either value; a value with spaces stands in quotation marks. The keys:\n\n")
	for _, k := range audit.QueryKeys(nil) {
		fmt.Fprintf(&b, "  %-10s %s", k.Key, k.Help)
		if len(k.Values) > 0 {
			fmt.Fprintf(&b, ": %s", strings.Join(k.Values, ", "))
		} else if k.Example != "" {
			fmt.Fprintf(&b, " (%s:%s)", k.Key, k.Example)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Run prints the events that the filter shows, newest first, as it reads them. A reader that has seen enough may close
// the pipe.
func (c eventsCommand) Run(ctx context.Context, io streams) error {
	err := c.with(ctx, func(w *workspace.Workspace, caller audit.Caller, settings auth.Account) error {
		zone := workspace.Zone(settings)
		filter, err := audit.ParseFilter(c.values(), w.Catalog, zone)
		if err != nil {
			return err
		}
		if c.Timezone != "" {
			if zone, err = export.ParseZone(c.Timezone); err != nil {
				return err
			}
		}
		var enc export.Encoder = table{zone}
		if c.Format != "table" {
			if enc, err = export.NewEncoder(export.Format(c.Format), zone); err != nil {
				return err
			}
		}
		return c.print(ctx, io.out, enc, w.Log, export.Selection{Account: caller.Account, Filter: filter})
	})
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

func (c eventsCommand) print(ctx context.Context, to io.Writer, enc export.Encoder, log audit.Log, sel export.Selection) error {
	out := bufio.NewWriter(to)
	line := enc.Begin(nil)
	n := uint(0)
	for stored, err := range export.Rows(ctx, log, sel) {
		if err != nil {
			return err
		}
		if line, err = enc.Append(line, stored); err != nil {
			return err
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
		line = line[:0]
		if n++; n == c.Limit {
			break
		}
	}
	out.Write(line) // the heading of a log without events; Flush reports an error
	return out.Flush()
}
