package alerts

import (
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// sifted is what of a batch passed each filter, by the filter as alerts hold it. It depends on nothing else of an alert, so it
// stays right whatever becomes of the alerts meanwhile, and alerts of one filter share it.
type sifted map[string]*passage

// passage is what passed one filter.
type passage struct {
	gone   string // why the filter cannot be read any more, "" when it can
	events []*audit.Event
}

// sift asks the filters of the alerts that are on, those that were not asked yet.
func (found sifted) sift(catalog *audit.Catalog, list []Alert, events []*audit.Event, now time.Time) {
	var asked []*passage
	var filters []audit.Filter
	for _, a := range list {
		if !a.Enabled || found[a.Query] != nil {
			continue
		}
		p := &passage{}
		found[a.Query] = p
		filter, err := audit.ParseFilter(a.Params(), catalog, time.UTC)
		if err != nil { // what it asks for is gone
			p.gone = errs.Of(errs.Whole(err)).Detail
			continue
		}
		asked, filters = append(asked, p), append(filters, filter)
	}
	for _, e := range events {
		if !countable(e, now) {
			continue
		}
		for i, passes := range audit.Sift(e, filters) {
			if passes {
				asked[i].events = append(asked[i].events, e)
			}
		}
	}
}

// countable reports whether an entry may count for alerts at all.
func countable(e *audit.Event, now time.Time) bool {
	return now.Sub(seenOf(e).At) <= TooLate && e.Type != firedType && e.Type != failedType
}
