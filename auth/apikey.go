package auth

import (
	"context"
	"crypto/subtle"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

const maxKeyName = 100 // characters

// keyWord is a key inside a sentence.
var keyWord = audit.Word{One: "API key", Many: "API keys"}

func keyRef(k Key) *audit.Ref {
	return &audit.Ref{Object: "api_key", ID: audit.RecordID(k.ID), Name: k.Name}
}

func invalidKey() error {
	return errs.New(errs.Unauthenticated, "invalid_api_key", "This API key is not valid.").
		WithFix("Check that it is complete, or make a new one: it may have been revoked.")
}

// Keys lists the account's API keys, revoked ones too. It needs settings.manage.
func (s *Service) Keys(ctx context.Context, c audit.Caller) ([]Key, error) {
	if !c.May(audit.SettingsManage) {
		return nil, errs.MissingPermission(string(audit.SettingsManage), "see the API keys")
	}
	return s.store.Keys(ctx, c.Account)
}

// CreateKey makes an API key of the caller's account and returns its token, which is shown once and kept nowhere. It
// needs settings.manage, and a role can be given only by whom it adds nothing to (see [RoleTable.MayGrant]).
func (s *Service) CreateKey(ctx context.Context, c audit.Caller, name, role string) (Key, string, error) {
	var key Key
	var token string
	err := s.store.WriteAuth(ctx, func(tx Tx) (err error) {
		key, token, err = s.CreateKeyIn(ctx, tx, c, name, role)
		return err
	})
	return key, token, err
}

// CreateKeyIn is CreateKey inside a transaction that is already open.
func (s *Service) CreateKeyIn(ctx context.Context, tx Tx, c audit.Caller, name, role string) (Key, string, error) {
	if !c.May(audit.SettingsManage) {
		return Key{}, "", errs.MissingPermission(string(audit.SettingsManage), "make API keys")
	}
	if err := ownCaller(c, "make API keys"); err != nil {
		return Key{}, "", err
	}
	name, err := checkKey(name, role)
	if err != nil {
		return Key{}, "", err
	}
	table, err := tx.RoleTable(ctx, c.Account)
	if err != nil {
		return Key{}, "", err
	}
	if err := table.MayGrant(c, role); err != nil {
		return Key{}, "", err
	}
	maker, err := makerOf(ctx, tx, c)
	if err != nil {
		return Key{}, "", err
	}
	secret := newSecret()
	key := Key{Account: c.Account, ID: string(s.recorder.NewID()), Name: name, Role: role, SecretHash: hashSecret(secret),
		CreatedBy: maker, CreatedAt: s.recorder.Now()}
	if err := tx.PutKey(ctx, key); err != nil {
		return Key{}, "", err
	}
	_, err = s.recorder.One(ctx, tx, c.Origin, audit.Draft{Type: "api_key.created", Record: keyRef(key), Word: keyWord,
		Changes: []audit.Change{
			{Field: "name", Label: "Name", After: audit.String(name)},
			{Field: "role", Label: "Role", After: audit.String(role), AfterText: upperFirst(role)},
		}})
	return key, keyToken{key.Account, key.ID, secret}.String(), err
}

// makerOf is the staff record that a new key hangs on: the caller's, or that of the caller's own key.
func makerOf(ctx context.Context, tx Tx, c audit.Caller) (audit.RecordID, error) {
	switch c.Actor.Type {
	case audit.User:
		return audit.RecordID(c.Actor.ID), nil
	case audit.APIKey:
		parent, err := tx.Key(ctx, c.Account, string(c.Actor.ID))
		return parent.CreatedBy, err
	}
	return "", nil
}

func checkKey(name, role string) (string, error) {
	name = strings.TrimSpace(name)
	var wrong []errs.Field
	switch {
	case name == "":
		wrong = append(wrong, errs.Field{Field: "name", Code: "required", Detail: "The key needs a name that says what it is for."})
	case !utf8.ValidString(name) || strings.ContainsFunc(name, isControl):
		wrong = append(wrong, errs.Field{Field: "name", Code: "invalid_text", Detail: "The name holds characters that cannot be shown."})
	case utf8.RuneCountInString(name) > maxKeyName:
		wrong = append(wrong, errs.Field{Field: "name", Code: "too_long", Detail: "The name may have at most 100 characters."})
	}
	if !slices.Contains(KeyRoles, role) {
		wrong = append(wrong, errs.Field{Field: "role", Code: "invalid_option", Detail: "The role must be owner, admin or member."})
	}
	return name, errs.InvalidFields(wrong)
}

// RevokeKey ends a key for good; errs.NotFound when the caller's account has none of this id. Revoking it again does
// nothing. It needs settings.manage.
func (s *Service) RevokeKey(ctx context.Context, c audit.Caller, id string) error {
	if !c.May(audit.SettingsManage) {
		return errs.MissingPermission(string(audit.SettingsManage), "revoke API keys")
	}
	if err := ownCaller(c, "revoke API keys"); err != nil {
		return err
	}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		key, err := tx.Key(ctx, c.Account, id)
		if errs.Is(err, errs.NotFound) {
			return errs.New(errs.NotFound, "unknown_key", "There is no such API key.")
		}
		if err != nil || !key.RevokedAt.IsZero() {
			return err
		}
		key.RevokedAt = s.recorder.Now()
		if err := tx.PutKey(ctx, key); err != nil {
			return err
		}
		_, err = s.recorder.One(ctx, tx, c.Origin, revocation(key))
		return err
	})
}

