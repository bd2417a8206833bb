package auth

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// memory is a Store in maps. A transaction holds the lock for its time, so that fn cannot read by another way.
type memory struct {
	mu      sync.RWMutex // guards everything below
	rows    rows
	members []Member
	writes  int // transactions that committed something
}

type rows struct {
	accounts map[audit.AccountID]Account
	people   map[string]Person // by email
	sessions map[string]Session
	keys     map[string]Key
	attempts map[string]Attempts
	ways
	events []*audit.Event
	bodies []byte
	puts   int
	roles  map[audit.AccountID]RoleTable // never changed in place
}

func (r rows) clone() rows {
	r.accounts, r.people, r.sessions = maps.Clone(r.accounts), maps.Clone(r.people), maps.Clone(r.sessions)
	r.keys, r.attempts, r.events, r.bodies = maps.Clone(r.keys), maps.Clone(r.attempts), slices.Clone(r.events), slices.Clone(r.bodies)
	r.ways = r.ways.clone()
	return r
}

func newMemory() *memory {
	return &memory{rows: rows{map[audit.AccountID]Account{}, map[string]Person{}, map[string]Session{}, map[string]Key{}, map[string]Attempts{}, newWays(), nil, nil, 0, nil}}
}

var _ Store = (*memory)(nil)

func find[K comparable, V any](m map[K]V, k K) (V, error) {
	v, ok := m[k]
	if !ok {
		return v, errs.New(errs.NotFound, "not_found", "There is no such thing.")
	}
	return v, nil
}

