package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/backtrail/backtrail/store"
)

// Server is a throw-away PostgreSQL of the test process, on a port of the loopback. It runs as an unprivileged user when
// the tests run as root, which PostgreSQL refuses, and ends with the process.
type Server struct {
	Folder string
	Port   int
	bin    string
	as     *syscall.Credential
	sweep  io.Closer // its end is what the sweeper waits for

	mu      sync.Mutex
	process *exec.Cmd     // guarded by mu; nil while it is stopped
	ended   chan struct{} // closed when process has ended
}

// Postgres opens a new database with the schema in it, as its owner, and closes it at the end. No sealer runs.
func Postgres(t testing.TB) *store.DB {
	t.Helper()
	return OpenURL(t, PostgresURL(t))
}

// PostgresURL makes a new database with the schema in it and returns its URL; it is dropped at the end of the test. A
// test is skipped where PostgreSQL is not installed, but fails under CI=true.
func PostgresURL(t testing.TB) string {
	t.Helper()
	s := Shared(t)
	template.Do(func() { template.err = s.makeTemplate() })
	if template.err != nil {
		t.Fatalf("the template of the databases: %v", template.err)
	}
	return s.newDatabase(t, " TEMPLATE "+templateName)
}

// EmptyPostgresURL is PostgresURL without the schema.
func EmptyPostgresURL(t testing.TB) string {
	t.Helper()
	return Shared(t).newDatabase(t, "")
}

const templateName = "backtrail_template"

var template struct {
	sync.Once
	err error
}

// shared is the process's server.
var shared struct {
	sync.Once
	server *Server
	err    error
}

// Shared returns the process's server, which all its tests use.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.Do(func() { shared.server, shared.err = Start("") })
	requirePostgres(t, shared.err)
	return shared.server
}

// Own starts a server for one test, which may stop and kill it.
func Own(t testing.TB, settings string) *Server {
	t.Helper()
	s, err := Start(settings)
	requirePostgres(t, err)
	t.Cleanup(func() {
		s.Kill()
		os.RemoveAll(s.Folder)
	})
	return s
}

func requirePostgres(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errNotInstalled) && os.Getenv("CI") != "true" {
		t.Skipf("PostgreSQL is not installed (Debian: apt-get install postgresql): %v", err)
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
}

var errNotInstalled = errors.New("initdb is not found")

// programs is the folder with initdb and postgres. Debian keeps them out of PATH, by version.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	for _, path := range found {
		if v := version(path); v >= 14 {
			return filepath.Dir(path), nil
		}
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errNotInstalled
}

func version(path string) int {
	v, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return v
}

// Start makes a new cluster in a folder of its own and starts it; settings are further lines of its configuration.
func Start(settings string) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "backtrail-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{Folder: folder, bin: bin}
	if s.sweep, err = sweepAfter(folder); err != nil {
		return nil, err
	}
	if os.Geteuid() == 0 {
		if s.as, err = unprivileged(); err != nil {
			return nil, err
		}
		if err := os.Chown(folder, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return nil, err
		}
	}
	out, err := s.command("initdb", "--pgdata", s.data(), "--username", "postgres", "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	if s.Port, err = freePort(); err != nil {
		return nil, err
	}
	// A cluster that is thrown away need not survive a crash of the machine; it does survive that of the server.
	conf := fmt.Sprintf("listen_addresses = '127.0.0.1'\nport = %d\nunix_socket_directories = ''\nfsync = off\nmax_connections = 400\n"+
		"shared_buffers = 64MB\nautovacuum_naptime = 10s\nlog_min_messages = warning\n%s\n", s.Port, settings)
	f, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString(conf)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return s, s.Restart()
}

// sweepAfter removes the folder when this process has ended, however it did: a program of its own waits for the end of a
// pipe that nobody writes to.
func sweepAfter(folder string) (io.Closer, error) {
	cmd := exec.Command("sh", "-c", `cat; for i in 1 2 3 4 5 6 7 8; do sleep 0.5; rm -rf "$1" && exit; done`, "sh", folder)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return pipe, cmd.Start()
}

