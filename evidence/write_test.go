package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/ledger"
)

// A reader finds in README.txt what the pack is, whose, of what, and how to check it.
func TestReadme(t *testing.T) {
	b := samples(t, 2000).where(t, map[string][]string{"from": {"2026-03-01T10:00:00.000000Z"}, "action": {"deleted", "created"}, "q": {"acme\nrenewal"}})
	f := unpack(t, b.pack(t, func(p *evidence.Plan) { p.Complete, p.Withhold = true, []string{"email", "ip"} }))
	readme := string(f["README.txt"])
	for _, want := range []string{"Acme", string(account), "2026-03-01T09:30:00Z", "Olga Owner, user u1", "395, in events.csv", "2,000 events", "Europe/Lisbon",
		"email, ip", "at or after 2026-03-01T10:00:00.000000Z", "with the action deleted or created", "with the words acme\uFFFDrenewal",
		"backtrail verify FILE --key KEYFILE", "every event from 30 to 2,000", "Events before 30 were sealed earlier", "cells are empty"} {
		if !strings.Contains(readme, want) {
			t.Errorf("the readme lacks %q:\n%s", want, readme)
		}
	}
	for line := range strings.Lines(readme) {
		if len(line) > 82 {
			t.Errorf("a long line: %s", line)
		}
	}
	plain := string(unpack(t, samples(t, 3).pack(t, nil))["README.txt"])
	for _, want := range []string{"none, all events", "nothing", "not a complete one"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the readme lacks %q:\n%s", want, plain)
		}
	}
	if strings.Contains(plain, "withheld:") || strings.Contains(plain, "were sealed earlier") {
		t.Errorf("the readme says too much:\n%s", plain)
	}
	for _, key := range []string{string(f["key.txt"])} {
		if v, err := ledger.ParseVerifier(key); err != nil || v != b.verifier(t) || !strings.Contains(key, "proves nothing") {
			t.Errorf("key.txt: %v\n%s", err, key)
		}
	}
}

// Whatever is withheld is in none of the files, however it is written there.
func TestWithheldIsNowhere(t *testing.T) {
	secrets := map[string]string{"email": "ana@example.com", "ip": "203.0.113.9", "user_agent": "Mozilla/5.0", "session": "s-secret",
		"user": "Ana Silva", "record": "Acme renewal", "changes": "Qualified", "description": "Moved"}
	b := samples(t, 40).where(t, map[string][]string{"type": {"*.stage_changed"}})
	for class, secret := range secrets {
		f := unpack(t, b.pack(t, func(p *evidence.Plan) {
			p.Complete, p.Withhold, p.RequestedBy.Name = true, []string{class}, "Ana Silva"
		}))
		for name, content := range f {
			found := bytes.Contains(bytes.ToLower(content), []byte(strings.ToLower(secret)))
			if found {
				t.Errorf("%s is withheld, and %q is in %s", class, secret, name)
			}
		}
		if !bytes.Contains(f["events.jsonl"], []byte(`Sales`)) && class != "record" {
			t.Errorf("%s is withheld, and more", class)
		}
	}
	shown := unpack(t, b.pack(t, nil))
	for _, secret := range secrets {
		if !bytes.Contains(shown["events.jsonl"], []byte(secret)) {
			t.Errorf("%q is in no pack at all", secret)
		}
	}
}

// A pack of any part of any log verifies.
func TestAnyPack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := samples(t, rapid.IntRange(1, 600).Draw(rt, "events"))
		b.most = rapid.IntRange(0, 50).Draw(rt, "most")
		params := map[string][]string{}
		if rapid.Bool().Draw(rt, "from") {
			params["from"] = []string{b.events[rapid.IntRange(0, len(b.events)-1).Draw(rt, "at")].OccurredAt.Format(audit.TimeLayout)}
		}
		if rapid.Bool().Draw(rt, "action") {
			params["action"] = []string{rapid.SampledFrom([]string{"deleted", "updated", "created"}).Draw(rt, "which")}
		}
		if rapid.Bool().Draw(rt, "record") {
			params["record"] = []string{string(b.events[rapid.IntRange(0, len(b.events)-1).Draw(rt, "of")].Record.ID)}
		}
		b.where(t, params)
		pack := b.pack(t, func(p *evidence.Plan) {
			p.Complete = rapid.Bool().Draw(rt, "complete")
			p.Withhold = rapid.SliceOfDistinct(rapid.SampledFrom(audit.Withholdable), rapid.ID[string]).Draw(rt, "withhold")
		})
		r, err := check(t, pack, evidence.Options{Verifier: b.verifier(t)})
		if err != nil || !r.OK() {
			rt.Fatalf("%v %+v", err, r.Findings)
		}
		rows := int64(0)
		for _, e := range b.events {
			if b.filter.Match(e) {
				rows++
			}
		}
		if r.Rows != rows || r.UndecidedHeaders != 0 {
			rt.Fatalf("%d rows of %d, %d undecided", r.Rows, rows, r.UndecidedHeaders)
		}
	})
}

