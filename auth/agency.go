package auth

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Accounts are not linked. What lets a person see the logs of several as one is that each of them, by itself, gave the
// person the role agency and lets that role, or the person, read its log. Each can take it back without asking the others.
// The person has accepted each: anybody can add somebody's email to the staff of an account of their own, and would
// learn when and from where that person looks at the logs of their clients, and put entries among those.

// InAgency reports whether the log of the place is among those that the person sees as one.
func (p Place) InAgency() bool {
	return p.Member.Role == Agency && p.Member.Accepted && p.May[audit.AuditRead]
}

// AgencyPlace is a place whose log the caller sees among others, with the caller in it.
type AgencyPlace struct {
	Place
	Caller audit.Caller
}

// AgencyPlaces are the accounts whose logs the caller sees as one, by their names: those in which they are active now, with
// the role agency, which they accepted, and may read the log. chosen are those of them that are asked for, all when none is.
//
// errs.Forbidden when there are none, for an API key, and for somebody who acts as another; it is also the answer when one
// of the caller's own accounts is asked for that is none of them, and is told to that account. Any other account is
// errs.Invalid, whether it is there or not; so is one that the caller neither accepted nor is in, which is not told.
func (s *Service) AgencyPlaces(ctx context.Context, id Identity, asked ...audit.AccountID) (all, chosen []AgencyPlace, err error) {
	if err := id.own("see the logs of several accounts together"); err != nil {
		return nil, nil, err
	}
	places, err := s.Places(ctx, id.Memberships)
	if err != nil {
		return nil, nil, err
	}
	from := id.Caller.Origin
	for _, p := range places {
		if p.InAgency() {
			all = append(all, AgencyPlace{p, p.caller(from)})
		}
	}
	slices.SortFunc(all, func(a, b AgencyPlace) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Account.Name), strings.ToLower(b.Account.Name)), strings.Compare(string(a.Account.ID), string(b.Account.ID)))
	})
	if len(all) == 0 {
		return nil, nil, agencyRefusal(from, id.Account.ID, places)
	}
	if len(asked) == 0 {
		return all, all, nil
	}
	for _, account := range asked {
		if slices.ContainsFunc(all, func(p AgencyPlace) bool { return p.Account.ID == account }) {
			continue
		}
		own := func(p Place) bool { return p.Account.ID == account && (p.Member.Accepted || account == id.Account.ID) }
		if i := slices.IndexFunc(places, own); i >= 0 {
			return nil, nil, places[i].agencyRefusal(from)
		}
		return nil, nil, errs.InvalidField("account", "unknown_account", "There is no such account among those whose logs you see together.").
			WithFix("GET /api/v1/agency/accounts lists them. An account is among them after you accepted its invitation.")
	}
	for _, p := range all {
		if slices.Contains(asked, p.Account.ID) {
			chosen = append(chosen, p)
		}
	}
	return all, chosen, nil
}

// agencyRefusal is the error of somebody who sees no log this way. It is told to an account that gave them the role, which
// they accepted, but lets them read no log, or else to the one they are in.
func agencyRefusal(from audit.Origin, in audit.AccountID, places []Place) error {
	i := slices.IndexFunc(places, func(p Place) bool { return p.Member.Role == Agency && p.Member.Accepted })
	if i < 0 {
		i = slices.IndexFunc(places, func(p Place) bool { return p.Account.ID == in })
	}
	return places[i].agencyRefusal(from)
}

// agencyRefusal says why the log of the place is not among those that the person sees as one.
func (p Place) agencyRefusal(from audit.Origin) error {
	here := refusedIn{originOf(from, p.Member)}
	if p.Member.Role == Agency && !p.Member.Accepted {
		e := errs.New(errs.Forbidden, "agency_not_accepted", "You have the role agency in %s without an invitation that you accepted.", audit.Quote(p.Account.Name))
		e.Permission = "role agency"
		return e.WithFix("Ask an owner of the account to give you the status Invited and to send you the link.").Because(here)
	}
	if p.Member.Role == Agency {
		return errs.MissingPermission(string(audit.AuditRead), "read the audit log of "+audit.Quote(p.Account.Name)).Because(here)
	}
	e := errs.New(errs.Forbidden, "agency_needed", "You do not have the role agency in %s.", audit.Quote(p.Account.Name))
	e.Permission = "role agency"
	return e.WithFix("Ask an owner of the account for the role agency.").Because(here)
}

// refusedIn is the reason of a refusal that concerns another account of the caller than the one they are in.
type refusedIn struct{ origin audit.Origin }

func (r refusedIn) Error() string { return "refused in the account " + string(r.origin.Account) }

// concerned is the origin under which a refusal is recorded; usual is the caller's.
func concerned(refusal *errs.Error, usual audit.Origin) audit.Origin {
	if r, ok := errors.AsType[refusedIn](refusal); ok {
		return r.origin
	}
	return usual
}

// RecordAgencyViewed is [Service.RecordViewed] for the logs of several places.
func (s *Service) RecordAgencyViewed(ctx context.Context, id Identity, places []AgencyPlace) error {
	looks := make([]audit.Origin, len(places))
	for i, p := range places {
		looks[i] = p.Caller.Origin
	}
	// Always in one order: two that look at the same logs at once must not wait for each other.
	slices.SortFunc(looks, func(a, b audit.Origin) int { return strings.Compare(string(a.Account), string(b.Account)) })
	return s.recordViewed(ctx, id, looks...)
}
