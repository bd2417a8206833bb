package savedviews

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// ID names a view.
type ID string

// View is a filter of the log under a name.
type View struct {
	Account   audit.AccountID
	ID        ID
	Owner     audit.ActorID // who made it: the staff record, or the API key
	OwnerName string        // as they were called then: a shared view stays when they are gone
	Name      string
	Query     string // the filter; see the package
	Shared    bool
	CreatedAt time.Time
	UpdatedAt time.Time
}

// The limits.
const (
	MaxViews = 100  // of one person, shared ones included
	MaxName  = 100  // characters
	MaxQuery = 4000 // bytes
)

// Params is the filter as parameters. What was checked when it was saved can be read.
func (v View) Params() url.Values {
	params, err := url.ParseQuery(v.Query)
	if err != nil {
		return url.Values{}
	}
	return params
}

// sees reports whether somebody sees the view.
func (v View) sees(who audit.ActorID) bool { return v.Shared || v.Owner == who }

// MayChange reports whether the caller may change and delete a view that they see.
func (v View) MayChange(c audit.Caller) bool { return !v.Shared || c.May(audit.AuditManage) }

// sorted puts the own views first, then the shared ones, each by name.
func sorted(list []View) []View {
	slices.SortFunc(list, func(a, b View) int {
		if a.Shared != b.Shared {
			return cmp.Compare(shareRank(a), shareRank(b))
		}
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func shareRank(v View) int {
	if v.Shared {
		return 1
	}
	return 0
}

func notFound() error {
	return errs.New(errs.NotFound, "unknown_view", "There is no such view.").WithFix("It may have been deleted, or is no longer shared.")
}
