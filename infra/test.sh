#!/usr/bin/env bash
# make test: sets up what the tests need, runs every stage, sums up.
# STAGES="clippy journeys" runs only the stages whose functions are named so, on what is built already.
# The last line reads "N passed, N failed", perhaps followed by ", N skipped".
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/setup/services-lib.sh"
cd "$ROOT" || exit 1
export CARGO_TERM_COLOR=never NO_COLOR=1
LOGS=$LOTSE_LOGS/test
rm -rf "$LOGS" && mkdir -p "$LOGS"

STARTED=$SECONDS

trap stop_services EXIT
trap 'stop_stages; exit 130' INT
trap 'stop_stages; exit 143' TERM

stop_stages() { jobs -p | xargs -r kill 2>/dev/null; }

# stage NAME FUNCTION: runs FUNCTION with its output in a log and says how it went when it is done. FUNCTION may
# print a line "count PASSED FAILED" for the tests in it (else the stage counts as one check) or "skip WHY".
# Answers whether the stage passed.
stage() {
  local name=$1 log=$LOGS/$2.log began=$SECONDS status=0 count passed failed skip took
  [[ " ${STAGES:-$2} " = *" $2 "* ]] || return 0
  # In the background and waited for, so that being told to stop is heard at once.
  "$2" >"$log" 2>&1 </dev/null &
  wait $! || status=$?
  took=$((SECONDS - began))
  count=$(sed -n 's/^count \([0-9]* [0-9]*\)$/\1/p' "$log" | tail -n 1)
  skip=$(sed -n 's/^skip //p' "$log" | tail -n 1)
  if [ -n "$skip" ] && [ "$status" = 0 ]; then
    result "$2" "$name" - - "$took" "skipped: $skip"
    printf '%-34s skipped  %4d s  %s\n' "$name" "$took" "$skip"
    return 0
  fi
  read -r passed failed <<<"${count:-$((status == 0)) $((status != 0))}"
  [ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
  result "$2" "$name" "$passed" "$failed" "$took"
  if [ "$failed" = 0 ]; then
    printf '%-34s ok       %4d s  %s\n' "$name" "$took" "${count:+$passed tests}"
    sed -n 's/^note /    /p' "$log"
    return 0
  fi
  printf '%-34s FAILED   %4d s\n---- the end of %s\n%s\n----\n' "$name" "$took" "$log" "$(tail -n 100 "$log")"
  return 1
}

# result FUNCTION NAME PASSED FAILED SECONDS [WHY]: kept in a file, since stages of two lanes end in any order.
result() { (IFS='|'; shift; printf '%s\n' "$*") >"$LOGS/$1.result"; }

# lane FUNCTION: stages one after the other beside those of another lane.
lane() {
  trap 'stop_stages; exit 143' TERM
  "$1"
}

tools() { infra/setup/check-tools.sh && infra/setup/test-tools.sh; }
web() { infra/web.sh; }
formatting() { cargo fmt --all --check; }
clippy() { cargo clippy --locked --workspace --all-targets -- -D warnings; }
docs() { RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps; }
deny() { infra/deny.sh && sed -n 's/^advisories: not/note advisories: not/p' "$LOGS/deny.log"; }
scripts() {
  if command -v shellcheck >/dev/null; then shellcheck infra/*.sh infra/setup/*.sh .ci/run; else echo 'skip shellcheck is not installed'; fi
}
build() {
  cargo build --locked --workspace --all-targets || return 1
  [ -x "$CARGO_TARGET_DIR/debug/lotse" ] || { echo "no binary at $CARGO_TARGET_DIR/debug/lotse"; return 1; }
}
types() { LOTSE_BIN=$CARGO_TARGET_DIR/debug/lotse infra/api.sh --check; }
front_end_check() { (cd mobile && npm run check); }

# The lines "Tests  1 failed | 12 passed (13)" of Vitest.
front_end_units() {
  local out=$LOGS/vitest.out status=0 line
  (cd mobile && npm test) >"$out" 2>&1 || status=$?
  sed 's/\x1b\[[0-9;]*m//g' "$out"
  line=$(sed 's/\x1b\[[0-9;]*m//g' "$out" | grep -E '^ *Tests ' | tail -n 1)
  [ -z "$line" ] || echo "count $(grep -oE '[0-9]+ passed' <<<"$line" | awk '{n=$1} END {print n+0}') $(grep -oE '[0-9]+ failed' <<<"$line" | awk '{n=$1} END {print n+0}')"
  return $status
}

# rust_tests NAME FILTER …: by nextest, or by cargo test where nextest is missing.
rust_tests() {
  local filter=$2 out=$LOGS/$1.out status=0 line passed failed
  shift 2
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --workspace --all-targets --no-tests=warn -E "$filter" >"$out" 2>&1 || status=$?
    line=$(grep -E '^ *Summary \[' "$out" | tail -n 1)
    passed=$(grep -oE '[0-9]+ passed' <<<"$line" | awk '{n=$1} END {print n+0}')
    failed=$(grep -oE '[0-9]+ (failed|timed out|exec failed)' <<<"$line" | awk '{n+=$1} END {print n+0}')
  else
    cargo test --locked --all-targets --no-fail-fast "$@" >"$out" 2>&1 || status=$?
    passed=$(grep -E '^test result:' "$out" | grep -oE '[0-9]+ passed' | awk '{n+=$1} END {print n+0}')
    failed=$(grep -E '^test result:' "$out" | grep -oE '[0-9]+ failed' | awk '{n+=$1} END {print n+0}')
  fi
  cat "$out"
  [ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
  echo "count $passed $failed"
  return $status
}
crates() { rust_tests crates 'not package(system-tests)' --workspace --exclude system-tests; }
journeys() { rust_tests journeys 'package(system-tests)' --package system-tests; }
browser() { infra/browser.sh; }


browser_lane() {
  stage 'browser journeys, axe' browser
}
crates_lane() {
  stage 'unit, store, API, worker tests' crates
}
# What mostly waits, or is short.
small_lane() {
  stage 'system journeys' journeys
  stage 'front ends: unit tests' front_end_units
  stage 'front ends: check' front_end_check
  stage 'scripts (shellcheck)' scripts
  stage 'licences, bans, sources (deny)' deny
}

# What is run and not built, side by side: the machine has two cores at least, and processes wait for each other.
tests_of_the_binary() {
  export LOTSE_BIN=$CARGO_TARGET_DIR/debug/lotse
  stage 'openapi.json, schema.d.ts current' types
  # Not through `stage`: what it starts and exports belongs to this shell.
  if ! start_services >"$LOGS/services.log" 2>&1; then
    cat "$LOGS/services.log"
    result services 'private PostgreSQL and Redis' 0 1 0
    return 1
  fi
  lane browser_lane &
  lane crates_lane &
  lane small_lane &
  wait
}

echo "make test — the whole output is in $LOGS; each line appears when it is done"
if stage 'tools' tools; then
  PATH="$HOME/.cargo/bin:$PATH"
  stage 'front ends: install, build' web
  stage 'formatting' formatting
  stage 'clippy' clippy
  stage 'cargo doc' docs
  stage 'build' build && tests_of_the_binary
fi

PASSED=0 FAILED=0 SKIPPED=0
printf '\n%-34s %6s %6s %7s\n' stage passed failed time
for function in tools web formatting clippy docs build types services crates browser journeys \
  front_end_units front_end_check scripts deny; do
  [ -f "$LOGS/$function.result" ] || continue
  IFS='|' read -r name passed failed took why <"$LOGS/$function.result"
  printf '%-34s %6s %6s %5d s  %s\n' "$name" "$passed" "$failed" "$took" "$why"
  if [ "$passed" = - ]; then SKIPPED=$((SKIPPED + 1)); else PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)); fi
done
ignored=$(grep -rnE --include='*.rs' '^\s*#\[ignore' backend workers migrations tests 2>/dev/null | wc -l)
SKIPPED=$((SKIPPED + ignored))
printf 'in %d min %02d s\n\n' $(((SECONDS - STARTED) / 60)) $(((SECONDS - STARTED) % 60))
if [ "$SKIPPED" = 0 ]; then
  printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
else
  printf '%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
fi
[ "$FAILED" = 0 ]
