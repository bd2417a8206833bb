package integrity

import (
	"context"
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// explain makes a finding of a difference, in words that name the events.
func (c *check) explain(ctx context.Context, d difference) {
	if !c.found.room(d.Kind) {
		return
	}
	row := func(seq int64) Row {
		if seq == 0 {
			return Row{}
		}
		r, err := c.src.Row(ctx, seq)
		if err != nil { // the finding stands without its words
			return Row{}
		}
		return r
	}
	f := Finding{Kind: d.Kind, Seq: d.From}
	switch d.Kind {
	case Missing:
		f.Detail = missingWords(d, row(d.Before), row(d.After))
	case CutOff:
		f.Detail = placesWords(d, "is gone", "are gone") + ": the ledger ends too early." + besideWords(row(d.Before), Row{})
	default:
		r := row(d.From)
		f.Event = r.Columns.ID
		f.Detail = presentWords(d, r)
	}
	c.found.kept = append(c.found.kept, f)
}

// placesWords is "The event of place 7 is" or "12 events, of places 7 to 18, are".
func placesWords(d difference, one, many string) string {
	if d.From == d.To {
		return fmt.Sprintf("The event of place %d %s", d.From, one)
	}
	return fmt.Sprintf("%s, of places %d to %d, %s", events(d.To-d.From+1), d.From, d.To, many)
}

func missingWords(d difference, before, after Row) string {
	if d.Empty {
		return fmt.Sprintf("Nothing stands at place %d, although no event is missing there: those behind it were given other places.", d.From)
	}
	text := placesWords(d, "was taken out", "were taken out")
	if d.Renumbered {
		text += ", and those behind were given lower places"
	}
	return text + "." + besideWords(before, after)
}

// besideWords says between which events something is missing, and so of which time it was.
func besideWords(before, after Row) string {
	b, a := words(before), words(after)
	switch {
	case b != "" && a != "":
		return fmt.Sprintf(" Before it stands %s, behind it %s.", b, a)
	case b != "":
		return fmt.Sprintf(" The last one before it is %s.", b)
	case a != "":
		return fmt.Sprintf(" The first one behind it is %s.", a)
	}
	return ""
}

// presentWords tells of rows that are there.
func presentWords(d difference, r Row) string {
	what := words(r)
	reads := " It reads " + what + "."
	if what == "" {
		reads = " It can no longer be read as an event."
	}
	switch {
	case d.Kind == Reordered && d.From == d.Home:
		return fmt.Sprintf("The event at place %d stands where another one belongs: those around it were given other places, and it was moved among them.%s", d.From, reads)
	case d.Kind == Changed:
		return fmt.Sprintf("The event at place %d is not as it was sealed: it, or its salt, was changed.%s", d.From, reads)
	case d.Kind == Reordered:
		return fmt.Sprintf("The event at place %d was moved; it belongs to place %d.%s", d.From, d.Home, reads)
	case d.Size > 0 && d.From == d.To:
		return fmt.Sprintf("The event at place %d stands behind the end of the ledger, which has %s.%s", d.From, events(d.Size), reads)
	case d.Size > 0:
		return fmt.Sprintf("%s, at places %d to %d, stand behind the end of the ledger, which has %s. The first of them:%s", events(d.To-d.From+1), d.From, d.To, events(d.Size), reads)
	}
	text := fmt.Sprintf("The event at place %d was put in; it was never sealed", d.From)
	if d.From != d.To {
		text = fmt.Sprintf("%s, at places %d to %d, were put in; they were never sealed", events(d.To-d.From+1), d.From, d.To)
		reads = " The first of them:" + reads
	}
	if d.Renumbered {
		text += ", and those behind were given higher places"
	}
	return text + "." + reads
}

// words name an event: what it says, its type, when it was recorded. "" for one that cannot be read.
func words(r Row) string {
	e, err := audit.ParseEvent(r.Body)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s (%s, recorded %s)", audit.Quote(e.Description), e.Type, e.RecordedAt.UTC().Format(time.DateTime+" UTC"))
}
