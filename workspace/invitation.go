package workspace

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Invite makes a link by which a staff member with the status invited comes in; links from before are void. It needs
// staff.manage and all that the member may do, and an owner for an owner. errs.NotPossible when they are not invited.
func (w *Workspace) Invite(ctx context.Context, c audit.Caller, staff audit.RecordID) (auth.Link, auth.Member, error) {
	var link auth.Link
	var m auth.Member
	if err := w.Engine.MayWrite(c, w.mustObject("staff")); err != nil {
		return link, m, err
	}
	if c.Actor.OnBehalfOf != nil {
		return link, m, errs.New(errs.Forbidden, "not_while_acting", "You cannot invite anybody while you work as somebody else.").WithFix("Stop working as them first.")
	}
	err := w.Engine.Do(ctx, c, func(op *crm.Operation) error {
		rec, err := op.Record(ctx, "staff", staff)
		if err != nil {
			return err
		}
		m = memberOf(c.Account, rec)
		if m.Role == auth.Owner && c.Role != auth.Owner {
			e := errs.New(errs.Forbidden, "owner_needed", "Only an owner can invite an owner.")
			e.Permission = "role owner"
			return e.WithFix("Ask an owner of the account.")
		}
		// Whoever has the link can come in as them.
		if err := w.Auth.MayGive(ctx, op.Tx().(Tx), c, auth.Member{}, m); err != nil {
			return err
		}
		if m.Status != "invited" {
			return errs.New(errs.NotPossible, "not_invited", "%s has the status %s.", audit.Quote(m.Name), m.Status).
				WithFix("Only who has the status invited can get an invitation.")
		}
		link, err = w.Auth.InviteIn(ctx, op.Tx().(Tx), op.Log(), m)
		return err
	})
	return link, m, err
}

// AcceptInvitation makes the staff member of an invitation active, with a new password or confirmed by the one they have.
// Its errors are those of [auth.Service.NewAcceptance]. The event has the member as its actor: nobody else has the link
// and the password.
func (w *Workspace) AcceptInvitation(ctx context.Context, token, password string, from audit.Origin) (auth.Member, error) {
	a, err := w.Auth.NewAcceptance(ctx, token, password, from)
	if err != nil {
		return auth.Member{}, err
	}
	account, staff := a.Account.ID, a.Member.ID
	from.Account = account
	from.Actor = audit.Actor{Type: audit.User, ID: audit.ActorID(staff), Name: a.Member.Name, Email: a.Member.Email}
	// To become active is all that the invitation gives them the right to; an owner may be invited too.
	c := audit.Caller{Origin: from, Role: auth.Owner, Permissions: auth.Effective(auth.Owner, nil)}
	in := crm.Texts(w.mustObject("staff"), map[string]string{"status": "active"})
	err = w.store.WriteRecords(ctx, account, func(tx crm.Tx) error {
		return w.Engine.In(ctx, tx, c, func(op *crm.Operation) error {
			rec, err := op.Record(ctx, "staff", staff)
			if err != nil && !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Gone) {
				return err
			}
			email := ""
			if err == nil && rec.Fields["status"].Text() == "invited" {
				email = rec.Fields["email"].Text()
			}
			if err := w.Auth.AcceptIn(ctx, tx.(Tx), a, email); err != nil {
				return err
			}
			_, err = op.Update(ctx, "staff", staff, in, 0)
			return err
		})
	})
	return a.Member, err
}

func memberOf(account audit.AccountID, rec *crm.Record) auth.Member {
	m := auth.Member{Account: account, ID: rec.ID, Name: rec.Name, Email: rec.Fields["email"].Text(),
		Role: rec.Fields["role"].Text(), Status: rec.Fields["status"].Text()}
	for _, p := range rec.Fields["permissions"].Strings() {
		m.Permissions = append(m.Permissions, audit.Permission(p))
	}
	return m
}

// admit asks whether a staff record may become active; see [auth.Service.Admit].
func (w *Workspace) admit(ctx context.Context, op *crm.Operation, did crm.Written) error {
	if did.After == nil || did.After.Fields["status"].Text() != "active" {
		return nil
	}
	if b := did.Before; b != nil && b.Fields["status"] == did.After.Fields["status"] && b.Fields["email"] == did.After.Fields["email"] {
		return nil
	}
	return w.Auth.Admit(ctx, op.Tx().(Tx), memberOf(op.Caller().Account, did.After))
}
