//go:build scratch

package store_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
)

func TestSmoke(t *testing.T) {
	path := t.TempDir() + "/a.db"
	db := dbtest.Reopen(t, path)
	ctx := context.Background()
	ids := audit.NewIDSource(time.Now)
	cat, err := audit.NewCatalog([]audit.Module{{"m", "M"}}, []audit.EventType{{Type: "opportunity.deleted", Module: "m", Action: audit.Deleted, Template: "Deleted {record}"}})
	if err != nil {
		t.Fatal(err)
	}
	rec := audit.NewRecorder(time.Now, ids, cat)
	n := 50000
	targets := []audit.RecordID{rec.NewID(), rec.NewID(), rec.NewID(), rec.NewID()}
	var rows []crm.Row
	for i := range n {
		rows = append(rows, crm.Row{Record: crm.Record{Object: "opportunity", ID: rec.NewID(), Name: fmt.Sprint("Opp ", i), Version: 1, CreatedAt: time.Now(), UpdatedAt: time.Now(),
			Fields: map[string]audit.Value{"name": audit.String(fmt.Sprint("Opp ", i)), "pipeline": audit.String(string(targets[0])), "stage": audit.String(string(targets[1])), "owner": audit.String(string(targets[2])), "contact": audit.String(string(targets[3])), "value": audit.String("1200.00"), "status": audit.String("open")}},
			Links:  []crm.Link{{"pipeline", targets[0]}, {"stage", targets[1]}, {"owner", targets[2]}, {"contact", targets[3]}},
			Search: strings.ToLower(fmt.Sprint("Opp ", i))})
	}
	start := time.Now()
	if err := db.WriteRecords(ctx, "acc", func(tx crm.Tx) error { return tx.Insert(ctx, rows) }); err != nil {
		t.Fatal(err)
	}
	t.Log("insert", time.Since(start))
	start = time.Now()
	var tread, tdel, tapp time.Duration
	if err := db.WriteRecords(ctx, "acc", func(tx crm.Tx) error {
		op := rec.Begin(timed{tx, &tapp}, audit.Origin{Account: "acc", Actor: audit.Actor{Type: audit.User, ID: "01890000-0000-7000-8000-000000000001", Name: "Ana Silva", Email: "ana@example.com"}, Channel: audit.Web,
			Context: audit.Context{IP: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36", Session: ids.Next(), Request: ids.Next()}})
		after := audit.RecordID("")
		for {
			s := time.Now()
			in, err := tx.Referrers(ctx, "opportunity", "pipeline", targets[:1], after, 500)
			if err != nil {
				return err
			}
			if len(in) == 0 {
				break
			}
			var rids []audit.RecordID
			for _, x := range in {
				rids = append(rids, x.ID)
			}
			after = rids[len(rids)-1]
			rs, err := tx.Rows(ctx, "opportunity", rids)
			if err != nil {
				return err
			}
			tread += time.Since(s)
			s = time.Now()
			if err := tx.Delete(ctx, rs); err != nil {
				return err
			}
			tdel += time.Since(s)
			for _, r := range rs {
				var ch []audit.Change
				for k, v := range r.Fields {
					ch = append(ch, audit.Change{Field: k, Label: k, Before: v})
				}
				if _, err := op.Record(ctx, audit.Draft{Type: "opportunity.deleted", Record: r.Ref(), Changes: ch}); err != nil {
					return err
				}
			}
		}
		return op.Close(ctx)
	}); err != nil {
		t.Fatal(err)
	}
	t.Log("delete", time.Since(start), "read", tread, "del", tdel, "append", tapp)
	start = time.Now()
	if err := db.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	t.Log("seal", time.Since(start))
	start = time.Now()
	p, err := db.Events(ctx, "acc", audit.Query{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("page", time.Since(start), len(p.Events), len(p.Events[0].Body))
	start = time.Now()
	p, err = db.Events(ctx, "acc", audit.Query{Limit: 50, Collapse: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("collapsed", time.Since(start), len(p.Events))
	fi, _ := os.Stat(path)
	t.Log(fi.Size()/int64(n), "bytes/event", db.Stats())
	_ = store.Options{}
}

type timed struct {
	audit.Appender
	d *time.Duration
}

func (a timed) AppendEvents(ctx context.Context, e []audit.Encoded) error {
	s := time.Now()
	defer func() { *a.d += time.Since(s) }()
	return a.Appender.AppendEvents(ctx, e)
}
