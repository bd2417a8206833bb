package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/workspace"
)

const timezone = "Europe/London"

// house is the company and what it knows of its own records.
type house struct {
	store Store
	w     *workspace.Workspace
	clock *clock
	rng   *rand.Rand
	zone  *time.Location
	end   time.Time // nothing happens later
	// hashing is that of the passwords in the end.
	hashing *argon2id.Params

	account   audit.AccountID
	people    []*person
	guests    []guest // who will become a contact, in order
	companies []*company
	contacts  []*contact
	pipelines []*pipeline // the two that stay
	spring    *pipeline   // deleted seventy days ago
	fair      *pipeline   // deleted two days ago
	deals     []*deal
	tasks     []*task
	website   string // the API key of the web forms
	books     string // that of the bookkeeping, and its id
	booksID   string
	made      int            // deals in the two pipelines
	away      *contact       // who was deleted by mistake, until they are back
	lost      audit.EventID  // their deletion
	mistyped  audit.RecordID // a deal with a nought too many
	once      *contact       // who was entered twice
	twice     audit.RecordID // the second time
	homes     []*home        // the properties, an object of their own
	calendars []audit.RecordID
	bookings  []*booking
	talks     []*talk
	bills     []*bill
	templates []audit.RecordID // in the order of the wording

	profile, showroomLine, springLine, stripe, google, welcomeFlow, thanksFlow, workshopFlow audit.RecordID
	// stirred says that something happened after which a workflow may have to do something.
	stirred bool
	post    *jobs.Runner // sends what alerts have to say
}

// company, contact, task: what the house remembers of its records to act on them again.
type (
	company struct {
		id   audit.RecordID
		name string
	}
	contact struct {
		id      audit.RecordID
		guest   guest
		company *company
		owner   *person
		kind    string
		tags    []string
		quiet   bool // does not want to be written to
	}
	task struct {
		id      audit.RecordID
		contact *contact
		done    bool
	}
)

// between gives a number from low to high, both possible.
func (h *house) between(low, high int) int { return low + h.rng.IntN(high-low+1) }

// chance is true in so many of a hundred cases.
func (h *house) chance(percent int) bool { return h.rng.IntN(100) < percent }

// pick chooses one of the items.
func pick[T any](h *house, items []T) T { return items[h.rng.IntN(len(items))] }

// recent chooses one of the items, the later ones more often.
func recent[T any](h *house, items []T) T {
	return items[max(h.rng.IntN(len(items)), h.rng.IntN(len(items)))]
}

// date is the day that many days from now.
func (h *house) date(days int) string {
	return h.clock.now().In(h.zone).AddDate(0, 0, days).Format(time.DateOnly)
}

// create makes a record of texts as they are typed into a form.
func (h *house) create(ctx context.Context, c audit.Caller, object string, texts map[string]string) (*crm.Record, error) {
	in, err := h.input(object, texts)
	if err != nil {
		return nil, err
	}
	h.stirred = h.stirred || object == "contact" || object == "opportunity"
	rec, err := h.w.Engine.Create(ctx, c, object, in)
	if err != nil {
		return nil, fmt.Errorf("demo: create %s %v: %w", object, texts, err)
	}
	return rec, nil
}

// update changes fields of a record.
func (h *house) update(ctx context.Context, c audit.Caller, object string, id audit.RecordID, texts map[string]string) error {
	in, err := h.input(object, texts)
	if err != nil {
		return err
	}
	h.stirred = h.stirred || object == "opportunity" && texts["status"] != ""
	if _, err := h.w.Engine.Update(ctx, c, object, id, in, 0); err != nil {
		return fmt.Errorf("demo: update %s %v: %w", object, texts, err)
	}
	return nil
}

func (h *house) input(object string, texts map[string]string) (crm.Input, error) {
	o, err := h.w.Engine.Schema(h.account).Object(object)
	if err != nil {
		return nil, err
	}
	return crm.Texts(o, texts), nil
}
