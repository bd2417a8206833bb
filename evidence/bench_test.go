package evidence_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/backtrail/backtrail/evidence"
)

// The packs of a database are measured in package export, with everything around them.
func BenchmarkPack(b *testing.B) {
	const events = 10_000
	for _, bb := range []struct {
		name     string
		filter   map[string][]string
		withhold []string
	}{
		{"rows", nil, nil},
		{"withheld", nil, []string{"email", "ip"}},
		{"headers", map[string][]string{"action": {"created"}}, nil},
	} {
		log := samples(b, events).where(b, bb.filter)
		plan := log.plan(b)
		plan.Complete, plan.Withhold = true, bb.withhold
		b.Run(bb.name+"/write", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := evidence.Write(b.Context(), io.Discard, plan, log, func(int64, int64) {}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*events)/b.Elapsed().Seconds(), "events/s")
		})
		pack := log.pack(b, func(p *evidence.Plan) { *p = plan })
		b.Run(bb.name+"/check", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := evidence.Check(b.Context(), bytes.NewReader(pack), int64(len(pack)), evidence.Options{Verifier: plan.Verifier}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*events)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(len(pack))/events, "packed-B/event")
		})
	}
}