// Damage in the log, or in what reads it, ends the making of a pack: an error, and no pack that does not verify.
func TestWriteFails(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []struct {
		name string
		src  func(b *book) evidence.Source
		code string
	}{
		{"rows cannot be read", func(b *book) evidence.Source { return failing{book: b, rows: boom} }, ""},
		{"sealed events cannot be read", func(b *book) evidence.Source { return failing{book: b, sealed: boom} }, ""},
		{"an event is missing", func(b *book) evidence.Source { return failing{book: b, skip: true} }, "ledger_damaged"},
		{"the last event is missing", func(b *book) evidence.Source { b.events = b.events[:59]; return b }, "ledger_damaged"},
		{"a place is given twice", func(b *book) evidence.Source { return failing{book: b, twice: true} }, "ledger_damaged"},
		{"an event is none", func(b *book) evidence.Source { return failing{book: b, body: []byte(`{}`)} }, "ledger_damaged"},
		{"a tile is missing", func(b *book) evidence.Source { b.tiles = nil; return b }, "ledger_damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, complete := range []bool{false, true} {
				b := samples(t, 60).where(t, map[string][]string{"action": {"updated"}})
				plan := b.plan(t)
				plan.Complete = complete
				_, err := evidence.Write(t.Context(), io.Discard, plan, tt.src(b), func(int64, int64) {})
				if tt.code == "" && !errors.Is(err, boom) || tt.code != "" && errs.Code(err) != tt.code {
					if !complete && tt.name == "the last event is missing" {
						continue // it is no row
					}
					t.Errorf("complete %v: %v", complete, err)
				}
			}
		})
	}
	b := samples(t, 20)
	if _, err := evidence.Write(t.Context(), full{boom}, b.plan(t), b, func(int64, int64) {}); !errors.Is(err, boom) {
		t.Errorf("no space: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := evidence.Write(ctx, io.Discard, b.plan(t), b, func(int64, int64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

type full struct{ err error }

func (f full) Write([]byte) (int, error) { return 0, f.err }

// failing is a book with something wrong.
type failing struct {
	*book
	rows, sealed error
	skip, twice  bool
	body         []byte
}

func (f failing) Rows(ctx context.Context) iter.Seq2[audit.Stored, error] {
	return func(yield func(audit.Stored, error) bool) {
		for s, err := range f.book.Rows(ctx) {
			if f.rows != nil {
				err = f.rows
			}
			if f.body != nil && s.Seq == 7 {
				s.Body = f.body
			}
			if !yield(s, err) || f.twice && s.Seq == 7 && !yield(s, err) {
				return
			}
		}
	}
}

func (f failing) Sealed(ctx context.Context, first int64, limit int) ([]evidence.Sealed, error) {
	page, err := f.book.Sealed(ctx, first, limit)
	if f.sealed != nil {
		err = f.sealed
	}
	if f.skip && len(page) > 2 {
		page = slices.Delete(page, 1, 2)
	}
	return page, err
}

func TestWriteTellsProgress(t *testing.T) {
	b := samples(t, 100).where(t, map[string][]string{"action": {"deleted"}})
	plan := b.plan(t)
	plan.Complete = true
	var last, all int64
	if _, err := evidence.Write(t.Context(), io.Discard, plan, b, func(done, total int64) {
		if done != last+1 {
			t.Errorf("from %d to %d", last, done)
		}
		last, all = done, total
	}); err != nil || last != all || all != 20+100 {
		t.Errorf("%d of %d: %v", last, all, err)
	}
}
