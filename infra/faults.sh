#!/usr/bin/env bash
# make faults: every fault test in full counts, one after the other, then what tests elsewhere show of the list
# (tests/faults/elsewhere.tsv); writes tests/faults/RESULTS.md.
#   faults.sh [--small] [--soak MINUTES] [--keep FOLDER] [f01 f12 …]
#     f01 …     only the tests whose names have this in them
#     --small   with the counts of `make test`: some minutes instead of some hours
#     --soak    how long the soak takes; ten minutes unless told
#     --keep    keeps what was found in a folder, and leaves out what has passed there already: hours can be spread
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup/lib.sh"
cd "$ROOT"
only=() keep=
while [ $# -gt 0 ]; do
  case $1 in
    --small) export LOTSE_TEST_FAULTS_SMALL=1; shift ;;
    --soak) export LOTSE_TEST_SOAK_MINUTES=$2; shift 2 ;;
    --keep) keep=$(realpath -m "$2"); shift 2 ;;
    *) only+=("$1"); shift ;;
  esac
done
export LOTSE_TEST_FAULTS=$keep
if [ -z "$keep" ]; then
  LOTSE_TEST_FAULTS=$(mktemp -d "${TMPDIR:-/tmp}/lotse-faults.XXXXXX")
  trap 'rm -rf "$LOTSE_TEST_FAULTS"' EXIT
fi
passed=$LOTSE_TEST_FAULTS/.passed
mkdir -p "$passed"
# Each row tells of what it was run on; a plus says that not all of it was committed.
LOTSE_TEST_FAULTS_OF=$(git rev-parse --short HEAD)
git diff --quiet HEAD -- . ':!tests/faults/RESULTS.md' || LOTSE_TEST_FAULTS_OF+=+
export LOTSE_TEST_FAULTS_OF

# The names of the tests a filter finds.
found() { cargo nextest list --locked --workspace -E "$1" --message-format oneline | awk '{ print $NF }'; }

# Whether a name is among those asked for.
wanted() {
  local part
  [ ${#only[@]} -gt 0 ] || return 0
  for part in "${only[@]}"; do
    [[ ! $1 =~ $part ]] || return 0
  done
  return 1
}

# row NAME WHAT RESULT: the line of a fault that tests elsewhere show; there is nothing to count.
row() {
  local number=${1:1:2}
  printf '| %d | %s | – | – | – | %s | %s |\n' "$((10#$number))" "$2" "$3" "$LOTSE_TEST_FAULTS_OF" \
    >"$LOTSE_TEST_FAULTS/$number-$1"
}

# tests_by WAY…: runs all the ways; fails where one fails, or finds no test. How many tests ran is left in `ran`.
tests_by() {
  local way count filter=
  ran=0
  for way in "$@"; do
    if [[ $way = browser\ * ]]; then
      # shellcheck disable=SC2086 # the scenes are words on purpose
      infra/browser.sh ${way#browser } | tee "$LOTSE_LOGS/faults-browser.log" || return 1
      count=$(awk '$1 == "count" { print $2 }' "$LOTSE_LOGS/faults-browser.log")
    else
      count=$(found "$way" | wc -l)
      filter+=${filter:+ | }"($way)"
    fi
    [ "${count:-0}" -gt 0 ] || { say "no test is found by: $way" >&2; return 1; }
    ran=$((ran + count))
  done
  [ -z "$filter" ] || infra/setup/services.sh cargo nextest run --locked --workspace -E "$filter"
}

status=0 any=
tests=$(found 'binary(faults)')
for test in $tests; do
  wanted "$test" || continue
  any=1
  [ ! -e "$passed/$test" ] || continue
  if infra/setup/services.sh cargo nextest run --locked --workspace --profile faults -E "binary(faults) & test(=$test)"; then
    touch "$passed/$test"
  else
    status=1
  fi
done
while IFS=$'\t' read -r -u 3 name what ways; do
  [[ $name != \#* ]] || continue
  wanted "$name" || continue
  any=1
  [ ! -e "$passed/$name" ] || continue
  IFS=$'\t' read -r -a each <<<"$ways"
  row "$name" "$what" '**not passed**'
  if tests_by "${each[@]}"; then
    row "$name" "$what; $ran tests" passed
    touch "$passed/$name"
  else
    status=1
  fi
done 3<tests/faults/elsewhere.tsv
[ -n "$any" ] || fail 'there is no such fault test'

{
  cat <<HEAD
<!-- Written by \`make faults\`, never by hand. -->
# Faults

- Machine: $(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
- System: $(uname -sr), $(psql --version), $(redis-server --version | cut -d' ' -f1-3)
- Day: $(date -u +%Y-%m-%d), of $LOTSE_TEST_FAULTS_OF${keep:+; spread over several runs, each test as it was in the commit beside it}
- Command: \`make faults\`${LOTSE_TEST_FAULTS_SMALL:+ with \`ARGS=--small\`: the counts of \`make test\`}; times are of this machine and of the short claims of the tests (4 s, hints 3 s)

Nothing lost, nothing sent twice, and the invariants of \`tests/faults/invariants.rs\` after each. What has no count is shown by
tests elsewhere (\`tests/faults/elsewhere.tsv\`), or has nothing to count.

| no | what was done | lost | twice | longest delay | | of |
|--:|---|--:|--:|--:|---|---|
HEAD
  cat "$LOTSE_TEST_FAULTS"/* 2>/dev/null || true
} >tests/faults/RESULTS.md
cat tests/faults/RESULTS.md
exit $status
