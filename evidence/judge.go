package evidence

import (
	"github.com/backtrail/backtrail/audit"
)

// judge looks at the leaves as they go by: whether each belongs where it is, and whether one is lacking.
type judge struct {
	k     *checker
	begin int64 // the first place that is due, 0 for none: the pack is not complete
	due   int64
}

func newJudge(k *checker) *judge {
	j := &judge{k: k}
	if k.Manifest.Complete {
		j.begin = max(1, k.Manifest.Stretch.First-1)
		j.due = j.begin
	}
	return j
}

// header looks at the header of an event that is not among the rows.
func (j *judge) header(seq int64, h audit.Header) {
	if !j.place(seq, headersName, h) {
		return
	}
	if f := j.k.filter.From; j.before(seq) {
		j.k.Before = h.RecordedAt
		if !h.RecordedAt.Before(f) || !h.OccurredAt.Before(f) {
			j.k.find(LeftOut, headersName, seq, "The stretch begins too late: event %d before it is from the time that the filter asks for.", seq)
		}
		return
	}
	switch matches, certain := j.k.filter.MatchHeader(h); {
	case !certain:
		j.k.UndecidedHeaders++
	case matches:
		j.k.find(LeftOut, headersName, seq, "Event %d fits the filter and is not among the rows.", seq)
	}
}

// row looks at a row.
func (j *judge) row(seq int64, d audit.Disclosed) {
	if !j.place(seq, rowsName, d.Header) {
		return
	}
	if j.before(seq) {
		j.k.find(Outside, rowsName, seq, "Event %d lies before the stretch of the pack.", seq)
	}
	for _, path := range d.Withheld {
		if !audit.Withholds(j.k.Manifest.Withheld, path) {
			j.k.find(Concealed, rowsName, seq, "The value %s of event %d is withheld; the pack does not say that such values are.", path, seq)
			break
		}
	}
	matches, certain := j.k.filter.MatchHeader(d.Header)
	if !certain {
		e, err := audit.ParseEvent(d.Event)
		matches = err == nil && j.k.filter.Match(e)
		certain = len(d.Withheld) == 0
	}
	switch {
	case !certain:
		j.k.UndecidedRows++
	case !matches:
		j.k.find(Outside, rowsName, seq, "Event %d does not fit the filter.", seq)
	}
}

// before reports whether the place is the one before the stretch.
func (j *judge) before(seq int64) bool { return j.begin > 0 && seq < j.k.Manifest.Stretch.First }

// place looks at what rows and headers have in common. It reports whether the event has a place in the pack at all.
func (j *judge) place(seq int64, file string, h audit.Header) bool {
	if h.Account != j.k.Manifest.Account.ID {
		j.k.find(Foreign, file, seq, "Event %d is of another account.", seq)
	}
	if j.begin == 0 {
		return true
	}
	if seq < j.begin {
		j.k.find(Outside, file, seq, "Event %d lies before the stretch of the pack.", seq)
		return false
	}
	j.upTo(seq)
	j.due = max(j.due, seq+1)
	return true
}

// upTo finds out whether places before seq are lacking.
func (j *judge) upTo(seq int64) {
	switch lack := seq - j.due; {
	case lack == 1:
		j.k.find(Missing, rowsName, j.due, "Event %d is missing.", j.due)
	case lack > 1:
		j.k.find(Missing, rowsName, j.due, "Events %d to %d are missing.", j.due, seq-1)
	}
}

// end looks for what is lacking at the end.
func (j *judge) end() {
	if j.begin > 0 {
		j.upTo(j.k.Checkpoint.Size + 1)
	}
}
