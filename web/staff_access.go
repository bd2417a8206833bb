package web

import (
	"net/http"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// staffAccess is how a staff member comes in, on their page.
type staffAccess struct {
	Name      string
	Status    string
	Invited   Moment // when the last link was made, zero for never
	Expires   Moment
	Expired   bool
	Invite    string // where to make a link; "" when that is not possible
	Way       string // how the link reaches them
	Link      string // where to make one to a new password
	Factor    Moment // since when there is a second factor, zero for none
	FactorOff string // where an owner takes it away
	Act       string // where an owner begins to work as them
	Rights    []staffRight
	Sessions  sessionTable
}

// staffRight is a permission as a staff member's page shows it.
type staffRight struct {
	Label  string
	Single bool // given to them; the role alone does not give it
}

// rightsOf lists what a staff member may do, and what narrows it, by the account's table of roles.
func rightsOf(rec *crm.Record, table auth.RoleTable) []staffRight {
	role := rec.Fields["role"].Text()
	var given []audit.Permission
	for _, p := range rec.Fields["permissions"].Strings() {
		given = append(given, audit.Permission(p))
	}
	byRole, all := table.Effective(role, nil), table.Effective(role, given)
	var rights []staffRight
	for _, p := range audit.Permissions {
		if all[p] {
			rights = append(rights, staffRight{p.Label(), !byRole[p]})
		}
	}
	return rights
}

// fillAccess adds to the page of a staff member how they come in, for who manages staff.
func (s *site) fillAccess(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if view.object.Key != "staff" || !v.may(audit.StaffManage) {
		return nil
	}
	ctx, c, address := v.Context(), v.caller(), view.address(rec.ID)
	owner := c.Role == auth.Owner
	theirs := rec.Fields["role"].Text() != auth.Owner || owner // whether the visitor may touch it
	own := v.id.Acting == nil
	table, err := s.ws.Auth.RoleTable(ctx, c)
	if err != nil {
		return err
	}
	a := &staffAccess{Name: rec.Name, Status: rec.Fields["status"].Text(), Rights: rightsOf(rec, table)}
	i, err := s.ws.Auth.Invitation(ctx, c.Account, rec.ID)
	if err != nil {
		return err
	}
	if a.Status == "invited" {
		a.Invited, a.Expires = page.At(i.CreatedAt), page.At(i.ExpiresAt)
		a.Expired = !i.CreatedAt.IsZero() && (!s.ws.Recorder.Now().Before(i.ExpiresAt) || i.Email != auth.NormalEmail(rec.Fields["email"].Text()))
		if theirs && own {
			a.Invite = address + "/invitation"
			why, err := s.ws.InvitationUnmailed(ctx, c.Account)
			if err != nil {
				return err
			}
			if a.Way = unmailed(why); why == "" {
				a.Way = "It is mailed to " + rec.Fields["email"].Text() + "."
			}
		}
	}
	since, err := s.ws.Auth.StaffTwoFactor(ctx, c, rec.ID)
	if err != nil {
		return err
	}
	a.Factor = page.Day(since)
	sessions, err := s.ws.Auth.StaffSessions(ctx, c, rec.ID)
	if err != nil {
		return err
	}
	for _, x := range sessions {
		row := page.sessionRow(x, address+"/sessions/"+x.ID+"/end")
		if row.Current = x.ID == v.id.Session.ID; row.Current || !theirs || !own {
			row.End = ""
		}
		a.Sessions.Rows = append(a.Sessions.Rows, row)
	}
	self := rec.ID == audit.RecordID(c.Actor.ID)
	if own && theirs && !self && a.Status == "active" {
		a.Link = address + "/password-link"
	}
	if own && owner && !self && !a.Factor.Zero {
		a.FactorOff = address + "/two-factor/off"
	}
	if own && owner && a.Status == "active" && rec.Fields["role"].Text() != auth.Owner {
		a.Act = address + "/act"
	}
	page.Access = a
	return nil
}

// staffLinkPage shows a link that lets somebody in, once.
type staffLinkPage struct {
	Base
	List    navLink
	Back    navLink
	Heading string
	Text    string
	Way     string // why it is shown here
	Link    string // "" when it was sent
	Expires Moment
	Failed  string // why it could not be sent, when that was tried
}

func (s *site) showLink(v *visit, m auth.Member, page staffLinkPage, link auth.Link) error {
	view := v.views()["staff"]
	page.Base = s.base(v, page.Heading, view.nav)
	page.List, page.Back = navLink{view.object.LabelPlural, view.listPath()}, navLink{m.Name, view.address(m.ID)}
	page.Expires = page.At(link.ExpiresAt)
	return v.render(http.StatusOK, "staff_link", &page)
}

// unmailed says why an invitation is not mailed; "" when it is.
func unmailed(why string) string {
	switch why {
	case workspace.NoPublicURL:
		return "It is shown for you to hand over: whoever runs this server has not said where people reach it (--public-url), so no invitation is mailed."
	case workspace.NoMailServer:
		return "It is shown for you to hand over: the business profile names no mail server, so no invitation is mailed."
	}
	return ""
}

// staffInvite makes an invitation and sends it, or shows it.
func (s *site) staffInvite(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	return s.invite(v, id)
}

func (s *site) invite(v *visit, id audit.RecordID) error {
	link, m, err := s.ws.Invite(v.Context(), v.caller(), id)
	if err != nil {
		return s.staffProblem(v, id, err)
	}
	address := invitationLink.to(v, link.Token)
	page := staffLinkPage{Heading: "Invitation", Text: m.Name + " comes in by this link, once, and chooses a password there. Links from before are void."}
	sent, failed, err := s.ws.MailInvitation(v.Context(), m, address, link.ExpiresAt)
	if err != nil {
		return err
	}
	if sent {
		return v.redirect(v.views()["staff"].address(id), Success("The invitation is on its way to "+m.Email+"."))
	}
	why, err := s.ws.InvitationUnmailed(v.Context(), m.Account)
	if err != nil {
		return err
	}
	page.Link, page.Failed, page.Way = address, failed, unmailed(why)
	return s.showLink(v, m, page, link)
}

// staffPasswordLink makes a link to a new password and shows it.
func (s *site) staffPasswordLink(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	link, m, err := s.ws.Auth.CreatePasswordLink(v.Context(), v.caller(), id)
	if err != nil {
		return s.staffProblem(v, id, err)
	}
	return s.showLink(v, m, staffLinkPage{Heading: "New password", Link: passwordLink.to(v, link.Token),
		Text: m.Name + " chooses a new password by this link, once. Their present one works until then."}, link)
}

// staffProblem shows on the person's page why something was not possible.
func (s *site) staffProblem(v *visit, id audit.RecordID, err error) error {
	if !errs.Is(err, errs.NotPossible) && !errs.Is(err, errs.Conflict) {
		return err
	}
	e := errs.Of(err)
	return v.redirect(v.views()["staff"].address(id), Failure(e.Detail+" "+e.Fix))
}

func (s *site) staffTwoFactorOff(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	if err := s.ws.Auth.ResetTwoFactor(v.Context(), v.caller(), id); err != nil {
		return s.staffProblem(v, id, err)
	}
	return v.redirect(v.views()["staff"].address(id), Success("Their second factor is off."))
}

func (s *site) staffSessionEnd(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	if err := s.ws.Auth.RevokeStaffSession(v.Context(), v.caller(), id, v.PathValue("session")); err != nil {
		return err
	}
	return v.redirect(v.views()["staff"].address(id), Success("That session has ended."))
}
