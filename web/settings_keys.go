package web

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// keysPage lists the account's API keys, and makes one.
type keysPage struct {
	Base
	Keys   []keyRow
	Fields []formField
	Errors *formErrors
	New    *newKey // nil but right after one was made
}

// newKey is a key as it is shown once.
type newKey struct{ Name, Token string }

// keyRow is a key in the list.
type keyRow struct {
	Name, Role, Known string // Known is the part of the token that is public, without its middle
	By                string // who made it
	Created, Used     Moment
	Revoked           Moment
	Revoke            string // where it is ended, "" when it is already
}

const keysPath = "/settings/api-keys"

func (s *site) keys(v *visit) error {
	return s.showKeys(v, "", auth.MemberRole, nil, nil)
}

func (s *site) showKeys(v *visit, name, role string, problem error, made *newKey) error {
	keys, err := s.ws.Auth.Keys(v.Context(), v.caller())
	if err != nil {
		return err
	}
	table, err := s.ws.Auth.RoleTable(v.Context(), v.caller())
	if err != nil {
		return err
	}
	var makers []audit.RecordID
	for _, k := range keys {
		if k.CreatedBy != "" {
			makers = append(makers, k.CreatedBy)
		}
	}
	names, err := s.ws.Engine.Names(v.Context(), v.caller(), "staff", makers)
	if err != nil {
		return err
	}
	page := &keysPage{Base: s.base(v, "API keys", "keys"), New: made}
	for _, k := range keys {
		row := keyRow{Name: k.Name, Role: roleLabel(k.Role), Known: shortPrefix(k.Prefix()), By: names[k.CreatedBy], Created: page.At(k.CreatedAt), Used: page.At(k.LastUsedAt), Revoked: page.At(k.RevokedAt)}
		if k.CreatedBy == "" {
			row.By = "Command line"
		}
		if k.RevokedAt.IsZero() {
			row.Revoke = keysPath + "/" + k.ID + "/revoke"
		}
		page.Keys = append(page.Keys, row)
	}
	var roles []formOption
	for _, r := range auth.KeyRoles {
		if table.MayGrant(v.caller(), r) == nil {
			roles = append(roles, formOption{r, roleLabel(r), r == role})
		}
	}
	page.Fields = []formField{
		{Key: "name", Label: "Name", Kind: "input", Type: "text", Value: name, Required: true, Hint: "What it is for, such as Website form. It stands in the log with everything that the key does."},
		{Key: "role", Label: "Role", Kind: "select", Choices: []choiceGroup{{Options: roles}}, Value: role, Required: true, Hint: "What it may do. It never does more than you may at the time, and ends when you leave."},
	}
	for i := range page.Fields {
		page.Fields[i].Error = mistakeAt(problem, page.Fields[i].Key)
	}
	page.Errors = summarize(problem, func(key string) bool { return key == "name" || key == "role" })
	return v.render(statusOfForm(problem), "settings_keys", page)
}

func (s *site) keyCreate(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	name, role := form.Get("name"), form.Get("role")
	key, token, err := s.ws.Auth.CreateKey(v.Context(), v.caller(), name, role)
	if err != nil && shownOnForm(err) {
		return s.showKeys(v, name, role, err, nil)
	}
	if err != nil {
		return err
	}
	return s.showKeys(v, "", auth.MemberRole, nil, &newKey{key.Name, token}) // no redirect: the token is kept nowhere
}

// keyRevokePage asks whether a key shall end.
type keyRevokePage struct {
	Base
	Name   string
	Used   Moment
	Action string
	Last   *lastWord
	Errors *formErrors
}

// keyInAddress is the key that the address names.
func (s *site) keyInAddress(v *visit) (auth.Key, error) {
	keys, err := s.ws.Auth.Keys(v.Context(), v.caller())
	if err != nil {
		return auth.Key{}, err
	}
	for _, k := range keys {
		if k.ID == v.PathValue("id") {
			return k, nil
		}
	}
	return auth.Key{}, errs.New(errs.NotFound, "unknown_key", "There is no such API key.")
}

func (s *site) keyRevokeAsk(v *visit) error {
	key, err := s.keyInAddress(v)
	if err != nil {
		return err
	}
	return s.showKeyRevoke(v, key, lastWordOfKey(key), nil)
}

func lastWordOfKey(key auth.Key) *lastWord {
	return &lastWord{Name: key.Name, Why: "A key that was revoked is never valid again. Whoever uses it needs a new one."}
}

func (s *site) showKeyRevoke(v *visit, key auth.Key, last *lastWord, problem error) error {
	page := &keyRevokePage{Base: s.base(v, "Revoke "+key.Name, "keys"), Name: key.Name, Action: keysPath + "/" + key.ID + "/revoke", Last: last,
		Errors: summarizeLast(problem)}
	page.Used = page.At(key.LastUsedAt)
	return v.render(statusOfForm(problem), "settings_key_revoke", page)
}

func (s *site) keyRevoke(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	key, err := s.keyInAddress(v)
	if err != nil {
		return err
	}
	last := lastWordOfKey(key)
	if err := last.missing(form); err != nil {
		return s.showKeyRevoke(v, key, last, err)
	}
	if err := s.ws.Auth.RevokeKey(v.Context(), v.caller(), key.ID); err != nil {
		return err
	}
	return v.redirect(keysPath, Success("Revoked the API key "+audit.Quote(key.Name)+". Requests with it are refused from now on."))
}

// roleLabel is a role as people read it.
func roleLabel(role string) string {
	return map[string]string{auth.Owner: "Owner", auth.Admin: "Admin", auth.MemberRole: "Member", auth.Agency: "Agency"}[role]
}

// shortPrefix is a key's prefix without the part that all keys of the account have.
func shortPrefix(prefix string) string {
	if len(prefix) < 20 {
		return prefix
	}
	return prefix[:6] + "…" + prefix[len(prefix)-10:]
}
