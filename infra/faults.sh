#!/usr/bin/env bash
# make faults: every fault test in full counts, one after the other; writes tests/faults/RESULTS.md.
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
    *) only+=("test(/$1/)"); shift ;;
  esac
done
filter='binary(faults)'
[ ${#only[@]} = 0 ] || filter="binary(faults) & ($(printf '%s | ' "${only[@]}" | sed 's/ | $//'))"
export LOTSE_TEST_FAULTS=$keep
if [ -z "$keep" ]; then
  LOTSE_TEST_FAULTS=$(mktemp -d "${TMPDIR:-/tmp}/lotse-faults.XXXXXX")
  trap 'rm -rf "$LOTSE_TEST_FAULTS"' EXIT
fi
passed=$LOTSE_TEST_FAULTS/.passed
mkdir -p "$passed"
tests=$(cargo nextest list --locked --workspace -E "$filter" --message-format oneline | awk '{ print $NF }')
[ -n "$tests" ] || fail 'there is no such fault test'
status=0
for test in $tests; do
  [ ! -e "$passed/$test" ] || continue
  if infra/setup/services.sh cargo nextest run --locked --workspace --profile faults -E "binary(faults) & test(=$test)"; then
    touch "$passed/$test"
  else
    status=1
  fi
done

{
  cat <<HEAD
<!-- Written by \`make faults\`, never by hand. -->
# Faults

- Machine: $(nproc) × $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
- System: $(uname -sr), $(psql --version), $(redis-server --version | cut -d' ' -f1-3)
- Day: $(date -u +%Y-%m-%d), of $(git rev-parse --short HEAD)${keep:+; spread over several runs, each test as it was on its day}
- Command: \`make faults\`${LOTSE_TEST_FAULTS_SMALL:+ with \`ARGS=--small\`: the counts of \`make test\`}; times are of this machine and of the short claims of the tests (4 s, hints 3 s)

Nothing lost, nothing sent twice, and the invariants of \`tests/faults/invariants.rs\` after each.

| no | what was done | lost | twice | longest delay | |
|--:|---|--:|--:|--:|---|
HEAD
  cat "$LOTSE_TEST_FAULTS"/* 2>/dev/null || true
  cat tests/faults/elsewhere.md
} >tests/faults/RESULTS.md
cat tests/faults/RESULTS.md
exit $status