func revocation(key Key) audit.Draft {
	return audit.Draft{Type: "api_key.revoked", Record: keyRef(key), Word: keyWord,
		Changes: []audit.Change{{Field: "status", Label: "Status", Before: audit.String("valid"), BeforeText: "Valid",
			After: audit.String("revoked"), AfterText: "Revoked"}}}
}

// byKey finds the key of a bearer token. All that is wrong with it gets one answer.
func (s *Service) byKey(ctx context.Context, c Credentials) (Identity, error) {
	token, ok := parseKeyToken(c.Bearer)
	if !ok {
		return Identity{}, invalidKey()
	}
	key, err := s.store.Key(ctx, token.account, token.id)
	if errs.Is(err, errs.NotFound) {
		return Identity{}, invalidKey()
	}
	if err != nil {
		return Identity{}, err
	}
	if subtle.ConstantTimeCompare([]byte(hashSecret(token.secret)), []byte(key.SecretHash)) != 1 || !key.RevokedAt.IsZero() {
		return Identity{}, invalidKey()
	}
	role, permissions, err := s.keyRights(ctx, key)
	if err != nil {
		return Identity{}, err
	}
	if c.Account != "" && c.Account != key.Account {
		return Identity{}, unknownAccount()
	}
	account, err := s.store.Account(ctx, key.Account)
	if err != nil {
		return Identity{}, err
	}
	if key, err = s.touchKey(ctx, key); err != nil {
		return Identity{}, err
	}
	origin := c.Origin
	origin.Account = key.Account
	origin.Actor = audit.Actor{Type: audit.APIKey, ID: audit.ActorID(key.ID), Name: key.Name}
	origin.Context.Session = key.ID
	caller := audit.Caller{Origin: origin, Role: role, Permissions: permissions}
	return Identity{Caller: caller, Account: account, Key: &key}, nil
}

// keyRights are what a key may do now: what the account lets its role do, and no more than its maker may do at this
// moment. A role that narrows to assigned records leaves a key none: it has none assigned. It
// refuses a key whose maker is gone, not active, or sees only the records assigned to them: a key has none assigned.
func (s *Service) keyRights(ctx context.Context, key Key) (role string, _ map[audit.Permission]bool, _ error) {
	table, err := s.store.RoleTable(ctx, key.Account)
	if err != nil {
		return "", nil, err
	}
	given := table.Effective(key.Role, nil)
	if key.CreatedBy == "" {
		return key.Role, given, nil
	}
	maker, err := s.store.MemberByID(ctx, key.Account, key.CreatedBy)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return "", nil, err
	}
	may := table.Effective(maker.Role, maker.Permissions)
	if err != nil || maker.Status != active || may[audit.RecordsOnlyAssigned] {
		return "", nil, invalidKey()
	}
	maps.DeleteFunc(given, func(p audit.Permission, _ bool) bool { return !may[p] && p != audit.RecordsOnlyAssigned }) // it narrows
	// Roles stands with the most powerful first.
	return Roles[max(slices.Index(Roles, key.Role), slices.Index(Roles, maker.Role))], given, nil
}

// Prefix is the beginning of the key's token, by which its holder finds it again. It is public: it holds the ids of the
// account and the key, and nothing of the secret.
func (k Key) Prefix() string {
	b, ok := appendID(nil, string(k.Account))
	if !ok {
		return ""
	}
	if b, ok = appendID(b, k.ID); !ok {
		return ""
	}
	return keyPrefix + encoding.EncodeToString(b)[:prefixSize]
}

// prefixSize is how many characters of a token lie wholly in its ids: 32 bytes make 42 characters and a part of one.
const prefixSize = 42

// touchKey notes that the key is in use, at most once in touchEvery.
func (s *Service) touchKey(ctx context.Context, key Key) (Key, error) {
	now := s.recorder.Now()
	if now.Sub(key.LastUsedAt) < touchEvery {
		return key, nil
	}
	err := impatient(ctx, func(ctx context.Context) error {
		return s.store.WriteAuth(ctx, func(tx Tx) error {
			held, err := tx.Key(ctx, key.Account, key.ID)
			if err != nil {
				return err
			}
			if !held.RevokedAt.IsZero() {
				return invalidKey()
			}
			if held.LastUsedAt.Before(now) {
				held.LastUsedAt = now
			}
			key = held
			return tx.PutKey(ctx, held)
		})
	})
	return key, err
}
