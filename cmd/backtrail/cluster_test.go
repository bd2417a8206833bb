package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/client"
	"github.com/backtrail/backtrail/internal/dbtest"
)

// cluster is several servers on one PostgreSQL, each a process of its own.
type cluster struct {
	url, key string // of the database, of the ledger
	account  foundedForm
	servers  []string // their addresses
	kill     []func()
}

const clusterPassword = "a few good words"

func newCluster(t *testing.T, servers int) *cluster {
	t.Helper()
	c := &cluster{url: dbtest.EmptyPostgresURL(t), key: filepath.Join(t.TempDir(), "ledger-key")}
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(clusterPassword), 0o600); err != nil {
		t.Fatal(err)
	}
	out := c.run(t, "account", "create", "--name", "Acme", "--owner-email", "ana@acme.test", "--owner-password-file", password)
	if err := json.Unmarshal(out, &c.account); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for range servers {
		address := freeAddress(t)
		c.servers = append(c.servers, "http://"+address)
		c.kill = append(c.kill, start(t, "serve", "--db", c.url, "--ledger-key", c.key, "--listen", address))
	}
	for _, s := range c.servers {
		waitFor(s + "/readyz")
	}
	return c
}

// run runs another command on the database.
func (c *cluster) run(t *testing.T, command ...string) []byte {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append(command, "--db", c.url, "--ledger-key", c.key)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v: %s", command, err, said.String())
	}
	return out
}

func (c *cluster) client(t *testing.T, server int) *client.Client {
	t.Helper()
	api, err := client.New(c.servers[server], c.account.APIKey)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// login logs in at a server and returns the cookie and the status.
func (c *cluster) login(t *testing.T, server int, email, password string) (*http.Cookie, int) {
	t.Helper()
	body := fmt.Sprintf(`{"email": %q, "password": %q}`, email, password)
	res, err := http.Post(c.servers[server]+"/api/v1/session", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if cookies := res.Cookies(); len(cookies) > 0 {
		return cookies[0], res.StatusCode
	}
	return nil, res.StatusCode
}

func (c *cluster) status(t *testing.T, server int, method string, cookie *http.Cookie) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.servers[server]+"/api/v1/session", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(cookie)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// eventually asks until the answer is yes, for half a minute.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ask(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not happen", what)
		}
	}
}

// TestTwoServers has what one server begins go on at the other: sessions, the limit of logins, the stream, exports, and
// the work of a sealer that is killed.
func TestTwoServers(t *testing.T) {
	c := newCluster(t, 2)
	a, b := c.client(t, 0), c.client(t, 1)

	cookie, status := c.login(t, 0, "ana@acme.test", clusterPassword)
	if status != http.StatusOK {
		t.Fatalf("the login is answered with %d", status)
	}
	if got := c.status(t, 1, http.MethodGet, cookie); got != http.StatusOK {
		t.Errorf("the session of the first server is %d at the second", got)
	}
	if got := c.status(t, 1, http.MethodDelete, cookie); got != http.StatusNoContent {
		t.Errorf("the logout is answered with %d", got)
	}
	if got := c.status(t, 0, http.MethodGet, cookie); got != http.StatusUnauthorized {
		t.Errorf("the session that ended at the second server is %d at the first", got)
	}
	var answers []int
	for i := range 7 {
		_, status := c.login(t, i%2, "bo@acme.test", "wrong wrong wrong")
		answers = append(answers, status)
	}
	if want := "[401 401 401 401 401 429 429]"; fmt.Sprint(answers) != want {
		t.Errorf("guesses at two servers are answered %v, not %s", answers, want)
	}

	events, err := b.Stream(t.Context(), client.Filter{Type: []string{"contact.*"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	made, err := a.Create(t.Context(), "contact", client.Fields{"first_name": "Rita"})
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range events {
		if err != nil || e.Record == nil || e.Record.ID != made.ID {
			t.Fatalf("the stream of the second server gave %+v, %v", e, err)
		}
		break
	}

	asked, err := a.CreateExport(t.Context(), client.ExportRequest{Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the export", func() bool {
		x, err := b.Export(t.Context(), asked.ID)
		if err != nil {
			t.Fatal(err)
		}
		asked = x
		return x.Status == "done"
	})
	file, err := b.ExportFile(t.Context(), asked.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(file)
	file.Close()
	if sum := sha256.Sum256(content); err != nil || hex.EncodeToString(sum[:]) != asked.SHA256 {
		t.Errorf("the file from the second server is another one: %v", err)
	}

	sealed := func(server *client.Client, id string) bool {
		for e, err := range server.Events(context.WithoutCancel(t.Context()), client.Filter{Record: []string{id}}) {
			return err == nil && e.Seq > 0
		}
		return false
	}
	eventually(t, "the sealing of the first contact", func() bool { return sealed(b, made.ID) })
	for i := range c.kill { // one of the two sealed; the other one takes over
		alive, rest := 1-i, c.client(t, 1-i)
		c.kill[i]()
		made, err := rest.Create(t.Context(), "contact", client.Fields{"first_name": "Rui"})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, fmt.Sprintf("sealing by server %d alone", alive), func() bool { return sealed(rest, made.ID) })
		address := strings.TrimPrefix(c.servers[i], "http://")
		c.kill[i] = start(t, "serve", "--db", c.url, "--ledger-key", c.key, "--listen", address)
		waitFor(c.servers[i] + "/readyz")
	}
}

// TestBackupOfPostgres puts a backup into another database and reads the log there.
func TestBackupOfPostgres(t *testing.T) {
	c := newCluster(t, 0)
	file := filepath.Join(t.TempDir(), "copy.dump")
	c.run(t, "backup", "--out", file)
	log := string(c.run(t, "events", "--account", string(c.account.Account), "--format", "jsonl"))
	if strings.Count(log, "\n") != 3 {
		t.Fatalf("the log is %s", log)
	}
	other := dbtest.EmptyPostgresURL(t)
	address := strings.TrimSuffix(other, "&pool_max_conns=8")
	if out, err := exec.Command("pg_restore", "--no-owner", "--dbname", address, file).CombinedOutput(); err != nil {
		t.Fatalf("pg_restore: %v: %s", err, out)
	}
	c.url = other
	if got := string(c.run(t, "events", "--account", string(c.account.Account), "--format", "jsonl")); got != log {
		t.Errorf("the log of the backup is %s, not %s", got, log)
	}
}
