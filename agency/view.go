package agency

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// MaxAccounts is of how many accounts the logs are read as one.
const MaxAccounts = 200

// Service reads the logs of several accounts. It is safe for concurrent use.
type Service struct {
	log  Log
	auth *auth.Service
}

// New returns a service over the log, for the people whom people knows.
func New(log Log, people *auth.Service) *Service { return &Service{log, people} }

// View is the logs that a caller sees as one, as of this request.
type View struct {
	All    []auth.AgencyPlace // every account that they see so, by its name
	Chosen []auth.AgencyPlace // those that are asked for
	s      *Service
	id     auth.Identity
	asked  []audit.AccountID
}

// View opens the logs of the accounts that are asked for, of all that the caller sees so when none is. The errors are those
// of [auth.Service.AgencyPlaces].
func (s *Service) View(ctx context.Context, id auth.Identity, asked []audit.AccountID) (*View, error) {
	asked = slices.Compact(slices.Sorted(slices.Values(asked)))
	all, chosen, err := s.auth.AgencyPlaces(ctx, id, asked...)
	if err != nil {
		return nil, err
	}
	return &View{all, chosen, s, id, asked}, nil
}

// Place is the place of the account among those that were chosen.
func (v *View) Place(account audit.AccountID) auth.AgencyPlace {
	i := slices.IndexFunc(v.Chosen, func(p auth.AgencyPlace) bool { return p.Account.ID == account })
	return v.Chosen[i]
}

// Listing is a page of a view, with the cursor of the next one, "" at the end.
type Listing struct {
	Events []Event
	Next   string
	Later  bool      // it does not begin with the newest
	From   time.Time // of the entry before it, zero for none
}

// Events reads a page behind the cursor of the page before. In each chosen log it has noted that the caller looks at it, as it
// is when that log is read alone: a log without an entry on the page is read too, and that there is none, or that more pages
// follow, tells of it.
//
// errs.Invalid when the cursor is another list's, or more than MaxAccounts are chosen.
func (v *View) Events(ctx context.Context, q Query, cursor string) (Listing, error) {
	if len(v.Chosen) > MaxAccounts {
		return Listing{}, errs.InvalidField("account", "too_many_accounts", "The logs of at most %d accounts are shown together; these are %d.",
			MaxAccounts, len(v.Chosen)).WithFix("Choose the accounts.")
	}
	var err error
	if q.After, err = v.position(q.Filter, cursor); err != nil {
		return Listing{}, err
	}
	if err := v.s.auth.RecordAgencyViewed(ctx, v.id, v.Chosen); err != nil {
		return Listing{}, err
	}
	page, err := Read(ctx, v.s.log, accountsOf(v.Chosen), q)
	if err != nil {
		return Listing{}, err
	}
	return Listing{page.Events, v.cursor(q.Filter, page.Next), cursor != "", q.After.OccurredAt}, nil
}

func accountsOf(places []auth.AgencyPlace) []audit.AccountID {
	ids := make([]audit.AccountID, len(places))
	for i, p := range places {
		ids[i] = p.Account.ID
	}
	return ids
}

// cursorForm is what a cursor holds. The person, the accounts asked for and the filter are in it as a hash, so that a
// cursor that was taken elsewhere is refused. It guards nothing: what is read is worked out anew for every page, and an
// account that came or went between two pages is in the next one or not.
type cursorForm struct {
	Scope   string          `json:"s"`
	Time    int64           `json:"t"`
	ID      audit.EventID   `json:"i"`
	Account audit.AccountID `json:"a"`
}

func (v *View) scope(f audit.Filter) string {
	parts := []string{"agency", string(v.id.Session.Person), f.Fingerprint()}
	for _, a := range v.asked {
		parts = append(parts, string(a))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

func (v *View) cursor(f audit.Filter, p Position) string {
	if p.IsZero() {
		return ""
	}
	b, err := json.Marshal(cursorForm{v.scope(f), p.OccurredAt.UnixMicro(), p.ID, p.Account})
	if err != nil {
		panic("agency: cursor: " + err.Error()) // texts and a number
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func (v *View) position(f audit.Filter, cursor string) (Position, error) {
	if cursor == "" {
		return Position{}, nil
	}
	var c cursorForm
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || !audit.ValidID(c.ID) || !audit.ValidID(c.Account) || c.Scope != v.scope(f) {
		return Position{}, errs.InvalidField("cursor", "invalid_cursor", "The cursor does not belong to this list.").
			WithFix("Ask for the first page again without a cursor, with the same filter for all pages.")
	}
	return Position{audit.Position{OccurredAt: time.UnixMicro(c.Time).UTC(), ID: c.ID}, c.Account}, nil
}