func (m *memory) WriteAuth(_ context.Context, fn func(Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	// A store may run fn again; this one always does, and throws the first run away.
	if err := fn(&memoryTx{m.rows.clone()}); err != nil {
		return err
	}
	tx := &memoryTx{m.rows.clone()}
	if err := fn(tx); err != nil {
		return err
	}
	if tx.rows.puts > m.rows.puts {
		m.writes++
	}
	m.rows = tx.rows
	return nil
}

func (m *memory) read() (rows, func()) {
	m.mu.RLock()
	return m.rows, m.mu.RUnlock
}

func (m *memory) Account(_ context.Context, id audit.AccountID) (Account, error) {
	r, done := m.read()
	defer done()
	return find(r.accounts, id)
}

func (m *memory) Person(_ context.Context, id PersonID) (Person, error) {
	r, done := m.read()
	defer done()
	for _, p := range r.people {
		if p.ID == id {
			return p, nil
		}
	}
	return find(r.people, "")
}

func (m *memory) PersonByEmail(_ context.Context, email string) (Person, error) {
	r, done := m.read()
	defer done()
	return find(r.people, email)
}

func (m *memory) Memberships(_ context.Context, email string) ([]Member, error) {
	r, done := m.read()
	defer done()
	members := slices.DeleteFunc(slices.Clone(m.members), func(x Member) bool { return x.Email != email })
	for i, x := range members {
		held := r.invitations[keyOf(x.Account, string(x.ID))]
		members[i].Accepted = !held.AcceptedAt.IsZero() && held.Email == email
	}
	return members, nil
}

func (m *memory) Member(ctx context.Context, account audit.AccountID, email string) (Member, error) {
	return m.member(func(x Member) bool { return x.Account == account && x.Email == email })
}

func (m *memory) MemberByID(_ context.Context, account audit.AccountID, id audit.RecordID) (Member, error) {
	return m.member(func(x Member) bool { return x.Account == account && x.ID == id })
}

func (m *memory) member(is func(Member) bool) (Member, error) {
	_, done := m.read()
	defer done()
	if i := slices.IndexFunc(m.members, is); i >= 0 {
		return m.members[i], nil
	}
	return Member{}, errs.New(errs.NotFound, "not_found", "There is no such member.")
}

func (m *memory) Session(_ context.Context, tokenHash string) (Session, error) {
	r, done := m.read()
	defer done()
	return find(r.sessions, tokenHash)
}

func (m *memory) Sessions(_ context.Context, person PersonID) ([]Session, error) {
	r, done := m.read()
	defer done()
	return r.sessionsOf(person), nil
}

func (r rows) sessionsOf(person PersonID) []Session {
	all := slices.DeleteFunc(slices.Collect(maps.Values(r.sessions)), func(s Session) bool { return s.Person != person })
	slices.SortFunc(all, func(a, b Session) int { return cmp.Or(b.LastSeenAt.Compare(a.LastSeenAt), cmp.Compare(a.ID, b.ID)) })
	return all
}

func (m *memory) ExpiredSessions(_ context.Context, now time.Time, limit int) ([]Session, error) {
	r, done := m.read()
	defer done()
	all := slices.DeleteFunc(slices.Collect(maps.Values(r.sessions)), func(s Session) bool {
		return !s.ExpiresAt.Before(now) && (s.Acting == nil || !s.Acting.Until.Before(now))
	})
	return all[:min(limit, len(all))], nil
}

func keyOf(account audit.AccountID, id string) string { return string(account) + "/" + id }

func (m *memory) Key(_ context.Context, account audit.AccountID, id string) (Key, error) {
	r, done := m.read()
	defer done()
	return find(r.keys, keyOf(account, id))
}

func (m *memory) Keys(_ context.Context, account audit.AccountID) ([]Key, error) {
	r, done := m.read()
	defer done()
	return r.keysOf(account), nil
}

func (r rows) keysOf(account audit.AccountID) []Key {
	return slices.DeleteFunc(slices.Collect(maps.Values(r.keys)), func(k Key) bool { return k.Account != account })
}

func (m *memory) Attempts(_ context.Context, bucket string) (Attempts, error) {
	r, done := m.read()
	defer done()
	return r.attempts[bucket], nil
}

type memoryTx struct{ rows rows }

var _ Tx = (*memoryTx)(nil)

func (t *memoryTx) Account(_ context.Context, id audit.AccountID) (Account, error) {
	return find(t.rows.accounts, id)
}
func (t *memoryTx) PersonByEmail(_ context.Context, email string) (Person, error) {
	return find(t.rows.people, email)
}
func (t *memoryTx) Session(_ context.Context, tokenHash string) (Session, error) {
	return find(t.rows.sessions, tokenHash)
}
func (t *memoryTx) Sessions(_ context.Context, person PersonID) ([]Session, error) {
	return t.rows.sessionsOf(person), nil
}
func (t *memoryTx) Keys(_ context.Context, account audit.AccountID) ([]Key, error) {
	return t.rows.keysOf(account), nil
}
func (t *memoryTx) Key(_ context.Context, account audit.AccountID, id string) (Key, error) {
	return find(t.rows.keys, keyOf(account, id))
}
func (t *memoryTx) Attempts(_ context.Context, bucket string) (Attempts, error) {
	return t.rows.attempts[bucket], nil
}

func (t *memoryTx) AppendEvents(_ context.Context, events []audit.Encoded) error {
	t.rows.puts++
	for _, e := range events {
		parsed, err := audit.ParseEvent(e.Body)
		if err != nil {
			return err
		}
		t.rows.events = append(t.rows.events, parsed)
		t.rows.bodies = append(t.rows.bodies, e.Body...)
	}
	return nil
}
func (t *memoryTx) PutAccount(_ context.Context, a Account) error {
	t.rows.puts++
	t.rows.accounts[a.ID] = a
	return nil
}
func (t *memoryTx) PutPerson(_ context.Context, p Person) error {
	t.rows.puts++
	t.rows.people[p.Email] = p
	return nil
}
func (t *memoryTx) PutSession(_ context.Context, s Session) error {
	t.rows.puts++
	t.rows.sessions[s.TokenHash] = s
	return nil
}
func (t *memoryTx) DeleteSession(_ context.Context, id string) error {
	t.rows.puts++
	maps.DeleteFunc(t.rows.sessions, func(_ string, s Session) bool { return s.ID == id })
	return nil
}
func (t *memoryTx) PutKey(_ context.Context, k Key) error {
	t.rows.puts++
	t.rows.keys[keyOf(k.Account, k.ID)] = k
	return nil
}
func (t *memoryTx) PutAttempts(_ context.Context, a Attempts) error {
	t.rows.puts++
	t.rows.attempts[a.Bucket] = a
	return nil
}

// world is a service with a clock that stands until it is moved, and two accounts.
type world struct {
	*Service
	t      *testing.T
	memory *memory
	mu     sync.Mutex // guards now
	now    time.Time
	one    audit.AccountID
	two    audit.AccountID
	from   audit.Origin
}

const goodPassword = "correct horse battery"

var cheap = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func testCatalog(t testing.TB) *audit.Catalog {
	row := func(name audit.Type, action audit.Action) audit.EventType {
		return audit.EventType{Type: name, Module: "access", Action: action, Label: string(name), Template: "{note}"}
	}
	c, err := audit.NewCatalog([]audit.Module{{Key: "access", Label: "Access"}}, []audit.EventType{
		row("session.login", audit.Accessed), row("session.login_failed", audit.Accessed), row("session.logout", audit.Accessed),
		row("session.expired", audit.Executed), row("session.revoked", audit.Executed), row("password.changed", audit.Updated),
		row("access.denied", audit.Accessed), row("account.updated", audit.Updated), row("api_key.created", audit.Created), row("permissions.updated", audit.Updated),
		row("api_key.revoked", audit.Updated), row("audit.viewed", audit.Accessed), row("staff.invited", audit.Executed),
		row("password.reset_requested", audit.Executed), row("password.reset", audit.Updated),
		row("two_factor.enabled", audit.Updated), row("two_factor.disabled", audit.Updated), row("two_factor.codes_renewed", audit.Updated),
		row("impersonation.started", audit.Accessed), row("impersonation.ended", audit.Accessed),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, memory: newMemory(), now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	ids := audit.NewIDSource(w.clock)
	w.Service = New(w.memory, audit.NewRecorder(w.clock, ids, testCatalog(t)), Options{Hashing: &cheap})
	w.one, w.two = audit.AccountID(ids.Next()), audit.AccountID(ids.Next())
	for _, id := range []audit.AccountID{w.one, w.two} {
		w.memory.rows.accounts[id] = Account{ID: id, Name: "Account", Timezone: "UTC", RestoreWindowDays: 60, ExportExpiryDays: 30}
	}
	w.from = audit.Origin{Channel: audit.Web, Context: audit.Context{IP: "192.0.2.7", UserAgent: "Test", Request: "r1"}}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// staff adds a staff record.
func (w *world) staff(account audit.AccountID, name, email, role, status string) Member {
	m := Member{Account: account, ID: w.recorder.NewID(), Name: name, Email: email, Role: role, Status: status}
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	w.memory.members = append(w.memory.members, m)
	return m
}

func (w *world) status(id audit.RecordID, status string) {
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	for i := range w.memory.members {
		if w.memory.members[i].ID == id {
			w.memory.members[i].Status = status
		}
	}
}

func (w *world) role(id audit.RecordID, role string) {
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	for i := range w.memory.members {
		if w.memory.members[i].ID == id {
			w.memory.members[i].Role = role
		}
	}
}

// person gives somebody the good password.
func (w *world) person(email string) Person {
	hash, err := w.hasher.hash(w.t.Context(), goodPassword)
	if err != nil {
		w.t.Fatal(err)
	}
	p := Person{ID: PersonID(w.recorder.NewID()), Email: email, PasswordHash: hash}
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	w.memory.rows.people[email] = p
	return p
}

// ana is an active owner of account one who can log in.
func (w *world) ana() Member {
	w.person("ana@one.test")
	return w.staff(w.one, "Ana Silva", "ana@one.test", Owner, active)
}

func (w *world) login(email string) LoggedIn {
	w.t.Helper()
	in, err := w.Login(w.t.Context(), email, goodPassword, w.from)
	if err != nil {
		w.t.Fatal(err)
	}
	return in
}

func (w *world) identify(token string) Identity {
	w.t.Helper()
	id, err := w.Authenticate(w.t.Context(), Credentials{Cookie: token, Origin: w.from})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// events are those of an account since the last call.
func (w *world) events(account audit.AccountID) []*audit.Event {
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	var own, rest []*audit.Event
	for _, e := range w.memory.rows.events {
		if e.Account == account {
			own = append(own, e)
		} else {
			rest = append(rest, e)
		}
	}
	w.memory.rows.events = rest
	return own
}

func (w *world) wantTypes(account audit.AccountID, want ...audit.Type) []*audit.Event {
	w.t.Helper()
	events := w.events(account)
	var got []audit.Type
	for _, e := range events {
		got = append(got, e.Type)
	}
	if !slices.Equal(got, want) {
		w.t.Fatalf("events are %q, want %q", got, want)
	}
	return events
}

// everything is all that is stored, events included, as bytes.
func (w *world) everything() []byte {
	r, done := w.memory.read()
	defer done()
	b, err := json.Marshal([]any{r.accounts, r.people, r.sessions, r.keys, r.attempts, r.events, r.invitations, r.links, r.factors, r.steps})
	if err != nil {
		w.t.Fatal(err)
	}
	return append(b, r.bodies...)
}

func (w *world) wantNowhere(secrets ...string) {
	w.t.Helper()
	all := w.everything()
	for _, s := range secrets {
		if bytes.Contains(all, []byte(s)) {
			w.t.Errorf("the secret %q is stored", s)
		}
	}
}

func wantCode(t *testing.T, err error, kind errs.Kind, code string) {
	t.Helper()
	if !errs.Is(err, kind) || errs.Code(err) != code {
		t.Fatalf("error is %v (%s), want %s %s", err, errs.Code(err), kind, code)
	}
}