func (s *Server) data() string { return filepath.Join(s.Folder, "data") }

// unprivileged is whom the server runs as: Debian's user for it, or nobody.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, err1 := strconv.Atoi(u.Uid)
			gid, err2 := strconv.Atoi(u.Gid)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
		}
	}
	return nil, errors.New("there is no user postgres or nobody to run the server as")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// command runs one of the server's programs. It is killed when this process dies.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.Folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

// Restart starts the server, or stops it first: at once, without a farewell to its clients, but in order.
func (s *Server) Restart() error {
	s.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	log, err := os.OpenFile(filepath.Join(s.Folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := s.command("postgres", "-D", s.data())
	cmd.Stdout, cmd.Stderr = log, log
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// The kernel kills the child when the thread ends that started it: this one stays until the child has ended.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		return err
	}
	s.process, s.ended = cmd, ended
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		err := s.answers()
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			said, _ := os.ReadFile(filepath.Join(s.Folder, "log"))
			return fmt.Errorf("the server ended at once: %s", said)
		default:
		}
		if time.Now().After(end) {
			return fmt.Errorf("the server does not answer: %w", err)
		}
	}
}

func (s *Server) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, s.plainURL("postgres", "postgres"))
	if err != nil {
		return err
	}
	return c.Close(ctx)
}

// Stop ends the server as an operator would: it breaks off what runs, and its files are in order.
func (s *Server) Stop() { s.end(syscall.SIGINT) }

// Kill ends the server as a crash would: every process of it at once.
func (s *Server) Kill() { s.end(syscall.SIGQUIT) }

func (s *Server) end(how syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return
	}
	s.process.Process.Signal(how)
	<-s.ended
	s.process = nil
}

// URL is a database of the server for a role. Many tests share the server: each gets few connections.
func (s *Server) URL(role, database string) string {
	return s.plainURL(role, database) + "&pool_max_conns=8"
}

// plainURL is for the driver, which does not know our own parameters.
func (s *Server) plainURL(role, database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", role, s.Port, database)
}

// Exec runs statements as the superuser.
func (s *Server) Exec(database, text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, s.plainURL("postgres", database))
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, text)
	return errors.Join(err, c.Close(ctx))
}

// Owner is the role that owns the databases: an ordinary one, so that the policies hold for it.
const Owner = "backtrail"

func (s *Server) makeOwner() error {
	return s.Exec("postgres", "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '"+Owner+"') THEN CREATE ROLE "+Owner+" LOGIN; END IF; END $$")
}

func (s *Server) makeTemplate() error {
	if err := s.makeOwner(); err != nil {
		return err
	}
	if err := s.Exec("postgres", "CREATE DATABASE "+templateName+" OWNER "+Owner); err != nil {
		return err
	}
	db, err := store.Open(context.Background(), s.URL(Owner, templateName), Options())
	if err != nil {
		return err
	}
	return db.Close()
}

// Give makes a file or folder the server's own.
func (s *Server) Give(t testing.TB, path string) {
	t.Helper()
	if s.as == nil {
		return
	}
	if err := os.Chown(path, int(s.as.Uid), int(s.as.Gid)); err != nil {
		t.Fatal(err)
	}
}

// NewDatabase makes an empty database that goes when the test ends.
func (s *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	return s.newDatabase(t, "")
}

func (s *Server) newDatabase(t testing.TB, from string) string {
	t.Helper()
	if err := s.makeOwner(); err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ToLower(rand.Text()[:12])
	if err := s.Exec("postgres", "CREATE DATABASE "+name+" OWNER "+Owner+from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Exec("postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Logf("the database stays: %v", err)
		}
	})
	return s.URL(Owner, name)
}
