//go:build scratch

package store_test

import (
	"context"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
)

func TestGC(t *testing.T) {
	for _, audited := range []bool{false, true} {
		for _, clients := range []int{1, 16, 64} {
			db := dbtest.SQLite(t)
			ctx, cancel := context.WithCancel(context.Background())
			go db.RunSealer(ctx, nil)
			var mu sync.Mutex
			var lat []time.Duration
			var wg sync.WaitGroup
			ids := audit.NewIDSource(time.Now)
			end := time.Now().Add(3 * time.Second)
			for range clients {
				wg.Go(func() {
					var own []time.Duration
					for time.Now().Before(end) {
						s := time.Now()
						err := db.WriteRecords(ctx, "acc", func(tx crm.Tx) error {
							id := audit.RecordID(ids.Next())
							if err := tx.Insert(ctx, []crm.Row{{Record: crm.Record{Object: "contact", ID: id, Name: "x", Version: 1, CreatedAt: s, Fields: map[string]audit.Value{"name": audit.String(strings.Repeat("x", 300))}}}}); err != nil {
								return err
							}
							if !audited {
								return nil
							}
							e := &audit.Event{ID: audit.EventID(ids.Next()), Account: "acc", OccurredAt: s, RecordedAt: s, Description: strings.Repeat("x", 400), Actor: audit.Actor{ID: "a"}}
							e.Operation = audit.OperationID(e.ID)
							return tx.AppendEvents(ctx, []audit.Encoded{{Event: e, Body: e.AppendCanonical(nil)}})
						})
						if err != nil {
							t.Error(err)
						}
						own = append(own, time.Since(s))
					}
					mu.Lock()
					lat = append(lat, own...)
					mu.Unlock()
				})
			}
			wg.Wait()
			cancel()
			sort.Slice(lat, func(i, j int) bool { return lat[i] < lat[j] })
			s := db.Stats()
			t.Logf("audited %v clients %d: %d/s p50 %v p99 %v, %d commits/s", audited, clients, len(lat)/3, lat[len(lat)/2], lat[len(lat)*99/100], s.Commits/3)
		}
	}
}
