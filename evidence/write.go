package evidence

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/sheet"
)

// Plan is what a pack is made of.
type Plan struct {
	Account     Account
	MadeAt      time.Time
	RequestedBy Person
	Filter      url.Values // as the manifest shows it, times as RFC 3339
	Zone        *time.Location
	Withhold    []string // classes of audit.Withholdable
	Complete    bool
	// First is where the stretch of a complete pack begins: the first place that the filter's from lets through, by the
	// time at which the event was recorded or happened. One behind the ledger when there is none.
	First int64
	// Checkpoint is signed for the account with the key of Verifier; Head is what it says.
	Checkpoint []byte
	Head       ledger.Head
	Verifier   string
}

// Write writes a pack to out. It holds in memory a page of events and a bit for each event of the ledger. progress is
// told how many events were read and, once that is known, how many will be. errs.Unverified ledger_damaged says that the
// log does not go together with its ledger; errors of out and src come back as they are.
func Write(ctx context.Context, out io.Writer, p Plan, src Source, progress func(done, total int64)) (Manifest, error) {
	w := &writer{plan: p, src: src, pack: newPacker(out, p.MadeAt), shown: newPlaces(p.Head.Size), progress: progress}
	w.manifest = Manifest{Version: version, Account: p.Account, MadeAt: p.MadeAt.UTC(), RequestedBy: p.RequestedBy,
		Filter: maps.Clone(p.Filter), Timezone: p.Zone.String(), Withheld: append([]string{}, p.Withhold...), Complete: p.Complete,
		Size: p.Head.Size, Files: w.pack.sums}
	if slices.Contains(p.Withhold, "user") {
		w.manifest.RequestedBy.Name = ""
	}
	if w.manifest.Filter == nil {
		w.manifest.Filter = map[string][]string{}
	}
	if p.Complete {
		w.manifest.Stretch = &Stretch{p.First, p.Head.Size}
	}
	err := w.write(ctx)
	return w.manifest, err
}

type writer struct {
	plan     Plan
	src      Source
	pack     *packer
	manifest Manifest
	shown    places // the rows
	done     int64
	total    int64
	progress func(done, total int64)
}

func (w *writer) write(ctx context.Context) error {
	type part struct {
		name string
		fill func(context.Context, *bufio.Writer) error
	}
	parts := []part{{sheetName, w.sheet}, {rowsName, w.rows}}
	if w.plan.Complete {
		parts = append(parts, part{headersName, w.headers})
	}
	parts = append(parts, part{proofName, w.proof}, part{checkpointName, text(w.plan.Checkpoint)}, part{keyName, text(w.key())},
		part{readmeName, w.readme}, part{manifestName, w.self})
	for _, p := range parts {
		if err := w.pack.entry(p.name, func(out *bufio.Writer) error { return p.fill(ctx, out) }); err != nil {
			return err
		}
	}
	return w.pack.close()
}

func text(b []byte) func(context.Context, *bufio.Writer) error {
	return func(_ context.Context, out *bufio.Writer) error {
		_, err := out.Write(b)
		return err
	}
}

// advance counts n more events that were read.
func (w *writer) advance(n int64) {
	w.done += n
	w.progress(w.done, w.total)
}

