package api

import (
	"context"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// Roles is what the roles of an account may do.
type Roles struct {
	Version int64              `json:"version" doc:"Counts the changes; 0 when the account has the defaults"`
	Owner   []audit.Permission `json:"owner" doc:"Always all of them"`
	Admin   []audit.Permission `json:"admin"`
	Member  []audit.Permission `json:"member"`
	Agency  []audit.Permission `json:"agency"`
	Changed *string            `json:"changed_at" format:"date-time" doc:"null when nobody changed them"`
}

type rolesAnswer struct{ Body Roles }

func rolesOf(t auth.RoleTable) *rolesAnswer {
	of := func(role string) []audit.Permission {
		return append([]audit.Permission{}, t.Permissions(role)...) // [] rather than null
	}
	out := Roles{Version: t.Version, Owner: of(auth.Owner), Admin: of(auth.Admin), Member: of(auth.MemberRole), Agency: of(auth.Agency)}
	if t.Version > 0 {
		changed := timeText(t.ChangedAt)
		out.Changed = &changed
	}
	return &rolesAnswer{out}
}

func (a *API) roles(ctx context.Context, _ *none) (*rolesAnswer, error) {
	t, err := a.Auth.RoleTable(ctx, callerOf(ctx))
	if err != nil {
		return nil, err
	}
	return rolesOf(t), nil
}

type rolesBody struct {
	Admin  *[]audit.Permission `json:"admin,omitempty" doc:"All that admins may do from now on; left out, it stays. In each list records.write brings records.read along"`
	Member *[]audit.Permission `json:"member,omitempty" doc:"All that members may do from now on; left out, it stays"`
	Agency *[]audit.Permission `json:"agency,omitempty" doc:"All that agencies may do from now on; left out, it stays"`
}

func (a *API) updateRoles(ctx context.Context, in *struct {
	IfMatch string `header:"If-Match" doc:"The version that the caller saw; 412 when there is another by now"`
	Body    rolesBody
}) (*rolesAnswer, error) {
	u := auth.RoleUpdate{Version: auth.AnyVersion}
	if s := strings.Trim(strings.TrimSpace(in.IfMatch), `"`); s != "" && s != "*" {
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil || v < 0 {
			return nil, errs.InvalidField("If-Match", "invalid_version", `The header If-Match must be a version such as "3".`)
		}
		u.Version = v
	}
	u.Admin, u.Member, u.Agency = given(in.Body.Admin), given(in.Body.Member), given(in.Body.Agency)
	t, err := a.Auth.UpdateRoles(ctx, callerOf(ctx), u)
	if err != nil {
		return nil, err
	}
	return rolesOf(t), nil
}

// given is a list of the body, nil when it was left out.
func given(list *[]audit.Permission) []audit.Permission {
	if list == nil {
		return nil
	}
	return append([]audit.Permission{}, *list...)
}
