package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/backtrail/backtrail/ledger"
)

// asProgram makes the test binary the program itself, for the tests that kill it.
const asProgram = "TEST_AS_BACKTRAIL"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"backtrail": main, "http": httpMain, "sqlite": sqliteMain, "verifier": verifierMain})
}

// TestScript runs the scripts of testdata/script. Beside what testscript knows they have
//
//	exits N COMMAND...     runs a command that must end with this exit code
//	json NAME KEY          puts a value of the JSON object on stdout into the environment
//	terminate              sends SIGTERM to the programs in the background
//	http METHOD URL [BODY] makes a request, with $TOKEN as the API key; http WAIT URL waits for an answer, and
//	                       http SEES URL PATTERN for one with such a line
//	sqlite FILE SQL...     runs statements on a database as somebody who may do everything, and prints what they select
//	verifier FILE ACCOUNT  prints the verifier key of an account's ledger for the key in FILE
//
// $ADDR is an address on which nobody listens.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("ADDR", freeAddress(t))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "json": jsonValue, "terminate": terminate},
	})
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N COMMAND...")
	}
	code := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = fmt.Sprint(failed.ExitCode())
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: json NAME KEY")
	}
	var object map[string]any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &object); err != nil {
		ts.Fatalf("stdout is not a JSON object: %v", err)
	}
	value, ok := object[args[1]].(string)
	if !ok || value == "" {
		ts.Fatalf("the object has no text %s", args[1])
	}
	ts.Setenv(args[0], value)
}

func terminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: terminate")
	}
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(syscall.SIGTERM))
	}
}

// httpMain is the command http of the scripts. It fails for a status from 400 on.
func httpMain() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: http METHOD URL [BODY]")
		os.Exit(2)
	}
	method, url, body := os.Args[1], os.Args[2], strings.Join(os.Args[3:], " ")
	switch method {
	case "WAIT":
		method = http.MethodGet
		waitFor(url)
	case "SEES":
		sees(url, body)
		return
	}
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token := os.Getenv("TOKEN"); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer res.Body.Close()
	io.Copy(os.Stdout, res.Body)
	if res.StatusCode >= 400 {
		fmt.Fprintln(os.Stderr, res.Status)
		os.Exit(1)
	}
}

// sees waits until the answer of an address has a line that the pattern says whole, or fails after a minute.
func sees(url, pattern string) {
	line := regexp.MustCompile("(?m)^" + pattern + "$")
	var body []byte
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		res, err := http.Get(url)
		if err != nil {
			continue
		}
		body, err = io.ReadAll(res.Body)
		res.Body.Close()
		if err == nil && line.Match(body) {
			return
		}
	}
	fmt.Fprintf(os.Stderr, "there is no line %s in\n%s", pattern, body)
	os.Exit(1)
}

// waitFor waits until the address answers with 200, or gives up: five minutes, for a demo is filled before it does.
func waitFor(url string) {
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if res, err := http.Get(url); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
	}
}

// sqliteMain is the command sqlite of the scripts.
func sqliteMain() {
	db, err := sql.Open("sqlite", "file:"+os.Args[1]+"?_pragma=busy_timeout(10000)")
	for _, text := range os.Args[2:] {
		if err != nil {
			break
		}
		var rows *sql.Rows
		if rows, err = db.Query(text); err != nil {
			break
		}
		for rows.Next() {
			var value string
			err = errors.Join(err, rows.Scan(&value))
			fmt.Print(value)
		}
		err = errors.Join(err, rows.Err(), rows.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// verifierMain is the command verifier of the scripts.
func verifierMain() {
	key, err := ledger.LoadKey(os.Args[1])
	if err == nil {
		var vkey string
		vkey, err = key.Verifier(ledger.Origin(os.Args[2]))
		fmt.Println(vkey)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The page on operations tells every flag of the server.
func TestFlagsAreTold(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	parser, err := kong.New(&serveCommand{}, kong.Name("serve"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "| Flag | Means |\n")
	table, _, _ := strings.Cut(rest, "\n\n")
	for _, f := range parser.Model.Flags {
		if f.Name != "help" && !strings.Contains(table, "`--"+f.Name+"`") {
			t.Errorf("docs/operations.md does not tell --%s", f.Name)
		}
	}
	if n := strings.Count(table, "`--"); n != len(parser.Model.Flags)-1 {
		t.Errorf("docs/operations.md tells %d flags of %d", n, len(parser.Model.Flags)-1)
	}
}
