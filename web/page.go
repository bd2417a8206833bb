package web

import (
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/workspace"
)

// Base is what every page has. A page's struct embeds it.
type Base struct {
	Title   string
	Nav     []NavEntry
	Account auth.Account
	Person  auth.Member
	Acting  *actingBar // while the visitor works as somebody else
	// Accounts are those of the person, to switch between; none when there is just one.
	Accounts []accountChoice
	// Agency tells that the person sees the logs of accounts as one.
	Agency  bool
	Flash   *Flash
	Version string
	Contact string // whom to ask; see Options.SupportContact
	Path    string // of this page, with its query

	files *staticFiles
	zone  *time.Location
	now   time.Time
	may   map[audit.Permission]bool
}

// base makes the base of a page. nav is the key of its entry in the navigation.
func (s *site) base(v *visit, title, nav string) Base {
	b := Base{Title: title, Flash: v.flash, Version: s.Version, Contact: s.SupportContact, Path: v.URL.RequestURI(),
		files: s.files, zone: time.UTC, now: s.ws.Recorder.Now()}
	if v.id.Session == nil {
		return b
	}
	b.Account, b.Person, b.zone = v.id.Account, v.id.Member, workspace.Zone(v.id.Account)
	b.may = v.id.Caller.Permissions
	b.Nav = navigation(b.may, nav, customEntries(v.schema()))
	if a := v.id.Acting; a != nil {
		b.Acting = &actingBar{Self: v.id.Self.Name, As: v.id.Member.Name, Until: b.moment(a.Until, "15:04")}
	}
	b.fillAccounts(s, v)
	return b
}

// Role is the visitor's in the account.
func (b Base) Role() string { return roleLabel(b.Person.Role) }

// accountChoice is an account that the visitor can switch to.
type accountChoice struct {
	ID   audit.AccountID
	Name string
	Role string // of the visitor there
}

// fillAccounts fills the switcher. One that cannot be filled is left out: the page itself is still right.
func (b *Base) fillAccounts(s *site, v *visit) {
	if v.id.Acting != nil {
		return
	}
	places, err := s.ws.Auth.Places(v.Context(), v.id.Memberships)
	if err != nil {
		return
	}
	for _, p := range places {
		b.Agency = b.Agency || p.InAgency()
		if len(places) > 1 {
			b.Accounts = append(b.Accounts, accountChoice{p.Account.ID, p.Account.Name, roleLabel(p.Member.Role)})
		}
	}
	slices.SortStableFunc(b.Accounts, func(x, y accountChoice) int { return strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)) })
}

// Asset is the address of a static file, "" when it is not built in.
func (b Base) Asset(name string) string { return b.files.address(name) }

// May reports whether the visitor has the permission.
func (b Base) May(p string) bool { return b.may[audit.Permission(p)] }

// CanWrite reports whether the visitor may change records.
func (b Base) CanWrite() bool { return b.may[audit.RecordsWrite] }

// CanWriteShared reports whether the visitor may change what belongs to nobody: pipelines with their stages.
func (b Base) CanWriteShared() bool { return b.CanWrite() && !b.may[audit.RecordsOnlyAssigned] }

// Moment is a time as pages show it: in the account's zone, UTC on hover. The template "time" shows one.
type Moment struct {
	Zero               bool
	Text, Machine, UTC string
}

// At is a time with its day.
func (b Base) At(t time.Time) Moment { return b.moment(t, "2 Jan 2006, 15:04") }

// Day is the day of a time.
func (b Base) Day(t time.Time) Moment { return b.moment(t, "2 Jan 2006") }

// Clock is the time of the day alone.
func (b Base) Clock(t time.Time) Moment { return b.moment(t, "15:04:05") }

// ReadAt is when the page was made: on paper it says how old it is.
func (b Base) ReadAt() Moment { return b.moment(b.now, "2 Jan 2006, 15:04:05") }

func (b Base) moment(t time.Time, layout string) Moment {
	return Moment{Zero: t.IsZero(), Text: t.In(b.zone).Format(layout), Machine: t.UTC().Format(time.RFC3339Nano),
		UTC: t.UTC().Format("2006-01-02 15:04:05 UTC")}
}

// ZoneName is the name of the account's time zone.
func (b Base) ZoneName() string { return b.zone.String() }
