package alerts

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// ID names an alert.
type ID string

// The limits.
const (
	MaxAlerts     = 50             // of an account, ready-made ones included
	MaxRecipients = 10             // people of an alert
	MaxCount      = 1000           // entries of a condition
	MaxMinutes    = 24 * 60        // of a condition
	Group         = time.Minute    // between two firings of an alert on every entry
	Listed        = 10             // entries in a message; of more the first and the last half as many
	MaxDigest     = 50             // firings in a digest; of more it gives the number
	TooLate       = 72 * time.Hour // older entries do not count any more
)

// Alert is a filter that is watched, and who is told.
type Alert struct {
	Account   audit.AccountID
	ID        ID
	Name      string
	Query     string // the filter, in the parameters of audit.ParseFilter without days
	Condition Condition
	// Digest is when the firings of a day are told together, "08:00" by the clock of the account; "" tells each at once.
	Digest     string
	Recipients []audit.RecordID // staff records
	Webhook    string           // an address that takes a POST, "" for none
	Secret     string           // of the webhook's signature; nothing shows or logs it
	Enabled    bool
	Paused     string // why Backtrail switched it off, or while it is on leaves its webhook out, for a person; "" when it did not
	Owner      Owner
	CreatedAt  time.Time
	UpdatedAt  time.Time

	// Since is when it was switched on, or its filter changed: what was recorded before does not count.
	Since time.Time
	State State
	DueAt time.Time // when the state asks for something by the clock; zero for never
	// What came of it last.
	FiredAt  time.Time
	Fired    audit.EventID
	SentAt   time.Time
	FailedAt time.Time
	Problem  string // why the last delivery failed, "" when it did not
	TestedAt time.Time
}

// Owner is who answers for an alert: who made it, or saved it last. It is the zero Owner for a ready-made one that nobody touched.
type Owner struct {
	Type audit.ActorType
	ID   audit.ActorID
	Name string
}

// State is what an alert remembers between two looks at the log.
type State struct {
	Counts  Counts   `json:"counts,omitzero"`
	Pending *Pending `json:"pending,omitempty"`
	// Held is what came while a number was quiet after it fired; it is told at HeldUntil, when the first quiet time of it ends.
	Held      *Pending  `json:"held,omitempty"`
	HeldUntil time.Time `json:"held_until,omitzero"`
	// Digest are the firings that the digest at DigestAt tells of, and More how many it only counts.
	Digest   []audit.EventID `json:"digest,omitempty"`
	More     int             `json:"more,omitempty"`
	DigestAt time.Time       `json:"digest_at,omitzero"`
}

// Params is the filter as parameters.
func (a Alert) Params() url.Values {
	params, err := url.ParseQuery(a.Query)
	if err != nil {
		return url.Values{}
	}
	return params
}

// Ref is the alert as events name it.
func (a Alert) Ref() *audit.Ref {
	return &audit.Ref{Object: Object, ID: audit.RecordID(a.ID), Name: a.Name}
}

// Object is what the log calls an alert.
const Object = "audit_alert"

// ShownWebhook is the address as everybody may see it: its path often holds a secret.
func (a Alert) ShownWebhook() string {
	u, err := url.Parse(a.Webhook)
	if err != nil || a.Webhook == "" {
		return ""
	}
	text := u.Scheme + "://" + u.Host
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		text += "/…"
	}
	return text
}

// ready reports whether Backtrail made it.
func (a Alert) Ready() bool {
	return slices.ContainsFunc(readyMade, func(r Alert) bool { return r.ID == a.ID })
}

// forget lets an alert begin anew: nothing that it saw so far counts.
func (a *Alert) forget(now time.Time) {
	a.State, a.DueAt, a.Since = State{}, time.Time{}, now
}

// sorted puts those that are on first, each by name.
func sorted(list []Alert) []Alert {
	slices.SortFunc(list, func(a, b Alert) int {
		if a.Enabled != b.Enabled {
			if a.Enabled {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func notFound() error {
	return errs.New(errs.NotFound, "unknown_alert", "There is no such alert.").WithFix("It may have been deleted.")
}
