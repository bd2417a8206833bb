#!/usr/bin/env bash
# Everything that CI runs: format, static checks, tests. Installs what is lacking first (Debian packages).
#
#   CI=true          no cached results, and nothing is left out
#   CHROMIUM=PATH    the browser for the end-to-end tests; looked up when unset
#   GOVULNDB=URL     the vulnerability database for govulncheck
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

ci=${CI:-false}
step() { printf '\n== %s (after %d s)\n' "$*" "$SECONDS"; }

# beside NAME COMMAND...: runs it beside what follows, for what leaves a processor idle or uses one alone. together waits for all of
# them, shows what they said, and fails when one did.
beside() {
  local log
  log=$(mktemp "$logs/XXXXXX")
  step "$1 begin"
  set -m # a process group of its own, which ends as one
  "${@:2}" >"$log" 2>&1 &
  set +m
  besides+=("$!" "$log" "$1")
}
together() {
  local failed=
  while ((${#besides[@]})); do
    local status=0
    wait "${besides[0]}" || status=$?
    step "${besides[2]}"
    cat "${besides[1]}"
    if ((status)); then failed="$failed ${besides[2]},"; fi
    besides=("${besides[@]:3}")
  done
  if [[ -n $failed ]]; then
    echo "test: failed:${failed%,}" >&2
    return 1
  fi
}
besides=()
scratch=
logs=$(mktemp -d)
clean() {
  while ((${#besides[@]})); do
    kill -- "-${besides[0]}" 2>/dev/null || true
    besides=("${besides[@]:3}")
  done
  rm -rf "$logs" ${scratch:+"$scratch"} || true
}
trap clean EXIT

# need COMMAND PACKAGE...: installs the Debian packages when the command is not there.
updated=
need() {
  local command=$1
  shift
  if command -v "$command" >/dev/null; then return; fi
  local root=()
  if [[ $EUID -ne 0 ]]; then root=(sudo -n); fi
  if ! command -v apt-get >/dev/null || { [[ $EUID -ne 0 ]] && ! sudo -n true 2>/dev/null; }; then
    echo "test: $command is missing and cannot be installed from here; install it ($*) and run again" >&2
    exit 1
  fi
  if [[ -z $updated ]]; then
    "${root[@]}" apt-get update -q
    updated=yes
  fi
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name"; then return; fi
  done
  return 1
}

step tools
need curl curl ca-certificates
need npm nodejs npm
need gcc gcc libc6-dev # the race detector
if [[ -z ${CHROMIUM:-} ]]; then
  find_chromium >/dev/null || need chromium chromium
  CHROMIUM=$(find_chromium)
fi
if [[ ! -x $CHROMIUM ]]; then
  echo "test: CHROMIUM=$CHROMIUM is not a program" >&2
  exit 1
fi
export CHROMIUM
echo "chromium: $CHROMIUM"

# The tests start servers of PostgreSQL of their own, from the programs of the newest version that is installed.
find_postgres() { compgen -G '/usr/lib/postgresql/*/bin/postgres' || command -v postgres; }
find_postgres >/dev/null || need postgres postgresql
echo "postgresql: $(find_postgres | tail -1)"

# What the tests write is thrown away, and the worst that they do to it is to kill who writes: in memory nobody waits for a
# disk, which is half of the time of what writes much. Where there is less than 4 GB of it, they use the disk.
room=$(df --output=avail --block-size=1M /dev/shm 2>/dev/null | tail -1 || true)
if [[ -z ${TMPDIR:-} && -w /dev/shm && ${room:-0} -ge 4096 ]]; then
  scratch=$(mktemp -d /dev/shm/backtrail-tests-XXXXXX)
  chmod 711 "$scratch" # PostgreSQL runs as somebody else when root runs the tests
  export TMPDIR=$scratch GOTMPDIR=/tmp
fi
echo "temporary files: ${TMPDIR:-/tmp}"

step assets
internal/scripts/assets.sh

step gofmt
unformatted=$(git ls-files -z --cached --others --exclude-standard '*.go' |
  while IFS= read -r -d '' file; do
    if [[ -f $file ]]; then printf '%s\0' "$file"; fi # a file deleted but not yet committed is still listed
  done | xargs -0 -r gofmt -l)
if [[ -n $unformatted ]]; then
  printf 'not formatted (make fmt):\n%s\n' "$unformatted" >&2
  exit 1
fi

step vet
go vet ./...

# Left out, and said so, where its database cannot be reached: there is nothing to check against.
vulndb=${GOVULNDB:-https://vuln.go.dev}
govulncheck() {
  if curl --silent --fail --location --max-time 5 --output /dev/null "$vulndb/index/db.json"; then
    go tool govulncheck ./...
  else
    echo "govulncheck left out: $vulndb does not answer"
  fi
}
beside "static checks" go tool staticcheck ./...
beside "checks for vulnerabilities" govulncheck

# All of it was vetted above. Nobody debugs these programs, and without the tables for that they are linked in half of the time.
# More packages and tests at a time than there are processors: many of them wait, for a database, a browser, a clock.
flags=(-timeout 30m -vet=off "-ldflags=-s -w" -p "$(($(nproc) + 2))" -parallel "$(($(nproc) + 2))")
if [[ $ci == true ]]; then flags+=(-count=1); fi

# The browser's tests take longest, so they begin first.
step tests
module=$(go list -m)
mapfile -t others < <(go list ./... | grep -v -x "$module/internal/e2e")
go test "${flags[@]}" ./internal/e2e "${others[@]}"
together

# Everything above the store once more, on the other database. The store's own tests have run on both.
packages=()
for name in modules workspace jobs bulk mail automation alerts export importer api web evidence publish; do
  if [[ -d $name ]]; then packages+=("./$name/..."); fi
done
on_postgres() {
  local -x BACKTRAIL_TEST_DATABASE=postgres
  go test "${flags[@]}" "${packages[@]}"
  # Random histories: a hundred of each have run on SQLite, and the code above the store is the same. Here fewer are enough.
  go test "${flags[@]}" ./crm ./restore ./integrity -rapid.checks=20
  # The main job in the browser: find, export, prove, undo, restore.
  go test "${flags[@]}" ./internal/e2e -run '^(TestDeleteAndRestorePipeline|TestUndoUpdate|TestExportFiltered|TestEvidencePack|TestIntegrity)$'
}
beside "tests on PostgreSQL" on_postgres

# Where goroutines share memory. The long random histories have run above; one goroutine makes each, so the slow build has few.
concurrent=$(go list ./... | grep -E "^$module/(audit|auth|automation|bulk|jobs|ledger|mail|publish|server|store|webhook)(/|\$)")
with_race_detector() {
  local -x CGO_ENABLED=1
  # shellcheck disable=SC2086 # one word per package
  go test "${flags[@]}" -race -short $concurrent
  go test "${flags[@]}" -race -short ./crm ./integrity -rapid.checks=5
}
beside "tests with the race detector" with_race_detector
together

step ok