// sheet writes the rows as they come, and keeps their places for all that follows.
func (w *writer) sheet(ctx context.Context, out *bufio.Writer) error {
	enc := sheet.NewCSV(w.plan.Zone)
	line, concealed := enc.Begin(nil), []byte(nil)
	for row, err := range w.src.Rows(ctx) {
		if err != nil {
			return err
		}
		if row.Seq < 1 || row.Seq > w.plan.Head.Size {
			continue
		}
		if w.shown.has(row.Seq) {
			return broken("Two events of the log have the place %d.", row.Seq)
		}
		w.shown.add(row.Seq)
		w.manifest.Rows++
		if len(w.plan.Withhold) > 0 {
			if concealed, err = audit.Conceal(concealed[:0], row.Body, w.plan.Withhold); err != nil {
				return broken("The event at place %d cannot be read.", row.Seq).Because(err)
			}
			row.Body = concealed
		}
		if line, err = enc.Append(line, row); err != nil {
			return broken("The event at place %d cannot be read.", row.Seq).Because(err)
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
		line = line[:0]
		w.advance(1)
	}
	w.total = w.done + w.manifest.Rows
	if w.plan.Complete {
		w.total = w.done + w.plan.Head.Size - w.begin() + 1
	}
	_, err := out.Write(line) // of a pack without rows
	return err
}

// begin is the first place of which a complete pack has a leaf: the one before its stretch.
func (w *writer) begin() int64 { return max(1, w.plan.First-1) }

// rows writes the lines of the rows, in the order of the ledger.
func (w *writer) rows(ctx context.Context, out *bufio.Writer) error {
	return w.lines(ctx, out, 1, w.shown.next, func(line []byte, e Sealed) ([]byte, error) {
		return audit.Disclose(line, e.Body, e.Salt, w.plan.Withhold)
	})
}

// headers writes the lines of all others in the stretch.
func (w *writer) headers(ctx context.Context, out *bufio.Writer) error {
	var leaves audit.LeafBuilder
	return w.lines(ctx, out, w.begin(), w.shown.nextNot, func(line []byte, e Sealed) ([]byte, error) {
		w.manifest.Headers++
		return leaves.AppendHeaderLine(line, e.Body, e.Salt)
	})
}

// lines writes a line for each place that next finds: what form appends, with the place as its first key.
func (w *writer) lines(ctx context.Context, out *bufio.Writer, first int64, next func(int64) int64, form func([]byte, Sealed) ([]byte, error)) error {
	var line []byte
	for e, err := range w.sealed(ctx, first, next) {
		if err != nil {
			return err
		}
		// The comma takes the place of the brace with which the line of package audit begins.
		line = strconv.AppendInt(append(line[:0], seqKey...), e.Seq, 10)
		at := len(line)
		if line, err = form(line, e); err != nil {
			return broken("The event at place %d cannot be read.", e.Seq).Because(err)
		}
		line[at] = ','
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
		w.advance(1)
	}
	return nil
}

// seqKey is what each line begins with.
const seqKey = `{"seq":`

// proof writes the batch proof of all leaves in the pack.
func (w *writer) proof(ctx context.Context, out *bufio.Writer) error {
	prover := ledger.NewBatchProver(w.src, w.plan.Head, func(h ledger.Hash) error {
		_, err := out.Write(h[:])
		return err
	})
	first, next := int64(1), w.shown.next
	if w.plan.Complete {
		first, next = w.begin(), func(seq int64) int64 { return seq }
	}
	for seq := next(first); seq > 0 && seq <= w.plan.Head.Size; seq = next(seq + 1) {
		if err := prover.Add(ctx, seq-1); err != nil {
			return unproved(err)
		}
	}
	return unproved(prover.Close(ctx))
}

func (w *writer) key() []byte {
	return fmt.Appendf(nil, "# A copy of the key, for convenience. It proves nothing: whoever made up a pack would put their own key here.\n"+
		"# Check the pack with the key that you got from the account's owner on another way.\n%s\n", w.plan.Verifier)
}

// self writes the manifest, whose hashes are those of all entries before it.
func (w *writer) self(_ context.Context, out *bufio.Writer) error {
	b, err := w.manifest.encode()
	if err != nil {
		return err
	}
	_, err = out.Write(b)
	return err
}

// broken is the error of a log that no pack can be made of.
func broken(format string, args ...any) *errs.Error {
	return errs.New(errs.Unverified, "ledger_damaged", format, args...).
		WithFix("The log and its ledger do not go together. backtrail verify --db says what was changed.")
}
