package evidence

import (
	"fmt"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// Kind is what is wrong with a pack.
type Kind string

// The kinds of findings.
const (
	Changed   Kind = "changed"   // a file, a row, or something that is in no log under the checkpoint
	Missing   Kind = "missing"   // a place of the stretch, or a row of one of the files
	Inserted  Kind = "inserted"  // a row that only one of the files has
	Reordered Kind = "reordered" // rows that do not stand in their order
	Foreign   Kind = "foreign"   // an event of another account
	LeftOut   Kind = "left_out"  // an event that fits the filter and is not among the rows
	Outside   Kind = "outside"   // a row that does not fit the filter
	Concealed Kind = "concealed" // a value is withheld, and the pack does not say so
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind   Kind   `json:"kind"`
	File   string `json:"file"`          // the entry of the pack
	Seq    int64  `json:"seq,omitempty"` // the place in the log that it is about
	Detail string `json:"detail"`
}

// MaxFindings is how many findings a result lists.
const MaxFindings = 50

// Result is what a check found out. Manifest is what the pack says of itself, and nothing of it but the account, the
// size, and the numbers of rows and headers was proved.
type Result struct {
	Manifest   Manifest          `json:"manifest"`
	Checkpoint ledger.Checkpoint `json:"-"`
	Rows       int64             `json:"rows"`
	Headers    int64             `json:"headers"`
	// Complete says that the pack was checked to have every place of its stretch.
	Complete bool `json:"complete"`
	// Before is the time at which the event before the stretch was recorded; zero for a stretch from the beginning.
	Before time.Time `json:"before,omitzero"`
	// UndecidedHeaders may fit the filter, and UndecidedRows may not: words, ids that are no UUIDs, or withheld values decide.
	UndecidedHeaders int64     `json:"undecided_headers"`
	UndecidedRows    int64     `json:"undecided_rows"`
	Findings         []Finding `json:"findings"`
	// More is the number of findings behind the first MaxFindings.
	More int64 `json:"more"`
}

// OK reports whether nothing was found to be wrong.
func (r Result) OK() bool { return len(r.Findings) == 0 }

// Damage is the error of a pack that was made a moment ago and does not verify, nil for one that does: who could edit the
// database did.
func (r Result) Damage() error {
	if r.OK() {
		return nil
	}
	return broken("The pack does not verify. %s", r.Findings[0].Detail)
}

func (r *Result) find(kind Kind, file string, seq int64, format string, args ...any) {
	if len(r.Findings) == MaxFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, Finding{kind, file, seq, fmt.Sprintf(format, args...)})
}

// Words says the result to a person, a paragraph each, the verdict first. The findings are for the caller to list.
func (r Result) Words() []string {
	m := r.Manifest
	said := []string{
		r.verdict(),
		fmt.Sprintf("The pack says: of the account %s (%s), made %s for %s.", plain(m.Account.Name), m.Account.ID, clock(m.MadeAt), m.RequestedBy.text()),
		"The filter: " + strings.Join(filterWords(m.Filter), "; ") + ".",
		fmt.Sprintf("Its checkpoint of %s is signed with the key.", count(r.Checkpoint.Size, "event")),
	}
	if !r.OK() {
		return said
	}
	said = append(said, fmt.Sprintf("%s: each is in the log, untouched, at its place. events.csv says the same as events.jsonl.", count(r.Rows, "row")))
	if r.UndecidedRows > 0 {
		said = append(said, fmt.Sprintf("Without the values withheld it cannot be seen whether they fit the filter: %s.", count(r.UndecidedRows, "row")))
	}
	said = append(said, r.completeWords()...)
	if len(m.Withheld) > 0 {
		said = append(said, "Withheld: "+strings.Join(m.Withheld, ", ")+".")
	}
	return said
}

func (r Result) verdict() string {
	switch n := int64(len(r.Findings)) + r.More; {
	case n == 1:
		return "NOT VERIFIED: 1 thing is wrong, see below."
	case n > 1:
		return fmt.Sprintf("NOT VERIFIED: %s things are wrong, see below.", audit.Thousands(int(n)))
	case r.Complete && r.UndecidedHeaders == 0:
		return "Verified: each row is in the log, untouched, and " + r.since() + "nothing was left out."
	case r.Complete:
		return "Verified: each row is in the log, untouched, and " + r.since() + "nothing was left out that can be judged."
	}
	return "Verified: each row is in the log, untouched."
}

// since limits what is proved to the stretch: of the times of events before it, the pack shows only the last one's.
func (r Result) since() string {
	if first := r.Manifest.Stretch.First; first > 1 {
		return fmt.Sprintf("from event %s on ", audit.Thousands(int(first)))
	}
	return ""
}

// completeWords say what is known of events that are not among the rows.
func (r Result) completeWords() []string {
	if !r.Complete {
		return []string{"Whether other events fit the filter is not proved: the pack was not made as a complete one."}
	}
	s := r.Manifest.Stretch
	here := fmt.Sprintf("Events %s to %s, the newest under the checkpoint, are all in the pack, %s as rows and %s as headers",
		audit.Thousands(int(s.First)), audit.Thousands(int(s.Last)), audit.Thousands(int(r.Rows)), audit.Thousands(int(r.stretchHeaders())))
	var said []string
	switch {
	case s.First > s.Last:
		said = append(said, "No event was recorded, or happened, since the filter begins.")
	case r.UndecidedHeaders == 0:
		said = append(said, here+". No header fits the filter.")
	default:
		said = append(said, here+". No header fits the filter by what it says.",
			"Not decided by the public headers, because words or ids that are no UUIDs decide: "+count(r.UndecidedHeaders, "event")+".")
	}
	if s.First > 1 {
		said = append(said, fmt.Sprintf("Events before %s were sealed earlier. The last of them was recorded %s, before the filter begins; the times of the others are not in the pack.",
			audit.Thousands(int(s.First)), clock(r.Before)))
	}
	return said
}

// stretchHeaders leaves out the one before the stretch.
func (r Result) stretchHeaders() int64 {
	if r.Manifest.Stretch.First > 1 {
		return r.Headers - 1
	}
	return r.Headers
}

func count(n int64, one string) string { return audit.Word{One: one, Many: one + "s"}.Count(int(n)) }
