package evidence

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/backtrail/backtrail/audit"
)

// readme writes what a person reads first.
func (w *writer) readme(_ context.Context, out *bufio.Writer) error {
	m := w.manifest
	fmt.Fprintf(out, "Evidence pack of the audit log of %s\n\n", plain(m.Account.Name))
	fmt.Fprintf(out, "Account:       %s\nMade:          %s\nRequested by:  %s\n", m.Account.ID, clock(m.MadeAt), m.RequestedBy.text())
	fmt.Fprintf(out, "Rows:          %s, in events.csv and events.jsonl\n", audit.Thousands(int(m.Rows)))
	fmt.Fprintf(out, "Ledger:        %s events, signed in checkpoint.txt\n", audit.Thousands(int(m.Size)))
	fmt.Fprintf(out, "Times in CSV:  %s\n", m.Timezone)
	fmt.Fprintf(out, "Withheld:      %s\n\nThe filter, as it was asked for:\n\n", orNothing(m.Withheld))
	for _, line := range filterWords(m.Filter) {
		fmt.Fprintf(out, "    %s\n", line)
	}
	fmt.Fprintf(out, "\n%s\n\n%s\n\n%s\n", readmeCheck, readmeProves, m.readmeComplete())
	if len(m.Withheld) > 0 {
		fmt.Fprintf(out, "\n%s\n", readmeWithheld)
	}
	_, err := fmt.Fprintf(out, "\n%s\n", readmeFiles)
	return err
}

const (
	readmeCheck = `How to check it

    backtrail verify FILE --key KEYFILE

needs no database and no network. FILE is the pack, KEYFILE a file with the
key of the account. Get the key from the account's owner, on another way than
this file, and keep it for the next pack: an owner or admin of the account
finds it under Settings > Audit Logs > Integrity. The key.txt in here is a copy
for convenience that proves nothing. docs/ledger.md in the source of Backtrail
says how to write a program of your own that checks packs.`

	readmeProves = `What it proves

Every row is in the log that the key vouches for, in the place that the column
Sequence says, and nothing in it was changed since. It does not prove that what
a row tells is true, nor that this page and manifest.json are: they are not
signed. Trust what verify prints.`

	readmeWithheld = `Some values were withheld: their cells are empty in events.csv and null in
events.jsonl, which has a salted hash in the place of each. So it can be seen
that there was a value, but not which, and all others can be checked. An empty
cell of another column means that there was no value.`

	readmeFiles = `The files

    events.csv      the rows as a spreadsheet, the newest first
    events.jsonl    the same rows in the order of the log, with what is needed
                    to check them
    headers.jsonl   in complete packs: the other events, without their values
    proof.bin       the proof that all of them are in the log
    checkpoint.txt  the signed state of the log
    key.txt         a copy of the key, which proves nothing
    manifest.json   what was asked for, and the SHA-256 of each file`
)

// readmeComplete says what the pack proves about events that are not among its rows.
func (m Manifest) readmeComplete() string {
	if !m.Complete {
		return "The pack is not a complete one: it does not prove that there are no other rows\nthat fit the filter."
	}
	stretch := fmt.Sprintf("It has every event from %s to %s, the newest\none under the checkpoint", audit.Thousands(int(m.Stretch.First)), audit.Thousands(int(m.Stretch.Last)))
	if m.Stretch.First > m.Stretch.Last {
		stretch = "No event was recorded, or happened, since the\nfilter begins; it has what there is"
	}
	before := ""
	if m.Stretch.First > 1 {
		before = fmt.Sprintf("\nEvents before %s were sealed earlier. The last of them is in headers.jsonl too,\nto show that it is older than what was asked for.", audit.Thousands(int(m.Stretch.First)))
	}
	return "Nothing was left out\n\nThe pack is complete. " + stretch + `: the rows whole, the others as headers. A header
says when, what kind of thing, by and to which id, but no names and no values.
It shows that an event does not fit the filter, except where words, or ids that
are no UUIDs, decide: verify counts those.` + before
}

func (p Person) text() string {
	text := string(p.Type)
	if p.Name != "" {
		text = p.Name + ", " + text
	}
	if p.ID != "" {
		text += " " + string(p.ID)
	}
	return plain(text)
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// filterNames are the parameters of a filter in words.
var filterNames = map[string]string{"from": "at or after", "to": "before", "user": "by the user", "type": "of the type",
	"action": "with the action", "module": "in the module", "object": "about the object", "record": "of the record",
	"about": "about the record and what belongs to it", "field": "with a change of the field",
	"operation": "in the operation", "outcome": "with the outcome", "channel": "by the channel", "q": "with the words"}

// filterWords says a filter, an item for each parameter.
func filterWords(filter map[string][]string) []string {
	var words []string
	for _, name := range audit.FilterParams {
		if values := filter[name]; len(values) > 0 {
			words = append(words, filterNames[name]+" "+plain(strings.Join(values, " or ")))
		}
	}
	if len(words) == 0 {
		return []string{"none, all events"}
	}
	return words
}

// plain is a text on one line that does nothing to a terminal: a pack may come from anybody.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
