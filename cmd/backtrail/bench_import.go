package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/importer"
)

// askImport imports a file of contacts whose companies are made on the way.
func (b *bench) askImport(ctx context.Context) error {
	base, err := b.open(ctx, "import")
	if err != nil {
		return err
	}
	defer base.db.Close() // the file is thrown away
	var file bytes.Buffer
	file.WriteString("First name,Last name,Email,Phone,Company,City,Country,Tags\n")
	for i := range b.imported {
		fmt.Fprintf(&file, "Rita%d,Sousa,rita%d@example.com,+351 21 %03d %02d %02d,Company %d Ltd,Lisbon,Portugal,\"fair, spring\"\n",
			i, i, i/10_000%1000, i/100%100, i%100, i/5)
	}
	var rows [][]string
	for _, dry := range []bool{true, false} {
		start := time.Now()
		res, err := base.Imports.Run(ctx, base.caller, importer.Request{Object: "contact", FileName: "contacts.csv",
			CreateMissing: []string{"company"}, DryRun: dry}, bytes.NewReader(file.Bytes()))
		took := time.Since(start)
		if err != nil {
			return err
		}
		if res.Created != b.imported {
			return errors.New("the import refused rows: " + fmt.Sprint(res.Failed[:min(3, len(res.Failed))]))
		}
		name := "Import"
		if dry {
			name = "Dry run"
		}
		rows = append(rows, []string{name, audit.Thousands(res.Rows), audit.Thousands(res.Made["company"]), showDuration(took),
			audit.Thousands(int(float64(res.Rows) / took.Seconds()))})
	}
	b.report.section("Importing contacts", "A CSV file with eight columns; each company stands in five rows and is made by the first. One transaction.")
	b.report.table([]string{"Step", "Rows", "Companies made", "Time", "Rows/s"}, rows)
	return nil
}
